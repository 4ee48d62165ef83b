"""The people of a firm that an account has had to do with, best addressee first."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from springback.details import Details
from springback.firm import Firm, is_about
from springback.headers import Address
from springback.history import MAX_PEOPLE, Trace, is_about_role, tie_of, workers, written_to
from springback.kinds import is_forwarded
from springback.message import Message
from springback.names import person_in_address, person_name, same_person
from springback.senders import Senders
from springback.subject import bare_subject
from springback.ties import Tie, tie_to

_SURE = 2  # strength of a tie by domain, tenant, or a domain called as the firm
_THREAD, _ROLE, _APPLIED, _INTERVIEW, _MET, _PRESENT = 16, 8, 4, 3, 2, 1
_RECENT = timedelta(days=60)
_MAX_INVITATIONS = 5  # of one mail


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the firm, the mail of theirs that an answer stands under, and why they are chosen."""

    name: str | None
    address: str
    answers: Message
    wrote: bool  # whether `answers` is theirs, else it was written to them or invites them
    signed: bool  # whether they sign the rejection
    involved: bool  # whether they had to do with this application
    shared: bool  # a mailbox of several people
    reason: str


@dataclass(slots=True)
class _Known:
    """What is known of one address, gathered mail by mail."""

    address: Address
    tie: Tie
    shared: bool
    points: int = 0
    why: str = "mail with them"
    work: bool = False
    involved: bool = False
    conversations: dict[str, int] = field(default_factory=dict)  # points of each, by its subject
    names: list[str] = field(default_factory=list)
    wrote: list[Trace] = field(default_factory=list)
    written_to: list[Trace] = field(default_factory=list)
    invited: list[Trace] = field(default_factory=list)

    @property
    def name(self) -> str | None:
        return max(self.names, key=len, default=None)

    @property
    def latest(self) -> datetime | None:
        """Return when they wrote last, else when they were written to: chasing makes nobody newer."""
        traces = self.wrote or [*self.written_to, *self.invited]
        return max((trace.date for trace in traces), default=None)


def find_people(
    traces: Sequence[Trace],
    rejection: Message,
    details: Details,
    firm: Firm,
    senders: Senders,
    own: AbstractSet[str],
    met: AbstractSet[str] = frozenset(),
) -> tuple[Person, ...]:
    """Return the people of the firm, best first; `met` are the addresses in the last conversation.

    Who signs the rejection comes first; then who was met or wrote in the course of this application, the
    thread weighing more than the role, the role more than an application, and this more than an invitation;
    then who wrote last. Who only bears the firm's name, or writes about it, comes after those of its domain.
    A shared mailbox comes after every person, and only where the application was its subject. Who never
    exchanged a word about work is nobody's recruiter, and who has left the firm reads nothing.
    """
    known: dict[str, _Known] = {}
    gone: dict[str, datetime] = {}
    working = workers(traces, own)
    answered = written_to(traces, own)
    thread = {*rejection.references, *([rejection.message_id] if rejection.message_id else [])}
    for trace in traces:
        if trace.left and trace.message.sender:
            gone[trace.message.sender.address.lower()] = trace.date
        if not trace.is_letter or _goes_on_elsewhere(trace, rejection, own):
            continue
        points, why = _points(trace, thread, details, working)
        for address, part in _parties(trace, own):
            key = address.address.lower()
            tie = tie_of(trace, address, firm, senders, answered)
            if tie is None or key in own or senders.nobody_reads(address):
                continue
            one = known.setdefault(key, _Known(address, tie, senders.is_shared(address)))
            one.tie = max(one.tie, tie, key=lambda tie: tie.strength)
            _gather(one, trace, address, part)
            one.work = one.work or trace.work
            # An older application's recruiter knows nothing of this one.
            recent = rejection.date is None or rejection.date - trace.date < _RECENT
            one.involved |= bool(points) and (points != _APPLIED or details.role is None or recent)
            topic = bare_subject(trace.message.subject)
            one.conversations[topic] = max(points, one.conversations.get(topic, 0))
            if points > one.points:
                one.points, one.why = points, why
    rejecting = rejection.sender.address.lower() if rejection.sender else ""
    usable = [
        one
        for key, one in known.items()
        if key != rejecting
        and (one.points or _is_person(one, firm))
        and (one.points or one.work or _signed(one, details))
        and not (key in gone and all(trace.date <= gone[key] for trace in one.wrote))
    ]
    usable.sort(key=lambda one: _rank(one, details, met), reverse=True)
    return tuple(_person(one, details, firm, senders, own | {rejecting}) for one in usable)


def _is_person(one: _Known, firm: Firm) -> bool:
    """Return whether one person reads an address for all that is known: neither shop@ nor "Acme Shop"."""
    named = one.name is not None and not is_about(firm, one.name)
    return not one.shared and (named or person_in_address(one.address.address) is not None)


