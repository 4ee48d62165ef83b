"""The invitations in a text/calendar part (RFC 5545, 5546), read with icalendar behind a sieve."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

from springback.headers import Headers, printable
from springback.icssieve import MAX_ATTENDEES, Written, sift, zone_name
from springback.invitations import Attendee, Invitation
from springback.visible import visible_text

_MAX_UID = 500
_MAX_SUMMARY = 200
_MAX_DESCRIPTION = 4_000
_MAX_NAME = 80
_MAX_SEQUENCE = 2**31 - 1  # RFC 5545 3.3.8
_MAX_TAGS = 500
_YEARS = range(1970, 9999)  # so that any zone can be asked what time it is there
_INFORMED = "NON-PARTICIPANT"  # the role of who only gets a copy (RFC 5545 3.2.16)
_NO_PERSONS = frozenset({"ROOM", "RESOURCE"})

_TZID = re.compile(r';TZID=("[^"]{1,200}"|[^";]{1,200})', re.IGNORECASE)
_ZONE = re.compile(r"/?[A-Za-z][A-Za-z0-9 ._+()/-]{0,99}")
_MAILTO = re.compile(r"(?:mailto:\s*)?([^\s<>()\[\]\",;:\\]{3,254})", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKUP = re.compile(r"</?(?:a|b|br|div|html|html-blob|i|li|ol|p|span|strong|u|ul)\b[^<>]*>", re.IGNORECASE)


def read_invitations(text: str) -> tuple[Invitation, ...]:
    """Return at most 10 events of a calendar text (RFC 5545, 5546), in order; never raises.

    A zone of the text's own stands for its standard time, and one that is described nowhere, like
    none at all, for UTC: the time of day is always the one that is written.
    """
    sieve = sift(text)
    found: list[Invitation] = []
    for event in sieve.events:
        try:
            found.append(_invitation(event, sieve.offsets))
        except Exception:  # noqa: BLE001, S112 - the library promises no error types; the other events stay
            continue
    return tuple(one for one in found if one.uid or one.day)


def _invitation(written: Written, offsets: dict[str, timedelta]) -> Invitation:
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
    name = zone_name(match[1]) if match else ""
    zone = _zone(name)
    if zone is None:
        zone = timezone(offsets[name]) if name in offsets else UTC
    return told.replace(tzinfo=zone), told.date()


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
    return head, tuple(people.values())[:MAX_ATTENDEES]


def _attendee(value: Any) -> Attendee | None:  # noqa: ANN401 - a value of the library, or broken
    parameters = getattr(value, "params", None)
    if not isinstance(value, str) or not isinstance(parameters, dict):
        return None
    told = {key.upper(): _joined(parameters[key]) for key in parameters}
    partstat = told.get("PARTSTAT", "").upper()
    informed = told.get("ROLE", "").upper() == _INFORMED and partstat not in ("ACCEPTED", "DECLINED")
    if informed or told.get("CUTYPE", "").upper() in _NO_PERSONS:
        return None
    # Some calendars name a person by a path of their own, and the address beside it (RFC 7986 6.2).
    address = _address(value) or _address(told.get("EMAIL", ""))
    if not address:
        return None
    name = _one_line(told.get("CN", ""), _MAX_NAME).strip(" '\"")
    return Attendee(
        name="" if name.lower() == address.lower() else name,
        address=address,
        declined=partstat == "DECLINED",
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
