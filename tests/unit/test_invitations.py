"""What a calendar text tells of a meeting, and that no such text costs time or does harm."""

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.ics import read_invitations
from springback.icssieve import MAX_TEXT
from springback.invitations import Attendee, Invitation, settled

GOOGLE = """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Madrid
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/Madrid:20261112T153000
DTEND;TZID=Europe/Madrid:20261112T161500
DTSTAMP:20261105T101112Z
ORGANIZER;CN=Ana Ferrer:mailto:ana.ferrer@firm.example
UID:5n0t8qk2v1c4@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE
 ;CN=Ana Ferrer;X-NUM-GUESTS=0:mailto:ana.ferrer@firm.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=
 TRUE;CN=robin@ellery.example;X-NUM-GUESTS=0:mailto:robin@ellery.example
ATTENDEE;CUTYPE=RESOURCE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Room Gau
 dí;X-NUM-GUESTS=0:mailto:c_188room@resource.firm.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED;CN=Jord
 i Puig;X-NUM-GUESTS=0:mailto:jordi@firm.example
X-GOOGLE-CONFERENCE:https://meet.firm.example/abc-defg-hij
CREATED:20261105T101110Z
DESCRIPTION:<p>Hi Robin!</p><p>You will meet <b>Ana Ferrer</b>\\, Head of Dat
 a\\,<br>and Jordi Puig.</p>
LAST-MODIFIED:20261105T101111Z
LOCATION:
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Interview: Robin Ellery\\, Data Engineer
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:This is an event reminder
TRIGGER:-P0DT0H10M0S
END:VALARM
END:VEVENT
END:VCALENDAR
"""

OUTLOOK = """\
BEGIN:VCALENDAR
METHOD:REQUEST
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
ORGANIZER;CN="Weiß, Katrin":MAILTO:katrin.weiss@werk.example
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN='robin@elle
 ry.example':MAILTO:robin@ellery.example
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN="Demir, Oka
 n (Werk AG)":MAILTO:okan.demir@werk.example
ATTENDEE;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=Raum 2.14
 :MAILTO:raum-2-14@werk.example
DESCRIPTION;LANGUAGE=de-DE:Guten Tag Robin\\,\\n\\nwir freuen uns auf das Gespr
 äch.\\nTeilnehmer: Katrin Weiß\\; Okan Demir\\n
UID:040000008200E00074C5B7101A82E00800000000B0C5D8E1F2A3DA01000000000000000
 010000000A1B2C3D4E5F60718293A4B5C6D7E8F90
SUMMARY;LANGUAGE=de-DE:Vorstellungsgespräch Robin Ellery
DTSTART;TZID=W. Europe Standard Time:20260709T140000
DTEND;TZID=W. Europe Standard Time:20260709T150000
CLASS:PUBLIC
PRIORITY:5
DTSTAMP:20260701T081500Z
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:2
X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE
BEGIN:VALARM
DESCRIPTION:REMINDER
TRIGGER;RELATED=START:-PT15M
ACTION:DISPLAY
END:VALARM
END:VEVENT
END:VCALENDAR
"""

PLATFORM = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:icalendar-ruby
CALSCALE:GREGORIAN
METHOD:PUBLISH
BEGIN:VEVENT
DTSTAMP:20261101T120000Z
UID:9b2f6f2e-interview-77@platform.example
DTSTART:20261113T090000Z
DTEND:20261113T094500Z
DESCRIPTION:Interviewer: Mei Tanaka (Staff Engineer)\\nVideo: https://meet.p
 latform.example/77
ORGANIZER;CN=Firm Recruiting:mailto:scheduling@platform.example
SUMMARY:Technical interview with Firm
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20261101T120000Z
UID:9b2f6f2e-interview-78@platform.example
DTSTART:20261113T100000Z
DTEND:20261113T104500Z
SUMMARY:Team interview with Firm
END:VEVENT
END:VCALENDAR
"""

SECONDLY = """\
BEGIN:VTIMEZONE
TZID:Own
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=SECONDLY
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=SECONDLY
END:DAYLIGHT
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "one@firm.example", start: str = "DTSTART:20261112T090000Z") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", start, *lines, "END:VEVENT", ""])


def calendar(*parts: str, method: str = "REQUEST") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\n{''.join(parts)}END:VCALENDAR\n"


def only(text: str) -> Invitation:
    (one,) = read_invitations(text)
    return one


def starting(line: str, *before: str) -> Invitation:
    return only(calendar(*before, event(start=line)))


