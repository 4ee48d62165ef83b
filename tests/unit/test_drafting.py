"""The reply as bytes: it threads, it reaches whom it should, and it carries nothing else."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.addressee import Addressee
from springback.contact import Contact
from springback.details import Details
from springback.draft import Draft, Identity, Style
from springback.drafting import compose, draft_id
from springback.letters import Letters
from springback.library import template_files
from springback.message import parse_message
from springback.reached import Met, Reached
from springback.subject import reply_subject
from springback.verdict import Verdict
from unit.making import NOW, mail

LETTERS = Letters(template_files())
ROBIN = Identity("Robin Ellery", "robin@ellery.example")
ANA = Contact("Ana Ferrer", "ana@firm.example", "from", "")
NOBODY = Contact(None, None, None, "nobody reads it")
ID = "<opaque@ellery.example>"
VERDICT = Verdict(
    name="rejection", kind="decision", stage=None, language="en", evidence=(), against=(), line="",
    feedback_refused=False, reply_refused=False,
)  # fmt: skip


def draft(
    raw: bytes | None = None,
    *,
    verdict: Verdict = VERDICT,
    details: Details | None = None,
    contact: Contact = ANA,
    identity: Identity = ROBIN,
    style: Style | None = None,
    reached: Reached | None = None,
) -> Draft:
    addressee = Addressee(contact, parse_message(raw or mail("We chose somebody else.")))
    return compose(
        addressee, verdict, details or Details(), reached or Reached(verdict.stage), letters=LETTERS,
        identity=identity, style=style or Style(), formal=True, variant=0, message_id=ID, now=NOW,
    )  # fmt: skip


def read(made: Draft) -> EmailMessage:
    message = message_from_bytes(made.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def field_lines(made: Draft, name: str) -> bytes:
    """Return a field as it stands in the bytes, folds included."""
    head = made.content.partition(b"\r\n\r\n")[0]
    found = re.findall(rb"^%s:(?:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*)" % name.encode(), head, re.MULTILINE)
    assert len(found) == 1
    return bytes(found[0])


def test_a_draft_is_a_whole_plain_reply() -> None:
    made = draft()
    message = read(made)
    assert message["From"] == "Robin Ellery <robin@ellery.example>"
    assert message["To"] == "Ana Ferrer <ana@firm.example>"
    assert message["Subject"] == made.subject == "Re: Your application"
    assert message["Message-ID"] == made.message_id == ID
    assert message["In-Reply-To"] == message["References"] == "<one@firm.example>"
    assert message["Date"].datetime == NOW
    assert message.get_content_type() == "text/plain"
    assert message["Content-Type"].params["format"] == "flowed"
    assert message.get_content().replace("\r\n", "\n") == made.text
    assert (made.to, made.template) == ("ana@firm.example", "application")


@pytest.mark.parametrize("length", [57, 76, 77, 78, 82, 83, 96, 250, 900])
def test_thread_ids_of_any_length_are_byte_true(length: int) -> None:
    """Encoded or folded inside, an id is another id, and the reply starts a thread of its own."""
    one = "<" + "0100018c-".ljust(length - 15, "x") + "@firm.example>"
    assert len(one) == length
    made = draft(mail(message_id=one, references=f"<first@x.example> {one}"))
    for name in ("In-Reply-To", "References"):
        line = field_lines(made, name)
        assert one.encode() in line
        assert b"=?" not in line
    assert all(len(line) <= 998 for line in made.content.split(b"\r\n"))
    ids = re.findall(rb"<[^>]+>", field_lines(made, "References"))
    assert ids == [b"<first@x.example>", one.encode()]


def test_an_odd_id_is_kept_as_it_is() -> None:
    made = draft(mail(message_id="<[foo]$x=?utf-8?q?=@bar>"))
    assert field_lines(made, "In-Reply-To") == b"In-Reply-To: <[foo]$x=?utf-8?q?=@bar>"


def test_a_long_thread_keeps_its_first_and_its_newest_ids() -> None:
    before = [f"<{number}@x.example>" for number in range(60)]
    made = draft(mail(references="\n ".join(before)))
    ids = re.findall(r"<[^>]+>", field_lines(made, "References").decode())
    assert len(ids) == 20
    assert ids[0] == before[0]
    assert ids[1:-1] == before[-18:]
    assert ids[-1] == "<one@firm.example>"


def test_a_mail_without_an_id_is_answered_without_a_thread() -> None:
    message = read(draft(mail(message_id="")))
    assert message["In-Reply-To"] is None
    assert message["References"] is None
    assert message["Message-ID"] == ID


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("Your application", "Re: Your application"),
        ("Re: Your application", "Re: Your application"),
        ("RE: x", "RE: x"),
        ("re : x", "re : x"),
        ("AW: x", "AW: x"),
        ("Re[2]: x", "Re[2]: x"),
        ("RE[2]: x", "RE[2]: x"),
        ("Réf: x", "Réf: x"),
        ("Regarding: x", "Re: Regarding: x"),
        ("Result: x", "Re: Result: x"),
        ("Fwd: x", "Re: Fwd: x"),
        ("", "Re:"),
        ("a\r\nBcc: evil@bad.example", "Re: a Bcc: evil@bad.example"),
        ("\u202egnissim\u2066 \x1b[31m\u200bx\u0000", "Re: gnissim [31mx"),
        ("  two   spaces ", "Re: two spaces"),
    ],
)
def test_subject(subject: str, reply: str) -> None:
    assert reply_subject(subject) == reply


def test_an_endless_subject_is_bounded() -> None:
    assert len(reply_subject("x" * 5_000)) <= 310


@pytest.mark.parametrize(
    "subject",
    ["Bewerbung für Köln", "残念ながら" * 20, "Votre candidature – « été » " * 8, "x" * 290, "é" * 300],
)
def test_any_subject_is_encoded_within_the_limits_and_comes_back(subject: str) -> None:
    made = draft(mail(subject=subject))
    line = field_lines(made, "Subject")
    assert line.isascii()
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ \r\n]*\?=", line))
    shown = str(make_header(decode_header(line.decode().partition(":")[2])))
    assert " ".join(shown.split()) == made.subject == reply_subject(subject)


def test_the_reply_comes_from_the_address_that_was_written_to() -> None:
    made = draft(identity=Identity("Robin Ellery", "jobs+robin@ellery.example"))
    assert read(made)["From"] == "Robin Ellery <jobs+robin@ellery.example>"


def test_where_nobody_can_be_reached_there_is_no_to() -> None:
    """A draft without To can't be sent by accident."""
    made = draft(contact=NOBODY)
    assert made.to is None
    assert read(made)["To"] is None


