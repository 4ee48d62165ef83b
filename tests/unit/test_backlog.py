"""What is still to be looked at in an inbox: new mail, gaps, and what had to wait."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from springback.backlog import Backlog, Place
from springback.errors import CommandRefusedError, FetchBrokenError
from springback.ledger import Ledger
from support.fakes import Clock, FakeMailbox
from support.mails import ordinary

HOUR = timedelta(hours=1)


class Desk:
    """An inbox, a ledger and a clock; each look is made by a new process."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = FakeMailbox()
        self.inbox = self.mailbox.folders["INBOX"]
        self.ledger = Ledger(folder)
        self.clock = Clock()

    def look(self, *, dry_run: bool = False, reach: timedelta = timedelta()) -> Backlog:
        place = Place("personal", "INBOX", dry_run, reach)
        return Backlog(self.mailbox, self.ledger, place, clock=self.clock)

    def open(self, since: timedelta | None = None) -> list[int]:
        return self.look().open(since)

    def done(self) -> None:
        """Look at all that is there, and deal with it."""
        backlog = self.look()
        for uid in backlog.open(None):
            backlog.arrived(uid)
        backlog.mark(self.inbox.uidnext - 1, finished=True)

    def add(self, number: int = 1) -> list[int]:
        return [self.inbox.add(ordinary(count)) for count in range(number)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.add()
    desk.done()
    yield desk
    desk.ledger.close()


def test_the_first_start_leaves_what_is_there(desk: Desk) -> None:
    assert desk.open() == []
    assert not desk.look().first_start
    other = Backlog(desk.mailbox, desk.ledger, Place("other", "INBOX", dry_run=False), clock=desk.clock)
    assert other.open(None) == []
    assert other.first_start


def test_the_first_start_takes_what_is_asked_for(desk: Desk) -> None:
    other = Backlog(desk.mailbox, desk.ledger, Place("other", "INBOX", dry_run=False), clock=desk.clock)
    assert other.open(timedelta(days=30)) == [1]
    assert not other.first_start


def test_new_mail_is_looked_at_until_it_is_dealt_with(desk: Desk) -> None:
    new = desk.add(2)
    assert desk.open() == desk.open() == new
    desk.done()
    assert desk.open() == []


def test_a_mail_waits_until_it_is_due(desk: Desk) -> None:
    (uid,) = desk.add()
    backlog = desk.look()
    backlog.open(None)
    backlog.arrived(uid)
    backlog.wait(uid, desk.clock() + HOUR)
    backlog.mark(uid, finished=True)
    assert desk.open() == []
    desk.clock.advance(minutes=59)
    assert desk.open() == []
    desk.clock.advance(minutes=1)
    later = desk.look()
    assert later.open(None) == [uid]
    assert later.due(uid) == desk.clock()
    assert desk.open() == [uid]
    later.settled(uid)
    assert desk.open() == []


def test_waiting_is_kept_beside_new_mail(desk: Desk) -> None:
    first, second = desk.add(2)
    backlog = desk.look()
    backlog.open(None)
    backlog.wait(first, desk.clock() + HOUR)
    desk.done()
    desk.clock.advance(hours=1)
    third = desk.add()
    assert desk.open() == [first, *third]
    assert second not in desk.open()


def test_what_waits_is_not_due_before_its_time(desk: Desk) -> None:
    """It is looked at again after a sudden end, and where older mail is asked for."""
    (uid,) = desk.add()
    backlog = desk.look()
    backlog.open(None)
    backlog.wait(uid, desk.clock() + HOUR)
    again = desk.look()
    assert again.open(None) == [uid]
    assert again.due(uid) == desk.clock() + HOUR


def test_a_dry_run_makes_nothing_wait_and_settles_nothing(desk: Desk) -> None:
    (uid,) = desk.add()
    dry = desk.look(dry_run=True)
    dry.open(None)
    dry.wait(uid, desk.clock())
    dry.failed(uid, "no")
    dry.mark(uid, finished=True)
    assert desk.open() == [uid]
    assert desk.ledger.gaps.waits("personal", "INBOX", 7) == {}
    desk.ledger.gaps.wait("personal", "INBOX", 7, uid, desk.clock())
    dry = desk.look(dry_run=True)
    dry.open(None)
    dry.settled(uid)
    assert desk.ledger.gaps.waits("personal", "INBOX", 7) == {uid: desk.clock()}


def test_under_another_uidvalidity_nothing_waits_and_all_is_looked_at_again(desk: Desk) -> None:
    (uid,) = desk.add()
    backlog = desk.look()
    backlog.open(None)
    backlog.wait(uid, desk.clock() + HOUR)
    backlog.mark(uid, finished=False)
    desk.inbox.uidvalidity = 8
    again = desk.look()
    assert again.open(None) == [1, 2]
    assert again.due(uid) is None
    assert desk.ledger.gaps.waits("personal", "INBOX", 7) != {}
    again.arrived(1)
    again.arrived(2)
    again.mark(2, finished=True)
    assert desk.ledger.gaps.waits("personal", "INBOX", 7) == {}
    assert desk.open() == []


def test_a_look_back_that_breaks_off_starts_again(desk: Desk) -> None:
    new = desk.add(2)
    desk.inbox.uidvalidity = 8
    backlog = desk.look()
    backlog.open(None)
    backlog.mark(new[0], finished=False)
    assert desk.open() == [1, *new]


def test_what_waited_and_is_gone_is_forgotten(desk: Desk) -> None:
    (uid,) = desk.add()
    desk.ledger.gaps.wait("personal", "INBOX", 7, uid, desk.clock())
    del desk.inbox.mails[uid]
    backlog = desk.look()
    assert backlog.open(None) == [uid]
    assert backlog.mark(uid, finished=True) == 0
    assert desk.open() == []


def test_a_mail_that_fails_is_tried_three_times(desk: Desk) -> None:
    (uid,) = desk.add()
    for tries in (1, 2, 3):
        backlog = desk.look()
        assert backlog.open(None) == [uid]
        backlog.arrived(uid)
        backlog.failed(uid, "no")
        backlog.mark(uid, finished=True)
        assert desk.ledger.gaps.failed("personal", "INBOX", 7) == {uid: tries}
        desk.clock.advance(minutes=10)
    assert desk.open() == []
    assert desk.open(timedelta(days=1)) == [1, uid]


def fail(desk: Desk, refusal: CommandRefusedError | None = None) -> dict[int, int]:
    """Let the server give no answer for the mails of a pass; return how often each was tried."""
    backlog = desk.look()
    for uid in backlog.open(None):
        if refusal:
            backlog.refused(uid, refusal)
    backlog.mark(desk.inbox.uidnext - 1, finished=True)
    return desk.ledger.gaps.failed("personal", "INBOX", 7)


def test_tries_that_are_made_within_minutes_count_once(desk: Desk) -> None:
    """A server in trouble is asked again with each push: so soon it tells nothing new of a mail."""
    (uid,) = desk.add()
    counted = []
    for _minute in range(16):
        counted.append(fail(desk)[uid])
        desk.clock.advance(minutes=1)
    assert counted == [1] * 5 + [2] * 10 + [3]
    assert desk.open() == []


def test_a_clock_that_was_set_back_holds_up_no_count(desk: Desk) -> None:
    (uid,) = desk.add()
    assert fail(desk) == {uid: 1}
    desk.clock.advance(days=-400)
    assert fail(desk) == {uid: 2}


def test_an_outage_that_the_server_tells_of_gives_up_no_mail(desk: Desk) -> None:
    """A day of it counts as one try, so that a mail for which it never ends is told some day."""
    (uid,) = desk.add()
    trouble = CommandRefusedError("Can't fetch mails: [UNAVAILABLE] Storage is down", passing=True)
    for _hour in range(24):
        assert fail(desk, trouble) == {uid: 1}
        desk.clock.advance(hours=1)
    for tries in (2, 3):
        assert fail(desk, trouble) == {uid: tries}
        desk.clock.advance(days=2)
    (entry,) = desk.ledger.retries.stuck(["personal"])
    assert entry.reason.endswith("[UNAVAILABLE] Storage is down")


def test_a_mail_that_failed_and_was_dealt_with_is_no_gap(desk: Desk) -> None:
    (uid,) = desk.add()
    backlog = desk.look()
    backlog.open(None)
    backlog.failed(uid, "no")
    assert desk.ledger.gaps.failed("personal", "INBOX", 7) == {uid: 1}
    again = desk.look()
    again.open(None)
    again.settled(uid)
    assert desk.ledger.gaps.failed("personal", "INBOX", 7) == {}


def test_only_who_breaks_the_line_alone_is_counted(desk: Desk) -> None:
    one, two = desk.add(2)
    backlog = desk.look()
    backlog.open(None)
    assert backlog.suspect(FetchBrokenError("dead", [one, two])) == 0
    assert backlog.suspect(FetchBrokenError("dead", [two])) == 1
    assert desk.ledger.gaps.failed("personal", "INBOX", 7) == {one: 0, two: 1}
    assert backlog.suspect(FetchBrokenError("dead", [two])) == 1  # once more at once, on a new connection
    assert desk.ledger.gaps.failed("personal", "INBOX", 7) == {one: 0, two: 1}


def test_a_rescan_leaves_older_mail_alone(desk: Desk) -> None:
    now = desk.clock()
    backlog = desk.look()
    backlog.open(None)
    assert not backlog.is_older(now - timedelta(days=400))
    desk.inbox.uidvalidity = 8
    again = desk.look()
    again.open(None)
    assert again.is_older(now - timedelta(days=1))
    assert not again.is_older(now)
    assert not again.is_older(None)


def test_a_rescan_reaches_as_far_as_a_rejection_may_be_old(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a day more: servers go by days of their own zone."""
    asked: list[date] = []

    def uids_since(day: date) -> list[int]:
        asked.append(day)
        return []

    monkeypatch.setattr(desk.mailbox, "uids_since", uids_since)
    started = desk.clock()
    for days, reach, since in ((0, 14, 0), (100, 7, 86), (100, 60, 40), (100, 5_000, 0)):
        desk.clock.now = started + timedelta(days=days)
        desk.inbox.uidvalidity += 1
        desk.look(reach=timedelta(days=reach)).open(None)
        assert asked.pop() == (started - 4 * HOUR + timedelta(days=since - 1)).date()


def test_a_mail_that_was_on_its_way_at_the_first_start_counts_as_new(desk: Desk) -> None:
    """A new mailbox of Courier gets another UIDVALIDITY with its first mail, sent an hour before or so."""
    started = desk.clock()
    desk.inbox.uidvalidity = 99
    backlog = desk.look()
    backlog.open(None)
    assert not backlog.is_older(started - HOUR)
    assert backlog.is_older(started - timedelta(days=1))