def attending(*lines: str) -> tuple[Attendee, ...]:
    return only(calendar(event(*lines))).attendees


# What calendars send


def test_google_calendar() -> None:
    one = only(GOOGLE.replace("\n", "\r\n"))
    assert one == Invitation(
        uid="5n0t8qk2v1c4@google.com",
        method="REQUEST",
        sequence=0,
        summary="Interview: Robin Ellery, Data Engineer",
        start=datetime(2026, 11, 12, 15, 30, tzinfo=ZoneInfo("Europe/Madrid")),
        day=date(2026, 11, 12),
        organizer=Attendee("Ana Ferrer", "ana.ferrer@firm.example", declined=False),
        attendees=(
            Attendee("", "robin@ellery.example", declined=False),
            Attendee("Jordi Puig", "jordi@firm.example", declined=True),
        ),
        cancelled=False,
        description="Hi Robin!\n\nYou will meet Ana Ferrer, Head of Data,\nand Jordi Puig.",
    )


def test_outlook_with_a_windows_zone() -> None:
    one = only(OUTLOOK)
    assert one.start is not None
    assert one.start.astimezone(UTC) == datetime(2026, 7, 9, 12, 0, tzinfo=UTC)  # summer time
    assert one.day == date(2026, 7, 9)
    assert (one.method, one.sequence, one.cancelled) == ("REQUEST", 2, False)
    assert one.uid.endswith("00000000000010000000A1B2C3D4E5F60718293A4B5C6D7E8F90")
    assert one.summary == "Vorstellungsgespräch Robin Ellery"
    assert one.organizer == Attendee("Weiß, Katrin", "katrin.weiss@werk.example", declined=False)
    assert one.attendees == (
        Attendee("", "robin@ellery.example", declined=False),
        Attendee("Demir, Okan (Werk AG)", "okan.demir@werk.example", declined=False),
    )
    assert one.description == (
        "Guten Tag Robin,\n\nwir freuen uns auf das Gespräch.\nTeilnehmer: Katrin Weiß; Okan Demir"
    )


def test_a_platform_that_publishes_two_talks() -> None:
    first, second = read_invitations(PLATFORM)
    assert first.method == second.method == "PUBLISH"
    assert first.start == datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
    assert first.description.split("\n")[0] == "Interviewer: Mei Tanaka (Staff Engineer)"
    assert first.organizer == Attendee("Firm Recruiting", "scheduling@platform.example", declined=False)
    assert (second.organizer, second.attendees, second.description) == (None, (), "")
    assert second.summary == "Team interview with Firm"


def test_a_reply_that_declines() -> None:
    one = only(
        calendar(event("SEQUENCE:1", "ATTENDEE;PARTSTAT=declined:mailto:mei@firm.example"), method="REPLY")
    )
    assert (one.method, one.cancelled) == ("REPLY", False)
    assert one.attendees == (Attendee("", "mei@firm.example", declined=True),)


@pytest.mark.parametrize(
    ("method", "status", "cancelled"),
    [
        ("CANCEL", "STATUS:CANCELLED", True),
        ("cancel", "TRANSP:OPAQUE", True),
        ("REQUEST", "STATUS:Cancelled", True),
        ("REQUEST", "STATUS:CONFIRMED", False),
        ("REQUEST", "STATUS:TENTATIVE", False),
        ("REQUEST", "SUMMARY:CANCELLED", False),
    ],
)
def test_what_is_cancelled(method: str, status: str, cancelled: bool) -> None:  # noqa: FBT001
    assert only(calendar(event(status), method=method)).cancelled is cancelled


@pytest.mark.parametrize(
    ("written", "method"),
    [("request", "REQUEST"), (" Publish ", "PUBLISH"), ("", ""), ("\x1b[31m", ""), ("A" * 50, "")],
)
def test_the_method(written: str, method: str) -> None:
    assert only(calendar(event(), method=written)).method == method


def test_the_method_is_that_of_the_calendar_around() -> None:
    text = calendar(event("METHOD:CANCEL")) + calendar(event(uid="two"), method="CANCEL") + event(uid="three")
    assert [one.method for one in read_invitations(text)] == ["REQUEST", "CANCEL", "CANCEL"]
    assert only(event()).method == ""


