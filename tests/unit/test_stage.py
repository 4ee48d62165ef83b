"""How far an application got, by what the mailbox holds; nothing is claimed that wasn't."""

import time
from datetime import UTC, date, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.classifier import Classifier
from springback.firm import Firm, telling_words
from springback.history import Trace
from springback.ics import read_invitations
from springback.reached import Met, Reached
from springback.rulebook import load_rules, load_senders
from springback.stage import hear, how_far
from support.fakes import ME, earlier, event

SENDERS = load_senders()
OWN = frozenset({"robin@ellery.example"})
REJECTED = datetime(2026, 11, 16, 9, 12, tzinfo=UTC)
JANE, TOM = "Jane Doe <jane.doe@acme.example>", "Tom Li <tom.li@acme.example>"
TOLD = Reached("application", ("the rejection says 'your application'",))


@cache
def classifier() -> Classifier:
    return Classifier(load_rules())


def reached(
    *traces: Trace,
    told: Reached = TOLD,
    company: str = "Acme",
    before: datetime = REJECTED,
    role: str | None = None,
) -> Reached:
    firm = Firm(company, telling_words(company), frozenset(), frozenset(), frozenset())
    return how_far(told, traces, firm, SENDERS, OWN, before, role)


def stage(*traces: Trace, company: str = "Acme") -> str | None:
    return reached(*traces, company=company).stage


# ------------------------------------------------------------------------------------------- the calendar


def test_a_meeting_before_the_rejection_was_held() -> None:
    found = reached(earlier(JANE, on="2026-10-20", calendar=event("2026-10-27")))
    assert (found.stage, found.last_met, found.conversations) == ("interview", date(2026, 10, 27), 1)
    assert found.evidence == ("calendar: 'Interview' on 2026-10-27",)
    assert found.met == (Met("Jane Doe", "jane.doe@acme.example"),)


def test_several_meetings_are_counted_and_the_last_is_told() -> None:
    found = reached(
        earlier(
            JANE, calendar=event("2026-10-27", uid="2", to=["robin@ellery.example", "tom.li@acme.example"])
        ),
        earlier(JANE, calendar=event("2026-10-20", uid="1")),
        earlier(JANE, calendar=event("2026-10-20", uid="1")),
    )
    assert (found.last_met, found.conversations) == (date(2026, 10, 27), 2)
    assert [one.name for one in found.met] == ["Tom Li"], "who invites others may only have arranged it"


@pytest.mark.parametrize("day", ["2026-11-16", "2026-11-17", "2027-01-01", "9998-12-31"])
def test_a_meeting_of_that_day_or_later_was_not(day: str) -> None:
    assert reached(earlier(JANE, calendar=event(day))) == TOLD


@pytest.mark.parametrize(
    ("sender", "subject", "second"),
    [
        (JANE, "Cancelled: Interview", event(method="CANCEL", sequence=1)),
        (JANE, "Interview", event(declined=["robin@ellery.example"])),
        (JANE, "Moved", event("2026-11-20", sequence=1)),
        (ME, "Declined: Interview", event(method="REPLY", declined=["robin@ellery.example"], to=())),
        (ME, "Interview", event(method="REPLY", declined=["Robin@Ellery.example"], to=())),
        (ME, "Abgelehnt: Interview", event(method="REPLY", declined=["robin@ellery.example"], to=())),
    ],
)
def test_a_meeting_that_was_called_off_was_not_held(sender: str, subject: str, second: str) -> None:
    invitation = earlier(JANE, on="2026-10-20", calendar=event())
    assert stage(invitation) == "interview"
    assert reached(invitation, earlier(sender, subject, on="2026-10-21", calendar=second)) == TOLD


def test_where_all_of_the_firm_declined_nobody_met() -> None:
    by = "robin@ellery.example"
    mine = earlier(ME, "Call", to=JANE, calendar=event(by=by, to=["jane.doe@acme.example"]))
    answer = event(by=by, to=(), declined=["jane.doe@acme.example"], method="REPLY")
    assert stage(mine) == "interview"
    assert reached(mine, earlier(JANE, "Declined: Call", calendar=answer)) == TOLD
    both = earlier(
        ME, "Call", to=JANE, calendar=event(by=by, to=["jane.doe@acme.example", "tom.li@acme.example"])
    )
    found = reached(both, earlier(JANE, "Declined: Call", calendar=answer))
    assert [one.name for one in found.met] == ["Tom Li"]


