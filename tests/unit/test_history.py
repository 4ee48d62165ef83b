"""What earlier mail is searched for, which of it is read, and what ties a stranger to the firm."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.firm import Firm, telling_words
from springback.headers import Address
from springback.history import Trace, is_about_role, shares, tie_of, worth_reading, written_to
from springback.kinds import is_bulk
from springback.message import Message, parse_message
from springback.query import Query, matches, query_for
from springback.rulebook import load_senders
from support.fakes import ME, earlier, event
from support.mails import DATE, mail

SENDERS = load_senders()
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OWN = frozenset({"robin@ellery.example", "r.ellery@mail.example"})
DAYS = timedelta(days=180)
TOM = "tom@hargreaves.example"


def firm(name: str | None = "Acme Robotics", *domains: str) -> Firm:
    return Firm(name, telling_words(name), frozenset(domains), frozenset(), frozenset())


def dated(date: str = DATE) -> Message:
    return parse_message(mail("No.", date=date))


def query(company: str | None, role: str | None = None, *domains: str) -> Query | None:
    return query_for(dated(), firm(company, *domains), role, NOW, DAYS)


# ------------------------------------------------------------------------------------------- searching


@pytest.mark.parametrize(
    ("company", "who", "about"),
    [
        ("Acme Robotics GmbH", {"acme"}, {"acme robotics"}),
        ("Deutsche Bank", {"deutsche bank", "deutschebank", "deutsche-bank"}, {"deutsche bank"}),
        ("SAP SE", {"@sap.", ".sap."}, set()),
        ("H&M", {"@hm.", ".hm."}, set()),
        ("N26", {"@n26.", ".n26."}, set()),
        ("E.ON SE", {"@eon.", ".eon."}, set()),
        ("Cloud", {"@cloud.", ".cloud."}, {"cloud"}),
        ("Müller", {"muller", "mueller", "müller"}, {"muller", "mueller", "müller"}),
        ("L'Oréal", {"loreal"}, {"loreal"}),
    ],
)
def test_what_is_searched_for(company: str, who: set[str], about: set[str]) -> None:
    found = query(company)
    assert found is not None
    assert set(found.anyone) == who
    assert set(found.subject) == about


@pytest.mark.parametrize(
    ("company", "sender"),
    [
        ("SAP SE", "ana@sap.com"),
        ("SAP SE", "ana@people.sap.com"),
        ("H&M", "ana@hm.com"),
        ("3M", "ana@3m.com"),
        ("Cloud", "ana@cloud.example"),
        ("Deutsche Bank", "ana@deutsche-bank.example"),
        ("The Guardian", "ana@theguardian.example"),
        ("Müller & Söhne", "ana@mueller-soehne.example"),
        ("E.ON SE", "ana@eon.com"),
        ("Y Combinator", "ana@ycombinator.com"),
        ("AB InBev", "ana@ab-inbev.com"),
        ("Company 7", "ana@company-7.example"),
        ("Bank Group", "ana@bankgroup.example"),
    ],
)
def test_whoever_is_tied_by_a_name_is_searched_for(company: str, sender: str) -> None:
    """A tie that no search finds is of no use."""
    found = query(company)
    trace = earlier(sender, "Hello")
    assert found is not None
    assert matches(found, trace.message)
    assert tie_of(trace, Address("", sender), firm(company), SENDERS, frozenset())


def test_domains_and_the_role_are_searched_for() -> None:
    found = query("Acme", "Data Analyst", "acme.example", "acme.co.uk")
    assert found is not None
    assert found.anyone[:2] == ("acme.co.uk", "acme.example")
    by_topic = found.by_topic()
    assert by_topic is not None
    assert (by_topic.anyone, by_topic.subject) == ((), ("Data Analyst",))


@pytest.mark.parametrize("company", ["", "🚀", "'", None])
def test_where_nothing_is_known_nothing_is_searched_for(company: str | None) -> None:
    assert query(company, "Chef") is None


@pytest.mark.parametrize(
    "role", ['x" OR ALL', "a\r\nDELETE", "{12}", "Data\\Analyst", "x" * 200, "\u202eanalyst*"]
)
def test_a_search_holds_no_mark_that_a_server_could_run(role: str) -> None:
    found = query("Acme", role)
    assert found is not None
    assert found.subject == ("acme",)


@pytest.mark.parametrize(
    ("sent", "since"),
    [
        ("Mon, 16 Nov 2026 09:12:00 +0100", date(2026, 5, 20)),
        ("Fri, 31 Dec 9999 12:00:00 +0000", date(2026, 5, 24)),
        ("Mon, 01 Jan 0100 00:00:00 +0000", date(2026, 5, 24)),
        ("Mon, 01 Jan 1900 00:00:00 +0000", date(2026, 5, 24)),
        ("Sat, 02 May 1970 00:00:00 +0000", date(2026, 5, 24)),
        ("16 Nov 2026 09:12:00", date(2026, 5, 20)),
        ("yesterday", date(2026, 5, 24)),
    ],
)
def test_the_span_of_a_search_is_one_that_a_server_understands(sent: str, since: date) -> None:
    found = query_for(dated(sent), firm("Acme"), None, NOW, DAYS)
    assert found is not None
    assert found.since == since
    assert found.before <= NOW


@pytest.mark.parametrize("days", [0, 1, 36_525])
def test_any_span_will_do(days: int) -> None:
    assert query_for(dated("Mon, 01 Jan 0100 00:00:00 +0000"), firm("Acme"), None, NOW, timedelta(days=days))


@given(st.text(max_size=90), st.text(max_size=90), st.datetimes(timezones=st.timezones()), st.timedeltas())
def test_no_name_and_no_time_raises(company: str, role: str, now: datetime, span: timedelta) -> None:
    found = query_for(earlier(on="").message, firm(company), role, now, abs(span))
    assert found is None or found.since >= date(1970, 1, 1)


@given(st.lists(st.integers(0, 500), max_size=12), st.integers(12, 400))
def test_shares_waste_nothing_and_never_exceed_the_bound(found: list[int], bound: int) -> None:
    got = shares(found, bound)
    assert len(got) == len(found)
    assert all(0 <= share <= count for share, count in zip(got, found, strict=True))
    assert sum(got) == min(sum(found), bound)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.integers(12, 400))
def test_no_folder_starves_another(found: list[int], bound: int) -> None:
    fair = bound // len(found)
    assert all(share >= min(count, fair) for share, count in zip(shares(found, bound), found, strict=True))


# ------------------------------------------------------------------------------------------- kinds of mail


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Data Analyst",
        "Auto-Reply: x",
        "Out of Office: back on Monday",
        "Out of the office",
        "Automatische Antwort: Ihre Bewerbung",
        "Abwesenheitsnotiz: AW: Bewerbung",
        "Réponse automatique : x",
        "Respuesta automática: x",
        "Automatisch antwoord: x",
        "Risposta automatica: x",
        "Resposta automática: x",
    ],
)
def test_an_absence_notice_is_no_letter(subject: str) -> None:
    """Exchange doesn't say auto-replied."""
    trace = earlier(subject=subject, extra="Auto-Submitted: auto-generated\n")
    assert is_bulk(trace.message)
    assert not trace.is_letter