@pytest.mark.parametrize(
    ("written", "sequence"),
    [("7", 7), ("0", 0), ("-3", 0), ("", 0), ("many", 0), ("1.5", 0), ("9" * 3000, 0)],
)
def test_the_sequence(written: str, sequence: int) -> None:
    one = only(calendar(event(f"SEQUENCE:{written}")))
    assert one.sequence in (sequence, 2**31 - 1 if len(written) > 9 else sequence)
    assert one.start is not None


# When


@pytest.mark.parametrize(
    ("line", "utc", "day"),
    [
        ("DTSTART:20261112T233000Z", "2026-11-12T23:30", "2026-11-12"),
        ("DTSTART;TZID=Asia/Tokyo:20261112T083000", "2026-11-11T23:30", "2026-11-12"),
        ('DTSTART;TZID="America/New_York":20261112T210000', "2026-11-13T02:00", "2026-11-12"),
        ("dtstart;tzid=Europe/Berlin:20260709T140000", "2026-07-09T12:00", "2026-07-09"),
        ("DTSTART;VALUE=DATE-TIME;TZID=Asia/Tokyo;X-A=b:20261112T140000", "2026-11-12T05:00", "2026-11-12"),
        ("DTSTART;TZID=Pacific Standard Time:20261112T140000", "2026-11-12T22:00", "2026-11-12"),
        ("DTSTART;TZID=/mozilla.org/2005_1/Europe/Rome:20261112T140000", "2026-11-12T13:00", "2026-11-12"),
        ("DTSTART;TZID=America/Argentina/Buenos_Aires:20261112T140000", "2026-11-12T17:00", "2026-11-12"),
        ("DTSTART:20261112T140000", "2026-11-12T14:00", "2026-11-12"),
        ("DTSTART;TZID=Middle/Earth:20261112T140000", "2026-11-12T14:00", "2026-11-12"),
    ],
)  # fmt: skip
def test_when_it_starts(line: str, utc: str, day: str) -> None:
    one = starting(line)
    assert one.start is not None
    assert one.start.astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert one.day == date.fromisoformat(day)


@pytest.mark.parametrize("line", ["DTSTART;VALUE=DATE:20261112", "DTSTART:20261112"])
def test_a_whole_day(line: str) -> None:
    one = starting(line)
    assert (one.start, one.day) == (None, date(2026, 11, 12))


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART:20261312T090000Z", "DTSTART:20261112T990000Z", "DTSTART:20260230", "DTSTART:soon",
        "DTSTART:", "DTSTART", "DTSTART:PT1H", "DTSTART:090000", "DTSTART:20261112T090000Z/PT1H",
        "DTSTART;VALUE=TEXT:tomorrow at nine", "DTSTART:00010101T000000Z", "DTSTART:99991231T235959Z",
        "DTSTART;TZID=Asia/Tokyo:00010101T000000", "DTSTART:00010101", "DTSTART:99991231",
        "DTSTART:-0010101T000000", "DTSTART:" + "9" * 5000, "X-NONE:1",
    ],
)  # fmt: skip
def test_a_start_that_nobody_can_read(line: str) -> None:
    one = starting(line)
    assert (one.uid, one.start, one.day) == ("one@firm.example", None, None)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "/etc/passwd", "../" * 60 + "etc/hostname", "Europe", "Etc", "America/Argentina",
        "tzdata.zi", "zone.tab", "__init__.py", "A" * 150, "/a" * 900, "C:\\Windows",
        "file:///etc/passwd", "GMT/../UTC", ".", "/", "Ωmega/Zeit", "posixrules/x",
    ],
)  # fmt: skip
def test_a_zone_that_is_none_leaves_the_time_as_written(name: str) -> None:
    one = starting(f'DTSTART;TZID="{name}":20261112T090000')
    assert one.start == datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "used"),
    [
        ("Customized Time Zone", "Customized Time Zone"),
        ("tzone://Microsoft/Custom", '"tzone://Microsoft/Custom"'),
        (r"(UTC+01:00) Amsterdam\, Bern\, Wien", '"(UTC+01:00) Amsterdam, Bern, Wien"'),
        ("(UTC+01:00) Amsterdam", "(UTC+01:00) Amsterdam"),
        ("Mitteleuropäische Zeit", "Mitteleuropäische Zeit"),
    ],
)
def test_a_zone_of_their_own_counts_by_its_standard_time(told: str, used: str) -> None:
    zone = OUTLOOK[OUTLOOK.index("BEGIN:VTIMEZONE") : OUTLOOK.index("BEGIN:VEVENT")]
    zone = zone.replace("W. Europe Standard Time", told)
    one = starting(f"DTSTART;TZID={used}:20261112T140000", zone)
    assert one.start is not None
    assert one.start.isoformat() == "2026-11-12T14:00:00+01:00"


