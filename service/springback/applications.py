"""Which rejections answer one and the same application: several notices get one reply."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from springback.firm import is_named, registrable, telling_words
from springback.look import Outcome
from springback.normal import normalise
from springback.senders import Senders
from springback.subject import bare_subject

_TOGETHER = timedelta(days=14)  # two notices about one application
_RESENT = timedelta(days=60)  # the same words once more
# Words by which a letter refers to an earlier one, in normal form.
# How a subject begins that reminds, and how a letter refers to an earlier one, in normal form.
_REMINDER = re.compile(
    r"(?:(?:re|aw|fw|a|the|gentle|friendly|kind|final|second|ihre|eine|un|une|el|een|il|um) )*"
    r"(?:reminder|erinnerung|rappel|relance|recordatorio|herinnering|promemoria|sollecito|lembrete)\b"
)
_INFORMED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bas (?:we )?(?:previously|already) (?:informed|communicated|told|mentioned|notified)\b",
        r"\bwie (?:wir )?(?:ihnen |dir )?bereits (?:mitgeteilt|geschrieben)\b",
        r"\bcomme (?:nous )?(?:vous )?l'avons (?:deja )?(?:indique|ecrit)\b",
        r"\bcomo (?:ya )?le (?:hemos|habiamos) (?:informado|comunicado)\b",
        r"\bzoals (?:wij |we )?(?:u |je )?(?:eerder|reeds) (?:gemeld|geschreven)\b",
        r"\bcome (?:gia|precedentemente) comunicato\b",
        r"\bconforme ja (?:informado|comunicado)\b",
    )
)
_ASIDES = frozenset({"m", "w", "d", "f", "h", "x", "v", "i", "all", "genders", "gn", "mwd", "mfd", "hf"})


@dataclass(frozen=True, slots=True)
class Application:
    """What tells an application: the firm by name and by its own domain, the role, the thread, and when."""

    company: str | None
    domain: str  # the firm's own, registrable; "" where a platform or a freemail account wrote
    notice: bool  # written by no person: from a platform, a shared mailbox, or where nobody reads
    role: str | None
    thread: str
    subject: str
    words: str  # digest of the letter's words
    reminds: bool  # of an earlier letter
    sent: datetime


def application_of(outcome: Outcome, senders: Senders, now: datetime) -> Application:
    """Return what application a rejection is about."""
    message = outcome.message
    sender = message.sender
    of_a_firm = sender and not senders.platform_of(sender) and not senders.is_free(sender.domain)
    return Application(
        company=outcome.details.company,
        domain=registrable(sender.domain) if sender and of_a_firm else "",
        notice=outcome.contact.address is None or outcome.contact.shared,
        role=outcome.details.role,
        thread=next(iter(message.references), None) or message.message_id or message.fingerprint,
        subject=bare_subject(message.subject[:500]),
        words=sha256(normalise(message.text).encode()).hexdigest()[:32],
        reminds=_reminds(message.subject, message.text),
        sent=min(message.date or now, now),
    )


def is_same(one: Application, other: Application) -> bool:
    """Return whether two rejections are about the same application, or one is the other resent.

    A notice and a person's letter of one firm are, where they don't name two roles. Two of a kind are where
    they are one conversation, the same words, a reminder, or name one firm and one role; else a firm that
    refuses twice speaks of two applications.
    """
    apart = abs(one.sent - other.sent)
    told = one.role is not None and other.role is not None
    if apart > _RESENT or (told and not _same_role(one, other)):
        return False
    if apart <= _TOGETHER and one.thread == other.thread:
        return True
    if not _same_firm(one, other):
        return False
    if one.words == other.words and one.subject == other.subject:
        return True
    named = told and one.company is not None and other.company is not None
    return apart <= _TOGETHER and (named or one.reminds or other.reminds or one.notice != other.notice)


def merged(applications: Sequence[Application]) -> Application:
    """Return what several rejections tell of one application together; the first speaks first."""
    first = applications[0]
    return replace(
        first,
        company=next((one.company for one in applications if one.company), None),
        domain=next((one.domain for one in applications if one.domain), ""),
        role=next((one.role for one in applications if one.role), None),
    )


def grouped(applications: Sequence[Application]) -> list[list[int]]:
    """Return the indexes of the applications, those about the same one together, in their order."""
    groups: list[list[int]] = []
    for index, application in enumerate(applications):
        for group in groups:
            members = [applications[other] for other in group]
            alike = any(is_same(application, one) for one in members)
            if alike and not any(_is_another(application, one) for one in members):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def _is_another(one: Application, other: Application) -> bool:
    """Return whether two rejections can't share a group, though a third may belong to either of them."""
    told = one.role is not None and other.role is not None
    return (told and not _same_role(one, other)) or (_same_firm(one, other) and not is_same(one, other))


def _same_role(one: Application, other: Application) -> bool:
    """Return whether two roles are one: a platform may write more of it than a person does."""
    words, others = (_telling(normalise(role or "").split()) for role in (one.role, other.role))
    if one.notice == other.notice:
        return words == others
    return bool(words & others) and (words <= others or others <= words)


def _reminds(subject: str, text: str) -> bool:
    words = normalise(text)
    return bool(_REMINDER.match(normalise(subject))) or any(one.search(words) for one in _INFORMED)


def _telling(words: Iterable[str]) -> set[str]:
    return {word for word in words if word not in _ASIDES}


def _same_firm(one: Application, other: Application) -> bool:
    words, others = telling_words(one.company), telling_words(other.company)
    if words and others:
        shorter, longer = sorted((words, others), key=len)
        return longer[: len(shorter)] == shorter
    if one.domain and other.domain:
        return one.domain == other.domain
    return bool(
        (one.domain and is_named(one.domain, other.company))
        or (other.domain and is_named(other.domain, one.company))
    )
