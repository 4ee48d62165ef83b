"""The reply as bytes: one From, the thread's ids byte-true, plain text, nothing that tells on it."""

import base64
import hashlib
import hmac
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from springback.addressee import Addressee
from springback.contact import Contact
from springback.details import Details
from springback.draft import Draft, Identity, Style
from springback.facts import AttributionFacts, LetterFacts
from springback.firm import spoken_name
from springback.flowed import flow, flow_quoted
from springback.headers import printable
from springback.letters import Letters
from springback.message import Message
from springback.names import first_name, same_person
from springback.reached import Met, Reached
from springback.subject import INVISIBLE, reply_subject
from springback.verdict import Verdict

_MAX_REFERENCES = 20
_MAX_NAME = 200  # characters
_MAX_LINE = 998  # characters (RFC 5322 2.1.1)


def compose(
    addressee: Addressee,
    verdict: Verdict,
    details: Details,
    reached: Reached,
    *,
    letters: Letters,
    identity: Identity,
    style: Style,
    formal: bool,
    variant: int,
    message_id: str,
    now: datetime,
) -> Draft:
    """Return the draft that answers a rejection, under the mail of the addressee; raises TemplateError."""
    answered, contact = addressee.answers, addressee.contact
    template = "closed" if verdict.kind == "closed" else reached.stage or "application"
    facts = LetterFacts(
        my_name=identity.full_name,
        first_name=first_name(contact.name, contact.address or ""),
        contact_name=contact.name,
        company=spoken_name(details.company) if details.company else None,
        role=details.role,
        formal=formal,
        indirect=not contact.signed,
        last_met=reached.last_met,
        conversations=reached.conversations,
        met=tuple(one.name for one in reached.met if one.name and not _is_reader(one, contact)),
        met_contact=any(_is_reader(one, contact) for one in reached.met),
        # Who had nothing to do with the application can't tell what was missing in it.
        ask_feedback=not verdict.feedback_refused
        and template != "closed"
        and (contact.signed or contact.involved),
        variant=variant,
    )
    paragraphs = [flow(letters.letter(template, verdict.language, facts))]
    if identity.signature:
        paragraphs[0] += "\n\n" + flow(f"-- \n{identity.signature.strip()}")
    if style.quote and answered.text:
        paragraphs.append(_quoted(answered, verdict, letters, style))
    text = "\n\n".join(paragraphs) + "\n"
    subject = reply_subject(answered.subject)
    content = _serialise(answered, contact, identity, subject, text, message_id, now)
    return Draft(message_id, template, contact.address, subject, text, content, answered.message_id)


def _is_reader(one: Met, contact: Contact) -> bool:
    """Return whether somebody met is the reader, whatever address a calendar knows them by."""
    named = bool(one.name and contact.name and same_person(one.name, contact.name))
    return named or one.address.lower() == (contact.address or "").lower()


def draft_id(secret: str, account: str, key: str, address: str) -> str:
    """Return the Message-ID of the reply to a mail: always the same, telling nothing.

    A ledger that is lost is rebuilt from it: the same mail gives the same id again.
    """
    digest = hmac.new(secret.encode(), f"{account}\0{key}".encode(), hashlib.sha256).digest()
    opaque = base64.b32encode(digest[:20]).decode().lower()
    return f"<{opaque}@{address.rpartition('@')[2].lower()}>"


def _quoted(message: Message, verdict: Verdict, letters: Letters, style: Style) -> str:
    lines = INVISIBLE.sub("", message.text).replace("\r", "").split("\n")
    lines = [printable(line) for line in lines]
    cut = len(lines) > style.quote_lines
    quoted = flow_quoted("\n".join([*lines[: style.quote_lines], *(["[...]"] if cut else [])]))
    if message.sender is None or message.date is None:
        return quoted
    writer = printable(INVISIBLE.sub("", message.sender.name))[:80] or message.sender.address
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
    name = printable(INVISIBLE.sub("", name))[:_MAX_NAME]
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