@pytest.mark.parametrize(
    ("offset", "hours"), [("-0930", -9.5), ("+0100", 1), ("+9900", 0), ("+1", 0), ("later", 0)]
)
def test_the_offset_of_such_a_zone(offset: str, hours: float) -> None:
    zone = SECONDLY.replace("TZOFFSETTO:+0100", f"TZOFFSETTO:{offset}").replace("TZOFFSETTO:+0200", "X-A:b")
    one = starting("DTSTART;TZID=Own:20261112T140000", zone)
    assert one.start is not None
    assert one.start.utcoffset() == timedelta(hours=hours)


def test_a_zone_with_summer_time_only() -> None:
    zone = SECONDLY.replace("STANDARD", "X-NONE")
    one = starting("DTSTART;TZID=Own:20261112T140000", zone)
    assert one.start is not None
    assert one.start.utcoffset() == timedelta(hours=2)


def test_the_zone_of_one_mail_does_not_shift_the_next() -> None:
    false = SECONDLY.replace("TZID:Own", "TZID:Tokyo Standard Time")
    line = "DTSTART;TZID=Tokyo Standard Time:20261112T140000"
    for one in (starting(line, false), starting(line)):
        assert one.start is not None
        assert one.start.utcoffset() == timedelta(hours=9)
    starting("DTSTART;TZID=Own:20261112T140000", SECONDLY)
    assert starting("DTSTART;TZID=Own:20261112T140000").start == datetime(2026, 11, 12, 14, 0, tzinfo=UTC)


# Who


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("ATTENDEE:mailto:mei@firm.example", "mei@firm.example"),
        ("ATTENDEE:MAILTO:Mei.Tanaka+x@Firm.example", "Mei.Tanaka+x@Firm.example"),
        ("ATTENDEE: MailTo: mei@firm.example ", "mei@firm.example"),
        ("ATTENDEE:mei@firm.example", "mei@firm.example"),
        ("ATTENDEE:mailto:mei@bücher.example", "mei@xn--bcher-kva.example"),
        ("ATTENDEE;EMAIL=mei@firm.example:/aMTIz/principal/", "mei@firm.example"),
        ("ATTENDEE;EMAIL=mei@firm.example:urn:uuid:0815", "mei@firm.example"),
        ('ATTENDEE;DELEGATED-FROM="mailto:x@y.example":mailto:mei@firm.example', "mei@firm.example"),
        ("ATTENDEE:invalid:nomail", None),
        ("ATTENDEE:mailto:", None),
        ("ATTENDEE:mailto:mei", None),
        ("ATTENDEE:mailto:mei@localhost", None),
        ("ATTENDEE:mailto:a@b.example,c@d.example", None),
        ("ATTENDEE:mailto:a@b.example>,<c@d.example", None),
        ("ATTENDEE:mailto:a@b.example\\nBcc:c@d.example", None),
        ("ATTENDEE:mailto:a@b.example c@d.example", None),
        ("ATTENDEE:https://firm.example/mei@firm.example/x", None),
        (f"ATTENDEE:mailto:{'a' * 5000}@firm.example", None),
        ("ATTENDEE;VALUE=BINARY;ENCODING=BASE64:bWVp", None),
        ("ATTENDEE;VALUE=DATE:20261112", None),
    ],
)
def test_the_address_of_who_comes(line: str, address: str | None) -> None:
    assert [one.address for one in attending(line)] == ([address] if address else [])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Mei Tanaka", "Mei Tanaka"),
        ('"Tanaka, Mei"', "Tanaka, Mei"),
        ("Tanaka,Mei", "Tanaka, Mei"),
        ("\"'Mei Tanaka'\"", "Mei Tanaka"),
        ("mei@firm.example", ""),
        ("MEI@FIRM.EXAMPLE", ""),
        ('""', ""),
        ("", ""),
        ("Mei\u202e akanaT\u200b\u2066", "Mei akanaT"),
        ("Mei\x00\x1b[31m\x07Tanaka", "Mei [31m Tanaka"),
        ("Mei^nTanaka", "Mei Tanaka"),
        ("  Mei \t Tanaka ", "Mei Tanaka"),
        ("Mei\ud800 Tanaka", "Mei Tanaka"),
        ("x" * 300, "x" * 80),
    ],
)
def test_the_name_of_who_comes(written: str, name: str) -> None:
    (one,) = attending(f"ATTENDEE;CN={written}:mailto:mei@firm.example")
    assert (one.name, one.address) == (name, "mei@firm.example")


