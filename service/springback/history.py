"""What earlier mail is looked for in an account, and which of it is read."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from springback.firm import Firm, is_about
from springback.headers import Address
from springback.invitations import Invitation
from springback.kinds import answers_calendar, is_absence, is_bulk, is_forwarded, names_interview
from springback.message import Message
from springback.normal import normalise
from springback.senders import Senders
from springback.ties import Tie, resembles, tie_to

MAX_HEADERS = 200  # earlier mails whose headers are looked at, for one rejection
MAX_LETTERS = 24  # of these, read as a whole

MAX_PEOPLE = 20  # of To and Cc, or of an invitation: whoever writes to more writes to nobody
_MAX_SUBJECT = 500  # characters
_MAX_TEXT = 20_000  # characters of a letter that a role is looked for in
_TELLING_ROLE = 4  # letters of a word of a role that tells it
_REPLIES = frozenset({"REPLY", "COUNTER", "REFRESH"})  # methods of a calendar's answers (RFC 5546)
# What stands in roles and tells nothing of them: "Koch/in", "Analyst (m/w/d)".
_ASIDES = frozenset({"in", "innen", "all", "genders", "gn", "mwd", "mfd", "hf"})


@dataclass(frozen=True, slots=True)
class Trace:
    """An earlier mail: its header alone, or its letter too where it was read."""

    folder: str
    uid: int
    message: Message
    read: bool = False
    invitations: tuple[Invitation, ...] = ()
    stages: frozenset[str] = frozenset()  # what its words tell: "interview", "assessment", "final"
    work: bool = False  # whether it speaks of paid work
    applied: bool = False  # whether it speaks to somebody who applied for it
    left: bool = False  # whether a machine tells that its sender is with the firm no more

    @property
    def date(self) -> datetime:
        """Return when it was written; 1970 where it doesn't tell."""
        return self.message.date or datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def writers(self) -> tuple[Address, ...]:
        """Return who wrote it, and who gets the answers; the name of the first stands for all."""
        sender = self.message.sender
        if sender is None:
            return ()
        replies = self.message.reply_to
        return (sender, *(replace(one, name=one.name or sender.name) for one in replies))

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Return whom it went to; nobody where it went to very many."""
        people = self.message.recipients
        return people if len(people) <= MAX_PEOPLE else ()

    @property
    def inviters(self) -> tuple[Address, ...]:
        """Return the organizers of what it invites to."""
        found = (one.organizer for one in self.invitations if one.organizer and one.method not in _REPLIES)
        return tuple(Address(one.name, one.address) for one in found)

    @property
    def everybody(self) -> frozenset[str]:
        """Return the addresses of all who take part in it."""
        invited = (one for meeting in self.invitations for one in meeting.attendees[:MAX_PEOPLE])
        people = (*self.writers, *self.recipients, *self.inviters)
        return frozenset(one.address.lower() for one in people) | {one.address.lower() for one in invited}

    @property
    def is_letter(self) -> bool:
        """Return whether a person wrote it to the other: no list, no machine, no calendar's answer."""
        return not is_bulk(self.message) and not self.is_calendar_reply

    @property
    def is_calendar_reply(self) -> bool:
        """Return whether it only tells that somebody comes, or doesn't."""
        methods = {one.method for one in self.invitations}
        return answers_calendar(self.message) or (bool(methods) and methods <= _REPLIES)

    def is_from(self, addresses: AbstractSet[str]) -> bool:
        """Return whether one of these addresses wrote it."""
        return self.message.sender is not None and self.message.sender.address.lower() in addresses


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
    if tie or not trace.read or not _recruits(trace, address, firm, written_to):
        return tie
    if is_forwarded(trace.message) or senders.is_free(address.domain) or senders.platform_of(address):
        return None
    if resembles(address.domain, firm):
        return None
    return Tie(1, f"{address.address} wrote about {firm.name}")


def _recruits(trace: Trace, address: Address, firm: Firm, written_to: AbstractSet[str]) -> bool:
    who = address.address.lower()
    inviters = {one.address.lower() for one in trace.inviters}
    writes = who in {one.address.lower() for one in trace.writers}
    invites = who in inviters or (writes and not inviters and bool(trace.invitations) and trace.is_letter)
    answered = writes and bool(trace.stages) and who in written_to
    subject = trace.message.subject
    # Friends invite to apple picking, too.
    told = len(firm.words) > 1 or bool(trace.stages) or names_interview(_topics(trace))
    return (answered or (invites and told)) and is_about(firm, subject)


def _topics(trace: Trace) -> str:
    return "\n".join([trace.message.subject[:_MAX_SUBJECT], *(one.summary for one in trace.invitations)])


def written_to(traces: Sequence[Trace], own: AbstractSet[str]) -> frozenset[str]:
    """Return the addresses that the person wrote to."""
    mails = (trace for trace in traces if trace.is_from(own) and not is_forwarded(trace.message))
    return frozenset(one.address.lower() for mail in mails for one in mail.recipients)


def workers(traces: Sequence[Trace], own: AbstractSet[str]) -> frozenset[str]:
    """Return the addresses of others who take part in mail about work."""
    return frozenset(address for trace in traces if trace.work for address in trace.everybody) - own


def is_about_role(role: str | None, text: str) -> bool:
    """Return whether a text names the role, whatever stands between its words.

    Short words count where there aren't two long ones: "QA Lead" is no other lead.
    """
    words = [word for word in normalise(role or "").split() if word not in _ASIDES and not word.isdigit()]
    telling = [word for word in words if len(word) >= _TELLING_ROLE]
    wanted = set(telling if len(telling) > 1 else (word for word in words if len(word) > 1))
    return bool(wanted) and wanted <= set(normalise(text[:_MAX_TEXT]).split())


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
        if party:
            times[party] = times.get(party, 0) + 1
            wanted.append((times[party], -trace.date.timestamp(), trace.uid))
    return sorted(uid for _, _, uid in sorted(wanted)[:bound])


def _party(trace: Trace, firm: Firm, role: str | None, senders: Senders, own: AbstractSet[str]) -> str | None:
    """Return who a mail is exchanged with, where it is about the firm or the role.

    Calendars' answers count apart: they tell who declined, and are no conversation.
    """
    subject = trace.message.subject[:_MAX_SUBJECT]
    if is_bulk(trace.message):  # an absence may be for good
        sender = trace.message.sender
        away = is_absence(trace.message) and sender and tie_to(firm, sender, senders)
        return f"absence {sender.address.lower()}" if away and sender else None
    mine, answer = trace.is_from(own), trace.is_calendar_reply
    people = trace.recipients if mine else trace.writers
    theirs = next((one for one in people if tie_to(firm, one, senders)), None)
    about = (answer or not mine) and (is_about(firm, subject) or is_about_role(role, subject))
    if not people or not (theirs or about):
        return None
    party = (theirs if mine and theirs else people[0]).address.lower()
    return f"{'answer ' if answer else ''}{'to ' if mine else ''}{party}"