def test_who_accepted_was_there() -> None:
    accepted = event(method="REPLY")
    found = reached(earlier(JANE, calendar=event()), earlier(ME, "Accepted: Interview", calendar=accepted))
    assert found.conversations == 1


@pytest.mark.parametrize(
    ("trace", "counts"),
    [
        (earlier("x@agency.example", "Interview", calendar=event(by="x@agency.example")), False),
        (earlier("x@agency.example", "Interview at Acme", calendar=event(by="x@agency.example")), True),
        (earlier("robot@calendar.example", "Invitation", calendar=event()), True),
        (earlier("robot@calendar.example", "Acme: interview", calendar=event(by="x@agency.example")), True),
        (earlier("ada@brook.example", "Apple picking", calendar=event(by="ada@brook.example")), False),
        (earlier("Acme <news@acme.example>", calendar=event(), extra="List-Id: <a.acme.example>\n"), False),
        (earlier("no-reply@x.example", extra=f"Reply-To: {JANE}\n", calendar=event(by="")), True),
        (earlier(JANE, calendar=event(to=[])), True),
    ],
)
def test_whose_meetings_count(trace: Trace, counts: bool) -> None:  # noqa: FBT001
    assert (reached(trace).conversations == 1) == counts


def test_a_friends_interview_is_ones_own_not() -> None:
    """The firm may have invited a friend, who passes it on."""
    theirs = event(to=["ada@brook.example"])
    for subject in ("Fwd: Interview", "my interview", "Interview at Acme"):
        assert reached(earlier("Ada <ada@brook.example>", subject, calendar=theirs)) == TOLD
    assert reached(earlier("Ada <ada@brook.example>", "Fwd: Interview", calendar=event(to=[]))) == TOLD


def test_an_invitation_to_an_address_that_nobody_told_is_ones_own() -> None:
    other = earlier(JANE, to="robin+jobs@ellery.example", calendar=event(to=["robin+jobs@ellery.example"]))
    assert reached(other).conversations == 1


def test_a_lecture_is_no_conversation() -> None:
    guests = ["robin@ellery.example", *(f"p{number}@x.example" for number in range(30))]
    assert reached(earlier(JANE, "Open day", calendar=event(to=guests))) == TOLD


def test_apple_picking_with_a_friend_is_no_interview_at_apple() -> None:
    friend = "ada@brook.example"
    picking = earlier(friend, "Apple picking on Saturday", calendar=event(by=friend, summary="Apple picking"))
    assert stage(picking, company="Apple") == "application"


def test_robots_and_shared_mailboxes_were_met_by_nobody() -> None:
    guests = [
        "robin@ellery.example",
        "no-reply@acme.example",
        "jobs@acme.example",
        "x@y.example",
        "t.li@acme.example",
    ]
    (met,) = reached(earlier(JANE, calendar=event(by="", to=guests))).met
    assert met.address == "t.li@acme.example"


# ------------------------------------------------------------------------------------------- words


def test_an_invitation_in_words_counts_where_it_was_answered() -> None:
    asked = earlier(JANE, "A call?", on="2026-10-20", stages="interview", message_id="<asked@acme.example>")
    refers = "References: <asked@acme.example>\n"
    assert stage(asked) == "application"
    assert stage(asked, earlier(ME, to=JANE, on="2026-10-21")) == "interview"
    assert stage(asked, earlier(ME, to="x@y.example", on="2026-10-21", extra=refers)) == "interview"
    found = reached(asked, earlier(ME, to=JANE, on="2026-10-21"))
    assert (found.conversations, found.last_met, found.met) == (0, None, ())
    assert found.evidence == ("mail of 2026-10-20: 'A call?' invites, and was answered",)


@pytest.mark.parametrize(
    "answer",
    [
        earlier(ME, to=JANE, on="2026-10-19"),
        earlier(ME, to=JANE, on="2026-11-16"),
        earlier(ME, to=JANE, on=""),
        earlier(ME, to="x@y.example", on="2026-10-21"),
        earlier(ME, "Fwd: A call?", to=JANE, on="2026-10-21"),
        earlier("eve@acme.example", to=JANE, on="2026-10-21"),
    ],
)
def test_what_is_no_answer_to_it(answer: Trace) -> None:
    """Thanks for the rejection tell nothing of an interview, either."""
    before = datetime(2026, 11, 16, tzinfo=UTC)
    assert (
        reached(earlier(JANE, "A call?", on="2026-10-20", stages="interview"), answer, before=before) == TOLD
    )


