"""Who can be written to, and why: the person behind a rejection, or nobody."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from springback.details import Details
from springback.headers import Address
from springback.message import Message
from springback.names import person_name
from springback.normal import fold, normalise
from springback.senders import Senders
from springback.verdict import Verdict

_SEPARATORS = re.compile(r"[._-]+")
_TELLING = 4  # letters of a word that a domain holds by no chance
Source = Literal["from", "reply-to", "history"]


@dataclass(frozen=True, slots=True)
class Contact:
    """An addressee, or none, with the reason; `name` only where it is a person's."""

    name: str | None
    address: str | None
    source: Source | None
    reason: str
    shared: bool = False  # a mailbox of several people, such as jobs@
    signed: bool = True  # whether the addressee is who brought the news
    involved: bool = True  # whether they had to do with the application


def choose_contact(
    message: Message, verdict: Verdict, senders: Senders, own: AbstractSet[str] = frozenset()
) -> Contact:
    """Return whom an answer reaches: Reply-To where it differs from From, else From, else nobody.

    `own` are the person's addresses, which no answer goes to.
    """
    sender = message.sender
    if sender is None:
        return Contact(None, None, None, "the mail names no sender")
    if verdict.reply_refused:
        return Contact(None, None, None, "the mail says that answers are not read")
    reply_to = message.reply_to[0] if len(message.reply_to) == 1 else None
    if reply_to and reply_to.address.lower() not in own | {sender.address.lower()}:
        unread = senders.nobody_reads(reply_to)
        if unread is None:
            name = person_name(reply_to.name) or person_name(sender.name)
            shared = senders.is_shared(reply_to)
            reason = _read_by("Reply-To", reply_to, shared=shared)
            return Contact(name, reply_to.address, "reply-to", reason, shared)
        if senders.nobody_reads(sender) is not None:
            return Contact(None, None, None, unread)
    unread = senders.nobody_reads(sender)
    if unread is not None:
        return Contact(None, None, None, unread)
    shared = senders.is_shared(sender)
    reason = _read_by("From", sender, shared=shared)
    return Contact(person_name(sender.name), sender.address, "from", reason, shared)


def _read_by(field: str, address: Address, *, shared: bool) -> str:
    if shared:
        return f"{field} is {address.address}, a shared mailbox, and nothing says that nobody reads it"
    return f"{field} is {address.address}, and nothing says that nobody reads it"


def whom_to_greet(contact: Contact, details: Details) -> str | None:
    """Return the name of the person who reads the answer: whose mailbox it is, or who signs the mail.

    A display name that is the firm's, by the company that the mail names or by its domain, is nobody's.
    """
    shown, address = contact.name, contact.address or ""
    local, _, domain = address.lower().rpartition("@")
    parts = set(_SEPARATORS.split(fold(local)))
    if shown and _words(shown) & parts and (len(parts) > 1 or not details.name):
        return shown  # whoever signs, the mailbox of anna.berg is Anna Berg's
    if details.name and not (shown and _words(shown) & _words(details.name)):
        return details.name
    if shown is None:
        return None
    words, firm = _words(shown), fold(domain.replace("-", "").replace(".", ""))
    if words & _words(details.company or "") or any(len(word) >= _TELLING and word in firm for word in words):
        return None
    return shown


def _words(text: str) -> set[str]:
    return {word for word in normalise(text).split() if len(word) > 1}
