"""Which rejections answer one and the same application: several notices get one reply."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from springback.firm import is_named, registrable, telling_words
from springback.look import Outcome
from springback.normal import normalise
from springback.senders import Senders
from springback.subject import bare_subject

_TOGETHER = timedelta(days=14)  # two notices about one application
_RESENT = timedelta(days=60)  # the same words once more
_ASIDES = frozenset({"m", "w", "d", "f", "h", "x", "v", "i", "all", "genders", "gn", "mwd", "mfd", "hf"})


@dataclass(frozen=True, slots=True)
class Application:
    """What tells an application: the firm by name and by its own domain, the role, the thread, and when."""

    company: str | None
    domain: str  # the firm's own, registrable; "" where a platform or a freemail account wrote
    role: str | None
    thread: str
    subject: str
    words: str  # digest of the letter's words
    sent: datetime


def application_of(outcome: Outcome, senders: Senders, now: datetime) -> Application:
    """Return what application a rejection is about."""
    message = outcome.message
    sender = message.sender
    of_a_firm = sender and not senders.platform_of(sender) and not senders.is_free(sender.domain)
    return Application(
        company=outcome.details.company,
        domain=registrable(sender.domain) if sender and of_a_firm else "",
        role=outcome.details.role,
        thread=next(iter(message.references), None) or message.message_id or message.fingerprint,
        subject=bare_subject(message.subject[:500]),
        words=sha256(normalise(message.text).encode()).hexdigest()[:32],
        sent=message.date or now,
    )


def is_same(one: Application, other: Application) -> bool:
    """Return whether two rejections are about the same application, or one is the other resent.

    A role that isn't told may be any: a reply too few is better than a second one to the same no.
    """
    apart = abs(one.sent - other.sent)
    if apart > _RESENT:
        return False
    same_role = one.role is None or other.role is None or _same_role(one.role, other.role)
    if one.words == other.words and one.subject == other.subject and same_role and _same_firm(one, other):
        return True
    if apart > _TOGETHER or not same_role:
        return False
    return one.thread == other.thread or _same_firm(one, other)


def grouped(applications: Sequence[Application]) -> list[list[int]]:
    """Return the indexes of the applications, those about the same one together, in their order."""
    groups: list[list[int]] = []
    for index, application in enumerate(applications):
        for group in groups:
            if any(is_same(application, applications[other]) for other in group):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def _same_role(one: str, other: str) -> bool:
    words, others = (_telling(normalise(role).split()) for role in (one, other))
    return bool(words & others) and (words <= others or others <= words)


def _telling(words: Iterable[str]) -> set[str]:
    return {word for word in words if word not in _ASIDES}


def _same_firm(one: Application, other: Application) -> bool:
    words, others = telling_words(one.company), telling_words(other.company)
    same_domain = bool(one.domain) and one.domain == other.domain
    if words and others:
        shorter, longer = sorted((words, others), key=len)
        named_alike = longer[: len(shorter)] == shorter
        return named_alike or (same_domain and one.role is not None and other.role is not None)
    if one.domain and other.domain:
        return same_domain
    return bool(
        (one.domain and is_named(one.domain, others)) or (other.domain and is_named(other.domain, words))
    )
