"""A pass: exactly one draft for each rejection, whatever fails and whenever the power is cut."""

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import structlog

from springback.draft import Style
from springback.entries import Cursor
from springback.errors import MailboxUnavailableError, ThrottledError
from springback.ledger import Ledger
from springback.passreport import PassOptions, PassReport
from springback.poller import Pass
from springback.triage import Replier, Toolbox
from springback.workshop import load_toolbox
from support.fakes import Clock, FakeFolder, FakeMailbox, Fuse, PowerCutError
from support.mails import mail, ordinary, receipt, rejection

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


@cache
def tools() -> Toolbox:
    return load_toolbox()


class World:
    """A server, a ledger on disk, a clock; passes run in it."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = FakeMailbox()
        self.clock = Clock()
        self.folder = folder
        self.inbox = self.mailbox.folders["INBOX"]
        self.drafts = self.mailbox.folders["Drafts"]

    def run(
        self,
        *,
        since: timedelta | None = None,
        dry_run: bool = False,
        fuse: Fuse | None = None,
        mails: int = 999,
        **options: timedelta,
    ) -> PassReport:
        """Run one pass as a new process would; `mails` is how many may be read."""
        fuse = fuse or Fuse()
        before = len(self.mailbox.fetched)
        ledger = Ledger(self.folder)
        try:
            one = Pass(
                fuse.wrap(self.mailbox),
                fuse.wrap(ledger),
                tools(),
                REPLIER,
                PassOptions("INBOX", timedelta(seconds=60), since, dry_run, **options),
                clock=self.clock,
                stopping=lambda: False,
                enough=lambda: len(self.mailbox.fetched) - before >= mails,
            )
            return one.run()
        finally:
            ledger.close()

    def settle(self) -> None:
        """Run passes, minutes apart, until nothing is open."""
        for _ in range(8):
            self.clock.advance(minutes=2)
            if not self.run().unsettled:
                return
        pytest.fail("drafts stay unsettled")

    def answered(self) -> Counter[str]:
        """Return how many drafts answer each mail."""
        return Counter(
            line.partition(b": ")[2].decode()
            for raw in self.drafts.mails.values()
            for line in raw.split(b"\r\n")
            if line.startswith(b"In-Reply-To: ")
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world whose first start is behind it."""
    world = World(tmp_path)
    world.run()
    return world


def expected(count: int) -> dict[str, int]:
    return {f"<{number}.rejection@company-{number}.example>": 1 for number in range(count)}


def test_new_rejections_are_answered_once(world: World) -> None:
    for number in range(3):
        for make in (rejection, receipt, ordinary):
            world.inbox.add(make(number))
    assert len(world.run().drafted) == 3
    assert world.run(since=timedelta(days=30)).drafted == []
    assert world.answered() == expected(3)


def test_a_first_start_is_told_in_the_log(tmp_path: Path) -> None:
    """As where an account has a new name, by which the ledger doesn't know it."""
    world = World(tmp_path)
    for told in (0, 1, 0):
        with structlog.testing.capture_logs() as logs:
            world.run(dry_run=not told)
        events = [event for event in logs if event["event"] == "first_start"]
        assert [(event["account"], "--since" in event["told"]) for event in events] == [
            ("personal", True)
        ] * told


def crash_points() -> range:
    """Return every step of a pass over two rejections and two other mails."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.run()
        fill(world)
        fuse = Fuse()
        world.run(fuse=fuse)
        return range(1, fuse.steps + 1)


def fill(world: World) -> None:
    for message in (ordinary(0), rejection(0), receipt(0), rejection(1)):
        world.inbox.add(message)


@pytest.mark.parametrize("step", crash_points())
def test_power_cut_at_every_step(world: World, step: int) -> None:
    """A cut before or after any call to server or ledger leaves the end state of a quiet pass."""
    fill(world)
    inbox = dict(world.inbox.mails)
    with pytest.raises(PowerCutError):
        world.run(fuse=Fuse(step))
    world.settle()
    assert world.answered() == expected(2)
    assert world.inbox.mails == inbox
    before = dict(world.drafts.mails)
    world.clock.advance(minutes=2)
    assert world.run(since=timedelta(days=30)).drafted == []
    assert world.drafts.mails == before


@pytest.mark.parametrize("first", range(1, 60, 4))
@pytest.mark.parametrize("second", range(1, 40, 6))
def test_two_power_cuts(world: World, first: int, second: int) -> None:
    fill(world)
    for step in (first, second):
        try:
            world.run(fuse=Fuse(step))
        except PowerCutError:
            world.clock.advance(seconds=70)
    world.settle()
    assert world.answered() == expected(2)


@pytest.mark.parametrize("fault", ["lost before", "lost after", "no receipt"])
def test_an_append_without_an_answer(world: World, fault: str) -> None:
    """Stored or not, an APPEND whose answer is lost ends as one draft."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = fault
    if fault == "no receipt":
        world.run()
    else:
        with pytest.raises(MailboxUnavailableError):
            world.run()
    world.settle()
    assert world.answered() == expected(1)