def test_no_field_tells_on_the_draft() -> None:
    expected = {
        "message-id", "in-reply-to", "references", "from", "to", "subject", "date", "mime-version",
        "content-type", "content-transfer-encoding",
    }  # fmt: skip
    assert {name.lower() for name in read(draft()).keys()} == expected  # noqa: SIM118


HOSTILE = [
    "x\r\nBcc: evil@bad.example",
    "x\nBcc: evil@bad.example\n\nbody",
    "x\rBcc: evil@bad.example",
    "x\x1b]0;owned\x07",
    "x\u202eevil\u202c\u2066\u200f",
    "x\u2028Bcc: evil@bad.example\x85Bcc: b",
    "{{ my_name.__class__ }}{% for x in y %}",
    '"<evil@bad.example>, "',
    "=?utf-8?q?x=0D=0ABcc:_evil@bad.example?=",
    "x" * 3_000,
    "\ud7ff\U0001f600",
]
FROM_THE_MAIL: dict[str, Callable[[str], Draft]] = {
    "subject": lambda text: draft(mail(subject=text)),
    "encoded subject": lambda text: draft(
        mail(subject="".join(f"=?utf-8?q?={byte:02X}?= " for byte in text[:99].encode()))
    ),
    "display name": lambda text: draft(contact=replace(ANA, name=text)),
    "writer": lambda text: draft(mail(**{"from": f'"{text}" <ana@firm.example>'})),
    "company": lambda text: draft(details=Details(company=text)),
    "role": lambda text: draft(details=Details(role=text)),
    "text": lambda text: draft(mail(text)),
    "references": lambda text: draft(mail(references=text)),
    "own name": lambda text: draft(identity=replace(ROBIN, full_name=text)),
    "signature": lambda text: draft(identity=replace(ROBIN, signature=text)),
}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("place", FROM_THE_MAIL)
def test_nothing_in_a_mail_adds_a_field_or_runs(place: str, text: str) -> None:
    made = FROM_THE_MAIL[place](text)
    message = read(made)
    names = [name.lower() for name in message.keys()]  # noqa: SIM118
    assert len(names) == len(set(names))
    assert "bcc" not in names
    assert [one.addr_spec for one in message["To"].addresses] == ["ana@firm.example"]
    assert [one.addr_spec for one in message["From"].addresses] == ["robin@ellery.example"]
    head = made.content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made.subject)
    assert "<class" not in made.text
    assert message.defects == []
    assert_lines(made.content)