@pytest.mark.parametrize(
    "header",
    ["List-Id: <x.example>", "List-Post: NO", "Precedence: Bulk", "Precedence: auto_reply",
     "Auto-Submitted: Auto-Replied (vacation)", "Auto-Submitted: auto-notified"],
)  # fmt: skip
def test_a_machine_or_a_list_writes_no_letter(header: str) -> None:
    assert not earlier(extra=header + "\n").is_letter


@pytest.mark.parametrize("subject", ["Automation engineer", "Autoreifen", "Officer role", "Accepting offers"])
def test_an_ordinary_subject_is_a_letters(subject: str) -> None:
    assert earlier(subject=subject).is_letter


@pytest.mark.parametrize(
    ("subject", "method"),
    [("Declined: Interview", "REQUEST"), ("Zusage: Interview", "REPLY"), ("Interview", "COUNTER")],
)
def test_a_calendars_answer_is_no_letter(subject: str, method: str) -> None:
    trace = earlier(subject=subject, calendar=event(method=method))
    assert trace.is_calendar_reply
    assert not trace.is_letter
    assert not is_bulk(trace.message)


# ------------------------------------------------------------------------------------------- reading


def letters(
    *traces: Trace, company: str = "Acme Robotics", role: str | None = "Data Analyst", bound: int = 24
) -> list[int]:
    numbered = [Trace("INBOX", uid, trace.message) for uid, trace in enumerate(traces)]
    return worth_reading(numbered, firm(company, "acme.example"), role, SENDERS, OWN, bound)