def test_an_open_draft_is_left_alone_at_first(world: World) -> None:
    """The server may still be finishing: nothing is stored again within the time to settle."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "lost before"
    with pytest.raises(MailboxUnavailableError):
        world.run()
    for _ in range(3):
        world.clock.advance(seconds=10)
        assert world.run().unsettled == 1
    assert world.drafts.mails == {}
    world.settle()
    assert world.answered() == expected(1)


def test_a_draft_that_was_taken_before_its_answer_was_known(world: World) -> None:
    """Stored, answer lost, sent by the person at once: it is never made again."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "lost after"
    with pytest.raises(MailboxUnavailableError):
        world.run()
    (draft,) = world.drafts.mails.values()
    world.drafts.mails.clear()
    world.mailbox.folders["Sent"].add(draft.replace(b"Message-ID: <", b"Message-ID: <sent."))
    world.settle()
    assert world.drafts.mails == {}


def test_drafts_made_anew_is_searched_as_a_whole(world: World) -> None:
    """Under another UIDVALIDITY the saved UIDNEXT means nothing."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "lost after"
    with pytest.raises(MailboxUnavailableError):
        world.run()
    (draft,) = world.drafts.mails.values()
    world.drafts.mails.clear()
    world.drafts.uidvalidity, world.drafts.uidnext = 8, 1
    world.drafts.add(draft)
    world.settle()
    assert world.answered() == expected(1)


def test_mail_that_comes_while_a_draft_is_stored_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its notice came while another folder was open, so nobody will tell of it again."""
    world.inbox.add(rejection(0))
    store = world.mailbox.append_draft

    def meanwhile(content: bytes) -> int | None:
        world.inbox.add(rejection(1))
        return store(content)

    monkeypatch.setattr(world.mailbox, "append_draft", meanwhile)
    assert world.run().more
    monkeypatch.undo()
    assert not world.run().more
    assert world.answered() == expected(2)


def test_a_refused_append_stops_nothing_and_is_tried_again(world: World) -> None:
    """A full mailbox delays one draft; the other mails go on, and nothing is given up."""
    world.inbox.add(rejection(0))
    world.inbox.add(rejection(1))
    world.mailbox.append_fault = "refused"
    report = world.run()
    assert len(report.drafted) == 1
    assert report.refused == 1
    for _ in range(5):
        world.clock.advance(days=1)
        world.mailbox.append_fault = "refused"
        assert world.run().refused == 1
    world.clock.advance(days=1)
    assert world.run().refused == 0
    assert world.answered() == expected(2)


def test_a_refused_draft_is_offered_ever_more_rarely(world: World) -> None:
    """Pass after pass for three days, and the server is bothered a few times a day."""
    world.inbox.add(rejection(0))
    world.mailbox.refuses_drafts = True
    offers = []
    for _ in range(3):
        world.mailbox.asked.clear()
        for _ in range(48):
            world.run()
            world.clock.advance(minutes=30)
        offers.append(world.mailbox.asked["drafts"])
    assert 4 <= offers[0] <= 10
    assert all(1 <= offer <= 2 for offer in offers[1:])
    world.mailbox.refuses_drafts = False
    world.clock.advance(days=1)
    assert world.run().refused == 0
    assert world.answered() == expected(1)


def test_a_draft_that_was_refused_often_isnt_given_up_for_one_lost_answer(world: World) -> None:
    """A refusal is no lost answer: of those, three have to come before a person is asked."""
    world.inbox.add(rejection(0))
    for _ in range(6):
        world.mailbox.append_fault = "refused"
        world.run()
        world.clock.advance(days=1)
    world.mailbox.append_fault = "lost before"
    with pytest.raises(MailboxUnavailableError):
        world.run()
    world.settle()
    assert world.answered() == expected(1)


def test_a_draft_that_the_server_has_no_time_for_is_surely_not_stored(world: World) -> None:
    """Throttling isn't a lost answer either, however often it comes."""
    world.inbox.add(rejection(0))
    for _ in range(6):
        world.mailbox.append_fault = "throttled"
        with pytest.raises(ThrottledError):
            world.run()
        world.clock.advance(days=1)
    assert world.run().refused == 0
    assert world.answered() == expected(1)


@pytest.mark.parametrize("fault", ["lost before", "lost after", "refused"])
def test_a_clock_that_was_days_ahead_holds_up_no_draft(world: World, fault: str) -> None:
    world.inbox.add(rejection(0))
    right = world.clock.now
    world.clock.advance(days=10)
    world.mailbox.append_fault = fault
    with suppress(MailboxUnavailableError):
        world.run()
    world.clock.now = right
    for _ in range(4):
        world.clock.advance(minutes=20)
        world.run()
    assert world.answered() == expected(1)