def assert_lines(content: bytes) -> None:
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


@pytest.mark.parametrize(
    "text", ["Short.", "für\n" * 30, "https://firm.example/" + "x" * 2_000, "word " * 900, "ü" * 2_000]
)
def test_lines_end_in_crlf_and_are_never_too_long(text: str) -> None:
    """A longer line is refused by some servers on APPEND and cut by others on sending."""
    made = draft(mail(text))
    assert_lines(made.content)
    assert read(made).get_content().replace("\r\n", "\n") == made.text


def test_the_text_is_ascii_or_encoded() -> None:
    assert read(draft())["Content-Transfer-Encoding"] == "7bit"
    made = draft(mail("Grüße"))
    assert read(made)["Content-Transfer-Encoding"] == "quoted-printable"
    assert made.content.isascii()
    assert "> Grüße" in read(made).get_content()


def test_the_mail_is_quoted_below_the_letter() -> None:
    text = draft().text
    assert text.startswith("Hello Ana,\n\n")
    assert "\n\nOn 19 November 2026 at 16:05, Ana Ferrer wrote:\n> We chose somebody else.\n" in text


def test_what_a_reader_does_not_see_is_not_quoted() -> None:
    text = draft(mail("We\u200b ch\u00adose \u202esomebody\u202c else.\x1b[31m")).text
    assert "> We chose somebody else. [31m" in text


def test_quoting_can_be_turned_off() -> None:
    text = draft(style=Style(quote=False)).text
    assert "somebody else" not in text
    assert "wrote:" not in text


def test_a_long_mail_is_quoted_up_to_a_bound() -> None:
    text = draft(mail("\n".join(f"line {n}." for n in range(30))), style=Style(quote_lines=3)).text
    assert text.endswith("> line 0.\n> line 1.\n> line 2.\n> [...]\n")


def test_a_mail_without_a_date_is_quoted_without_attribution() -> None:
    text = draft(mail("We chose somebody else.", date="")).text
    assert "wrote:" not in text
    assert "> We chose somebody else." in text


def test_the_signature_stands_once_above_the_quote() -> None:
    text = draft(identity=replace(ROBIN, signature="Robin Ellery\n+49 000\n")).text
    assert text.count("\n-- \nRobin Ellery\n+49 000\n\nOn 19 November") == 1
    assert text.count("-- \n") == 1


@pytest.mark.parametrize(
    ("verdict", "template", "asks"),
    [
        (VERDICT, "application", True),
        (replace(VERDICT, stage="interview"), "interview", True),
        (replace(VERDICT, stage="final"), "final", True),
        (replace(VERDICT, kind="closed"), "closed", False),
        (replace(VERDICT, kind="closed", stage="final"), "closed", False),
        (replace(VERDICT, stage="final", feedback_refused=True), "final", False),
    ],
)
def test_the_letter_fits_the_stage(verdict: Verdict, template: str, asks: bool) -> None:  # noqa: FBT001
    made = draft(verdict=verdict, style=Style(quote=False))
    assert made.template == template
    assert ("?" in made.text) is asks


