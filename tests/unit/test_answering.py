"""From a batch of rejections to drafts: one for each application, to whom it reaches best."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import pytest

from springback import lookback
from springback.answering import Answered, Answering, Found
from springback.applications import application_of
from springback.draft import Style
from springback.draftstore import DraftStore
from springback.errors import MailboxUnavailableError, ThrottledError
from springback.ledger import Ledger
from springback.letters import Letters
from springback.library import template_files
from springback.ports import Fetched
from springback.triage import Replier, Toolbox, triage
from springback.workshop import load_toolbox
from support.fakes import ME, Clock, FakeMailbox
from support.mails import DATE, mail

REPLIER = Replier(
    account="personal",
    full_name="Robin Ellery",
    address="robin@ellery.example",
    own_addresses=frozenset({"robin@ellery.example"}),
    signature="",
    secret="pepper",  # noqa: S106 - of no account
    style=Style(),
    skip_unreachable=False,
)
EARLIER = "Mon, 02 Nov 2026 09:00:00 +0100"
PLATFORM = "Acme Robotics <no-reply@us.greenhouse-mail.io>"
JANE = "Jane Doe <jane.doe@acmerobotics.example>"
TOM = "Tom Li <tom.li@acmerobotics.example>"
JOBS = "Acme Robotics <jobs@acmerobotics.example>"


@cache
def tools() -> Toolbox:
    return load_toolbox()


class Desk:
    """A server, a ledger and a clock; each batch is answered as by a pass of its own."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = FakeMailbox()
        self.ledger = Ledger(folder)
        self.clock = Clock()
        self.clock.advance(hours=6)
        self.tools = tools()
        self.replier = REPLIER
        self.history = timedelta(days=180)

    def answering(self, *, dry_run: bool = False) -> Answering:
        drafts = DraftStore(self.mailbox, self.ledger, "personal", clock=self.clock)
        return Answering(
            self.mailbox, self.ledger, drafts, self.tools, self.replier,
            inbox="INBOX", history=self.history, clock=self.clock, dry_run=dry_run,
        )  # fmt: skip

    def answer(self, *raws: bytes, dry_run: bool = False) -> list[Answered]:
        return list(self.answering(dry_run=dry_run).answer(self.batch(raws)))

    def batch(self, raws: Sequence[bytes]) -> list[Found]:
        found = []
        for raw in raws:
            outcome = triage(raw, self.tools, self.replier)
            assert outcome is not None
            assert outcome.verdict.name == "rejection"
            application = application_of(outcome, self.tools.senders, self.clock())
            found.append(Found(self.mailbox.folders["INBOX"].add(raw), outcome, application))
        return found

    def to(self) -> list[str | None]:
        """Return to whom the drafts go, in their order."""
        drafts = self.mailbox.folders["Drafts"].mails.values()
        fields = [
            dict(line.split(b": ", 1) for line in raw.split(b"\r\n") if b": " in line) for raw in drafts
        ]
        return [
            field[b"To"].decode().rpartition("<")[2].rstrip(">") if b"To" in field else None
            for field in fields
        ]

    def reasons(self) -> list[str]:
        """Return why mails got no draft."""
        return sorted(entry.no_draft for entry in self.ledger.entries(99) if entry.no_draft)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.ledger.close()


def rejection(
    sender: str,
    role: str | None = "Data Analyst",
    number: int = 0,
    company: str = "Acme Robotics",
    *,
    subject: str = "",
    date: str = DATE,
) -> bytes:
    job = f"for the {role} position" if role else ""
    body = (
        f"Dear Robin,\n\nThank you for applying {job} at {company}.\n"
        "After careful consideration, we have decided to move forward with other candidates for this job.\n"
        f"This is letter {number} by {sender.partition(' <')[0]}.\n\nKind regards\n"
    )
    return mail(
        body,
        sender=sender,
        subject=subject or f"Your application to {company} ({number})",
        message_id=f"<{number}.{sender[:3]}.{str(role)[:3]}@x.example>",
        date=date,
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("worse", "better", "address"),
    [
        (PLATFORM, JANE, "jane.doe@acmerobotics.example"),
        (JOBS, JANE, "jane.doe@acmerobotics.example"),
        (PLATFORM, JOBS, "jobs@acmerobotics.example"),
    ],
)
def test_of_several_notices_the_one_that_reaches_best_is_answered(
    desk: Desk, order: tuple[int, int], worse: str, better: str, address: str
) -> None:
    raws = (
        rejection(worse, subject="Your application to Acme Robotics"),
        rejection(better, number=1, subject="Your application to Acme Robotics"),
    )
    answered = desk.answer(*(raws[place] for place in order))
    assert desk.to() == [address]
    assert [one.outcome.no_draft for one in answered] == [
        None,
        f"the same application is answered by the reply to {address}",
    ]
    assert len(desk.reasons()) == 1
    assert len({one.uid for one in answered}) == 2