def test_nobody_is_named_twice() -> None:
    one = only(
        calendar(
            event(
                "ORGANIZER:mailto:Ana@firm.example",
                "ATTENDEE;CN=Ana Ferrer;PARTSTAT=DECLINED:mailto:ana@firm.example",
                "ATTENDEE;CN=Mei Tanaka:mailto:mei@firm.example",
                "ATTENDEE;CN=M.;PARTSTAT=DECLINED:mailto:MEI@firm.example",
                "ORGANIZER:mailto:other@firm.example",
            )
        )
    )
    assert one.organizer == Attendee("Ana Ferrer", "Ana@firm.example", declined=True)
    assert one.attendees == (Attendee("Mei Tanaka", "mei@firm.example", declined=False),)


def test_at_most_fifty_people() -> None:
    found = attending(*(f"ATTENDEE:mailto:a{number}@firm.example" for number in range(3000)))
    assert [one.address for one in found] == [f"a{number}@firm.example" for number in range(50)]


# What


def test_the_texts_are_printable_and_bounded() -> None:
    one = only(
        calendar(
            event(
                "SUMMARY:Interview\\n\u202ewith\x07 " + "x" * 9000,
                "DESCRIPTION:First\\n\x1b[2J\u200bsecond\\; third\\n\\n" + "x" * 90_000,
                uid="u" * 900 + "\u200b",
            )
        )
    )
    assert one.summary == ("Interview with " + "x" * 200)[:200]
    assert one.description.split("\n")[:3] == ["First", "[2Jsecond; third", ""]
    assert len(one.description) == 4000
    assert one.uid == "u" * 500


def test_a_description_that_only_looks_like_markup_stays() -> None:
    one = only(calendar(event("DESCRIPTION:Salary <60k & if a<b then\\nMei <mei@firm.example>")))
    assert one.description == "Salary <60k & if a<b then\nMei <mei@firm.example>"


def test_what_markup_hides_is_not_told() -> None:
    one = only(calendar(event("DESCRIPTION:<div>Meet Mei</div><span style='display:none'>Eve</span>")))
    assert one.description == "Meet Mei"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_any_line_end(end: str) -> None:
    assert read_invitations(OUTLOOK.replace("\n", end)) == read_invitations(OUTLOOK)


def test_a_text_without_its_calendar_and_with_a_mark_in_front() -> None:
    assert only("\ufeff" + OUTLOOK) == only(OUTLOOK)
    assert replace(only(OUTLOOK), method="") == only(OUTLOOK[OUTLOOK.index("BEGIN:VEVENT") :])


# What is broken


@pytest.mark.parametrize(
    "text", ["", "\n", " ", "Hello.", "BEGIN:VCALENDAR", "END:VEVENT", "\0", "\ud800", ":", ";"]
)
def test_nothing_in_it(text: str) -> None:
    assert read_invitations(text) == ()


def test_what_is_no_event_is_passed_over() -> None:
    text = calendar(
        "BEGIN:VTODO\nUID:todo\nDTSTART:20261101T090000Z\nEND:VTODO\n",
        "BEGIN:VFREEBUSY\nUID:busy\nDTSTART:20261101T090000Z\nEND:VFREEBUSY\n",
        event(
            "BEGIN:VALARM", "SUMMARY:Alarm", "ATTENDEE:mailto:eve@firm.example", "END:VALARM", "SUMMARY:Talk"
        ),
        "BEGIN:VEVENT\nSUMMARY:Neither who nor when\nEND:VEVENT\n",
    )
    one = only(text)
    assert (one.uid, one.summary, one.attendees) == ("one@firm.example", "Talk", ())


def test_a_broken_line_costs_only_itself() -> None:
    one = only(
        calendar(
            event(
                "no colon", "SUMMARY;LANGUAGE", 'ATTENDEE;CN="open:mailto:eve@firm.example', "ATTENDEE;=:x",
                ";;;:::", 'DESCRIPTION;ALTREP="a:Nothing', "ATTENDEE:mailto:mei@firm.example",
            )
        )
    )  # fmt: skip
    assert "mei@firm.example" in [one.address for one in one.attendees]
    assert one.start is not None


