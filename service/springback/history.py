"""What earlier mail is looked for in an account, and which of it is read."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from springback.firm import Firm, Tie, first_word, is_about, spellings, tie_to
from springback.headers import Address
from springback.invitations import Invitation
from springback.message import Message
from springback.normal import normalise
from springback.senders import Senders

MAX_HEADERS = 200  # earlier mails whose headers are looked at, for one rejection
MAX_LETTERS = 24  # of these, read as a whole

_LONG_NAME = 4  # letters that a firm's name has to be looked for by
_LONG_ROLE = 8  # letters that a role has to be looked for by
_TELLING_ROLE = 4  # letters of a word of a role that tells it
_TERM = re.compile(r"[\w .&+@-]{3,80}")
_FORWARDED = re.compile(r"^(?:(?:re|aw|sv|antw|r)\s*:\s*)*(?:fwd?|wg|tr|rv|doorst|i|enc)\s*:", re.IGNORECASE)
_CALENDAR_REPLY = re.compile(
    r"^(?:accepted|declined|tentative(?:ly accepted)?|angenommen|zugesagt|abgelehnt|accepté|refusé|"
    r"aceptad[oa]|rechazad[oa]|geaccepteerd|geweigerd|accettato|rifiutato|aceite|recusado)\s*:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """What a search through a folder asks: mail since a day with any of these words in its header."""

    since: date
    before: datetime
    anyone: tuple[str, ...]  # in From, To or Cc
    subject: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """An earlier mail: its header alone, or its letter too where it was read."""

    folder: str
    uid: int
    message: Message
    read: bool = False
    invitations: tuple[Invitation, ...] = ()
    stages: frozenset[str] = frozenset()  # what its words tell: "interview", "assessment", "final"

    @property
    def date(self) -> datetime:
        """Return when it was written; 1970 where it doesn't tell."""
        return self.message.date or datetime(1970, 1, 1, tzinfo=UTC)

    def is_from(self, addresses: AbstractSet[str]) -> bool:
        """Return whether one of these addresses wrote it."""
        return self.message.sender is not None and self.message.sender.address.lower() in addresses


def query_for(message: Message, firm: Firm, role: str | None, now: datetime, span: timedelta) -> Query | None:
    """Return what to search for, or None where there is nothing to search by.

    The role is looked for too: calendars and scheduling services invite in their own name.
    """
    before = min(message.date or now, now)
    anyone = [*sorted(firm.domains), *sorted(firm.addresses), *(tenant for _, tenant in sorted(firm.tenants))]
    subject: list[str] = []
    for words in spellings(firm.name):
        first = first_word(words)
        joined = [mark.join(words) for mark in (" ", "", "-")]
        anyone += [first] if first else joined if len(words) > 1 else []
        subject += joined[:1] if len(joined[1]) >= _LONG_NAME else []
    subject += [role] if role and len(role) >= _LONG_ROLE else []
    anyone, subject = _terms(anyone), _terms(subject)
    if not anyone and not subject:
        return None
    return Query((before - span).date(), before, tuple(anyone), tuple(subject))


def matches(query: Query, message: Message) -> bool:
    """Return whether a mail is one that the query asks a server for."""
    if message.date is None or message.date.date() < query.since:
        return False
    people = (*([message.sender] if message.sender else ()), *message.recipients)
    shown = " ".join(str(one) for one in people).lower()
    subject = message.subject.lower()
    return any(word in shown for word in query.anyone) or any(word in subject for word in query.subject)


def shares(found: Sequence[int], bound: int = MAX_HEADERS) -> list[int]:
    """Return how many mails of each folder are looked at: all where few were found, else even shares."""
    left, shares = bound, [0] * len(found)
    for rank, index in enumerate(sorted(range(len(found)), key=lambda one: found[one])):
        shares[index] = min(found[index], left // (len(found) - rank))
        left -= shares[index]
    return shares


def tie_of(
    trace: Trace, address: Address, firm: Firm, senders: Senders, written_to: AbstractSet[str]
) -> Tie | None:
    """Return why an address in an earlier mail is of the firm's people, or writes on its behalf.

    On its behalf writes who names it in the subject and invites by calendar, or was answered by the person
    (`written_to`): whoever else names it may be anybody.
    """
    tie = tie_to(firm, address, senders)
    message = trace.message
    if tie or not trace.read or is_forwarded(message) or senders.is_free(address.domain):
        return tie
    recruits = trace.invitations or (trace.stages and address.address.lower() in written_to)
    if recruits and is_about(firm, message.subject) and not senders.platform_of(address):
        return Tie(1, f"{address.address} wrote about {firm.name}")
    return None


def written_to(traces: Sequence[Trace], own: AbstractSet[str]) -> frozenset[str]:
    """Return the addresses that the person wrote to."""
    mails = (trace.message for trace in traces if trace.is_from(own) and not is_forwarded(trace.message))
    return frozenset(one.address.lower() for mail in mails for one in mail.recipients)


def is_about_role(role: str | None, text: str) -> bool:
    """Return whether a text names the role, whatever stands between its words."""
    wanted = [word for word in normalise(role or "").split() if len(word) >= _TELLING_ROLE]
    words = set(normalise(text).split())
    return bool(wanted) and all(word in words for word in wanted)


def is_bulk(message: Message) -> bool:
    """Return whether a mail went to many, or was written by no person."""
    headers = message.headers
    return (
        bool(headers.count("list-id") or headers.count("list-post"))
        or headers.raw("precedence").strip().lower() in ("bulk", "list", "junk")
        or headers.raw("auto-submitted").strip().lower().startswith(("auto-replied", "auto-notified"))
        or bool(_CALENDAR_REPLY.match(message.subject))
    )


def is_forwarded(message: Message) -> bool:
    """Return whether a mail passes on somebody else's words."""
    return bool(_FORWARDED.match(message.subject))


def worth_reading(
    traces: Sequence[Trace],
    firm: Firm,
    role: str | None,
    senders: Senders,
    own: AbstractSet[str],
    bound: int = MAX_LETTERS,
) -> list[int]:
    """Return the UIDs of the mails that are read as a whole: each party's newest first, then the rest."""
    wanted: list[tuple[int, float, int]] = []
    times: dict[str, int] = {}
    for trace in sorted(traces, key=lambda one: one.date, reverse=True):
        party = _party(trace, firm, role, senders, own)
        if party and not is_bulk(trace.message):
            times[party] = times.get(party, 0) + 1
            wanted.append((times[party], -trace.date.timestamp(), trace.uid))
    return sorted(uid for _, _, uid in sorted(wanted)[:bound])


def _party(trace: Trace, firm: Firm, role: str | None, senders: Senders, own: AbstractSet[str]) -> str | None:
    """Return who a mail is exchanged with, where it is about the firm or the role."""
    message = trace.message
    if trace.is_from(own):
        theirs = [one for one in message.recipients if tie_to(firm, one, senders)]
        return f"to {theirs[0].address.lower()}" if theirs else None
    writers = [*([message.sender] if message.sender else []), *message.reply_to]
    of_firm = any(tie_to(firm, one, senders) for one in writers)
    about = is_about(firm, message.subject) or is_about_role(role, message.subject)
    return writers[0].address.lower() if writers and (of_firm or about) else None


def _terms(words: Sequence[str]) -> list[str]:
    """Return the words that a search may hold; no quote, no line break ever reaches it."""
    return list(dict.fromkeys(word for word in words if _TERM.fullmatch(word)))