def _goes_on_elsewhere(trace: Trace, rejection: Message, own: AbstractSet[str]) -> bool:
    """Return whether the person wrote a mail after the rejection, in a conversation that was there before."""
    later = rejection.date is not None and trace.date > rejection.date
    return later and trace.is_from(own) and bool(trace.message.references)


def _parties(trace: Trace, own: AbstractSet[str]) -> Iterator[tuple[Address, str]]:
    """Yield who takes part in a mail, and how."""
    forwarded = is_forwarded(trace.message)
    if not trace.is_from(own):
        yield from ((one, "wrote") for one in trace.writers)
    elif not forwarded:
        yield from ((one, "written to") for one in trace.recipients)
    if forwarded:
        return  # whoever is in it met somebody else
    for invitation in trace.invitations[:_MAX_INVITATIONS]:
        if invitation.organizer:
            yield Address(invitation.organizer.name, invitation.organizer.address), "organizer"
        for attendee in invitation.attendees[:MAX_PEOPLE]:
            if not attendee.declined:
                yield Address(attendee.name, attendee.address), "attendee"


def _gather(one: _Known, trace: Trace, address: Address, part: str) -> None:
    name = person_name(address.name)
    if name:
        one.names.append(name)
    {"wrote": one.wrote, "written to": one.written_to}.get(part, one.invited).append(trace)


def _points(
    trace: Trace, thread: AbstractSet[str], details: Details, working: AbstractSet[str]
) -> tuple[int, str]:
    """Return how much a mail belongs to this application, and in what words to tell it."""
    message = trace.message
    in_thread = bool(thread & {*message.references, message.message_id})
    text = f"{message.subject}\n{message.text}"
    names_role = is_about_role(details.role, text)
    of_work = trace.work or bool(working & trace.everybody)
    interviews = of_work and bool(trace.invitations or trace.stages)
    applied = of_work and trace.applied
    points = _THREAD * in_thread + _ROLE * names_role + _APPLIED * applied + _INTERVIEW * interviews
    told = [
        *(["the conversation that the rejection is part of"] if in_thread else []),
        *(["mail about this role"] if names_role else []),
        *(["mail about an application"] if applied and not names_role else []),
        *(["an interview or an assessment"] if interviews else []),
    ]
    return points, " and ".join(told) or "mail with them"


def _signed(one: _Known, details: Details) -> bool:
    name = one.name or person_in_address(one.address.address)
    return bool(details.name and name and same_person(details.name, name))


def _rank(one: _Known, details: Details, met: AbstractSet[str]) -> tuple[object, ...]:
    latest = one.latest.timestamp() if one.latest else 0.0
    sure = one.tie.strength >= _SURE
    spoke = max((one.conversations[bare_subject(trace.message.subject)] for trace in one.wrote), default=0)
    # Who was there, but never wrote about it, comes after who did.
    points = one.points if spoke or not one.wrote else min(one.points, _PRESENT)
    present = (_MET * (one.address.address.lower() in met) + _PRESENT) * bool(spoke)
    return (
        not one.shared,
        sure and _signed(one, details),  # a forged name is no signature
        sure,
        _signed(one, details),
        points + present,
        one.tie.strength,
        latest,
        bool(one.wrote),
    )


def _person(one: _Known, details: Details, firm: Firm, senders: Senders, never: AbstractSet[str]) -> Person:
    trace, wrote = _answered(one)
    signed = _signed(one, details)
    name = one.name or person_in_address(one.address.address)
    address, by = one.address.address, ""
    replies = [reply for reply in trace.message.reply_to if reply.address.lower() != address.lower()]
    if wrote and len(replies) == 1:
        aside = replies[0]
        unfit = aside.address.lower() in never or senders.nobody_reads(aside) or senders.is_shared(aside)
        if not unfit and (tie_to(firm, aside, senders) or senders.platform_of(aside)):
            address, by = aside.address, f", by its Reply-To {aside.address}"
    when = f" of {trace.date:%Y-%m-%d}" if trace.message.date else ""
    who = f"{name} <{address}>" if name else address
    told = f"signs the rejection, and {one.why}" if signed else one.why
    reason = f"{who}: {told} ({one.tie.reason}); answers {'their' if wrote else 'the'} mail{when}{by}"
    return Person(name, address, trace.message, wrote, signed, one.involved, one.shared, reason)


def _answered(one: _Known) -> tuple[Trace, bool]:
    """Return the mail that an answer stands under: their newest, else what was written to them.

    Of several conversations with them, the one that is most about this application.
    """
    for traces, wrote in ((one.wrote, True), (one.written_to, False), (one.invited, False)):
        if traces:
            points = [one.conversations.get(bare_subject(trace.message.subject), 0) for trace in traces]
            ours = max(points) if max(points) >= _ROLE else 0
            about = [trace for trace, much in zip(traces, points, strict=True) if much >= min(ours, _ROLE)]
            return max(about, key=lambda trace: trace.date), wrote
    raise AssertionError("nobody is known without a mail")