def test_a_draft_is_in_doubt_while_the_server_keeps_silent_about_what_may_be_it(world: World) -> None:
    """It is left to the person at last, and never stored a second time."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "lost after"
    with pytest.raises(MailboxUnavailableError):
        world.run()
    world.mailbox.untold.update(world.drafts.mails)
    world.drafts.add(ordinary(1))
    for _ in range(30):
        world.clock.advance(minutes=2)
        world.run()
    assert world.answered() == expected(1)
    assert world.run().unsettled == 0


def test_a_refused_draft_is_not_tried_where_the_person_has_answered(world: World) -> None:
    """While the mailbox was full, an answer was written by hand."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "refused"
    world.run()
    own = mail("Thank you.\n", extra="In-Reply-To: <0.rejection@company-0.example>\n")
    world.mailbox.folders["Sent"].add(own)
    world.clock.advance(days=1)
    assert world.run().refused == 0
    assert world.answered() == {}


@pytest.mark.parametrize("fate", ["Drafts", "Sent", "Trash"])
def test_a_ledger_from_before_a_refused_draft_was_stored(world: World, fate: str) -> None:
    """The backup knows it as refused: it is looked for, wherever the person has it by now."""
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "refused"
    world.run()
    backup = (world.folder / "ledger.sqlite").read_bytes()
    world.clock.advance(days=1)
    world.run()
    ((uid, draft),) = world.drafts.mails.items()
    del world.drafts.mails[uid]
    world.mailbox.folders[fate].add(draft)
    (world.folder / "ledger.sqlite").write_bytes(backup)
    world.clock.advance(days=1)
    assert world.run().refused == 0
    assert len(world.drafts.mails) == (fate == "Drafts")


def test_a_mail_the_server_keeps_silent_about_is_asked_for_again(world: World) -> None:
    """It doesn't stop the others, comes when it can be had, and is set aside after three tries."""
    uid = world.inbox.add(rejection(0))
    lost = world.inbox.add(ordinary(0))
    world.inbox.add(rejection(1))
    world.mailbox.silent_uids = {uid, lost}
    report = world.run()
    assert len(report.drafted) == 1
    assert report.failed == 2
    world.mailbox.silent_uids = {lost}
    assert len(world.run().drafted) == 1
    for _ in range(2):
        world.clock.advance(minutes=10)
        assert world.run().failed == 1
    assert world.run().failed == 0
    assert world.answered() == expected(2)
    ledger = Ledger(world.folder)
    assert ledger.gaps.set_aside("personal") == 1
    ledger.close()


def test_uids_that_lost_their_meaning(world: World) -> None:
    """After a UIDVALIDITY change the last two weeks are looked at again, and nothing is doubled."""
    for number in range(3):
        world.inbox.add(rejection(number))
    world.run()
    mails = list(world.inbox.mails.values())
    world.inbox.mails.clear()
    world.inbox.uidvalidity, world.inbox.uidnext = 99, 1
    for raw in [*mails, rejection(3)]:
        world.inbox.add(raw)
    assert len(world.run().drafted) == 1
    assert world.answered() == expected(4)


def test_a_cut_during_a_rescan_starts_it_again(world: World) -> None:
    world.inbox.uidvalidity, world.inbox.uidnext = 99, 1
    fill(world)
    with pytest.raises(PowerCutError):
        world.run(fuse=Fuse(12))
    world.settle()
    assert world.answered() == expected(2)


def test_a_dry_run_writes_nothing(world: World) -> None:
    fill(world)
    for _ in range(2):
        assert len(world.run(dry_run=True).drafted) == 2
    assert world.drafts.mails == {}
    assert len(world.run().drafted) == 2


def test_the_same_mail_under_a_new_uid_is_known(world: World) -> None:
    """Moved away and back, or copied: one mail, one draft."""
    world.inbox.add(rejection(0))
    world.run()
    world.inbox.add(rejection(0))
    assert world.run().known == 1
    assert world.answered() == expected(1)


def test_a_reminder_in_the_same_thread_gets_no_second_draft(world: World) -> None:
    world.inbox.add(rejection(0))
    world.inbox.add(
        rejection(0, message_id="<again@company-0.example>",
                  extra="References: <0.rejection@company-0.example>\n")
    )  # fmt: skip
    report = world.run()
    assert len(report.drafted) == 1
    (second,) = report.not_drafted
    assert second.no_draft == "the same application is answered by the reply to jane.doe@company-0.example"


def test_a_known_message_id_with_other_content_is_another_mail(world: World) -> None:
    """A replayed Message-ID neither suppresses nor triggers."""
    world.inbox.add(ordinary(0).replace(b"0.lunch@brook", b"0.rejection@company-0"))
    world.run()
    world.inbox.add(rejection(0))
    assert len(world.run().drafted) == 1


def test_mail_without_a_message_id_is_answered_without_a_thread(world: World) -> None:
    body = "Thank you for your application.\nWe have decided to move forward with other candidates.\n"
    raw = b"\r\n".join(line for line in mail(body).split(b"\r\n") if not line.startswith(b"Message-ID"))
    world.inbox.add(raw)
    world.run()
    (draft,) = world.drafts.mails.values()
    assert b"In-Reply-To" not in draft
    assert b"References" not in draft
    assert b"Subject: Re: " in draft


