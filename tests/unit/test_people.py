"""Whom of a firm's people an answer goes to, and under which mail it stands."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.details import Details
from springback.firm import Firm, telling_words
from springback.headers import Address
from springback.history import Trace
from springback.message import Message
from springback.people import Person, find_people
from springback.rulebook import load_senders
from support.fakes import ME, earlier, event

SENDERS = load_senders()
OWN = frozenset({"robin@ellery.example", "r.ellery@mail.example"})
JANE, TOM = "Jane Doe <jane.doe@acme.example>", "Tom Li <tom.li@acme.example>"
ROLE = "Data Analyst"
REJECTION = earlier(
    "Acme <no-reply@us.greenhouse-mail.io>", on="2026-11-16", message_id="<no@x.example>"
).message


def people(
    *traces: Trace,
    company: str = "Acme",
    role: str | None = ROLE,
    signed: str | None = None,
    domain: str = "",
    rejection: Message = REJECTION,
) -> tuple[Person, ...]:
    domains = frozenset({domain} if domain else ())
    firm = Firm(company, telling_words(company), domains, frozenset(), frozenset())
    return find_people(traces, rejection, Details(company, role, signed), firm, SENDERS, OWN)


def first(*traces: Trace, signed: str | None = None, company: str = "Acme", role: str | None = ROLE) -> str:
    """Return the address of the best of the people, or ""."""
    found = people(*traces, company=company, signed=signed, role=role)
    return found[0].address if found else ""


# ------------------------------------------------------------------------------------------- who it is


@pytest.mark.parametrize(
    ("sender", "extra"),
    [
        ("Acme <no-reply@acme.example>", ""),
        ("Acme <notifications@acme.example>", ""),
        ("Jane Doe <jane.doe@acme.example>", "List-Id: <talk.acme.example>\n"),
        ("Jane Doe <jane.doe@acme.example>", "Precedence: bulk\n"),
        ("Jane Doe <jane.doe@acme.example>", "Auto-Submitted: auto-replied\n"),
        ("Acme Shop <shop@acme.example>", ""),
        ("tickets@acme.example", ""),
        (ME, ""),
        ("Robin <R.Ellery@mail.example>", ""),
        ("Ada Brook <ada@brook.example>", ""),
        ("Jane Doe <jane.doe.acme@gmail.com>", ""),
        ("Jane Doe <jane@acme-careers.example>", ""),
        ("", ""),
    ],
)
def test_who_is_nobody_to_answer(sender: str, extra: str) -> None:
    assert people(earlier(sender, "Hello", extra=extra)) == ()


@pytest.mark.parametrize("subject", ["Automatic reply: Data Analyst", "Declined: Interview Data Analyst"])
def test_a_machine_in_somebodys_name_is_nobody(subject: str) -> None:
    assert people(earlier(JANE, subject)) == ()


def test_who_answers_by_calendar_has_written_nothing() -> None:
    reply = earlier(JANE, "Zusage", calendar=event(by="robin@ellery.example", method="REPLY"))
    assert people(reply) == ()


def test_a_mail_that_was_passed_on_introduces_nobody() -> None:
    inside = event(by="jane.doe@acme.example", to=["ada@brook.example", "tom.li@acme.example"])
    assert people(earlier("Ada Brook <ada@brook.example>", "Fwd: Interview at Acme", calendar=inside)) == ()
    assert people(earlier(ME, "Fwd: Data Analyst", to=JANE)) == ()


def test_whoever_sent_the_rejection_is_not_looked_for() -> None:
    """Its address is judged by what the rejection says."""
    own_letter = earlier(JANE, on="2026-11-16").message
    assert people(earlier(JANE), rejection=own_letter) == ()
    assert [one.address for one in people(earlier(TOM), rejection=own_letter)] == ["tom.li@acme.example"]


def test_somebody_to_whom_the_person_wrote_is_known() -> None:
    (one,) = people(earlier(ME, "Application", to=f"{JANE}, friend@brook.example"))
    assert (one.address, one.name, one.wrote) == ("jane.doe@acme.example", "Jane Doe", False)


def test_a_mail_to_very_many_makes_nobody_known() -> None:
    many = ", ".join(f"p{number}@acme.example" for number in range(40))
    assert people(earlier(ME, "Application", to=many)) == ()


def test_a_name_is_taken_from_wherever_it_is_told() -> None:
    (one,) = people(earlier("jane.doe@acme.example"), earlier(ME, to="Jane M. Doe <jane.doe@acme.example>"))
    assert one.name == "Jane M. Doe"
    (other,) = people(earlier("jane.doe@acme.example"))
    assert other.name == "Jane Doe"
    (third,) = people(earlier("Acme Talent Team <jd@acme.example>", ROLE))
    assert third.name is None


# ------------------------------------------------------------------------------------------- ranking


def test_who_signs_the_rejection_comes_first() -> None:
    others = (
        earlier(TOM, "Data Analyst", "Interview", on="2026-11-10", stages="interview"),
        earlier(JANE, "Welcome", on="2026-09-01"),
    )
    assert first(*others, signed="Jane Doe") == "jane.doe@acme.example"
    assert first(*others, signed="Doe, J.") == "jane.doe@acme.example"
    assert first(*others, signed="Jane") == "jane.doe@acme.example"
    assert first(*others, signed="Eve Moss") == "tom.li@acme.example"
    assert first(*others) == "tom.li@acme.example"
    assert people(*others, signed="Jane Doe")[0].signed


def test_a_sure_tie_comes_before_a_weak_one() -> None:
    agency = earlier(
        "Eve Moss (Acme) <eve@agency.example>", "Data Analyst", on="2026-11-12", stages="interview"
    )
    assert first(earlier(JANE, "Hello", on="2026-08-01"), agency) == "jane.doe@acme.example"
    assert first(agency) == "eve@agency.example"


def test_the_thread_weighs_more_than_the_role_and_the_role_more_than_an_interview() -> None:
    rejection = earlier(
        "Acme <no-reply@us.greenhouse-mail.io>",
        on="2026-11-16",
        message_id="<no@x.example>",
        extra="References: <thread@x.example>\n",
    ).message
    thread = earlier("A B <a.b@acme.example>", "Hello", on="2026-09-01", message_id="<thread@x.example>")
    role = earlier("C D <c.d@acme.example>", "Data Analyst", on="2026-09-02")
    interview = earlier("E F <e.f@acme.example>", "Hello", on="2026-09-03", stages="interview")
    newest = earlier("G H <g.h@acme.example>", "Invoice", on="2026-11-01")
    order = [one.address[0] for one in people(newest, interview, role, thread, rejection=rejection)]
    assert order == ["a", "c", "e", "g"]


def test_of_equals_the_latest_is_chosen() -> None:
    early, late = earlier(JANE, ROLE, on="2026-10-01"), earlier(TOM, ROLE, on="2026-10-02")
    assert first(early, late) == first(late, early) == "tom.li@acme.example"


def test_who_wrote_comes_before_who_was_only_invited() -> None:
    invitation = event(by="jane.doe@acme.example", to=["robin@ellery.example", "tom.li@acme.example"])
    assert first(earlier(JANE, ROLE, calendar=invitation)) == "jane.doe@acme.example"


def test_a_word_of_the_role_alone_is_not_the_role() -> None:
    lead = earlier(TOM, "This will lead to more sales", on="2026-11-01")
    assert first(lead, earlier(JANE, "QA Lead", on="2026-09-01"), role="QA Lead") == "jane.doe@acme.example"


def test_a_shared_mailbox_comes_last_and_only_where_it_was_about_the_job() -> None:
    jobs = "Acme Jobs <jobs@acme.example>"
    assert people(earlier(jobs, "News")) == ()
    (one,) = people(earlier(jobs, "Data Analyst"))
    assert (one.address, one.shared, one.involved) == ("jobs@acme.example", True, True)
    both = people(
        earlier(jobs, ROLE, on="2026-11-10", stages="interview"), earlier(JANE, "Hi", on="2026-08-01")
    )
    assert [one.shared for one in both] == [False, True]


# ------------------------------------------------------------------------------------------- what is answered


def test_their_latest_mail_is_answered() -> None:
    (one,) = people(
        earlier(JANE, "first", on="2026-10-01"),
        earlier(JANE, "second", on="2026-10-05"),
        earlier(ME, "Re: second", to=JANE, on="2026-10-06"),
        earlier(JANE, "Automatic reply: second", on="2026-10-06"),
        earlier(JANE, "Accepted: call", on="2026-10-07"),
    )
    assert (one.answers.subject, one.wrote) == ("second", True)


def test_else_the_latest_that_the_person_wrote_to_them_else_the_invitation() -> None:
    invitation = event(by="robin@ellery.example", to=["jane.doe@acme.example"])
    sent = earlier(ME, "Call", to="x@y.example", on="2026-10-05", calendar=invitation)
    (one,) = people(sent)
    assert one.answers.subject == "Call"
    (one,) = people(sent, earlier(ME, "Application", to=JANE, on="2026-10-01"))
    assert one.answers.subject == "Application"
    assert not one.wrote


def test_mail_without_a_date_is_the_oldest() -> None:
    (one,) = people(earlier(JANE, "undated", on=""), earlier(JANE, "dated", on="1999-01-01"))
    assert one.answers.subject == "dated"
    (one,) = people(earlier(JANE, "undated", on=""))
    assert one.answers.subject == "undated"


def test_what_goes_on_after_the_rejection_elsewhere_is_not_answered() -> None:
    """Such as the talk about another application, with somebody who had nothing to do with this one."""
    later = earlier(ME, "Re: Other role", to=TOM, on="2026-11-17", extra="References: <other@acme.example>\n")
    assert people(later) == ()
    (one,) = people(earlier(TOM, "Other role", on="2026-10-01"), later)
    assert one.answers.subject == "Other role"


@pytest.mark.parametrize(
    ("reply_to", "address"),
    [
        ("jane@people.acme.example", "jane@people.acme.example"),
        ("Jane.Doe@acme.example", "jane.doe@acme.example"),
        ("robin@ellery.example", "jane.doe@acme.example"),
        ("R.Ellery@mail.example", "jane.doe@acme.example"),
        ("no-reply@acme.example", "jane.doe@acme.example"),
        ("x@us.greenhouse-mail.io", "jane.doe@acme.example"),
        ("a@acme.example, b@acme.example", "jane.doe@acme.example"),
        ("not an address", "jane.doe@acme.example"),
        ("rejecting@acme.example", "jane.doe@acme.example"),
    ],
)
def test_an_answer_goes_where_they_want_it_but_never_to_oneself_or_nobody(
    reply_to: str, address: str
) -> None:
    rejection = earlier("rejecting@acme.example", on="2026-11-16").message
    found = people(earlier(JANE, "Data Analyst", extra=f"Reply-To: {reply_to}\n"), rejection=rejection)
    assert found[0].address == address


def test_the_reason_tells_why() -> None:
    (one,) = people(earlier(JANE, ROLE, on="2026-10-01", stages="interview"), signed="Jane Doe")
    assert one.reason == (
        "Jane Doe <jane.doe@acme.example>: signs the rejection, and mail about this role and an interview "
        "or an assessment (the domain acme.example is called as Acme); answers their mail of 2026-10-01"
    )


# ------------------------------------------------------------------------------------------- hostile mail


def test_very_much_mail_takes_no_time() -> None:
    """200 mails, 24 of them long letters that invite very many."""
    guests = [f"p{number}@acme.example" for number in range(60)]
    letter = earlier(JANE, ROLE, "interview über " * 9_000, calendar=event(to=guests))
    letter = Trace("INBOX", 1, letter.message, read=True, invitations=letter.invitations * 80)
    header = earlier(TOM, "Data über " * 400, read=False)
    begun = time.process_time()
    assert people(*[letter] * 24, *[header] * 176)
    assert time.process_time() - begun < 2


ADDRESS = st.sampled_from(
    [JANE, TOM, ME, "jobs@acme.example", "no-reply@acme.example", "ada@brook.example", ""]
)
DAY = st.sampled_from(["", "0100-01-01", "1969-12-31", "2026-10-01", "2026-11-17", "9999-12-31"])
SUBJECT = st.sampled_from(["", "Data Analyst", "Fwd: Acme", "Accepted: x", "Re: Re: Ace", "🚀" * 400])
TRACES = st.builds(
    lambda sender, to, on, subject, stages, calendar: earlier(
        sender, subject, on=on, to=to, stages=stages, calendar=calendar
    ),
    ADDRESS,
    ADDRESS,
    DAY,
    SUBJECT,
    st.sampled_from(["", "interview", "final assessment"]),
    st.sampled_from(
        ["", event(), event(by=""), event(method="CANCEL"), event(declined=["robin@ellery.example"])]
    ),
)


@given(st.lists(TRACES, max_size=8), st.sampled_from([None, "Jane", "Tom Li", "", "🚀"]), st.booleans())
def test_whatever_the_mailbox_holds_only_people_of_the_firm_are_found(
    traces: list[Trace],
    signed: str | None,
    undated: bool,  # noqa: FBT001
) -> None:
    rejection = earlier("no-reply@x.example", on="" if undated else "2026-11-16").message
    found = people(*traces, signed=signed, rejection=rejection)
    assert [one.shared for one in found] == sorted(one.shared for one in found)
    for one in found:
        address = Address("", one.address)
        assert address.domain == "acme.example"
        assert one.address.lower() not in OWN
        assert SENDERS.nobody_reads(address) is None
    assert len({one.address.lower() for one in found}) == len(found)


# ------------------------------------------------------------------------------- work, and who is in it


def test_who_never_exchanged_a_word_about_work_is_nobodys_recruiter() -> None:
    """The adviser of a bank, a librarian, a friend who works there: nobody to tell of an application."""
    assert people(earlier(JANE, "Your mortgage", work=False)) == ()
    assert people(earlier(ME, "Climbing on Thursday?", to=JANE, work=False)) == ()
    assert (
        first(earlier(JANE, "Thursday", work=False), earlier(JANE, "About the job"))
        == "jane.doe@acme.example"
    )


def test_who_signs_the_rejection_needs_no_word_about_work() -> None:
    assert first(earlier(JANE, "Hello", work=False), signed="Jane Doe") == "jane.doe@acme.example"


def test_an_application_weighs_more_than_the_role_that_a_friend_mentions_later() -> None:
    friend = earlier(TOM, "We need a Data Analyst", on="2026-11-10")
    recruiter = earlier(JANE, "Your application as Data Analyst", applied=True, on="2026-11-01")
    assert first(friend, recruiter) == "jane.doe@acme.example"


def test_another_applications_recruiter_is_not_asked_about_this_one() -> None:
    (one,) = people(earlier(JANE, "The internship", applied=True, on="2026-08-01"))
    assert not one.involved
    (one,) = people(earlier(JANE, "Your application", applied=True, on="2026-11-01"))
    assert one.involved
    (one,) = people(earlier(JANE, "The internship", applied=True), role=None)
    assert one.involved


def test_who_was_in_the_conversation_comes_before_who_arranged_it() -> None:
    traces = (earlier(TOM, "Hello", on="2026-11-01"), earlier(JANE, "Your interview", on="2026-11-02"))
    asked = Details("Acme", ROLE, None)
    firm = Firm("Acme", telling_words("Acme"), frozenset(), frozenset(), frozenset())
    applied = tuple(replace(trace, applied=True) for trace in traces)
    found = find_people(applied, REJECTION, asked, firm, SENDERS, OWN, {"tom.li@acme.example"})
    assert found[0].address == "tom.li@acme.example"
    found = find_people(applied, REJECTION, asked, firm, SENDERS, OWN)
    assert found[0].address == "jane.doe@acme.example"


def test_who_has_left_the_firm_is_not_written_to() -> None:
    """The person's own chasing mail makes nobody newer, and what a machine answers to it is believed."""
    jane = earlier(JANE, "Your application", applied=True, on="2026-10-01")
    chasing = earlier(ME, "Re: Your application", to=JANE, on="2026-11-05")
    absence = earlier(
        JANE,
        "Automatic reply: Your application",
        left=True,
        on="2026-11-05",
        extra="Auto-Submitted: auto-replied\n",
    )
    tom = earlier(TOM, "Your application", applied=True, on="2026-10-20")
    assert first(jane, chasing, tom) == "tom.li@acme.example"
    assert first(jane, chasing, absence) == ""
    back = earlier(JANE, "I am back", applied=True, on="2026-11-10")
    assert first(jane, absence, back) == "jane.doe@acme.example"