def test_mail_of_the_firm_and_about_the_job_is_read() -> None:
    assert letters(
        earlier("Jane Doe <jane@acme.example>", "Hello"),
        earlier("Ada Brook <ada@brook.example>", "Lunch"),
        earlier("Calendar <invite@calendar.example>", "Invitation: Data Analyst (m/f/d), 1st call"),
        earlier("Calendar <invite@calendar.example>", "Robin / Acme Robotics"),
        earlier(ME, "Re: Hello", to="Jane Doe <jane@acme.example>"),
        earlier(ME, "Acme Robotics wrote", to="ada@brook.example"),
        earlier("Acme <news@acme.example>", "News", extra="List-Id: <news.acme.example>\n"),
        earlier("No Reply <no-reply@x.example>", "Hi", extra="Reply-To: jane@acme.example\n"),
    ) == [0, 2, 3, 4, 7]  # fmt: skip


def test_each_partys_newest_mail_is_read_first() -> None:
    jane = [earlier("jane@acme.example", f"x {day}", on=f"2026-10-{day + 10}") for day in range(10)]
    tom = [earlier("tom@acme.example", "y", on="2026-10-01")]
    assert letters(*jane, *tom, bound=3) == [8, 9, 10]


def test_no_more_is_read_than_the_bound() -> None:
    traces = [earlier(f"p{number}@acme.example", on="2026-10-01") for number in range(60)]
    assert len(letters(*traces)) == 24
    assert letters(*traces, bound=0) == []


def test_an_answer_of_the_calendar_is_read_beside_the_letters() -> None:
    """Who declined is told nowhere else; it takes no letter's place."""
    declined = "Declined: Interview with Acme Robotics"
    assert letters(
        earlier("jane@acme.example", "Hello", on="2026-10-01"),
        earlier("jane@acme.example", "Accepted: Interview", on="2026-10-02"),
        earlier(ME, declined, to="invite@calendar.example", on="2026-10-03"),
        earlier(ME, "Declined: Dinner", to="ada@brook.example", on="2026-10-03"),
        bound=3,
    ) == [0, 1, 2]  # fmt: skip


@pytest.mark.parametrize("when", ["", "1900-01-01", "9999-12-31"])
def test_mail_of_any_date_is_looked_at(when: str) -> None:
    assert letters(earlier("jane@acme.example", on=when)) == [0]


def test_a_mail_without_a_sender_is_nobodys() -> None:
    assert letters(earlier("", "Data Analyst at Acme Robotics")) == []


def test_huge_lists_of_addresses_cost_nothing() -> None:
    """Whoever writes to hundreds writes to nobody; a forged mail of one's own may hold thousands."""
    many = ", ".join(f"p{number}@acme.example" for number in range(1_200))
    forged = [earlier(ME, "interview " * 400, to=many, extra=f"Cc: {many}\n")] * 200
    begun = time.process_time()
    assert letters(*forged) == []
    assert written_to(forged, OWN) == frozenset()
    assert time.process_time() - begun < 2


# ------------------------------------------------------------------------------------------- ties


def tie(trace: Trace, address: str, company: str = "Acme Robotics", *, answered: bool = False) -> bool:
    to = frozenset({address}) if answered else frozenset[str]()
    return tie_of(trace, Address("", address), firm(company), SENDERS, to) is not None