def test_two_accounts_keep_their_cursors_apart(world: World) -> None:
    ledger = Ledger(world.folder)
    assert ledger.cursor("personal", "INBOX") is not None
    assert ledger.cursor("other", "INBOX") is None
    ledger.close()


def test_the_watermark_passes_no_mail_that_got_no_answer(world: World) -> None:
    """A silent mail is asked for again even if the pass breaks off, or is stopped, behind it."""
    silent = world.inbox.add(rejection(0))
    for number in range(230):
        world.inbox.add(ordinary(number))
    world.mailbox.silent_uids = {silent}
    world.mailbox.breaking_uids = {silent + 210}
    with pytest.raises(MailboxUnavailableError):
        world.run()
    world.mailbox.silent_uids, world.mailbox.breaking_uids = set(), set()
    world.run()
    assert world.answered() == expected(1)


def test_a_mail_that_breaks_the_connection_is_set_aside_alone(world: World) -> None:
    """It is taken singly, given up after three tries, and all others are dealt with."""
    world.inbox.add(ordinary(0))
    poison = world.inbox.add(ordinary(1))
    world.inbox.add(rejection(0))
    world.mailbox.breaking_uids = {poison}
    for _ in range(5):
        with suppress(MailboxUnavailableError):
            world.run()
        world.clock.advance(minutes=15)
    assert world.answered() == expected(1)
    ledger = Ledger(world.folder)
    assert ledger.gaps.set_aside("personal") == 1
    ledger.close()


def test_an_outage_counts_against_no_mail(world: World) -> None:
    """A line that dies in a batch makes its mails suspect, not guilty; the next pass clears them."""
    for number in range(3):
        world.inbox.add(rejection(number))
    world.mailbox.breaking_uids = {2}
    with pytest.raises(MailboxUnavailableError):
        world.run()
    ledger = Ledger(world.folder)
    assert set(ledger.gaps.failed("personal", "INBOX", 7).values()) == {0}
    world.mailbox.breaking_uids = set()
    world.run()
    assert ledger.gaps.failed("personal", "INBOX", 7) == {}
    ledger.close()
    assert world.answered() == expected(3)


def test_a_mail_that_the_server_refuses_in_an_outage_is_answered_after_it(world: World) -> None:
    """Asked for again with each pass, be they seconds apart, and the other mails go on."""
    uid = world.inbox.add(rejection(0))
    world.inbox.add(rejection(1))
    world.mailbox.refused_uids = {uid}
    for _ in range(5):
        assert world.run().failed == 1
        world.clock.advance(seconds=2)
    assert world.answered() == {"<1.rejection@company-1.example>": 1}
    world.mailbox.refused_uids = set()
    assert world.run().failed == 0
    assert world.answered() == expected(2)


def test_where_enough_was_read_the_next_pass_goes_on(world: World) -> None:
    """What was read is answered, and isn't read again; nothing behind it is passed over."""
    silent = world.inbox.add(ordinary(0))
    for number in range(4):
        world.inbox.add(rejection(number))
    world.mailbox.silent_uids = {silent}
    first = world.run(mails=2, history=timedelta())
    assert (len(first.drafted), first.failed, first.finished) == (2, 1, False)
    rest = world.run(history=timedelta())
    assert (rest.looked_at, len(rest.drafted), rest.finished) == (2, 2, True)
    world.run(mails=0)
    assert world.answered() == expected(4)


def test_a_look_at_older_mail_that_is_too_much_counts_for_nothing(world: World) -> None:
    for number in range(4):
        world.inbox.add(rejection(number))
    report = world.run(mails=2, since=timedelta(days=30))
    assert (report.drafted, report.finished, report.older) == ([], False, True)
    assert len(world.run(since=timedelta(days=30)).drafted) == 4


def test_a_mail_that_is_gone_is_no_failure(world: World) -> None:
    """Deleted between search and fetch: nothing to tell, nothing to try again."""
    uid = world.inbox.add(rejection(0))
    world.inbox.add(rejection(1))
    gone = world.inbox.mails.pop(uid)
    assert gone
    world.mailbox.also_found = [uid]
    report = world.run()
    assert report.failed == 0
    assert len(report.drafted) == 1


def test_old_mail_stays_as_it_is_when_uids_change(tmp_path: Path) -> None:
    """What was there at the first start is not drafted for by a rescan either."""
    world = World(tmp_path)
    for number in range(3):
        world.inbox.add(rejection(number))
    world.clock.advance(days=1)
    world.run()
    world.inbox.uidvalidity = 99
    assert world.run().drafted == []
    world.inbox.add(rejection(3, date="Wed, 18 Nov 2026 09:12:00 +0100"))
    world.inbox.uidvalidity = 100
    world.clock.advance(days=1)
    assert len(world.run().drafted) == 1


