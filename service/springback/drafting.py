"""The reply as bytes: one From, the thread's ids byte-true, plain text, nothing that tells on it."""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from springback.contact import Contact
from springback.details import Details
from springback.draft import Draft, Identity, Style
from springback.flowed import flow, flow_quoted
from springback.headers import printable
from springback.letters import AttributionFacts, LetterFacts, Letters
from springback.message import Message
from springback.names import first_name
from springback.verdict import Verdict

_MAX_REFERENCES = 20
_MAX_SUBJECT = 300  # characters
_MAX_NAME = 200  # characters
_MAX_LINE = 998  # characters (RFC 5322 2.1.1)
_REPLY_MARK = re.compile(r"^(?:re|aw|sv|antw|vs|odp|rif|ref|res|réf)(?:\[\d+\])?\s*:", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def compose(
    message: Message,
    verdict: Verdict,
    details: Details,
    contact: Contact,
    *,
    letters: Letters,
    identity: Identity,
    style: Style,
    message_id: str,
    now: datetime,
) -> Draft:
    """Return the draft that answers a rejection; raises TemplateError."""
    template = "closed" if verdict.kind == "closed" else verdict.stage or "application"
    facts = LetterFacts(
        my_name=identity.full_name,
        first_name=first_name(contact.name),
        contact_name=contact.name,
        company=details.company,
        role=details.role,
        ask_feedback=not verdict.feedback_refused and template != "closed",
    )
    paragraphs = [flow(letters.letter(template, verdict.language, facts))]
    if identity.signature:
        paragraphs[0] += "\n\n" + flow(f"-- \n{identity.signature.strip()}")
    if style.quote and message.text:
        paragraphs.append(_quoted(message, verdict, letters, style))
    text = "\n\n".join(paragraphs) + "\n"
    subject = reply_subject(message.subject)
    content = _serialise(message, contact, identity, subject, text, message_id, now)
    return Draft(message_id, template, contact.address, subject, text, content)


def draft_id(secret: str, account: str, key: str, address: str) -> str:
    """Return the Message-ID of the reply to a mail: always the same, telling nothing.

    A ledger that is lost is rebuilt from it: the same mail gives the same id again.
    """
    digest = hmac.new(secret.encode(), f"{account}\0{key}".encode(), hashlib.sha256).digest()
    opaque = base64.b32encode(digest[:20]).decode().lower()
    return f"<{opaque}@{address.rpartition('@')[2].lower()}>"


def reply_subject(subject: str) -> str:
    """Return the subject of an answer: the same, with one "Re: " in front."""
    subject = " ".join(_INVISIBLE.sub("", printable(subject)).split())[:_MAX_SUBJECT]
    return subject if _REPLY_MARK.match(subject) else f"Re: {subject}".rstrip()


def _quoted(message: Message, verdict: Verdict, letters: Letters, style: Style) -> str:
    lines = _INVISIBLE.sub("", message.text).replace("\r", "").split("\n")
    lines = [printable(line) for line in lines]
    cut = len(lines) > style.quote_lines
    quoted = flow_quoted("\n".join([*lines[: style.quote_lines], *(["[...]"] if cut else [])]))
    if message.sender is None or message.date is None:
        return quoted
    writer = printable(_INVISIBLE.sub("", message.sender.name))[:80] or message.sender.address
    attribution = letters.attribution(verdict.language, AttributionFacts(sent=message.date, writer=writer))
    return f"{flow(attribution)}\n{quoted}"


def _serialise(
    message: Message,
    contact: Contact,
    identity: Identity,
    subject: str,
    text: str,
    message_id: str,
    now: datetime,
) -> bytes:
    # EmailMessage would encode ids of over 77 characters, which breaks the thread, and decode what
    # looks like an encoded word in a name or a subject, line breaks in it included: only the body
    # is left to it.
    fields = [
        f"Message-ID: {message_id}",
        *_thread_fields(message),
        f"From: {_mailbox(identity.full_name, identity.address)}",
        *([f"To: {_mailbox(contact.name or '', contact.address)}"] if contact.address else []),
        f"Subject: {_unstructured(subject)}",
        f"Date: {format_datetime(now)}",
    ]
    body = EmailMessage(policy=SMTP)
    body.set_content(text, charset="utf-8", cte=_encoding(text))
    body.set_param("format", "flowed")
    return "".join(f"{field}\r\n" for field in fields).encode() + body.as_bytes()


def _thread_fields(message: Message) -> list[str]:
    if not message.message_id:
        return []
    before = [one for one in message.references if one != message.message_id]
    if len(before) >= _MAX_REFERENCES:  # the first names the thread, the newest its branch
        before = [before[0], *before[-(_MAX_REFERENCES - 2) :]]
    references = "\r\n ".join([*before, message.message_id])
    return [f"In-Reply-To: {message.message_id}", f"References: {references}"]


def _mailbox(name: str, address: str) -> str:
    name = printable(_INVISIBLE.sub("", name))[:_MAX_NAME]
    if name.isascii() and "=?" not in name:
        return formataddr((name, address))
    return f"{_unstructured(name)}\r\n <{address}>"


def _unstructured(text: str) -> str:
    """Return the text as a field may hold it: as it is, or in encoded words (RFC 2047)."""
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, maxlinelen=75, header_name="Subject").encode(linesep="\r\n")


def _encoding(text: str) -> str:
    short = all(len(line) <= _MAX_LINE for line in text.split("\n"))
    return "7bit" if short and text.isascii() else "quoted-printable"