def test_of_two_conversations_with_one_person_the_one_about_this_role_is_answered() -> None:
    ours = earlier(JANE, "Data Analyst: your interview", on="2026-10-20")
    follow_up = earlier(JANE, "Re: Data Analyst: your interview", on="2026-10-25", body="See you then.")
    other = earlier(JANE, "Team Lead: next steps", on="2026-11-05")
    (one,) = people(ours, follow_up, other)
    assert one.answers == follow_up.message


def test_a_forged_name_is_no_signature() -> None:
    real = earlier(TOM, "Your application", applied=True)
    forged = earlier("Jane Doe (Acme Robotics) <jane@other.example>", "Acme Robotics", applied=True)
    found = first(real, forged, signed="Jane Doe", company="Acme Robotics")
    assert found in ("tom.li@acme.example", "")


@pytest.mark.parametrize("aside", ["x@mallory.test", "jobs@acme.example", "no-reply@acme.example"])
def test_reply_to_leads_to_nobody_elsewhere(aside: str) -> None:
    (one,) = people(earlier(JANE, "Your application", applied=True, extra=f"Reply-To: {aside}\n"))[:1]
    assert one.address == "jane.doe@acme.example"


def test_the_reason_names_the_address_that_is_written_to() -> None:
    aside = "Reply-To: jane.doe+hiring@acme.example\n"
    (one,) = people(earlier(JANE, "Your application", applied=True, extra=aside))[:1]
    assert f"<{one.address}>" in one.reason


def test_an_interviewer_who_wrote_about_something_else_comes_after_who_wrote_about_the_application() -> None:
    invites = earlier(
        JANE, "Data Analyst", calendar=event(to=["robin@ellery.example", "tom.li@acme.example"])
    )
    paper = earlier(TOM, "Link to that paper", work=False, on="2026-11-05")
    assert first(invites, paper) == "jane.doe@acme.example"
