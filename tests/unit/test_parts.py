"""The bounded reader of MIME parts says what the standard library says, and survives what it doesn't."""

import os
import tarfile
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, default
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.message import Message, parse_message, rough_text
from springback.parts import MAX_PARTS, MAX_RAW, MAX_TEXT, text_parts

PLAIN = "Dear Robin,\n\nfür Sie – “nothing”.\n"
HTML = "<p>Dear Robin, für Sie</p>\n"


def letter(text: str = PLAIN, charset: str = "utf-8", cte: str | None = None) -> EmailMessage:
    message = EmailMessage(policy=default)
    message["From"] = "Ana <ana@firm.example>"
    message["Subject"] = "Your application"
    message.set_content(text, charset=charset, cte=cte)
    return message


def alternative() -> EmailMessage:
    message = letter()
    message.add_alternative(HTML, subtype="html")
    return message


def related() -> EmailMessage:
    message = letter()
    message.add_alternative(HTML, subtype="html")
    html = message.get_body(["html"])
    assert html is not None
    html.add_related(b"\x89PNG", "image", "png", cid="<logo>")
    return message


def attached() -> EmailMessage:
    message = related()
    message.add_attachment(b"%PDF", "application", "pdf", filename="letter.pdf")
    message.add_attachment("notes für later\n", filename="notes.txt")
    return message


def forwarded() -> EmailMessage:
    message = letter("See below.\n")
    message.add_attachment(alternative())
    return message


def calendar() -> EmailMessage:
    message = alternative()
    message.add_alternative("BEGIN:VCALENDAR\n", subtype="calendar")
    return message


WELL_FORMED: dict[str, Callable[[], EmailMessage]] = {
    "7bit": partial(letter, "Hello.\n", "us-ascii"),
    "8bit": partial(letter, cte="8bit"),
    "quoted-printable": partial(letter, cte="quoted-printable"),
    "base64": partial(letter, cte="base64"),
    "latin-1": partial(letter, "Für Sie, à demain.\n", "iso-8859-1", "8bit"),
    "latin-2": partial(letter, "Łódź, dziękuję.\n", "iso-8859-2", "quoted-printable"),
    "windows-1252": partial(letter, "won’t\n", "windows-1252", "quoted-printable"),
    "iso-2022-jp": partial(letter, "残念\n", "iso-2022-jp", "7bit"),
    "koi8-r": partial(letter, "К сожалению\n", "koi8-r", "base64"),
    "gb2312": partial(letter, "遗憾\n", "gb2312", "base64"),
    "long lines": partial(letter, "für " * 400 + "\n", cte="quoted-printable"),
    "alternative": alternative,
    "related": related,
    "attached": attached,
    "forwarded": forwarded,
    "calendar": calendar,
}


def by_the_library(raw: bytes) -> list[tuple[str, str]]:
    return [
        (part.get_content_subtype(), part.get_content().replace("\r\n", "\n").rstrip("\n"))
        for part in message_from_bytes(raw, policy=default).walk()
        if part.get_content_maintype() == "text"
    ]