def test_an_answer_to_whom_the_invitation_names_counts() -> None:
    asked = earlier(
        "no-reply@ashbyhq.com", "A call?", on="2026-10-20", stages="interview", extra=f"Reply-To: {JANE}\n"
    )
    assert stage(asked, earlier(ME, to=JANE, on="2026-10-21")) == "interview"


@pytest.mark.parametrize(
    "sender", ["ada@brook.example", "jane@acme-careers.example", "jane.acme@gmail.com", ME]
)
def test_strangers_invite_to_no_interview(sender: str) -> None:
    asked = earlier(sender, "A call?", on="2026-10-20", stages="interview final")
    assert reached(asked, earlier(ME, to=f"{JANE}, {sender}", on="2026-10-21")) == TOLD


def test_a_test_is_no_interview() -> None:
    assert reached(earlier(JANE, stages="assessment"), earlier(ME, to=JANE, on="2026-11-04")) == TOLD


def test_a_final_round_that_is_told_of_was_reached() -> None:
    found = reached(earlier(JANE, "After the final round", stages="final"))
    assert found.stage == "final"
    assert found.evidence == ("mail of 2026-11-03: 'After the final round' speaks of a final round",)


@pytest.mark.parametrize(
    ("calendar", "more", "expected"),
    [
        (event("2026-11-10"), "", "final"),
        (event("2026-11-20"), "", "application"),
        (event("2026-11-10"), event("2026-11-10", method="CANCEL", sequence=1), "application"),
        (event("2026-11-10", declined=["robin@ellery.example"]), "", "application"),
    ],
)
def test_an_invitation_to_the_final_round_counts_where_it_took_place(
    calendar: str, more: str, expected: str
) -> None:
    invitation = earlier(JANE, "Final round", calendar=calendar, stages="final interview")
    assert (
        stage(invitation, *([earlier(JANE, "Cancelled: Final round", calendar=more)] if more else []))
        == expected
    )


def test_an_invitation_in_words_to_the_final_round_counts_where_it_was_answered() -> None:
    asked = earlier(JANE, "Final round?", on="2026-11-03", stages="final interview")
    assert stage(asked) == "application"
    assert stage(asked, earlier(ME, to=JANE, on="2026-11-04")) == "final"


@pytest.mark.parametrize("told", ["application", "interview", "final", None])
def test_nothing_takes_back_what_the_rejection_tells(told: str | None) -> None:
    tells = Reached(told, ("words",) if told else ())  # type: ignore[arg-type]
    assert reached(told=tells) == tells
    found = reached(earlier(JANE, calendar=event()), told=tells)
    assert found.stage == ("final" if told == "final" else "interview")


@pytest.mark.parametrize(
    ("subject", "body", "found"),
    [
        ("Data Analyst", "We would like to invite you to an interview next week.", {"interview"}),
        ("Data Analyst", "Are you free for a quick call on Tuesday?", {"interview"}),
        ("Data Analyst", "We would like to invite you to the final interview.", {"interview", "final"}),
        ("Final round, Data Analyst", "See the invitation.", {"final"}),
        ("Einladung zur letzten Runde", "Details folgen.", {"final"}),
        ("Your application", "Our process: a call, a test, and a final interview.", set()),
        ("Your application", "The next steps follow soon.", set()),
        ("Re: Hello", "Thanks!\n\n> We would like to invite you to an interview.", set()),
    ],
)
def test_what_a_mail_speaks_of(subject: str, body: str, found: set[str]) -> None:
    assert hear(earlier(JANE, subject, body).message, (), classifier()).stages == found


def test_the_summary_of_an_invitation_speaks_too() -> None:
    invitations = read_invitations(event(summary="Final round Robin Ellery"))
    assert "final" in hear(earlier(JANE, "Invitation", "Below.").message, invitations, classifier()).stages


# ------------------------------------------------------------------------------------------- hostile mail


def test_long_letters_take_no_time() -> None:
    """24 letters of 128,000 characters, all that is read of a mail of any size."""
    letters = [
        earlier(JANE, "Gespräch " * 400, "We would like to invite you to an interview. " * 5_800).message
    ] * 24
    classifier()
    begun = time.process_time()
    assert all("interview" in hear(one, (), classifier()).stages for one in letters)
    assert time.process_time() - begun < 2