def test_each_application_gets_its_own_reply(desk: Desk) -> None:
    roles = "Data Analyst", "Data Engineer", "Team Lead"
    desk.answer(*(rejection(JANE, role, number) for number, role in enumerate(roles)))
    assert len(desk.to()) == 3
    desk.answer(
        rejection(PLATFORM, "Office Manager", 3), rejection(PLATFORM, "Data Analyst", 4, "Beta Works")
    )
    assert len(desk.to()) == 5


def test_two_letters_about_two_roles_and_a_notice_about_either_get_two_replies(desk: Desk) -> None:
    desk.answer(rejection(JANE, "Data Analyst"), rejection(PLATFORM, None, 1), rejection(TOM, "Team Lead", 2))
    assert sorted(map(str, desk.to())) == ["jane.doe@acmerobotics.example", "tom.li@acmerobotics.example"]


@pytest.mark.parametrize(("first", "then"), [(PLATFORM, JANE), (JANE, PLATFORM), (JOBS, JANE)])
def test_what_comes_later_about_the_same_application_gets_none(desk: Desk, first: str, then: str) -> None:
    desk.answer(rejection(first))
    desk.clock.advance(days=3)
    later = rejection(then, number=1, date="Thu, 19 Nov 2026 09:12:00 +0100")
    (answered,) = desk.answer(later)
    assert len(desk.to()) == 1
    assert (answered.outcome.no_draft or "").startswith("the same application is answered already")
    told = "this mail can be answered to jane.doe@acmerobotics.example" in (answered.outcome.no_draft or "")
    assert told == (then == JANE)


def test_each_of_several_later_notices_is_told_its_own_addressee(desk: Desk) -> None:
    """That a mail can be answered to a person is true of that mail alone."""
    desk.answer(rejection(PLATFORM))
    answered = desk.answer(rejection(JANE, number=1), rejection(JOBS, number=2))
    told = {one.outcome.contact.address: (one.outcome.no_draft or "").partition("; ")[2] for one in answered}
    assert told["jane.doe@acmerobotics.example"].startswith(
        "this mail can be answered to jane.doe@acmerobotics.example"
    )
    assert told["jobs@acmerobotics.example"] == ""
    assert len(desk.reasons()) == 2


def test_what_comes_much_later_is_another_application(desk: Desk) -> None:
    desk.answer(rejection(JANE))
    desk.clock.advance(days=80)
    desk.answer(rejection(PLATFORM, number=1, date="Thu, 04 Feb 2027 09:12:00 +0100"))
    assert len(desk.to()) == 2


def test_where_nobody_could_be_written_to_the_letter_that_comes_later_is_answered(desk: Desk) -> None:
    desk.replier = replace(REPLIER, skip_unreachable=True)
    (first,) = desk.answer(rejection(PLATFORM))
    assert (first.outcome.no_draft or "").startswith("nobody can be answered")
    desk.answer(rejection(JANE, number=1))
    assert desk.to() == ["jane.doe@acmerobotics.example"]


def test_what_the_person_answered_is_answered_for_its_twin_too(desk: Desk) -> None:
    sent = mail(
        "Thank you!", sender=ME, to="jane.doe@acmerobotics.example", date="Tue, 17 Nov 2026 09:00:00 +0100"
    )
    desk.mailbox.folders["Sent"].add(sent)
    desk.clock.advance(days=3)
    (answered,) = desk.answer(rejection(JANE))
    assert answered.outcome.answered
    assert (answered.outcome.no_draft or "").startswith("an answer stands in the mailbox already")
    desk.answer(rejection(PLATFORM, number=1))
    assert desk.to() == []
    assert len(desk.reasons()) == 2