@pytest.mark.parametrize("policy", [default, SMTP], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", WELL_FORMED)
def test_well_formed_mail_reads_as_the_library_reads_it(name: str, policy: EmailPolicy) -> None:
    raw = WELL_FORMED[name]().as_bytes(policy=policy)
    found = [(part.subtype, part.text.rstrip("\n")) for part in text_parts(raw)]
    assert found == by_the_library(raw)
    assert not any(part.cut for part in text_parts(raw))


def test_attachments_and_enclosed_mails_are_told_apart() -> None:
    parts = text_parts(attached().as_bytes())
    assert [part.attached for part in parts] == [False, False, True]
    parts = text_parts(forwarded().as_bytes())
    assert [part.embedded for part in parts] == [False, True, True]


def test_versions_of_one_letter_belong_together() -> None:
    parts = text_parts(attached().as_bytes())
    assert parts[0].alternatives == parts[1].alternatives
    assert parts[0].alternatives is not None
    assert parts[2].alternatives is None


def part(kind: str, body: str) -> str:
    return f"--b\nContent-Type: {kind}\n\n{body}\n"


MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        (MIXED + part("text/plain", "one") + part("text/plain", "two"), ["one", "two"]),
        (MIXED + part("text/plain", "one") + "--b--\nepilogue", ["one"]),
        (MIXED + "preamble\n" + part("text/plain", "one") + "--b--", ["one"]),
        (MIXED + "--b\n\nno header of its own\n--b--", ["no header of its own"]),
        (MIXED + "--b\nno header at all\n--b--", ["no header at all"]),
        (MIXED + part("text/plain", "a --b inside\n--bb") + "--b--", ["a --b inside\n--bb"]),
        (MIXED + "--b  \n\nspaces behind\n--b-- \n", ["spaces behind"]),
        (MIXED + part("image/png", "x") + part("text/html", "y"), ["y"]),
        (MIXED + "nothing but a preamble", []),
        ('Content-Type: multipart/mixed; boundary="b c"\n\n--b c\n\nx\n--b c--', ["x"]),
        ("Content-Type: multipart/mixed\n\n--b\n\nx", []),
        ("Content-Type: text/plain\n\nx\n", ["x"]),
        ("Subject: none\n\nx", ["x"]),
        ("Content-Type: nonsense\n\nx", ["x"]),
        ('Content-Type: text/plain; charset="utf-8\n\nx', ["x"]),
        ("Content-Type: text/plain; charset*=utf-8''iso-8859-1\n\nx", ["x"]),
        ("Content-Type:\n text/html;\n\tcharset=utf-8\n\nx", ["x"]),
        ("Content-Transfer-Encoding: BASE64\n\naGVsbG8", ["hello"]),
        ("Content-Transfer-Encoding: x-unknown\n\nhello", ["hello"]),
        ("Content-Transfer-Encoding: quoted-printable\n\na=\nb=3D=ZZ", ["ab==ZZ"]),
        ("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nhi\n--b--", ["hi"]),
        ("Content-Type: message/rfc822\n\nSubject: x\n\nhi", ["hi"]),
        ("", [""]),
        ("\n\n", ["\n"]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ill_formed_mail_is_read_as_far_as_it_goes(raw: str, texts: list[str], end: str) -> None:
    found = [part.text for part in text_parts(raw.replace("\n", end).encode())]
    assert [text.rstrip("\n") for text in found] == [text.rstrip("\n") for text in texts]


def test_two_hundred_thousand_parts_are_read_up_to_a_bound() -> None:
    parts = text_parts((MIXED + "--b\n\nx\n" * 200_000).encode())
    assert len(parts) == MAX_PARTS
    assert {part.text.strip() for part in parts[:-1]} == {"x"}
    assert (parts[-1].text, parts[-1].cut) == ("", True), "what is left out is told"


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/rfc822"])
def test_three_thousand_nestings_are_read_up_to_a_bound(kind: str) -> None:
    layers = [f"Content-Type: {kind}; boundary=b{n}\n\n" for n in range(3_000)]
    if kind.startswith("multipart"):
        layers = [f"{layer}--b{n}\n" for n, layer in enumerate(layers)]
    raw = ("".join(layers) + "\ndeep").encode()
    (left_out,) = text_parts(raw)
    assert (left_out.text, left_out.cut) == ("", True), "what is left out is told"
    assert "deep" in text_parts(("".join(layers[:5]) + "\ndeep").encode())[0].text


def test_the_same_boundary_at_every_level_ends() -> None:
    raw = (MIXED + "--b\n") * 2_000
    assert len(text_parts(raw.encode())) <= MAX_PARTS + 1


def test_a_letter_in_more_parts_than_are_read_is_cut_one_with_more_attached_mails_is_not() -> None:
    files = "--b\nContent-Type: image/png\n\nx\n" * 300
    assert parse_message((MIXED + "--b\n\nHello.\n" + files).encode()).cut
    nested = "Content-Type: message/rfc822\n\n" * 300
    found = parse_message((MIXED + "--b\n\nHello.\n--b\n" + nested).encode())
    assert (found.text, found.cut) == ("Hello.", False)


def test_a_long_text_is_cut_and_says_so() -> None:
    (found,) = text_parts(b"Subject: x\n\n" + b"word " * (MAX_TEXT // 4))
    assert found.cut
    assert len(found.text) == MAX_TEXT


def test_a_long_mail_says_that_its_last_part_is_cut() -> None:
    raw = (MIXED + part("text/plain", "one") + part("image/png", "x" * MAX_RAW)).encode()
    assert [found.cut for found in text_parts(raw)] == [False]
    raw = (MIXED + part("image/png", "x" * (MAX_RAW - 500)) + part("text/plain", "y" * 999)).encode()
    assert [found.cut for found in text_parts(raw)] == [True]


GARBAGE = st.sampled_from(
    [b"\n", b"\r", b"--b\n", b"--", b"\0", b"\xff", b"Content-Type: ", b"multipart/mixed",
     b"; boundary=b", b'"', b"=", b"charset=utf-7", b"+2AA-", b"message/rfc822", b";", b":", b" "]
)  # fmt: skip


@given(
    st.sampled_from(sorted(WELL_FORMED)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), GARBAGE), max_size=8),
)
def test_no_mutilated_mail_stops_the_reader(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    raw = WELL_FORMED[name]().as_bytes()
    for place, gone, put in edits:
        at = int(place * len(raw))
        raw = raw[:at] + put + raw[at + gone :]
    read_twice(raw)


@given(st.lists(st.one_of(GARBAGE, st.binary(max_size=5)), max_size=40))
def test_no_bytes_stop_the_reader(pieces: list[bytes]) -> None:
    read_twice(b"".join(pieces))


def read_twice(raw: bytes) -> None:
    """Read a mail as the daemon does; what it holds is text that can be stored, and always the same."""
    found = parse_message(raw)
    assert isinstance(found, Message)
    assert parse_message(raw) == found
    for text in (found.subject, found.text, found.quoted, found.forwarded, rough_text(raw)):
        assert text.encode("utf-8").decode() == text


# A folder with archives of mail that broke other parsers, in mime/*.tar.gz; it is not part of the project.
CORPORA = os.environ.get("SPRINGBACK_CORPORA")

if CORPORA:

    @pytest.mark.parametrize(
        "archive", sorted(Path(CORPORA).glob("mime/*.tar.gz")), ids=lambda path: path.name
    )
    def test_mail_that_broke_other_parsers(archive: Path) -> None:
        read = 0
        with tarfile.open(archive) as files:
            for member in files:
                content = files.extractfile(member) if member.isfile() else None
                if content:
                    read_twice(content.read())
                    read += 1
        assert read
