"""What mails say of themselves: ids of any form, text that wants to be a command, and mails not to answer."""

import email
import email.policy
import re
from collections import Counter
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.mails import mail, ordinary, receipt, rejection
from support.trial import Trial, message_id

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(600)]

# As Amazon SES, Microsoft 365, Workday and Mailgun write them.
LONG = (
    "<0100018c4f3a2b1d-8e7f6a5b-1c2d-4e3f-9a8b-7c6d5e4f3a2b-000000@us-east-1.mailer.example>",
    "<AS8PR04MB7621D8E3A9C5B7F1E2D4C6A8F0B92@AS8PR04MB7621.eurprd04.prod.mailer.example.com.example>",
    "<1234567890.98765.1700000000000.JavaMail.workday@wd-tenant-prod-12345.internal.mailer.example>",
    "<20261116091200.0123456789abcdef.fedcba9876543210@mg.mailer.example>",
)
UNUSABLE = (
    "",
    "<>",
    "<" + "a" * 10_000 + "@long.example>",
    "<a\r\n b@folded.example>",
    "<nul\0@nul.example>",
    "<sp ace@space.example>",
    "<ünïcode@eight-bit.example>",
    "no brackets at all",
    "<one@two.example> DELETE INBOX",
    '<"quoted\\"@x"@quoted.example>',
    "<[foo]@bar.example>",
    "<a@b.example\r\nBcc: eve@evil.example>",
)
INJECTIONS = (
    "x\r\nBcc: eve@evil.example",
    "=?utf-8?q?x=0D=0ABcc=3A_eve=40evil.example?=",
    "=?utf-8?b?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
    "%s%n%(name)s%d",
    "{0.__class__.__mro__} {} {{7*7}} {% raw %}",
    "${HOME} $(id) `id`",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eevil\u202c \u2066x\u2069",
    '"} {3}\r\nX1 DELETE INBOX',
    "A1 LOGOUT",
    "\x00\x01\x7f\x9b",
    "' OR 1=1; DROP TABLE drafts; --",
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FIELDS = {
    "Message-ID", "In-Reply-To", "References", "From", "To", "Subject", "Date",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def with_id(number: int, value: str) -> bytes:
    line = f"Message-ID: {value}\r\n" if value else ""
    plain = rejection(number)
    return plain.replace(f"Message-ID: {message_id(plain)}\r\n".encode(), line.encode(), 1)


def require_plain(trial: Trial) -> None:
    """Require of each draft: the usual fields, once; ids as they are; no unseen character; nobody else."""
    for raw in trial.server.messages(trial.user, "Drafts"):
        head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
        names = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
        assert set(names) <= _FIELDS
        assert max(Counter(names).values()) == 1
        for line in re.findall(r"(?m)^(?:In-Reply-To|References):.*(?:\r\n[ \t].*)*", head):
            assert "=?" not in line
        draft = email.message_from_bytes(raw, policy=email.policy.default)
        shown = "\n".join([str(draft["Subject"]), str(draft["To"]), draft.get_content()])
        assert not _FORBIDDEN.search(shown.replace("\r\n", "\n"))
        assert "eve@evil.example" not in str(draft["To"] or "")
        assert not draft["Bcc"]


@pytest.mark.parametrize("number", range(len(LONG)))
def test_long_message_ids_are_answered_by_their_letter(tmp_path: Path, dovecot: Dovecot, number: int) -> None:
    trial = Trial(dovecot, tmp_path)
    trial.arrive(with_id(number, LONG[number]), answered=True)
    trial.recover()
    require_plain(trial)
    trial.verify("23a", "long Message-IDs are not encoded")


@pytest.mark.parametrize("number", range(len(UNUSABLE)))
def test_message_ids_that_are_none(tmp_path: Path, dovecot: Dovecot, number: int) -> None:
    """The rejection is answered without a thread where its id can't be written into a header."""
    trial = Trial(dovecot, tmp_path)
    trial.arrive(with_id(number, UNUSABLE[number]))
    trial.recover()
    require_plain(trial)
    assert trial.answered().total() == 1
    (answered,) = trial.answered()
    assert answered == "None" or answered.encode() in b"".join(dovecot.messages(trial.user))
    trial.wanted = Counter({answered: 1})
    trial.verify("23b", "Message-ID missing, empty, broken, 10,000 long, or a command")


def test_a_message_id_that_two_mails_have(tmp_path: Path, dovecot: Dovecot) -> None:
    """Mails of one id belong together, as all of a conversation do: one draft, whoever repeats it."""
    trial = Trial(dovecot, tmp_path)
    first = rejection(1)
    other = rejection(2, message_id=message_id(first))
    for one in (first, other, first, other):
        trial.arrive(one)
        trial.once()
        trial.clock.advance(minutes=16)
    trial.wanted = Counter([message_id(first)])
    trial.verify("23c", "one Message-ID, two different rejections, each twice", tried=4)


@pytest.mark.parametrize("where", ["subject", "name", "reply-to", "company", "text"])
@pytest.mark.parametrize("number", range(len(INJECTIONS)))
def test_text_that_wants_to_be_more(tmp_path: Path, dovecot: Dovecot, *, where: str, number: int) -> None:
    text = INJECTIONS[number]
    raw = {
        "subject": rejection(number, subject=f"Your application {text}"),
        "name": rejection(number, sender=f'"{text}" <jane.doe@company-{number}.example>'),
        "reply-to": rejection(number, extra=f"Reply-To: {text} <jobs@company-{number}.example>\n"),
        "company": rejection(number).replace(f"Company {number}".encode(), f"Company {text}".encode()),
        "text": rejection(number).replace(b"Dear Robin", f"Dear Robin {text}".encode()),
    }[where]
    trial = Trial(dovecot, tmp_path)
    trial.arrive(raw)
    trial.recover()
    found = trial.answered()
    # A line break within the quoted name leaves a mail that nobody wrote, which is not answered.
    nobody = where == "name" and "\r\n" in text
    assert found.total() == (0 if nobody else 1)
    require_plain(trial)
    said = b"\n".join(dovecot.commands(trial.user))
    assert b"DELETE" not in said
    assert b"evil.example" not in said
    trial.wanted = found
    trial.verify("25", "CRLF, %, {}, ${}, ESC, bidi, commands in subject, names, Reply-To, company, text")


def own(number: int) -> bytes:
    return rejection(number, sender="Robin Ellery <robin@ellery.example>")


NOT_ANSWERED = {
    "a mail from oneself": own(1),
    "a delivery report": mail(
        "Your message could not be delivered. We have decided to move forward with other candidates.",
        sender="Mail Delivery System <mailer-daemon@company.example>",
        subject="Undelivered Mail Returned to Sender",
        message_id="<2.dsn@company.example>",
        extra="Return-Path: <>\nAuto-Submitted: auto-replied\n",
    ),
    "a mailing list": rejection(3, extra="List-Id: <j.lists.example>\nList-Post: <mailto:j@lists.example>\n"),
    "an out-of-office reply": rejection(4, extra="Auto-Submitted: auto-replied\n"),
    "a receipt": receipt(5),
    "an ordinary letter": ordinary(6),
    "near miss: not moving forward with others": mail(
        "Dear Robin,\n\nwe are NOT moving forward with other candidates: the Data Analyst job is yours.\n",
        message_id="<7.near@acme.example>",
    ),
    "near miss: if": mail(
        "Dear Robin,\n\nif we move forward with other candidates for the Data Analyst role, we "
        "will tell you.\n",
        message_id="<8.near@acme.example>",
    ),
}


def test_mails_that_are_not_answered(tmp_path: Path, dovecot: Dovecot) -> None:
    """Among them one that is, and later its own draft and what was sent of it, in the inbox."""
    trial = Trial(dovecot, tmp_path)
    for raw in NOT_ANSWERED.values():
        trial.arrive(raw)
    trial.arrive(rejection(9), answered=True)
    trial.recover()
    (draft,) = dovecot.messages(trial.user, "Drafts")
    trial.arrive(draft, draft.replace(b"Message-ID: <", b"Message-ID: <sent."))
    trial.recover()
    title = "own mail, own draft and sent copy, delivery report, list, automatic reply, near misses"
    trial.verify("28", title, tried=len(NOT_ANSWERED) + 2)