def test_a_new_mail_to_the_firm_after_the_rejection_answers_it(desk: Desk) -> None:
    date = "Mon, 16 Nov 2026 11:00:00 +0000"
    thanks = "Thank you for the interview!"
    sent = mail(thanks, sender=ME, to="tom.li@acmerobotics.example", subject="Thanks", date=date)
    desk.mailbox.folders["Sent"].add(sent)
    (answered,) = desk.answer(rejection(PLATFORM))
    assert (answered.outcome.no_draft or "").startswith("an answer stands in the mailbox already")


def test_what_the_person_writes_about_another_application_answers_nothing(desk: Desk) -> None:
    hers = mail("About the Team Lead.", sender=JANE, message_id="<lead@acmerobotics.example>", date=EARLIER)
    desk.mailbox.folders["INBOX"].add(hers)
    date = "Mon, 16 Nov 2026 11:00:00 +0000"
    refers = "References: <lead@acmerobotics.example>\n"
    sent = mail(
        "Fine!", sender=ME, to="jane.doe@acmerobotics.example", subject="Re: Lead", date=date, extra=refers
    )
    desk.mailbox.folders["Sent"].add(sent)
    desk.answer(rejection(JANE))
    assert desk.to() == ["jane.doe@acmerobotics.example"]


def test_showing_the_rejection_to_a_friend_is_no_answer(desk: Desk) -> None:
    refers = "In-Reply-To: <0.Jan.Dat@x.example>\n"
    sent = mail("Look!", sender=ME, to="ada@brook.example", subject="Fwd: Your application", extra=refers)
    desk.mailbox.folders["Sent"].add(sent)
    desk.answer(rejection(JANE))
    assert desk.to() == ["jane.doe@acmerobotics.example"]


def test_earlier_mail_tells_whom_to_answer(desk: Desk) -> None:
    desk.mailbox.folders["Sent"].add(
        mail("Hello.", sender=ME, to="tom.li@acmerobotics.example", date="Mon, 2 Nov 2026 09:00:00 +0100")
    )
    (answered,) = desk.answer(rejection(PLATFORM))
    assert desk.to() == ["tom.li@acmerobotics.example"]
    assert answered.outcome.contact.source == "history"
    assert desk.mailbox.asked["searches"] == 4


def test_earlier_mail_is_left_alone_where_the_person_wants_that(desk: Desk) -> None:
    desk.history = timedelta()
    desk.answer(rejection(PLATFORM))
    assert desk.to() == [None]
    assert desk.mailbox.asked["searches"] == 0


def test_without_a_mailbox_to_look_through_a_draft_is_made_all_the_same(desk: Desk) -> None:
    desk.mailbox.refuses_searches = True
    desk.answer(rejection(PLATFORM))
    assert desk.to() == [None]


def test_a_dry_run_records_nothing_and_counts_an_application_once(desk: Desk) -> None:
    answered = desk.answer(rejection(PLATFORM), rejection(JANE, number=1), dry_run=True)
    assert sum(one.outcome.draft is not None for one in answered) == 1
    assert desk.to() == []
    assert desk.ledger.entries(9) == []
    assert len(desk.answer(rejection(PLATFORM), rejection(JANE, number=1))) == 2
    assert len(desk.to()) == 1


def test_a_letter_that_cannot_be_written_stops_no_other(desk: Desk) -> None:
    files = dict(template_files())
    broken = "{% if company == 'Beta Works' %}{{ [][0] }}{% endif %}Hello,\n\nThank you.\n\n{{ my_name }}\n"
    desk.tools = replace(tools(), letters=Letters({**files, "en/application.txt.j2": broken}))
    beta = (
        rejection(PLATFORM, "Chef", 1, "Beta Works"),
        rejection(PLATFORM, "Chef", 2, "Beta Works", subject="Reminder"),
    )
    answered = desk.answer(*beta, rejection(JANE))
    assert desk.to() == ["jane.doe@acmerobotics.example"]
    assert [one.uid for one in answered if one.error] == [1, 2]
    assert len(desk.ledger.entries(9)) == 1


def test_a_draft_that_the_server_refuses_is_told_and_counts(desk: Desk) -> None:
    desk.mailbox.append_fault = "refused"
    (answered,) = desk.answer(rejection(JANE))
    assert answered.refused
    (later,) = desk.answer(rejection(PLATFORM, number=1))
    assert later.outcome.draft is None


