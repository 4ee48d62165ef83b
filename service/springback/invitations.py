"""The meetings that mails invite to, and what holds of them after all."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

_NO_EVENTS = frozenset({"COUNTER", "DECLINECOUNTER", "REFRESH"})


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is to be there: a name, possibly empty, and an address of plausible form."""

    name: str
    address: str
    declined: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event of a calendar text; every value is bounded and printable."""

    uid: str
    method: str  # "REQUEST", "CANCEL", "REPLY", "PUBLISH", ...; "" if not told
    sequence: int
    summary: str
    start: datetime | None  # aware; None for a whole day, and where not told or not readable
    day: date | None  # the day of the start as it is written, in the zone of the event
    organizer: Attendee | None
    attendees: tuple[Attendee, ...]  # without the organizer, rooms and equipment
    cancelled: bool
    description: str


def settled(invitations: Iterable[Invitation]) -> tuple[Invitation, ...]:
    """Return what holds after all of them, by time: of each UID the newest, unless it is cancelled.

    A reply is no event: it tells whether its attendee comes to the one it answers. A counter
    proposal changes nothing until the organizer sends the event anew.
    """
    newest: dict[tuple[str, int], Invitation] = {}
    replies: list[Invitation] = []
    for position, one in enumerate(invitations):
        if one.method == "REPLY":
            replies.append(one)
        elif one.method not in _NO_EVENTS:
            key = (one.uid, 0 if one.uid else position)
            known = newest.get(key)
            if known is None or one.sequence >= known.sequence:
                newest[key] = one
    for reply in replies:
        known = newest.get((reply.uid, 0))
        # An answer to an older version says nothing about the new time.
        if reply.uid and known and reply.sequence >= known.sequence:
            newest[reply.uid, 0] = _answered(known, reply)
    return tuple(sorted((one for one in newest.values() if not one.cancelled), key=_when))


def _answered(event: Invitation, reply: Invitation) -> Invitation:
    answers = {one.address.lower(): one.declined for one in reply.attendees}
    if reply.organizer and reply.organizer.declined:
        answers[reply.organizer.address.lower()] = True

    def told(one: Attendee) -> Attendee:
        return replace(one, declined=answers.get(one.address.lower(), one.declined))

    organizer = told(event.organizer) if event.organizer else None
    return replace(event, organizer=organizer, attendees=tuple(map(told, event.attendees)))


def _when(one: Invitation) -> tuple[bool, datetime]:
    if one.start:
        return False, one.start
    return one.day is None, datetime.combine(one.day or date.max, time(), UTC)