def test_a_changed_drafts_folder_is_looked_for_where_the_draft_was_sent(world: World) -> None:
    world.inbox.add(rejection(0))
    world.mailbox.append_fault = "lost after"
    with pytest.raises(MailboxUnavailableError):
        world.run()
    world.mailbox.folders["Entwürfe"] = FakeFolder()
    world.mailbox.drafts = "Entwürfe"
    world.settle()
    assert world.mailbox.folders["Entwürfe"].mails == {}
    assert world.answered() == expected(1)


def test_a_pass_that_is_stopped_says_so_and_loses_nothing(world: World) -> None:
    fill(world)
    ledger = Ledger(world.folder)
    one = Pass(
        world.mailbox, ledger, tools(), REPLIER, PassOptions("INBOX", timedelta(seconds=60)),
        clock=world.clock, stopping=lambda: len(world.mailbox.fetched) > 1,
    )  # fmt: skip
    assert not one.run().finished
    ledger.close()
    world.run()
    assert world.answered() == expected(2)


def test_a_long_look_back_deals_with_every_mail(world: World) -> None:
    """The watermark is ahead of a look at older mail: what comes later in it isn't missing."""
    for number in range(450):
        world.inbox.add(ordinary(number))
    world.inbox.add(rejection(0))
    world.run()
    report = world.run(since=timedelta(days=30))
    assert (report.looked_at, report.failed, report.known) == (451, 0, 1)
    ledger = Ledger(world.folder)
    assert ledger.gaps.failed("personal", "INBOX", 7) == {}
    ledger.close()


def test_older_mail_that_is_asked_for_comes_with_a_rescan_too(tmp_path: Path) -> None:
    """`--since` in the very pass in which UIDs lost their meaning still looks as far back as asked."""
    world = World(tmp_path)
    world.inbox.add(rejection(0))
    world.clock.advance(days=20)
    world.run()
    world.inbox.uidvalidity = 99
    days = timedelta(days=30)
    assert len(world.run(since=days, maximum_age=days).drafted) == 1


# ------------------------------------------------------------------------------------------- waiting

HALF_A_DAY = timedelta(hours=12)
IN_UTC = "Mon, 16 Nov 2026 08:12:00 +0000"  # found at 9:00, and due at 20:12


def waiting_world(folder: Path, count: int = 1) -> World:
    """Return a world in whose inbox rejections have just arrived."""
    world = World(folder)
    world.run()
    world.clock.advance(hours=3)
    for number in range(count):
        world.inbox.add(rejection(number, date=IN_UTC))
    return world


