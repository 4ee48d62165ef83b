"""The header of a mail as mailers really write it, and as an attacker might."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.headers import MAX_HEADER, Address, parse_headers, printable, split_header


def test_fields_keep_their_order_and_their_count() -> None:
    headers = parse_headers(b"Received: a\nFrom: b@c.example\nRECEIVED: d\n\nReceived: body\n")
    assert headers.fields == (("received", "a"), ("from", "b@c.example"), ("received", "d"))
    assert headers.count("received") == 2
    assert headers.raw("received") == "a"
    assert (headers.raw("to"), headers.text("to"), headers.ids("to")) == ("", "", ())


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_folded_fields_are_one_line(end: bytes) -> None:
    raw = end.join([b"Subject: Your", b" application", b"\tto us", b"To: x@y.example", b"", b"Hi"])
    headers = parse_headers(raw)
    assert headers.text("subject") == "Your application to us"
    assert headers.raw("to") == "x@y.example"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"Subject: =?utf-8?q?f=C3=BCr?=", "für"),
        (b"Subject: =?utf-8?q?f=C3?=\n =?utf-8?q?=BCr?=", "für"),
        ("Subject: für".encode(), "für"),
        ("Subject: für".encode("latin-1"), "für"),
        (b"Subject: =?x-none?q?abc?=", "abc"),
        (b"Subject: =?utf-8?q?Hi=0D=0ABcc:_a@b.example?=", "Hi Bcc: a@b.example"),
        (b"Subject: a\0b\x1b[31mc", "a b [31mc"),
        ("Subject: a\u2028b\x85c".encode(), "a b c"),
        (b"Subject:none", "none"),
        (b"Subject : spaced", "spaced"),
        (b"Subject:", ""),
    ],
)
def test_text_of_a_field_is_one_printable_line(line: bytes, text: str) -> None:
    assert parse_headers(line + b"\n\nHi").text("subject") == text


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        (b"A: 1\n\nbody", 1, b"body"),
        (b"A: 1\r\n\r\nbody", 1, b"body"),
        (b"A: 1\r\n\n\nbody", 1, b"\nbody"),
        (b"A: 1", 1, b""),
        (b"\nbody", 0, b"body"),
        (b"\r\nA: 1", 0, b"A: 1"),
        (b"no header at all", 0, b"no header at all"),
        (b"From x Thu\nA: 1\n\nbody", 1, b"body"),
        (b"A: 1\nbroken line\nB: 2\n\nbody", 2, b"body"),
        (b"", 0, b""),
    ],
)
def test_where_the_header_ends(raw: bytes, fields: int, body: bytes) -> None:
    assert len(parse_headers(raw).fields) == fields
    assert raw[split_header(raw)[1] :] == body


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b.example>", ("<a@b.example>",)),
        ("<[foo]@bar>", ("<[foo]@bar>",)),
        ("<a@b> <c@d>\r\n\t<e@f>", ("<a@b>", "<c@d>", "<e@f>")),
        ("<a@b><c@d>", ("<a@b>", "<c@d>")),
        ("(note) <a@b> text", ("<a@b>",)),
        (f"<{'x' * 880}@firm.example>", (f"<{'x' * 880}@firm.example>",)),
        (f"<{'x' * 901}>", ()),
        ("<a\r\n b@c>", ()),
        ("<a\0b@c>", ()),
        ("<a b@c>", ()),
        ("<a\rX: y@c>", ()),
        ("<ä@c>", ()),
        ("<>", ()),
        ("a@b.example", ()),
    ],
)
def test_message_ids_are_taken_as_they_stand_or_not_at_all(value: str, ids: tuple[str, ...]) -> None:
    """An id is sent back to the server in commands: white space in it would be another command."""
    assert parse_headers(f"References: {value}\r\n\r\n".encode()).ids("references") == ids


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("ana@firm.example", [("", "ana@firm.example")]),
        ("Ana Ferrer <ana@firm.example>", [("Ana Ferrer", "ana@firm.example")]),
        ('"Ferrer, Ana" <ana@firm.example>', [("Ferrer, Ana", "ana@firm.example")]),
        ("'Ana' <ana@firm.example>", [("Ana", "ana@firm.example")]),
        ("=?utf-8?q?J=C3=BCrgen?= <j@firm.example>", [("Jürgen", "j@firm.example")]),
        ("ana@firm.example (Ana)", [("Ana", "ana@firm.example")]),
        ("a@b.example, C <c@d.example>", [("", "a@b.example"), ("C", "c@d.example")]),
        ("Team: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("undisclosed-recipients:;", []),
        ("Ana", []),
        ("ana@localhost", []),
        ("<>", []),
        ("", []),
        ("Ana\x1b\x07B <ana@firm.example>", [("Ana B", "ana@firm.example")]),
        ("jane@müller.example", [("", "jane@xn--mller-kva.example")]),
        ("jürgen@müller.example", []),
        ("x\u202e@b.example", []),
    ],
)
def test_addresses(value: str, addresses: list[tuple[str, str]]) -> None:
    found = parse_headers(f"To: {value}\n\n".encode()).addresses("to")
    assert [(one.name, one.address) for one in found] == addresses


@pytest.mark.parametrize(
    "value",
    [
        '"<evil@bad.example>" <ana@firm.example>',
        "alice@firm.example <evil@bad.example>",
        '"ana@firm.example" <evil@bad.example>',
        "ana@firm.example)evil@bad.example",
        '"a@b.example"@firm.example',
        "a@firm.example@bad.example",
        "<ana@firm.example\r\n .bad.example>",
    ],
)
def test_odd_quotes_make_no_address_up(value: str) -> None:
    """What is returned as an address stands in the field outside of quotes, and is plausible."""
    for one in parse_headers(f"From: {value}\n\n".encode()).addresses("from"):
        assert one.address in value.replace("\r\n ", "")
        assert one.address.count("@") == 1
        assert f'"{one.address}' not in value


@pytest.mark.parametrize("mark", ['"', "(", "<", "<@,:", "a@b.example,", "\\", "=?utf-8?q?a?= ", "[", ")("])
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_hostile_address_list_still_answers(name: str, mark: str) -> None:
    """Twenty thousand quotes cost the standard library seconds, a few parentheses its stack."""
    headers = parse_headers(f"{name}: {mark * 20_000}\n\n".encode())
    assert len(headers.addresses(name)) <= 2_000
    assert len(headers.text(name)) <= 4_096


def test_an_address_tells_its_parts() -> None:
    address = Address("Ana Ferrer", "Ana.F@Jobs.Firm.example")
    assert (address.local, address.domain) == ("ana.f", "jobs.firm.example")
    assert str(address) == "Ana Ferrer <Ana.F@Jobs.Firm.example>"
    assert str(Address("", "ana@firm.example")) == "ana@firm.example"


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Thu, 19 Nov 2026 16:05:00 +0200", datetime(2026, 11, 19, 14, 5, tzinfo=UTC)),
        ("19 Nov 2026 16:05 GMT", datetime(2026, 11, 19, 16, 5, tzinfo=UTC)),
        ("Thu, 19 Nov 2026 16:05:00 -0000", datetime(2026, 11, 19, 16, 5, tzinfo=UTC)),
        ("Thu, 19 Nov 2026 16:05:00", datetime(2026, 11, 19, 16, 5, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        ("Thu, 39 Nov 2026 16:05:00 +0000", None),
        ("Thu, 19 Nov 99999999 16:05:00 +0000", None),
        ("Fri, 31 Dec 9999 23:59:00 -2300", None),
        ("Thu, 19 Nov 2026 16:05:00 +999999", None),
    ],
)
def test_date(value: str, date: datetime | None) -> None:
    assert parse_headers(f"Date: {value}\n\n".encode()).date() == date


def test_the_date_keeps_the_zone_of_its_writer() -> None:
    date = parse_headers(b"Date: Thu, 19 Nov 2026 16:05:00 +0200\n\n").date()
    assert date is not None
    assert (date.hour, date.utcoffset()) == (16, timedelta(hours=2))


def test_a_header_is_read_up_to_a_bound() -> None:
    raw = b"Subject: first\n" + b"X-Fill: %s\n" % (b"x" * 900) * 200 + b"To: a@b.example\n\nbody"
    headers = parse_headers(raw)
    assert headers.text("subject") == "first"
    assert headers.raw("to") == ""
    assert split_header(raw)[1] == MAX_HEADER


def test_many_fields_are_read_up_to_a_bound() -> None:
    assert len(parse_headers(b"A:1\n" * 16_000 + b"\n").fields) <= 500


LINES = st.sampled_from(
    [b"From: ", b"Subject: ", b"Message-ID: ", b"Date: ", b"\n", b"\r\n", b" ", b"\t", b"<a@b.c>",
     b'"', b"(", b")", b",", b":", b";", b"=?utf-8?q?=C3?=", b"=?", b"?=", b"\0", b"\xff", b"\\"]
)  # fmt: skip


@given(st.lists(st.one_of(LINES, st.binary(max_size=6)), max_size=40))
def test_no_bytes_stop_the_parser(pieces: list[bytes]) -> None:
    headers = parse_headers(b"".join(pieces))
    for name, _ in headers.fields:
        text = headers.text(name)
        assert text == printable(text)
        headers.ids(name)
        assert all(one.domain for one in headers.addresses(name))
    headers.date()