def test_an_event_that_does_not_end_is_read_up_to_the_last_line() -> None:
    """The last line may hold half an address; what stands before it is whole."""
    whole = GOOGLE[: GOOGLE.index("X-GOOGLE")]
    one = only(whole[: whole.index("mple\nATTENDEE;CUTYPE=RESOURCE")])
    assert one.organizer is not None
    assert one.attendees == ()
    for end in range(len(GOOGLE)):
        for found in read_invitations(GOOGLE[:end]):
            assert {person.address for person in found.attendees} <= {
                "robin@ellery.example",
                "jordi@firm.example",
            }


def test_an_event_that_does_not_end_is_ended_by_the_next() -> None:
    text = calendar(event(uid="one").replace("END:VEVENT\n", ""), event(uid="two"))
    assert [one.uid for one in read_invitations(text)] == ["one", "two"]


def test_at_most_ten_events() -> None:
    found = read_invitations(calendar(*(event(uid=f"u{number}") for number in range(2000))))
    assert [one.uid for one in found] == [f"u{number}" for number in range(10)]


def test_a_text_that_is_too_long_is_cut() -> None:
    found = read_invitations(calendar(event(uid="one"), "X-FILL:x\n" * MAX_TEXT, event(uid="two")))
    assert [one.uid for one in found] == ["one"]


FULL = [
    f'ATTENDEE;ROLE=REQ-PARTICIPANT;CN="A, B {number}";X-A="{"y" * 120}":mailto:a@b{number}.example'
    for number in range(90)
]
HOSTILE = {
    "events that never end": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 18_000,
    "events in events": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 10_000 + "END:VEVENT\n" * 10_000,
    "components in components": "".join(f"BEGIN:X{number}\n" for number in range(20_000)),
    "attendees": calendar(event(*(f"ATTENDEE:mailto:{n}\n" for n in range(20_000)))),
    "full events": calendar(*(event(*FULL, "DESCRIPTION:" + "<p>" * 500) for _ in range(10))),
    "long lines": calendar(
        *(event(*["ATTENDEE" + ";A=b" * 900 + ":mailto:a@b.example"] * 6) for _ in range(10))
    ),
    "foreign domains": calendar(
        *(event(*[f"ATTENDEE:mailto:a@{'ü' * 60}.{'ö' * 60}.{'ä' * 60}.example"] * 60) for _ in range(10))
    ),
    "recurrence": calendar(event(*["RRULE:FREQ=SECONDLY;COUNT=999999999"] * 7000)),
    "exceptions": calendar(event("EXDATE:" + "20261112T090000Z," * 15_000)),
    "categories": calendar(event("CATEGORIES:" + "," * 250_000)),
    "folds": calendar(event("DESCRIPTION:" + "x\n " * 80_000)),
    "folds of nothing": "\n " * 130_000,
    "a long value": calendar(event("DESCRIPTION:" + "x" * 250_000)),
    "backslashes": calendar(event("DESCRIPTION:" + "\\" * 250_000)),
    "quotes": calendar(event("ATTENDEE;CN=" + '"' * 250_000 + ":mailto:a@b.example")),
    "parameters": calendar(event("ATTENDEE" + ";A=b" * 50_000 + ":mailto:a@b.example")),
    "spaces": calendar(event("UID:" + " " * 250_000 + "x")),
    "spaces before addresses": calendar(event(*["ATTENDEE:" + " " * 3900 + "mailto:" + " " * 50] * 60)),
    "a long name": calendar(event("A" * 250_000)),
    "a long number": calendar(event("SEQUENCE:" + "9" * 3_900)),
    "line ends": "\r" * 250_000,
    "zeros": calendar("\0" * 250_000),
    "small lines": calendar(event("a:b\n" * 60_000)),
    "alarms": calendar(event(*["BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM"] * 6000)),
    "zones": calendar(*(SECONDLY.replace("Own", f"Z{number}") for number in range(900)), event()),
    "a zone that changes each second": calendar(SECONDLY, event(start="DTSTART;TZID=Own:20261112T090000")),
    "slashes": calendar(*(event(start=f"DTSTART;TZID=/{n}{'/a' * 45}:20261112T090000") for n in range(10))),
    "paragraphs": calendar(*(event("DESCRIPTION:" + "<p>" * 4000) for _ in range(10))),
    "tags": calendar(*(event("DESCRIPTION:<br>" + "<a" * 6000) for _ in range(10))),
    "a long text": "x" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_costs_time(name: str) -> None:
    read_invitations(calendar(event()))  # the library is loaded once
    started = time.process_time()
    found = read_invitations(HOSTILE[name])
    assert time.process_time() - started < 3
    check(found)


UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FARTHEST = [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Midway")]


def check(found: tuple[Invitation, ...]) -> None:
    """Assert what holds for whatever was read."""
    assert len(found) <= 10
    for one in found:
        assert re.fullmatch(r"[A-Z-]{0,30}", one.method)
        assert 0 <= one.sequence < 2**31
        assert len(one.uid) <= 500
        assert len(one.summary) <= 200
        assert len(one.description) <= 4000
        assert len(one.attendees) <= 50
        people = [*one.attendees, *([one.organizer] if one.organizer else [])]
        assert len({person.address.lower() for person in people}) == len(people)
        assert all(len(person.name) <= 80 and len(person.address) <= 320 for person in people)
        names = [text for person in people for text in (person.name, person.address)]
        assert not any(map(UNPRINTABLE.search, [one.uid, one.summary, *names, *one.description.split("\n")]))
        if one.start:
            assert one.start.utcoffset() is not None
            assert one.day == one.start.date()
            assert [one.start.astimezone(zone) for zone in FARTHEST]
        hash(one)
    check_settled(found)


def check_settled(found: tuple[Invitation, ...]) -> None:
    rest = settled(found)
    assert len({one.uid for one in rest if one.uid}) == sum(bool(one.uid) for one in rest)
    assert not any(one.cancelled or one.method == "REPLY" for one in rest)


NAMES = st.sampled_from(
    """
    BEGIN:VCALENDAR END:VCALENDAR BEGIN:VEVENT END:VEVENT BEGIN:VALARM END:VALARM BEGIN:VTIMEZONE
    END:VTIMEZONE BEGIN:STANDARD END:STANDARD UID: DTSTART: DTSTART;TZID= DTSTART;VALUE= SUMMARY:
    SUMMARY; DESCRIPTION: DESCRIPTION;LANGUAGE= ATTENDEE: ATTENDEE;CN= ORGANIZER: ORGANIZER;CN= STATUS:
    SEQUENCE: METHOD: TZID: TZOFFSETTO: RRULE: CATEGORIES:
    """.split()  # noqa: SIM905 - one name a line would fill the page
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "", "1", "u1", "20261112T090000Z", "20261112T090000", "20261112", "Europe/Berlin:20261112T090000",
            "Own:20261112T090000", "Own", "+0100", "-1500", "mailto:mei@firm.example", "REPLY", "CANCELLED",
            "DATE:20261112", "PERIOD:x/y", "BINARY:x", "Mei;PARTSTAT=DECLINED:mailto:mei@firm.example",
            '"a', "de:x", "\r\n ", "<p>x", "P1D", "00010101T000000", "99991231T235959",
        ]
    ),
)  # fmt: skip
LINES = st.builds("".join, st.tuples(NAMES, VALUES))


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    check(read_invitations(text))
    check(read_invitations(calendar(event(text, start=f"DTSTART:{text}"), method=text)))


