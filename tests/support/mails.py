"""Small mails for tests: a rejection, a receipt, an ordinary letter."""

_HEAD = """\
From: {sender}
To: Robin Ellery <{to}>
Subject: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""
DATE = "Mon, 16 Nov 2026 09:12:00 +0100"


def mail(
    body: str,
    *,
    number: int = 0,
    sender: str = "Jane Doe <jane.doe@acme.example>",
    subject: str = "Your application for the Data Analyst role",
    to: str = "robin@ellery.example",
    date: str = DATE,
    message_id: str | None = None,
    extra: str = "",
) -> bytes:
    """Return a plain mail with CRLF line ends; `extra` holds whole header lines."""
    head = _HEAD.format(
        sender=sender,
        to=to,
        subject=subject,
        date=date,
        message_id=message_id or f"<{number}.source@acme.example>",
    )
    return (extra + head + body).replace("\n", "\r\n").encode()


def rejection(number: int = 0, **parts: str) -> bytes:
    """Return a rejection; each number is another application at another company."""
    company = f"Company {number}"
    defaults = {
        "sender": f"Jane Doe <jane.doe@company-{number}.example>",
        "subject": f"Your application for the Data Analyst role ({number})",
        "message_id": f"<{number}.rejection@company-{number}.example>",
    }
    body = (
        f"Dear Robin,\n\nThank you for applying for the Data Analyst position at {company}.\n"
        "After careful consideration, we have decided to move forward with other\n"
        "candidates whose experience more closely matches our needs.\n\n"
        "We wish you all the best.\n\nKind regards,\nJane Doe\n"
    )
    return mail(body, number=number, **{**defaults, **parts})


def receipt(number: int = 0) -> bytes:
    """Return the receipt of an application: nearly all words of a rejection, but none."""
    body = (
        "Dear Robin,\n\nThank you for your application for the Data Analyst position.\n"
        "Our team will review it. If you are not selected for this position, keep an\n"
        "eye on our jobs page.\n\nThe Acme Talent Team\n"
    )
    return mail(body, number=number, message_id=f"<{number}.receipt@acme.example>")


def ordinary(number: int = 0) -> bytes:
    """Return a mail that has nothing to do with work."""
    body = (
        f"Hi Robin,\n\nshall we meet for lunch on Thursday? I found a good place, number {number}.\n\nAda\n"
    )
    return mail(
        body,
        number=number,
        sender="Ada Brook <ada@brook.example>",
        subject=f"Lunch {number}",
        message_id=f"<{number}.lunch@brook.example>",
    )
