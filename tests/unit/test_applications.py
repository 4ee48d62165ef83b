"""Which rejections are about one application: it gets one reply, and each other one its own."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.applications import Application, application_of, grouped, is_same
from springback.contact import Contact
from springback.details import Details
from springback.look import Outcome
from springback.message import parse_message
from springback.reached import Reached
from springback.rulebook import load_senders
from springback.verdict import Verdict
from support.fakes import earlier
from support.mails import mail

SENDERS = load_senders()
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
IDS = count()
VERDICT = Verdict(
    name="rejection", kind="decision", stage=None, language="en", evidence=(), against=(), line="",
    feedback_refused=False, reply_refused=False,
)  # fmt: skip
PLATFORM = "Acme <no-reply@us.greenhouse-mail.io>"
JANE = "Jane Doe <jane.doe@acme.example>"
SHARED = "Acme Jobs <jobs@acme.example>"


def application(
    sender: str = JANE,
    company: str | None = "Acme",
    role: str | None = None,
    *,
    on: str = "2026-11-16",
    subject: str = "Your application",
    body: str = "",
    thread: str = "",
    number: int = 0,
) -> Application:
    """Return what application a rejection is about; each has words of its own unless they are given."""
    message = earlier(
        sender,
        subject,
        body or f"We decided {sender} {company} {role} {on} {number}.",
        on=on,
        message_id=f"<{next(IDS)}@x.example>",
        extra=f"References: <{thread}>\n" if thread else "",
    ).message
    reads = sender == JANE
    contact = Contact(None, "jane@acme.example" if reads else None, "from" if reads else None, "")
    if sender == SHARED:
        contact = Contact(None, "jobs@acme.example", "from", "", shared=True)
    return application_of(
        Outcome(message, VERDICT, Details(company, role), contact, Reached(None)), SENDERS, NOW
    )


# ------------------------------------------------------------------------------------------- the same or not


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (application(PLATFORM), application(JANE, on="2026-11-19")),
        (application(PLATFORM, role="Data Analyst"), application(JANE)),
        (application(PLATFORM, role="Data Analyst"), application(JANE, role="Data Analyst (m/w/d)")),
        (application(PLATFORM, role="Data Analyst, Berlin"), application(JANE, role="Data Analyst")),
        (application(PLATFORM, "Acme Robotics GmbH"), application(JANE, "Acme Robotics")),
        (application(PLATFORM, "Acme Robotics GmbH"), application(JANE, "Acme")),
        (application(PLATFORM), application(JANE, None)),
        (application(SHARED, None), application(JANE, None)),
        (application(SHARED, None), application(JANE)),
    ],
)
def test_a_notice_and_a_letter_are_about_one_application(one: Application, other: Application) -> None:
    assert is_same(one, other)
    assert is_same(other, one)
    assert grouped([one, other]) == [[0, 1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (application(PLATFORM, role="Data Analyst"), application(JANE, role="Data Engineer")),
        (application(JANE, role="Data Analyst"), application(JANE, role="Senior Data Analyst", number=1)),
        (application(PLATFORM, "Acme"), application(JANE, "Beta")),
        (application(PLATFORM, "Acme Bakery"), application(JANE, "Acme Robotics")),
        (application(PLATFORM, "Deutsche Bank"), application(JANE, "Deutsche Bahn")),
        (application(PLATFORM, on="2026-10-01"), application(JANE, on="2026-11-16")),
        (application(PLATFORM, None), application("x@y.example", None)),
        (application(PLATFORM, ""), application(PLATFORM, "", number=1)),
    ],
)
def test_these_are_two(one: Application, other: Application) -> None:
    assert not is_same(one, other)
    assert not is_same(other, one)
    assert grouped([one, other]) == [[0], [1]]


@pytest.mark.parametrize("sender", [JANE, PLATFORM, SHARED])
@pytest.mark.parametrize(
    ("later", "same"), [("2026-11-18", True), ("2026-12-20", True), ("2027-02-01", False)]
)
def test_the_same_words_once_more_are_the_same(sender: str, later: str, same: bool) -> None:  # noqa: FBT001
    one = application(sender, role="Chef", body="No.")
    assert is_same(one, application(sender, role="Chef", body="No.", on=later)) == same


def test_the_same_words_about_another_role_or_by_another_firm_are_not() -> None:
    one = application(role="Chef", body="No.")
    assert not is_same(one, application(role="Baker", body="No."))
    assert not is_same(one, application(company="Beta", role="Chef", body="No."))


def test_one_conversation_is_one_application() -> None:
    one = application(JANE, "Acme", thread="1@acme.example")
    assert is_same(one, application("x@y.example", None, thread="1@acme.example", number=1))
    assert not is_same(one, application(JANE, "Acme", thread="1@acme.example", on="2026-12-24"))
    assert not is_same(
        application(JANE, role="Chef", thread="1@acme.example"),
        application(JANE, role="Baker", thread="1@acme.example"),
    )


@pytest.mark.parametrize("role", ["(m/w/d)", "ʼʼ", "D & I", "🚀", "", None])
def test_a_role_of_no_telling_word_is_itself(role: str | None) -> None:
    one = application(role=role, body="No.")
    assert is_same(one, one)
    assert is_same(one, application(role=role, body="No.", on="2026-11-17"))


# ------------------------------------------------------------------------------------------- what tells one


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        (JANE, "acme.example"),
        ("a@mail.acme.co.uk", "acme.co.uk"),
        (PLATFORM, ""),
        ("a@gmail.com", ""),
        ("", ""),
    ],
)
def test_the_firms_own_domain(sender: str, domain: str) -> None:
    assert application(sender).domain == domain


@pytest.mark.parametrize(
    ("date", "sent"),
    [
        ("Mon, 16 Nov 2026 09:12:00 +0100", datetime(2026, 11, 16, 8, 12, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 +0000", NOW),
        ("16 Nov 2026 09:12", datetime(2026, 11, 16, 9, 12, tzinfo=UTC)),
        ("yesterday", NOW),
        ("Mon, 01 Jan 0100 00:00:00 +0000", datetime(100, 1, 1, tzinfo=UTC)),
    ],
)
def test_when_it_was_sent(date: str, sent: datetime) -> None:
    """A clock that is wrong may be behind, but nothing comes from the future."""
    contact = Contact(None, None, None, "")
    outcome = Outcome(parse_message(mail("No.", date=date)), VERDICT, Details(), contact, Reached(None))
    assert application_of(outcome, SENDERS, NOW).sent == sent
    assert application_of(outcome, SENDERS, NOW).sent - timedelta(days=90) < NOW


# ------------------------------------------------------------------------------------------- groups


def test_a_notice_without_a_role_joins_no_two_applications() -> None:
    """Two letters about two roles get two replies, whatever the platform says besides, and in any order."""
    chef, baker = application(role="Chef"), application(role="Baker", number=1)
    notice = application(PLATFORM, on="2026-11-17")
    assert grouped([chef, notice, baker]) == [[0, 1], [2]]
    assert grouped([notice, chef, baker]) == [[0, 1], [2]]
    assert grouped([chef, baker, notice]) == [[0, 2], [1]]


def test_two_notices_and_one_letter_are_two_applications() -> None:
    one, two = application(PLATFORM, subject="A"), application(PLATFORM, subject="B", number=1)
    assert not is_same(one, two)
    assert grouped([one, application(JANE), two]) == [[0, 1], [2]]


def test_what_two_know_together_joins_a_third() -> None:
    """By the thread and by the firm, though the third knows neither thread nor firm of the second."""
    letter = application(JANE, thread="1@acme.example")
    bare = application("jane@gmail.com", None, thread="1@acme.example", number=1)
    notice = application(PLATFORM)
    assert not is_same(bare, notice)
    assert grouped([letter, bare, notice]) == [[0, 1, 2]]


def test_nothing_makes_no_group() -> None:
    assert grouped([]) == []


APPLICATIONS = st.builds(
    application,
    st.sampled_from([JANE, PLATFORM, SHARED, "a@gmail.com"]),
    st.sampled_from(["Acme", "Acme Robotics", "Beta", "AG", None]),
    st.sampled_from(["Chef", "Chef (m/w/d)", "Head Chef", "Baker", "(m/w)", None]),
    on=st.sampled_from(["", "0100-01-01", "2026-10-01", "2026-11-10", "2026-11-16", "9999-12-31"]),
    subject=st.sampled_from(["Your application", "Reminder: x", ""]),
    body=st.sampled_from(["", "No."]),
    thread=st.sampled_from(["", "1@x.example"]),
)


@given(APPLICATIONS, APPLICATIONS)
def test_being_the_same_is_mutual(one: Application, other: Application) -> None:
    assert is_same(one, one)
    assert is_same(one, other) == is_same(other, one)


@given(st.lists(APPLICATIONS, max_size=9))
def test_groups_hold_each_once_and_only_what_belongs_together(applications: list[Application]) -> None:
    groups = grouped(applications)
    assert sorted(index for group in groups for index in group) == list(range(len(applications)))
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
    for group in groups:
        members = [applications[index] for index in group]
        for place, one in enumerate(members):
            assert group == sorted(group)
            assert place == 0 or any(is_same(one, other) for other in members[:place])
    alone = [applications[group[0]] for group in groups if len(group) == 1]
    assert grouped(alone) == [[index] for index in range(len(alone))]


@pytest.mark.parametrize(
    "polite",
    [
        "Wir behalten Sie in guter Erinnerung.",
        "Pour rappel, vos données sont supprimées après deux ans.",
        "As a reminder, you can delete your data at any time.",
    ],
)
def test_a_polite_or_legal_phrase_is_no_reminder(polite: str) -> None:
    other = application(JANE, body=f"We chose somebody else. {polite}")
    assert not is_same(application(JANE), other)


def test_a_reminder_says_so_in_its_subject_or_refers_to_what_was_told() -> None:
    first = application(JANE)
    assert is_same(first, application(JANE, subject="Reminder: your application"))
    assert is_same(first, application(JANE, body="As already communicated, we chose somebody else."))


def test_two_letters_that_name_one_firm_and_one_role_are_about_one_application() -> None:
    one = application(JANE, role="Platform Engineer", subject="Willow: Platform Engineer")
    assert is_same(one, application(JANE, role="Platform Engineer", subject="Your application to Acme"))
    assert not is_same(one, application(JANE, role="Data Engineer", subject="Your application to Acme"))
