"""What is never answered, and that a letter from an applicant-tracking system still is."""

import pytest

from springback.gate import no_letter, stop_reason
from unit.making import message

OWN = frozenset({"robin@ellery.example", "r.ellery@mail.example"})


def reason(**fields: str) -> str | None:
    return stop_reason(message(**fields).headers, OWN)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"return_path": "<bounces+77@mailer.example>"},
        {"auto_submitted": "auto-generated"},
        {"auto_submitted": "no"},
        {"precedence": "bulk"},
        {"list_unsubscribe": "<https://x.example/u>"},
        {"x_auto_response_suppress": "All"},
        {"from": "no-reply@firm.example"},
        {"from": "requests@firm.example"},
        {"reply_to": "jobs@firm.example"},
    ],
)
def test_a_letter_may_be_answered(fields: dict[str, str]) -> None:
    """Systems mark their rejections as automatic and bulk: RFC 3834 to the letter would skip them."""
    assert reason(**fields) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"from": ""}, "names no sender"),
        ({"from": "undisclosed"}, "names no sender"),
        ({"from": "Robin <ROBIN@ellery.example>"}, "own mail"),
        ({"from": "r.ellery@mail.example"}, "own mail"),
        ({"from": "Ana <ana@firm.example>, robin@ellery.example"}, "own mail"),
        ({"from": "MAILER-DAEMON@firm.example"}, "mail system"),
        ({"from": "postmaster@firm.example"}, "mail system"),
        ({"from": "talk-request@lists.example"}, "mail system"),
        ({"return_path": "<>"}, "bounce"),
        ({"return_path": " < > "}, "bounce"),
        ({"content_type": "multipart/report; report-type=delivery-status"}, "delivery report"),
        ({"content_type": "Multipart/Report"}, "delivery report"),
        ({"auto_submitted": "auto-replied"}, "automatic reply"),
        ({"auto_submitted": "Auto-Replied (vacation)"}, "automatic reply"),
        ({"list_id": "<talk.lists.example>"}, "mailing list"),
        ({"list_post": "<mailto:talk@lists.example>"}, "mailing list"),
        ({"subject": "a\nSubject: b"}, "more than one Subject"),
        ({"message_id": "<a@x>\nMessage-ID: <b@x>"}, "more than one Message-Id"),
        ({"reply_to": "a@x.example\nReply-To: b@x.example"}, "more than one Reply-To"),
        ({"from": "a@x.example\nFrom: b@x.example"}, "more than one From"),
        ({"from": "a@x.example, b@x.example"}, "more than one mailbox"),
        ({"reply_to": "a@x.example, b@x.example"}, "more than one mailbox"),
    ],
)
def test_never_answered(fields: dict[str, str], why: str) -> None:
    assert why in (reason(**fields) or "")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"from": "Robin <ROBIN@ellery.example>"}, "own mail"),
        ({"from": "Ana <ana@firm.example>, robin@ellery.example"}, "own mail"),
        ({"from": "MAILER-DAEMON@firm.example"}, "mail system"),
        ({"from": "talk-request@lists.example"}, "mail system"),
        ({"content_type": "Multipart/Report; report-type=delivery-status"}, "delivery report"),
        ({"auto_submitted": "Auto-Replied (vacation)"}, "automatic reply"),
    ],
)
def test_what_is_no_letter_says_nothing_to_the_person(fields: dict[str, str], why: str) -> None:
    assert why in (no_letter(message(**fields).headers, OWN) or "")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"from": ""},
        {"auto_submitted": "auto-generated"},
        {"return_path": "<>"},
        {"list_id": "<talk.lists.example>"},
        {"subject": "a\nSubject: b"},
        {"from": "a@x.example, b@x.example"},
    ],
)
def test_what_is_not_answered_may_be_a_letter_all_the_same(fields: dict[str, str]) -> None:
    assert no_letter(message(**fields).headers, OWN) is None


def test_without_addresses_no_mail_is_the_persons_own() -> None:
    assert no_letter(message(**{"from": "robin@ellery.example"}).headers) is None
