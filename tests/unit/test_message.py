"""A mail as a value: the better version of the letter, the parts set apart, its identity."""

from email.message import EmailMessage

import pytest

from springback.message import parse_message
from unit.making import SENT, mail, message

LONG = "We thank you for the talk, and for the time that you took to come to us. " * 4


def alternative(plain: str, html: str) -> bytes:
    made = EmailMessage()
    made["From"] = "Ana <ana@firm.example>"
    made.set_content(plain)
    made.add_alternative(html, subtype="html")
    return made.as_bytes()


def test_a_mail_tells_who_wrote_what_to_whom() -> None:
    found = message(
        "Hello Robin.", cc="Kim <kim@firm.example>", reply_to="jobs@firm.example",
        references="<a@x> <b@y>",
    )  # fmt: skip
    assert str(found.sender) == "Ana Ferrer <ana@firm.example>"
    assert [one.address for one in found.reply_to] == ["jobs@firm.example"]
    assert [one.address for one in found.recipients] == ["robin@ellery.example", "kim@firm.example"]
    assert (found.subject, found.text, found.date) == ("Your application", "Hello Robin.", SENT)
    assert (found.message_id, found.references) == ("<one@firm.example>", ("<a@x>", "<b@y>"))
    assert not found.cut


def test_the_plain_version_is_preferred() -> None:
    assert parse_message(alternative(LONG, f"<p>HTML {LONG} {LONG}</p>")).text.startswith("We thank")


@pytest.mark.parametrize(
    "stub", ["", "\n", "View this mail in a browser.", "Your client doesn't show HTML: http://x.example"]
)
def test_a_stub_beside_html_is_no_letter(stub: str) -> None:
    found = parse_message(alternative(stub, f"<p>{LONG}</p><p>You were not chosen.</p>"))
    assert "You were not chosen." in found.text
    assert "client" not in found.text


def test_html_under_a_plain_name_gives_way_to_html() -> None:
    html = f"<html><body><p>{LONG}</p><p>You were not chosen.</p></body></html>"
    found = parse_message(alternative("<html><head><style>a</style></head></html>" + " x" * 200, html))
    assert "You were not chosen." in found.text
    assert "<html" not in found.text


def test_a_short_plain_version_stands_where_html_says_no_more() -> None:
    assert parse_message(alternative("Sorry, no.", "<p>Sorry</p>")).text == "Sorry, no."


def test_a_mail_of_html_only_is_read() -> None:
    found = message("<p>Not&nbsp;chosen.</p><blockquote type=cite>old</blockquote>", content_type="text/html")
    assert found.text == "Not\u00a0chosen."
    assert "old" in found.quoted


def test_text_in_attachments_is_no_letter() -> None:
    made = EmailMessage()
    made.set_content("See the attachment.")
    made.add_attachment("You were not chosen.", filename="a.txt")
    made.add_attachment("<p>You were not chosen.</p>", subtype="html", filename="a.html")
    found = parse_message(made.as_bytes())
    assert found.text == "See the attachment."
    assert "chosen" not in found.quoted + found.forwarded


def test_letters_in_several_parts_are_read_in_order() -> None:
    made = EmailMessage()
    made.set_content("First.")
    made.add_attachment("Second.", disposition="inline")
    assert parse_message(made.as_bytes()).text.split() == ["First.", "Second."]


def test_an_enclosed_mail_is_forwarded_text() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Old"
    inner.set_content("You were not chosen.")
    made = EmailMessage()
    made.set_content("Look.")
    made.add_attachment(inner)
    found = parse_message(made.as_bytes())
    assert found.text == "Look."
    assert "You were not chosen." in found.forwarded


@pytest.mark.parametrize(
    "fields",
    [
        {"message_id": ""},
        {"message_id": "none"},
        {"message_id": "<a@x> <b@y>"},
        {"message_id": "<a@x>\nMessage-ID: <b@y>"},
        {"message_id": "<a@x>\nMessage-ID: <a@x>"},
    ],
)
def test_a_doubtful_message_id_is_none(fields: dict[str, str]) -> None:
    """A reply to a wrong id would end in another thread."""
    assert message(**fields).message_id is None


def test_in_reply_to_stands_in_for_references() -> None:
    assert message(in_reply_to="<a@x> <b@y>").references == ("<a@x>",)


def test_the_fingerprint_outlives_line_ends_and_received_lines() -> None:
    """A mail that was copied between servers must not be answered twice."""
    raw = mail("Hello\n\nRobin\n")
    known = parse_message(raw).fingerprint
    assert parse_message(raw.replace(b"\n", b"\r\n")).fingerprint == known
    assert parse_message(b"Received: by x.example\n" + raw).fingerprint == known
    assert parse_message(raw + b"\n\n").fingerprint == known


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Hello Kim"},
        {"subject": "Other"},
        {"from": "Kim <kim@firm.example>"},
        {"date": "Thu, 19 Nov 2026 16:06:00 +0000"},
        {"message_id": "<two@firm.example>"},
    ],
)
def test_the_fingerprint_tells_mails_apart(fields: dict[str, str]) -> None:
    assert message(**fields).fingerprint != message().fingerprint


@pytest.mark.parametrize("text", ["word " * 60_000, "<p>word</p>" * 30_000])
def test_a_mail_too_long_to_read_is_cut(text: str) -> None:
    found = message(text, content_type="text/html" if "<" in text else "text/plain")
    assert found.cut
    assert found.text.startswith("word")


def test_a_few_addresses_of_a_long_reply_to_are_read() -> None:
    """Each would be looked for in earlier mail, and a hostile field holds thousands."""
    found = message("Hello Robin.", reply_to=", ".join(f"a{at}@firm.example" for at in range(50)))
    assert [one.address for one in found.reply_to] == [f"a{at}@firm.example" for at in range(3)]