def test_a_dead_line_is_raised_and_what_was_answered_is_recorded(desk: Desk) -> None:
    answers = desk.answering().answer(desk.batch([rejection(JANE), rejection(JANE, "Team Lead", 1)]))
    assert next(answers).outcome.draft
    desk.mailbox.append_fault = "lost before"
    with pytest.raises(MailboxUnavailableError):
        next(answers)
    assert len(desk.to()) == 1
    assert [draft.state for draft in desk.ledger.open_drafts("personal")] == ["intent"]


def test_a_draft_that_the_server_shows_elsewhere_is_told(desk: Desk) -> None:
    desk.mailbox.threads = {("INBOX", 1): 7, ("Drafts", 1): 8}
    desk.answer(rejection(JANE))
    (entry,) = desk.ledger.entries(9)
    assert entry.draft_note == "in Drafts, but the server shows it outside the conversation"


def test_a_draft_in_an_earlier_conversation_stands_elsewhere_on_purpose(desk: Desk) -> None:
    desk.mailbox.folders["INBOX"].add(mail("Hello.", sender=TOM, date="Mon, 2 Nov 2026 09:00:00 +0100"))
    desk.mailbox.threads = {("INBOX", 2): 7, ("Drafts", 1): 8}
    desk.answer(rejection(PLATFORM))
    (entry,) = desk.ledger.entries(9)
    assert desk.to() == ["tom.li@acmerobotics.example"]
    assert entry.draft_note is None


@pytest.mark.parametrize("later", [False, True])
def test_the_role_that_a_notice_tells_is_that_of_the_letter_beside_it(desk: Desk, later: bool) -> None:  # noqa: FBT001
    """Jane answers for the Data Analyst; the Team Lead is another application, in this pass or the next."""
    pair = rejection(JANE, None), rejection(PLATFORM, "Data Analyst", 1)
    other = rejection(PLATFORM, "Team Lead", 2)
    if later:
        desk.answer(*pair)
        desk.answer(other)
    else:
        desk.answer(*pair, other)
    assert len(desk.to()) == 2


def test_an_old_mail_that_breaks_the_connection_stops_nothing_for_good(desk: Desk) -> None:
    old = mail("Hello.", sender=TOM, date="Mon, 2 Nov 2026 09:00:00 +0100")
    desk.mailbox.breaking_uids = {desk.mailbox.folders["INBOX"].add(old)}
    for _ in range(2):
        with pytest.raises(MailboxUnavailableError):
            desk.answer(rejection(PLATFORM))
        desk.clock.advance(minutes=15)
    desk.answer(rejection(PLATFORM))
    assert desk.to() == [None], "without what couldn't be looked through"


def test_nobody_waits_for_the_server_of_another_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While earlier mail is asked for nothing is in hand; while it is parsed, the rejection is."""
    desk.mailbox.folders["INBOX"].add(mail("Hello.", sender=JANE, date=EARLIER))
    held: list[tuple[str, float | None]] = []

    def watch(owner: object, name: str) -> None:
        call = getattr(owner, name)

        def watched(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - stands in for whatever is called
            held.append((name, desk.ledger.in_hand.oldest(inf)))
            return call(*arguments, **more)

        monkeypatch.setattr(owner, name, watched)

    for name in ("examine", "find", "headers", "fetch"):
        watch(desk.mailbox, name)
    for name in ("parse_message", "read_letter"):
        watch(lookback, name)
    desk.answer(rejection(PLATFORM))
    assert {name: bool(oldest) for name, oldest in held} == {
        "examine": False, "find": False, "headers": False, "fetch": False,
        "parse_message": True, "read_letter": True,
    }  # fmt: skip


@pytest.mark.parametrize("error", [ThrottledError("not now"), MailboxUnavailableError("the line is dead")])
def test_an_outage_leaves_out_no_earlier_mail(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: MailboxUnavailableError
) -> None:
    """Three passes within minutes fail, for whatever reason: the person is found by the fourth."""
    desk.mailbox.folders["INBOX"].add(mail("Hello.", sender=JANE, date=EARLIER))

    def fail(*_: object) -> Iterator[Fetched]:
        raise error

    with monkeypatch.context() as outage:
        outage.setattr(desk.mailbox, "fetch", fail)
        for _ in range(3):
            with pytest.raises(MailboxUnavailableError):
                desk.answer(rejection(PLATFORM))
            desk.clock.advance(minutes=1)
    desk.answer(rejection(PLATFORM))
    assert desk.to() == ["jane.doe@acmerobotics.example"]
