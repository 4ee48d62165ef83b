"""A pass: exactly one draft for each rejection, whatever fails and whenever the power is cut."""

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from springback.draft import Style
from springback.errors import MailboxUnavailableError
from springback.ledger import Ledger
from springback.poller import Pass, PassOptions, PassReport
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
        **options: timedelta,
    ) -> PassReport:
        """Run one pass as a new process would."""
        fuse = fuse or Fuse()
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
    world.run()
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