def test_a_draft_is_made_the_same_again() -> None:
    """What is written ahead is what a second try sends."""
    assert draft().content == draft().content


def test_the_id_of_a_draft_is_the_same_for_the_same_mail_only() -> None:
    make = partial(draft_id, "secret", "home", "key", "robin@Ellery.example")
    assert make() == make()
    others = {
        make(),
        draft_id("secret", "work", "key", "robin@ellery.example"),
        draft_id("secret", "home", "key2", "robin@ellery.example"),
        draft_id("secret2", "home", "key", "robin@ellery.example"),
        draft_id("secret", "hom", "ekey", "robin@ellery.example"),
    }
    assert len(others) == 5


def test_the_id_of_a_draft_tells_nothing() -> None:
    found = draft_id("secret", "home", "fingerprint", "robin.ellery@ellery.example")
    assert re.fullmatch(r"<[a-z2-7]{32}@ellery\.example>", found)


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=200))
def test_no_mail_stops_the_writer(subject: str, name: str, text: str) -> None:
    clean = f"{subject}{name}{text}".encode("utf-8", "ignore")
    raw = b"From: " + name.encode("utf-8", "ignore").replace(b"\n", b" ") + b" <a@b.example>\n"
    raw += b"Subject: " + subject.encode("utf-8", "ignore").replace(b"\n", b" ") + b"\n\n" + clean
    made = draft(raw, contact=replace(ANA, name=name.encode("utf-8", "ignore").decode()))
    assert_lines(made.content)
    assert read(made)["Subject"] is not None


def test_the_reader_is_not_told_of_as_somebody_else() -> None:
    """A calendar may know her by another address than her mail."""
    met = (Met("Ana Ferrer", "aferrer@firm.example"), Met("Tom Li", "tom@firm.example"))
    made = draft(reached=Reached("interview", (), date(2026, 11, 3), 1, met), style=Style(quote=False))
    assert "Ana Ferrer" not in made.text
    assert "you and Tom Li" in " ".join(made.text.split())


INJECTED = [
    "\r\n", "\r", "\n", "\0", "\x85", "\u2028", "Bcc: x@evil.example", "=?utf-8?q?=0D=0ABcc=3A?=",
    "\r\nBcc: x@evil.example\r\n\r\n", "<", ">", '"', ",", "ü", " ", "Hi",
]  # fmt: skip
INJECTIONS: st.SearchStrategy[str] = st.lists(st.sampled_from(INJECTED), max_size=6).map("".join)
EXPECTED = [
    "Message-ID", "In-Reply-To", "References", "From", "To", "Subject", "Date", "Content-Type",
    "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip


@given(INJECTIONS, INJECTIONS, INJECTIONS)
def test_no_mail_adds_a_header_to_the_draft(subject: str, name: str, company: str) -> None:
    """Byte for byte, as no parser is asked: whatever Python's email package lets through (CVE-2026-1299)."""
    name, company = (text.encode("utf-8", "ignore").decode() for text in (name, company))
    raw = b"From: Ana <a@b.example>\nMessage-ID: <one@b.example>\nSubject: "
    raw += subject.encode("utf-8", "ignore").replace(b"\n", b" ") + b"\n\nWe chose somebody else."
    made = draft(raw, contact=replace(ANA, name=name), details=Details(company=company, role=company))
    header = made.content.partition(b"\r\n\r\n")[0]
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", header)
    fields = re.sub(rb"\r\n[ \t]", b" ", header).split(b"\r\n")
    names = [field.partition(b":")[0].decode("ascii") for field in fields]
    assert sorted(names) == sorted(name for name in EXPECTED if name in names)
    assert {"From", "To", "Subject"} <= set(names)
