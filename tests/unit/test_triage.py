"""The story of one message from its bytes to a draft, with all that Springback ships."""

from email import message_from_bytes
from email.policy import default

import pytest

from springback.draft import Style
from springback.headers import parse_headers
from springback.look import Outcome
from springback.triage import Replier, reply, triage
from springback.workshop import load_toolbox
from unit.making import NOW, mail

TOOLS = load_toolbox()
REJECTION = """Dear Robin,

Thank you for applying for the Data Analyst position at Norden Logistics. Unfortunately, we have
decided to move forward with other candidates.

We wish you all the best.

Ana Ferrer
"""
UNREACHABLE = mail(REJECTION, **{"from": "Norden Logistics <no-reply@firm.example>"})


def outcome(raw: bytes | None = None, *, skip: bool = False) -> Outcome | None:
    replier = Replier(
        account="home", full_name="Robin Ellery", address="robin@ellery.example",
        own_addresses=frozenset({"robin@ellery.example", "r.ellery@mail.example"}),
        signature="", secret="opaque", style=Style(), skip_unreachable=skip,  # noqa: S106 - of nobody
    )  # fmt: skip
    found = triage(raw or mail(REJECTION), TOOLS, replier)
    if found is None or found.verdict.name != "rejection" or found.no_draft:
        return found
    return reply(found, (), TOOLS, replier, NOW)


def test_a_rejection_gets_a_draft() -> None:
    found = outcome()
    assert found is not None
    assert found.verdict.name == "rejection"
    assert (found.details.role, found.details.company) == ("Data Analyst", "Norden Logistics")
    assert found.contact.address == "ana@firm.example"
    assert found.no_draft is None
    assert found.draft is not None
    message = message_from_bytes(found.draft.content, policy=default)
    assert message["To"] == "Ana Ferrer <ana@firm.example>"
    assert message["In-Reply-To"] == "<one@firm.example>"
    assert found.draft.text.startswith("Hello Ana,\n")
    assert "Data Analyst" in found.draft.text.partition("wrote:")[0]


def test_the_same_mail_gets_the_same_draft_from_another_machine() -> None:
    one, two = outcome(), outcome(mail(REJECTION).replace(b"\n", b"\r\n"))
    assert one is not None
    assert two is not None
    assert one.draft is not None
    assert two.draft is not None
    assert one.draft.message_id == two.draft.message_id


def test_the_reply_comes_from_the_alias_that_was_written_to() -> None:
    found = outcome(mail(REJECTION, to="Robin <R.Ellery@mail.example>"))
    assert found is not None
    assert found.draft is not None
    assert parse_headers(found.draft.content).addresses("from")[0].address == "R.Ellery@mail.example"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Hi Robin, lunch at noon?", "Lunch"),
        ("Your parcel is on its way and arrives on Monday.", "Parcel"),
        (
            "Thank you for applying. We have received your application and will review it shortly.",
            "We received your application",
        ),
    ],
)
def test_other_mail_gets_none(text: str, subject: str) -> None:
    found = outcome(mail(text, subject=subject))
    assert found is None or (found.verdict.name == "other" and found.draft is None)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"return_path": "<>"}, "bounce"),
        ({"list_id": "<talk.lists.example>"}, "mailing list"),
        ({"from": "a@firm.example, b@firm.example"}, "more than one mailbox"),
    ],
)
def test_what_is_never_answered_is_recorded_with_its_reason(fields: dict[str, str], why: str) -> None:
    found = outcome(mail(REJECTION, **fields))
    assert found is not None
    assert found.verdict.name == "rejection"
    assert found.draft is None
    assert why in (found.no_draft or "")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"from": "MAILER-DAEMON@firm.example"}, "it comes from the mail system"),
        ({"from": "Robin Ellery <robin@ellery.example>"}, "it is the person's own mail"),
        ({"from": "Robin <r.ellery@mail.example>"}, "it is the person's own mail"),
        ({"auto_submitted": "auto-replied"}, "it is an automatic reply"),
    ],
)
def test_what_is_no_letter_is_no_rejection_whatever_it_says(fields: dict[str, str], why: str) -> None:
    found = outcome(mail(REJECTION, **fields))
    assert found is not None
    verdict = found.verdict
    assert (verdict.name, verdict.kind, verdict.stage, verdict.line) == ("other", None, None, f"gate: {why}")
    assert verdict.evidence != ()
    assert (found.draft, found.no_draft) == (None, None)


def test_where_nobody_can_be_reached_the_draft_has_no_addressee() -> None:
    found = outcome(UNREACHABLE)
    assert found is not None
    assert found.draft is not None
    assert found.draft.to is None


def test_where_nobody_can_be_reached_the_person_may_want_no_draft() -> None:
    found = outcome(UNREACHABLE, skip=True)
    assert found is not None
    assert found.draft is None
    assert "nobody can be answered: no-reply@firm.example" in (found.no_draft or "")


def test_a_doubtful_mail_is_for_review_and_gets_no_draft() -> None:
    found = outcome(mail("Should we decide to move forward with other candidates, we will write. The job."))
    assert found is not None
    assert found.verdict.name == "review"
    assert found.draft is None