def test_a_young_rejection_waits_and_is_answered_when_it_is_due(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    assert world.run(minimum_age=HALF_A_DAY).waiting == 1
    for _ in range(11):
        report = world.run(minimum_age=HALF_A_DAY)
        assert (report.looked_at, report.waiting) == (0, 0)
        world.clock.advance(hours=1)
    assert world.drafts.mails == {}
    world.clock.advance(hours=1)
    assert len(world.run(minimum_age=HALF_A_DAY).drafted) == 1
    assert world.run(minimum_age=HALF_A_DAY).looked_at == 0
    assert world.answered() == expected(1)


def test_an_old_enough_rejection_does_not_wait(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.clock.advance(hours=12)
    report = world.run(minimum_age=HALF_A_DAY)
    assert (report.waiting, len(report.drafted)) == (0, 1)


def test_a_rejection_without_a_date_waits_from_when_it_is_found(tmp_path: Path) -> None:
    world = waiting_world(tmp_path, 0)
    world.inbox.add(rejection(0, date="soon"))
    world.inbox.add(rejection(1, date="Fri, 31 Dec 9999 23:59:59 +0000"))
    assert world.run(minimum_age=HALF_A_DAY).waiting == 2
    world.clock.advance(hours=13)
    assert len(world.run(minimum_age=HALF_A_DAY).drafted) == 2


@pytest.mark.parametrize("date", ["09:12:00 +0100", "00:12:00 -0800", "19:12:00 +1100"])
def test_a_rejection_of_any_zone_waits_as_long(tmp_path: Path, date: str) -> None:
    world = waiting_world(tmp_path, 0)
    world.inbox.add(rejection(0, date=f"Mon, 16 Nov 2026 {date}"))
    world.run(minimum_age=HALF_A_DAY)
    world.clock.advance(hours=11)
    assert world.run(minimum_age=HALF_A_DAY).drafted == []
    world.clock.advance(hours=1)
    assert len(world.run(minimum_age=HALF_A_DAY).drafted) == 1


def test_who_shortens_the_waiting_gets_a_draft_when_it_was_due(tmp_path: Path) -> None:
    """And who lengthens it, too: what was told is kept."""
    world = waiting_world(tmp_path)
    world.run(minimum_age=HALF_A_DAY)
    world.clock.advance(hours=12)
    assert len(world.run(minimum_age=timedelta(days=2)).drafted) == 1


def wait_points() -> range:
    """Return every step of a pass that finds two young rejections."""
    with tempfile.TemporaryDirectory() as folder:
        world = waiting_world(Path(folder), 2)
        fuse = Fuse()
        world.run(fuse=fuse, minimum_age=HALF_A_DAY)
        return range(1, fuse.steps + 1)


def due_points() -> range:
    """Return every step of a pass for which two rejections have waited."""
    with tempfile.TemporaryDirectory() as folder:
        world = waiting_world(Path(folder), 2)
        world.run(minimum_age=HALF_A_DAY)
        world.clock.advance(hours=12)
        fuse = Fuse()
        world.run(fuse=fuse, minimum_age=HALF_A_DAY)
        return range(1, fuse.steps + 1)


@pytest.mark.parametrize("step", wait_points())
def test_power_cut_while_rejections_are_put_off(tmp_path: Path, step: int) -> None:
    """They are answered once, whenever the process ended."""
    world = waiting_world(tmp_path, 2)
    with pytest.raises(PowerCutError):
        world.run(fuse=Fuse(step), minimum_age=HALF_A_DAY)
    world.clock.advance(hours=12)
    world.settle()
    assert world.answered() == expected(2)
    assert world.run(minimum_age=HALF_A_DAY).looked_at == 0


def test_a_power_cut_makes_no_rejection_older(tmp_path: Path) -> None:
    for step in wait_points():
        world = waiting_world(tmp_path / str(step), 2)
        with pytest.raises(PowerCutError):
            world.run(fuse=Fuse(step), minimum_age=HALF_A_DAY)
        world.clock.advance(hours=1)
        world.run(minimum_age=HALF_A_DAY)
        assert world.drafts.mails == {}, f"after a cut at step {step}"


@pytest.mark.parametrize("step", due_points())
def test_power_cut_when_rejections_are_due(tmp_path: Path, step: int) -> None:
    world = waiting_world(tmp_path, 2)
    world.run(minimum_age=HALF_A_DAY)
    world.clock.advance(hours=12)
    with pytest.raises(PowerCutError):
        world.run(fuse=Fuse(step), minimum_age=HALF_A_DAY)
    for _ in range(8):
        world.clock.advance(minutes=2)
        if not world.run(minimum_age=HALF_A_DAY).unsettled:
            break
    assert world.answered() == expected(2)
    assert world.run(minimum_age=HALF_A_DAY).looked_at == 0


def test_what_waits_is_found_again_when_uids_lost_their_meaning(tmp_path: Path) -> None:
    world = waiting_world(tmp_path, 2)
    world.run(minimum_age=HALF_A_DAY)
    mails = list(world.inbox.mails.values())
    world.inbox.mails.clear()
    world.inbox.uidvalidity, world.inbox.uidnext = 99, 1
    for raw in [ordinary(0), *reversed(mails)]:
        world.inbox.add(raw)
    world.clock.advance(hours=1)
    assert world.run(minimum_age=HALF_A_DAY).waiting == 2
    assert world.drafts.mails == {}
    world.clock.advance(hours=12)
    assert len(world.run(minimum_age=HALF_A_DAY).drafted) == 2
    assert world.answered() == expected(2)


def test_older_mail_that_is_asked_for_brings_nothing_before_its_time(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    for _ in range(3):
        report = world.run(since=timedelta(days=30), minimum_age=HALF_A_DAY)
        assert report.drafted == []
        world.clock.advance(hours=1)


def test_what_waited_and_was_deleted_gets_no_draft(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.run(minimum_age=HALF_A_DAY)
    world.inbox.mails.clear()
    world.clock.advance(hours=12)
    report = world.run(minimum_age=HALF_A_DAY)
    assert (report.drafted, report.failed) == ([], 0)
    assert world.run(minimum_age=HALF_A_DAY).looked_at == 0


def test_what_the_person_answered_meanwhile_gets_no_draft(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.run(minimum_age=HALF_A_DAY)
    answer = mail("Thanks!", sender="Robin Ellery <robin@ellery.example>", to="jane.doe@company-0.example",
                  date="Mon, 16 Nov 2026 12:00:00 +0100", subject="Thank you")  # fmt: skip
    world.mailbox.folders["Sent"].add(answer)
    world.clock.advance(hours=12)
    report = world.run(minimum_age=HALF_A_DAY)
    assert report.drafted == []
    assert (report.not_drafted[0].no_draft or "").startswith("an answer stands in the mailbox already")


def test_a_mail_that_failed_while_it_was_due_is_tried_again(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.run(minimum_age=HALF_A_DAY)
    world.clock.advance(hours=12)
    world.mailbox.silent_uids = {1}
    assert world.run(minimum_age=HALF_A_DAY).failed == 1
    world.mailbox.silent_uids = set()
    assert len(world.run(minimum_age=HALF_A_DAY).drafted) == 1
    assert world.run(minimum_age=HALF_A_DAY).looked_at == 0


def test_what_a_clock_that_was_ahead_took_for_old_is_answered_when_it_is_right(tmp_path: Path) -> None:
    """A machine without a clock of its own starts anywhere; what was answered, or is old indeed, stays so."""
    world = waiting_world(tmp_path)
    world.clock.advance(days=15)
    old = rejection(7, date="Thu, 1 Oct 2026 09:00:00 +0200")
    for raw in (rejection(5, date="Mon, 30 Nov 2026 09:00:00 +0100"), old):
        world.inbox.add(raw)
    first = world.run()
    assert (len(first.drafted), len(first.not_drafted)) == (1, 2)
    world.clock.advance(days=-15)
    world.mailbox.breaking_uids = {1}
    with pytest.raises(MailboxUnavailableError):
        world.run()
    world.mailbox.breaking_uids = set()
    assert [len(world.run().drafted) for _ in range(2)] == [1, 0]
    assert len(world.drafts.mails) == 2
    assert [len(world.run(since=timedelta(days=90)).drafted) for _ in range(2)] == [0, 0]


def test_a_young_notice_that_was_answered_along_with_another_waits_no_more(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.clock.advance(hours=20)
    again = rejection(1, date="Tue, 17 Nov 2026 02:30:00 +0100", message_id="<again@company-1.example>")
    for raw in (rejection(1), again):
        world.inbox.add(raw)
    report = world.run(minimum_age=HALF_A_DAY)
    ledger = Ledger(world.folder)
    assert (len(report.not_drafted), report.waiting, ledger.gaps.waiting(["personal"])) == (1, 0, [])
    ledger.close()


def test_a_clock_that_is_put_right_by_minutes_undoes_nothing(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.clock.advance(days=15)
    world.run()
    fetched = len(world.mailbox.fetched)
    world.clock.advance(minutes=-50)
    world.run()
    assert len(world.mailbox.fetched) == fetched


def test_what_is_too_old_is_recorded_and_never_answered(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.clock.advance(days=15)
    report = world.run()
    assert [one.no_draft for one in report.not_drafted] == ["it is older than 14 days (reply.maximum_age)"]
    assert world.run(since=timedelta(days=30), maximum_age=timedelta(days=60)).known == 1
    assert world.drafts.mails == {}


@pytest.mark.parametrize("date", ["Sat, 01 Jan 0100 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"])
def test_a_date_that_cannot_be_counts_for_nothing(world: World, date: str) -> None:
    world.inbox.add(rejection(1, date=date))
    assert len(world.run().drafted) == 1


def test_what_waited_too_long_because_nothing_ran_is_too_old(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    world.run(minimum_age=HALF_A_DAY)
    world.clock.advance(days=20)
    report = world.run(minimum_age=HALF_A_DAY)
    assert len(report.not_drafted) == 1
    assert world.run(minimum_age=HALF_A_DAY).looked_at == 0


# ------------------------------------------------------------------------------------------- twins

NOTICE = "Company 0 <no-reply@us.greenhouse-mail.io>"


def notice(message_id: str = "<notice@greenhouse.example>", **parts: str) -> bytes:
    """Return what a platform writes about the application of `rejection(0)`."""
    return rejection(0, sender=NOTICE, message_id=message_id, **parts)


@pytest.mark.parametrize("first", [True, False])
def test_twins_in_one_pass_get_one_reply_to_whom_it_reaches(world: World, first: bool) -> None:  # noqa: FBT001
    for raw in (notice(), rejection(0)) if first else (rejection(0), notice()):
        world.inbox.add(raw)
    report = world.run()
    assert len(report.drafted) == len(report.not_drafted) == 1
    assert world.answered() == expected(1)
    assert world.run(since=timedelta(days=30)).known == 2


def test_twins_far_apart_in_one_pass_get_one_reply(world: World) -> None:
    """Mail is answered in batches."""
    world.inbox.add(rejection(0))
    for number in range(230):
        world.inbox.add(ordinary(number))
    world.inbox.add(notice())
    assert len(world.run().drafted) == 1
    assert len(world.drafts.mails) == 1


def test_a_twin_that_comes_later_gets_none(world: World) -> None:
    world.inbox.add(notice())
    world.run()
    world.clock.advance(days=2)
    world.inbox.add(rejection(0, date="Wed, 18 Nov 2026 09:12:00 +0100"))
    (later,) = world.run().not_drafted
    assert "the same application is answered already" in (later.no_draft or "")
    assert "this mail can be answered to jane.doe@company-0.example" in (later.no_draft or "")
    assert len(world.drafts.mails) == 1


def twin_points() -> range:
    """Return every step of a pass over twins and another rejection."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.run()
        for raw in (notice(), rejection(1), rejection(0)):
            world.inbox.add(raw)
        fuse = Fuse()
        world.run(fuse=fuse)
        return range(1, fuse.steps + 1)


@pytest.mark.parametrize("step", twin_points())
def test_power_cut_while_twins_are_answered(world: World, step: int) -> None:
    for raw in (notice(), rejection(1), rejection(0)):
        world.inbox.add(raw)
    with pytest.raises(PowerCutError):
        world.run(fuse=Fuse(step))
    world.settle()
    assert world.answered() == expected(2)


def waiting_twins(folder: Path) -> World:
    """Return a world in which a notice waits, and for two hours less the letter to be preferred."""
    world = waiting_world(folder, 0)
    world.inbox.add(notice(date=IN_UTC))
    world.run(minimum_age=HALF_A_DAY)
    world.clock.advance(hours=2)
    world.inbox.add(rejection(0, date="Mon, 16 Nov 2026 10:12:00 +0000"))
    assert world.run(minimum_age=HALF_A_DAY).waiting == 2
    return world


def test_twins_that_wait_meet_where_nothing_ran_meanwhile(tmp_path: Path) -> None:
    world = waiting_twins(tmp_path)
    world.clock.advance(hours=16)
    assert len(world.run(minimum_age=HALF_A_DAY).drafted) == 1
    assert world.answered() == expected(1)


def test_twins_that_wait_meet_in_a_daemon_too(tmp_path: Path) -> None:
    """A pass every few minutes must not be worse than one a day."""
    world = waiting_twins(tmp_path)
    for _ in range(16):
        world.run(minimum_age=HALF_A_DAY)
        world.clock.advance(hours=1)
    assert world.answered() == expected(1)


# ------------------------------------------------------------------------------------------- earlier mail

EARLIER = "Mon, 02 Nov 2026 09:00:00 +0100"


def test_a_dry_run_looks_through_earlier_mail_and_writes_nothing(world: World) -> None:
    tom = "Tom Li <tom.li@company-0.example>"
    earlier = mail("Hello.", sender=tom, date=EARLIER, message_id="<earlier@company-0.example>")
    world.mailbox.folders["Sent"].add(earlier)
    world.inbox.add(notice())
    world.inbox.add(rejection(1))
    for _ in range(2):
        drafted = world.run(dry_run=True).drafted
        assert [one.contact.address for one in drafted] == [
            "tom.li@company-0.example",
            "jane.doe@company-1.example",
        ]
    assert world.drafts.mails == {}
    ledger = Ledger(world.folder)
    assert ledger.entries(9) == []
    ledger.close()
    assert len(world.run().drafted) == 2
    assert world.answered() == {"<earlier@company-0.example>": 1, "<1.rejection@company-1.example>": 1}


def test_a_dry_run_makes_nothing_wait(tmp_path: Path) -> None:
    world = waiting_world(tmp_path)
    for _ in range(2):
        report = world.run(dry_run=True, minimum_age=HALF_A_DAY)
        assert (report.waiting, report.drafted) == (1, [])
    ledger = Ledger(world.folder)
    assert ledger.gaps.waits("personal", "INBOX", 7) == {}
    ledger.close()
    world.clock.advance(hours=12)
    assert len(world.run(dry_run=True, minimum_age=HALF_A_DAY).drafted) == 1


def test_new_mail_is_looked_at_after_earlier_mail_was(world: World) -> None:
    """Another folder is open meanwhile; UIDs of the inbox mean the inbox's mails again."""
    world.inbox.add(notice())
    for number in range(230):
        world.inbox.add(ordinary(number))
    world.inbox.add(rejection(1))
    report = world.run()
    assert (len(report.drafted), report.looked_at, report.failed) == (2, 232, 0)
    ledger = Ledger(world.folder)
    assert ledger.gaps.failed("personal", "INBOX", 7) == {}
    ledger.close()


def test_earlier_mail_that_cannot_be_searched_changes_nothing_else(world: World) -> None:
    world.mailbox.refuses_searches = True
    world.mailbox.closed_folders = {"Sent"}
    fill(world)
    assert len(world.run().drafted) == 2
    assert world.answered() == expected(2)


def test_an_old_mail_that_breaks_the_connection_stops_nothing_for_good(tmp_path: Path) -> None:
    world = World(tmp_path)
    old = mail("Hello.", sender="Tom Li <tom.li@company-0.example>", date=EARLIER)
    world.mailbox.breaking_uids = {world.inbox.add(old)}
    world.run()
    world.inbox.add(notice())
    world.inbox.add(rejection(1))
    for _ in range(5):
        with suppress(MailboxUnavailableError):
            world.run()
        world.clock.advance(minutes=15)
    assert len(world.drafts.mails) == 2


def test_a_notice_and_a_letter_far_apart_in_a_look_at_older_mail_meet(world: World) -> None:
    """The better addressee is chosen among all of them, not among two hundred."""
    world.inbox.add(notice())
    for number in range(230):
        world.inbox.add(ordinary(number))
    world.inbox.add(rejection(0))
    ledger = Ledger(world.folder)
    ledger.move_cursor("personal", "INBOX", Cursor(7, world.inbox.uidnext, world.clock()))
    ledger.close()
    report = world.run(since=timedelta(days=30))
    assert [one.contact.address for one in report.drafted] == ["jane.doe@company-0.example"]
