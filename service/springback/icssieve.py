"""The lines of a calendar text that are read, and no others: what reaches the library is bounded."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

MAX_TEXT = 262_144  # characters
_MAX_EVENTS = 10
MAX_ATTENDEES = 50
_MAX_OTHERS = 10  # of the organizer and of rooms
_MAX_LINE = 4_000  # characters, unfolded
_MAX_LONG_LINE = 8_000  # where it is cut: what is escaped or marked up is longer than what is read
_MAX_ZONES = 50

_SINGLE = frozenset({"UID", "SEQUENCE", "SUMMARY", "DTSTART", "ORGANIZER", "STATUS", "DESCRIPTION"})
_LONG = frozenset({"SUMMARY", "DESCRIPTION"})

_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,20})[;:]")
_METHOD = re.compile(r"[A-Z][A-Z-]{0,29}")
_OFFSET = re.compile(r"([+-])(0\d|1[0-5])([0-5]\d)(?:\d\d)?")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(slots=True)
class Written:
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
        elif name == "ATTENDEE" and len(self.attendees) < MAX_ATTENDEES + _MAX_OTHERS:
            self.attendees.append(line)


@dataclass(slots=True)
class Sieve:
    """What is read of a calendar text: lines of its events, and the standard time of each zone.

    Nothing else reaches the library. It would evaluate the rules of a zone, which may recur every
    second since 1601, and keep the zone for the whole process: that of one mail, named like a known
    one, would then shift the times of the next.
    """

    events: list[Written] = field(default_factory=list)
    offsets: dict[str, timedelta] = field(default_factory=dict)
    _event: Written | None = None
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
            self._zone = zone_name(line.partition(":")[2])
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
                self._event = Written(self._method)
                self.events.append(self._event)

    def _take_offset(self, value: str) -> None:
        match = _OFFSET.fullmatch(value)
        known = self._zone in self.offsets
        if match and (self._component == "STANDARD" if known else len(self.offsets) < _MAX_ZONES):
            offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
            self.offsets[self._zone] = -offset if match[1] == "-" else offset


def sift(text: str) -> Sieve:
    """Return what is read of a calendar text."""
    sieve = Sieve()
    for line in _logical_lines(text):
        match = _LINE.match(line)
        if match:
            sieve.feed(match[1].upper(), line)
    return sieve


def zone_name(written: str) -> str:
    """Return the name of a zone without quotes and escapes, as both places that name it have it."""
    return re.sub(r'["\\]', "", written).strip()


def _logical_lines(text: str) -> list[str]:
    text = text[:MAX_TEXT].replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    lines = _UNREADABLE.sub(" ", _FOLD.sub("", text)).split("\n")
    # Where the text breaks off, the last line may hold half an address.
    return lines if lines[-1].upper().startswith("END:") else lines[:-1]