def test_very_many_invitations_and_recipients_take_no_time() -> None:
    many = ", ".join(f"p{number}@acme.example" for number in range(1_000))
    forged = earlier(ME, to=many, on="2026-11-04")
    asked = earlier(JANE, stages="interview")
    guests = [f"p{number}@acme.example" for number in range(18)]
    crowd = earlier(JANE, calendar=event(to=[*guests, "robin@ellery.example"]))
    crowd = Trace("INBOX", 1, crowd.message, read=True, invitations=crowd.invitations * 80)
    begun = time.process_time()
    reached(*[asked] * 24, *[crowd] * 24, *[forged] * 150)
    assert time.process_time() - begun < 2


DAYS = ["", "0100-01-01", "1969-12-31", "2026-10-01", "2026-11-17", "9999-12-31"]
TRACES = st.builds(
    lambda sender, on, subject, stages, calendar: earlier(
        sender, subject, on=on, to=JANE, stages=stages, calendar=calendar
    ),
    st.sampled_from([JANE, ME, "ada@brook.example", ""]),
    st.sampled_from(DAYS),
    st.sampled_from(["", "Interview", "Fwd: Acme", "Declined: x", "🚀" * 400]),
    st.sampled_from(["", "interview", "final interview", "assessment"]),
    st.builds(
        event,
        st.sampled_from(["19700101", "2026-10-27", "2026-11-20", "99981231", "99990101", "00010101", "soon"]),
        by=st.sampled_from(["", "jane.doe@acme.example", "robin@ellery.example"]),
        method=st.sampled_from(["REQUEST", "CANCEL", "REPLY", "COUNTER", ""]),
        uid=st.sampled_from(["", "1", "2"]),
        sequence=st.integers(0, 2),
    ),
)


@given(st.lists(TRACES, max_size=8), st.datetimes(timezones=st.timezones()))
def test_whatever_the_mailbox_holds_no_later_meeting_is_claimed(
    traces: list[Trace], before: datetime
) -> None:
    found = reached(*traces, before=before)
    assert (found.last_met is None) == (found.conversations == 0)
    assert found.last_met is None or found.last_met < before.date()
    assert all(one.address not in OWN for one in found.met)
    assert found.stage is not None


# ------------------------------------------------------------------------------- whose conversation it was


def test_a_conversation_about_something_else_is_no_interview() -> None:
    bank = event("2026-10-28", summary="Beratung zur Baufinanzierung")
    found = reached(earlier(JANE, "Ihr Termin", calendar=bank, work=False))
    assert (found.stage, found.last_met, found.conversations) == ("application", None, 0)


def test_another_applications_interview_is_not_this_ones() -> None:
    ours = event("2026-10-29", uid="1", summary="Interview Data Analyst")
    other = event("2026-11-10", uid="2", by="tom.li@acme.example", summary="Interview Product Lead")
    traces = (
        earlier(JANE, "Data Analyst", calendar=ours, message_id="<1@acme.example>"),
        earlier(TOM, "Product Lead", calendar=other, message_id="<2@acme.example>"),
    )
    assert reached(*traces, role="Data Analyst").last_met == date(2026, 10, 29)
    assert reached(*traces, role="Product Lead").last_met == date(2026, 11, 10)
    assert reached(*traces).conversations == 2


def test_a_conversation_in_the_thread_of_one_that_names_the_role_goes_with_it() -> None:
    first = event("2026-10-20", uid="1", summary="Interview Data Analyst")
    second = event("2026-10-29", uid="2", summary="Meet the team")
    thread = "References: <1@acme.example>\n"
    traces = (
        earlier(JANE, "Data Analyst", calendar=first, message_id="<1@acme.example>"),
        earlier(JANE, "Next step", calendar=second, message_id="<2@acme.example>", extra=thread),
    )
    assert reached(*traces, role="Data Analyst").last_met == date(2026, 10, 29)


def test_a_mailbox_of_a_committee_has_no_name() -> None:
    calendar = event("2026-10-20", to=["robin@ellery.example", "betriebsrat@acme.example"]).replace(
        "ATTENDEE:mailto:betriebsrat", "ATTENDEE;CN=Betriebsrat:mailto:betriebsrat"
    )
    assert [one.name for one in reached(earlier(JANE, calendar=calendar)).met] == [None]


def test_who_was_told_of_a_clients_conversation_took_no_part_in_it() -> None:
    agency = event(
        "2026-10-20", by="boss@client.example", to=["robin@ellery.example", "jane.doe@acme.example"]
    )
    found = reached(earlier(JANE, calendar=agency))
    assert (found.last_met, found.met) == (date(2026, 10, 20), ())
