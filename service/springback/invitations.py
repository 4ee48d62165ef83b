"""The meetings that a mail invites to: what its text/calendar part tells, bounded."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from springback.headers import Headers, printable
from springback.visible import visible_text

MAX_TEXT = 262_144  # characters
_MAX_EVENTS = 10
_MAX_ATTENDEES = 50
_MAX_OTHERS = 10  # of the organizer and of rooms
_MAX_LINE = 4_000  # characters, unfolded
_MAX_LONG_LINE = 8_000  # where it is cut: what is escaped or marked up is longer than what is read
_MAX_UID = 500
_MAX_SUMMARY = 200
_MAX_DESCRIPTION = 4_000
_MAX_NAME = 80
_MAX_SEQUENCE = 2**31 - 1  # RFC 5545 3.3.8
_MAX_TAGS = 500
_MAX_ZONES = 50
_YEARS = range(1970, 9999)  # so that any zone can be asked what time it is there

_SINGLE = frozenset({"UID", "SEQUENCE", "SUMMARY", "DTSTART", "ORGANIZER", "STATUS", "DESCRIPTION"})
_LONG = frozenset({"SUMMARY", "DESCRIPTION"})
_NO_PERSONS = frozenset({"ROOM", "RESOURCE"})
_NO_EVENTS = frozenset({"COUNTER", "DECLINECOUNTER", "REFRESH"})

_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,20})[;:]")
_METHOD = re.compile(r"[A-Z][A-Z-]{0,29}")
_TZID = re.compile(r';TZID=("[^"]{1,200}"|[^";]{1,200})', re.IGNORECASE)
_ZONE = re.compile(r"/?[A-Za-z][A-Za-z0-9 ._+()/-]{0,99}")
_OFFSET = re.compile(r"([+-])(0\d|1[0-5])([0-5]\d)(?:\d\d)?")
_MAILTO = re.compile(r"(?:mailto:\s*)?([^\s<>()\[\]\",;:\\]{3,254})", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MARKUP = re.compile(r"</?(?:a|b|br|div|html|html-blob|i|li|ol|p|span|strong|u|ul)\b[^<>]*>", re.IGNORECASE)


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


@dataclass(slots=True)
class _Written:
    """The lines of an event that are read, as they are written."""

    method: str
    single: dict[str, str] = field(default_factory=dict)
    attendees: list[str] = field(default_factory=list)

    @property
    def tells(self) -> bool:
        """Return whether there is any line yet."""
        return bool(self.single or self.attendees)

    def take(self, name: str, line: str) -> None:
        """Keep a line that is read; one that is too long is cut where half of it is still true."""
        if name in _LONG:
            self.single.setdefault(name, line[:_MAX_LONG_LINE])
        elif len(line) > _MAX_LINE:
            return
        elif name in _SINGLE:
            self.single.setdefault(name, line)
        elif name == "ATTENDEE" and len(self.attendees) < _MAX_ATTENDEES + _MAX_OTHERS:
            self.attendees.append(line)


@dataclass(slots=True)
class _Sieve:
    """What is read of a calendar text: lines of its events, and the standard time of each zone.

    Nothing else reaches the library. It would evaluate the rules of a zone, which may recur every
    second since 1601, and keep the zone for the whole process: that of one mail, named like a known
    one, would then shift the times of the next.
    """

    events: list[_Written] = field(default_factory=list)
    offsets: dict[str, timedelta] = field(default_factory=dict)
    _event: _Written | None = None
    _component: str = "VCALENDAR"
    _method: str = ""
    _zone: str = ""

    def feed(self, name: str, line: str) -> None:
        """Take in one line, unfolded."""
        value = line.rpartition(":")[2].strip()
        if name == "BEGIN":
            self._begin(value.upper())
        elif name == "END":
            if value.upper() in ("VEVENT", "VCALENDAR"):
                self._event = None
            self._component = "VEVENT" if self._event else "VCALENDAR"
        elif self._component == "VEVENT" and self._event:
            self._event.take(name, line)
        elif self._component == "VCALENDAR" and name == "METHOD":
            self._method = value.upper() if _METHOD.fullmatch(value.upper()) else ""
        elif self._component == "VTIMEZONE" and name == "TZID":
            self._zone = _zone_name(line.partition(":")[2])
        elif self._component in ("STANDARD", "DAYLIGHT") and name == "TZOFFSETTO":
            self._take_offset(value)

    def _begin(self, component: str) -> None:
        self._component = component
        if component == "VCALENDAR":
            self._event, self._method = None, ""
        elif component == "VTIMEZONE":
            self._zone = ""
        elif component == "VEVENT" and (self._event is None or self._event.tells):
            self._event = None
            if len(self.events) < _MAX_EVENTS:
                self._event = _Written(self._method)
                self.events.append(self._event)

    def _take_offset(self, value: str) -> None:
        match = _OFFSET.fullmatch(value)
        known = self._zone in self.offsets
        if match and (self._component == "STANDARD" if known else len(self.offsets) < _MAX_ZONES):
            offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
            self.offsets[self._zone] = -offset if match[1] == "-" else offset


def read_invitations(text: str) -> tuple[Invitation, ...]:
    """Return at most 10 events of a calendar text (RFC 5545, 5546), in order; never raises.

    A zone of the text's own stands for its standard time, and one that is described nowhere, like
    none at all, for UTC: the time of day is always the one that is written.
    """
    sieve = _Sieve()
    for line in _logical_lines(text):
        match = _LINE.match(line)
        if match:
            sieve.feed(match[1].upper(), line)
    found: list[Invitation] = []
    for event in sieve.events:
        try:
            found.append(_invitation(event, sieve.offsets))
        except Exception:  # noqa: BLE001, S112 - the library promises no error types; the other events stay
            continue
    return tuple(one for one in found if one.uid or one.day)


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


def _logical_lines(text: str) -> list[str]:
    text = text[:MAX_TEXT].replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    lines = _UNREADABLE.sub(" ", _FOLD.sub("", text)).split("\n")
    # Where the text breaks off, the last line may hold half an address.
    return lines if lines[-1].upper().startswith("END:") else lines[:-1]


def _invitation(written: _Written, offsets: dict[str, timedelta]) -> Invitation:
    from icalendar import Event, vDDDTypes  # noqa: PLC0415 - 60 ms that most mail does not need

    single = dict(written.single)
    begin, _, value = single.pop("DTSTART", "").rpartition(":")
    if value:  # its zone is looked up here
        single["DTSTART"] = f"DTSTART:{value.strip()}"
    lines = ["BEGIN:VEVENT", *single.values(), *written.attendees, "END:VEVENT", ""]
    event: Any = Event.from_ical("\r\n".join(lines))
    told = event.get("DTSTART")
    start, day = _start(told.dt if isinstance(told, vDDDTypes) else None, begin, offsets)
    organizer, attendees = _people(event.get("ORGANIZER"), event.get("ATTENDEE", []))
    return Invitation(
        uid=_one_line(event.get("UID"), _MAX_UID),
        method=written.method,
        sequence=_sequence(event.get("SEQUENCE")),
        summary=_one_line(event.get("SUMMARY"), _MAX_SUMMARY),
        start=start,
        day=day,
        organizer=organizer,
        attendees=attendees,
        cancelled=written.method == "CANCEL" or _one_line(event.get("STATUS"), 20).upper() == "CANCELLED",
        description=_description(event.get("DESCRIPTION")),
    )


def _start(
    told: object, parameters: str, offsets: dict[str, timedelta]
) -> tuple[datetime | None, date | None]:
    if not isinstance(told, date) or told.year not in _YEARS:
        return None, None
    if not isinstance(told, datetime):
        return None, told
    if told.tzinfo:
        return told, told.date()
    match = _TZID.search(parameters)
    name = _zone_name(match[1]) if match else ""
    zone = _zone(name)
    if zone is None:
        zone = timezone(offsets[name]) if name in offsets else UTC
    return told.replace(tzinfo=zone), told.date()


def _zone_name(written: str) -> str:
    """Return the name of a zone without quotes and escapes, as both places that name it have it."""
    return re.sub(r'["\\]', "", written).strip()


def _zone(name: str) -> tzinfo | None:
    """Return the zone of an IANA or a Windows name, "/vendor/Europe/Berlin" included, or None."""
    from icalendar.timezone import tzp  # noqa: PLC0415 - as above

    if not _ZONE.fullmatch(name):
        return None
    parts = name.strip("/").split("/")[-5:]
    for first in range(len(parts) if name.startswith("/") else 1):
        try:
            zone = tzp.timezone("/".join(parts[first:]))
        except (OSError, ValueError):  # the name of a folder of zones, or of no zone file
            continue
        if zone:
            return zone
    return None


def _people(organizer: object, attendees: object) -> tuple[Attendee | None, tuple[Attendee, ...]]:
    head = _attendee(organizer)
    people: dict[str, Attendee] = {}
    for one in attendees if isinstance(attendees, list) else [attendees]:
        person = _attendee(one)
        if person:
            people.setdefault(person.address.lower(), person)
    also = people.pop(head.address.lower(), None) if head else None
    if head and also:
        head = Attendee(head.name or also.name, head.address, also.declined)
    return head, tuple(people.values())[:_MAX_ATTENDEES]


def _attendee(value: Any) -> Attendee | None:  # noqa: ANN401 - a value of the library, or broken
    parameters = getattr(value, "params", None)
    if not isinstance(value, str) or not isinstance(parameters, dict):
        return None
    told = {key.upper(): _joined(parameters[key]) for key in parameters}
    if told.get("CUTYPE", "").upper() in _NO_PERSONS:
        return None
    # Some calendars name a person by a path of their own, and the address beside it (RFC 7986 6.2).
    address = _address(value) or _address(told.get("EMAIL", ""))
    if not address:
        return None
    name = _one_line(told.get("CN", ""), _MAX_NAME).strip(" '\"")
    return Attendee(
        name="" if name.lower() == address.lower() else name,
        address=address,
        declined=told.get("PARTSTAT", "").upper() == "DECLINED",
    )


def _address(written: str) -> str:
    """Return the address by the form that one in a header must have, or ""."""
    match = _MAILTO.fullmatch(written.strip())
    found = Headers((("to", f"<{match[1]}>"),)).addresses("to") if match else ()
    return found[0].address if len(found) == 1 else ""


def _joined(value: object) -> str:
    """Return a parameter as it is written: an unquoted comma makes it a list."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sequence(value: object) -> int:
    return min(max(int(value), 0), _MAX_SEQUENCE) if isinstance(value, int) else 0


def _one_line(value: object, bound: int) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join(printable(_INVISIBLE.sub("", value)).split())[:bound].rstrip()


def _description(value: object) -> str:
    if not isinstance(value, str):
        return ""
    markup = value.count("<") <= _MAX_TAGS and _MARKUP.search(value)
    text = visible_text(value)[0] if markup else value
    lines = _INVISIBLE.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(printable(line) for line in lines).strip()[:_MAX_DESCRIPTION].rstrip()


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