@given(st.lists(LINES, max_size=40), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_no_calendar_is_an_error(lines: list[str], end: str) -> None:
    check(read_invitations(end.join(lines)))
    check(read_invitations(calendar(end.join(["BEGIN:VEVENT", *lines, ""]))))


@given(st.integers(0, len(OUTLOOK)), st.integers(0, len(OUTLOOK)), st.text(max_size=5))
def test_no_damage_is_an_error(start: int, end: int, text: str) -> None:
    check(read_invitations(OUTLOOK[:start] + text + OUTLOOK[end:]))


# What holds after all of them

ANA = Attendee("Ana Ferrer", "ana@firm.example", declined=False)
MEI = Attendee("Mei Tanaka", "mei@firm.example", declined=False)
JORDI = Attendee("Jordi Puig", "jordi@firm.example", declined=False)


def invitation(uid: str = "one", sequence: int = 0, **fields: object) -> Invitation:
    start = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
    one = Invitation(
        uid=uid, method="REQUEST", sequence=sequence, summary="Talk", start=start, day=start.date(),
        organizer=ANA, attendees=(MEI, JORDI), cancelled=False, description="",
    )  # fmt: skip
    return replace(one, **fields)  # type: ignore[arg-type]  # the tests name its fields


def reply(person: Attendee, *, declined: bool, uid: str = "one", sequence: int = 0) -> Invitation:
    people = (replace(person, name="", address=person.address.upper(), declined=declined),)
    return invitation(uid, sequence, method="REPLY", attendees=people)


def declining(found: tuple[Invitation, ...]) -> list[str]:
    (one,) = found
    people = [*one.attendees, *([one.organizer] if one.organizer else [])]
    return [person.name for person in people if person.declined]


def test_the_newest_holds() -> None:
    first, moved = invitation(), invitation(sequence=1, start=datetime(2026, 11, 13, 9, 0, tzinfo=UTC))
    assert settled([first, moved]) == settled([moved, first]) == (moved,)
    again = invitation(summary="Talk, with the right link")
    assert settled([first, again]) == (again,)
    assert settled([]) == ()


def test_an_update_as_it_is_sent() -> None:
    text = GOOGLE.replace("SEQUENCE:0", "SEQUENCE:1").replace("20261112T153000", "20261116T110000")
    (one,) = settled([*read_invitations(text), *read_invitations(GOOGLE)])
    assert one.day == date(2026, 11, 16)


def test_what_is_cancelled_is_gone_until_it_is_sent_anew() -> None:
    first, other = invitation(), invitation("other")
    cancel = invitation(sequence=1, method="CANCEL", cancelled=True, start=None, day=None)
    assert settled([first, cancel, other]) == settled([cancel, other, first]) == (other,)
    assert settled([first, replace(cancel, sequence=0)]) == ()
    anew = invitation(sequence=2)
    assert settled([first, cancel, anew]) == (anew,)


def test_a_cancellation_as_it_is_sent() -> None:
    cancel = GOOGLE.replace("METHOD:REQUEST", "METHOD:CANCEL").replace("SEQUENCE:0", "SEQUENCE:1")
    cancel = cancel.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")
    assert settled([*read_invitations(GOOGLE), *read_invitations(cancel)]) == ()


def test_a_reply_tells_who_does_not_come() -> None:
    first, no = invitation(), reply(MEI, declined=True)
    assert declining(settled([first, no])) == declining(settled([no, first])) == ["Mei Tanaka"]
    assert declining(settled([first, no, reply(MEI, declined=False)])) == []
    assert declining(settled([first, reply(MEI, declined=False), no])) == ["Mei Tanaka"]
    assert declining(settled([first, reply(ANA, declined=True)])) == ["Ana Ferrer"]
    assert (
        declining(settled([first, reply(Attendee("", "eve@x.example", declined=True), declined=True)])) == []
    )


def test_the_organizer_who_replies_is_told_once() -> None:
    declined = replace(ANA, declined=True)
    found = settled([invitation(), invitation(method="REPLY", organizer=declined, attendees=())])
    assert declining(found) == ["Ana Ferrer"]


def test_a_reply_to_an_older_time_says_nothing_of_the_new_one() -> None:
    assert declining(settled([invitation(sequence=1), reply(MEI, declined=True)])) == []
    assert declining(settled([invitation(sequence=1), reply(MEI, declined=True, sequence=1)])) == [
        "Mei Tanaka"
    ]


def test_a_reply_alone_is_no_event() -> None:
    assert settled([reply(MEI, declined=True)]) == ()
    assert settled([reply(MEI, declined=True, uid=""), invitation("")]) == (invitation(""),)


@pytest.mark.parametrize("method", ["COUNTER", "DECLINECOUNTER", "REFRESH"])
def test_what_only_proposes_changes_nothing(method: str) -> None:
    first = invitation()
    proposal = invitation(sequence=1, method=method, start=None, day=None, organizer=None)
    assert settled([first, proposal]) == (first,)


def test_they_are_sorted_by_time() -> None:
    unknown = invitation("unknown", start=None, day=None)
    late = invitation("late", start=datetime(2026, 11, 12, 12, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    early = invitation("early", start=datetime(2026, 11, 12, 19, 0, tzinfo=ZoneInfo("Asia/Tokyo")))
    whole = invitation("whole", start=None, day=date(2026, 11, 13))
    before = invitation("before", start=None, day=date(2026, 11, 11))
    assert settled([unknown, late, whole, early, before]) == (before, early, late, whole, unknown)


def test_events_without_an_id_are_each_their_own() -> None:
    assert len(settled([invitation(""), invitation("")])) == 2


def test_who_only_gets_a_copy_takes_no_part() -> None:
    copied = "ATTENDEE;ROLE=NON-PARTICIPANT;PARTSTAT={}:mailto:tom@firm.example"
    assert attending(copied.format("NEEDS-ACTION")) == ()
    assert len(attending(copied.format("ACCEPTED"))) == 1