def test_who_invites_by_calendar_and_names_the_firm_recruits_for_it() -> None:
    invitation = earlier(
        TOM, "Interview with Acme Robotics", calendar=event(by=TOM, to=[*OWN, "x@y.example"])
    )
    assert tie(invitation, TOM)
    assert not tie(invitation, "x@y.example")
    assert not tie(earlier(TOM, "Interview with Acme Robotics"), TOM)
    assert not tie(earlier(TOM, "Interview", calendar=event(by=TOM)), TOM)
    assert not tie(earlier(TOM, "Interview with Acme Robotics", calendar=event(by=TOM), read=False), TOM)
    assert not tie(earlier(TOM, "Fwd: Interview with Acme Robotics", calendar=event(by=TOM)), TOM)
    assert not tie(earlier(TOM, "Accepted: Acme Robotics", calendar=event(by=TOM, method="REPLY")), TOM)


def test_a_look_alike_of_the_firm_recruits_for_nobody() -> None:
    eve = "eve@acme-robotics-jobs.example"
    invitation = earlier(eve, "Interview with Acme Robotics", calendar=event(by=eve), stages="interview")
    assert not tie(invitation, eve, answered=True)


def test_a_service_that_sends_the_invitation_of_another_recruits_for_nobody() -> None:
    sent = earlier("robot@calendar.example", "Acme Robotics: interview", calendar=event(by=TOM))
    assert tie(sent, TOM)
    assert not tie(sent, "robot@calendar.example")


def test_who_was_answered_recruits_where_the_words_invite() -> None:
    asked = earlier(TOM, "Acme Robotics", stages="interview")
    assert tie(asked, TOM, answered=True)
    assert not tie(asked, TOM)
    assert not tie(earlier(TOM, "Acme Robotics"), TOM, answered=True)
    assert not tie(
        earlier("tom@gmail.com", "Acme Robotics", stages="interview"), "tom@gmail.com", answered=True
    )


def test_whom_the_person_invites_is_no_recruiter() -> None:
    """Such as a friend, to rehearse for the interview."""
    own = earlier(ME, "Rehearsal: Acme Robotics", to=TOM, calendar=event(by="robin@ellery.example", to=[TOM]))
    assert not tie(own, TOM, answered=True)


@pytest.mark.parametrize(
    ("company", "subject", "recruits"),
    [
        ("Apple", "Apple picking on Saturday", False),
        ("Target", "Target practice", False),
        ("Personal", "Personal: dinner", False),
        ("Bolt", "Nuts and bolt exchange", False),
        ("Apple", "Apple: first interview", True),
        ("Bolt", "Kennenlerngespräch mit Bolt", True),
        ("Acme Robotics", "Robin x Acme Robotics", True),
    ],
)
def test_a_firm_that_is_called_by_a_common_word(company: str, subject: str, recruits: bool) -> None:  # noqa: FBT001
    invitation = earlier(TOM, subject, calendar=event(by=TOM, summary="Saturday"))
    assert tie(invitation, TOM, company) == recruits


def test_whom_the_person_wrote_to() -> None:
    mails = [
        earlier(ME, to="Jane@acme.example, tom@acme.example"),
        earlier("R. Ellery <R.Ellery@mail.example>", to="ben@acme.example"),
        earlier(ME, "Fwd: look", to="ada@brook.example"),
        earlier("jane@acme.example", to="eve@acme.example"),
    ]
    assert written_to(mails, OWN) == {"jane@acme.example", "tom@acme.example", "ben@acme.example"}


# ------------------------------------------------------------------------------------------- roles


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("Data Analyst", "the analyst for our data"),
        ("Data Analyst (m/w/d)", "Data Analyst"),
        ("Leiter/in Einkauf", "Ihre Bewerbung als Leiter Einkauf"),
        ("Koch/Köchin", "Koch oder Köchin"),
        ("QA Lead", "QA Lead, Berlin"),
        ("QA", "the QA role"),
        ("HR Manager", "Manager HR"),
        ("Développeur Web", "developpeur web"),
    ],
)
def test_a_text_that_names_the_role(role: str, text: str) -> None:
    assert is_about_role(role, text)


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("Data Analyst", "data"),
        ("QA Lead", "this will lead to nothing"),
        ("HR Manager", "your account manager"),
        ("VP Sales", "sales are up"),
        ("(m/w/d)", "m w d"),
        ("🚀", "🚀"),
        ("", "anything"),
        (None, "anything"),
    ],
)
def test_a_text_that_does_not(role: str | None, text: str) -> None:
    assert not is_about_role(role, text)
