"""What a monitor hears of an account and of the daemon."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from springback.entries import Holder, PassEntry
from springback.standing import (
    GONE,
    LOOK,
    Standing,
    account_problems,
    daemon_problems,
    exit_code,
    watches,
)

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUNNING = Holder(alive=True, pid=4711, started_at=NOW - MINUTE, version="1", task="daemon")
GOOD = PassEntry("a", NOW, NOW, ok=True, error=None, failures=0, looked_at=3, drafted=1, next_at=NOW + MINUTE)
FAILED = replace(GOOD, ok=False, error="Can't", failures=1, kind="MailboxUnavailableError")


def code(
    entry: PassEntry | None = GOOD,
    holder: Holder | None = RUNNING,
    *,
    drafts: Mapping[str, int] = {"done": 3, "intent": 1},
    set_aside: int = 0,
) -> int:
    standing = Standing("a", entry, drafts, set_aside, ())
    return exit_code(account_problems(standing, holder, NOW))


def test_a_good_pass_and_drafts_on_their_way_are_fine() -> None:
    assert code() == 0


@pytest.mark.parametrize(("count", "told"), [(1, "1 draft was refused"), (2, "2 drafts were refused")])
def test_one_draft_is_one(count: int, told: str) -> None:
    (problem,) = account_problems(Standing("a", GOOD, {"refused": count}, 0, ()), RUNNING, NOW)
    assert problem.text.startswith(told)


def test_what_is_stuck_needs_a_look() -> None:
    assert code(drafts={"parked": 1}) == LOOK
    assert code(drafts={"refused": 2}) == LOOK
    assert code(set_aside=1) == LOOK


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("LoginRefusedError", 3),
        ("SecretError", 3),
        ("FolderError", 5),
        ("LedgerError", 6),
        ("SpringbackError", 1),
        ("NobodyKnowsError", 1),
        ("annotations", 1),
        (None, 1),
    ],
)
def test_a_failure_tells_its_kind(kind: str | None, expected: int) -> None:
    assert code(replace(FAILED, kind=kind)) == expected


@pytest.mark.parametrize(
    ("succeeded", "expected"), [(NOW, 0), (NOW - 30 * MINUTE, 0), (NOW - 31 * MINUTE, 4), (None, 4)]
)
@pytest.mark.parametrize("kind", ["MailboxUnavailableError", "FetchBrokenError"])
def test_a_server_may_be_out_of_reach_for_half_an_hour(
    kind: str, succeeded: datetime | None, expected: int
) -> None:
    assert code(replace(FAILED, kind=kind, succeeded_at=succeeded)) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(-1, 0), (30, 0), (31, LOOK)])
def test_a_pass_that_does_not_come_is_told(minutes: int, expected: int) -> None:
    """As where a daemon is stopped, or hangs."""
    assert code(replace(GOOD, next_at=NOW - minutes * MINUTE)) == expected


def test_a_pass_of_ones_own_announces_no_next_one() -> None:
    assert code(replace(GOOD, next_at=None, succeeded_at=NOW - timedelta(days=9)), None) == 0


def test_a_first_pass_may_take_its_time() -> None:
    late = replace(RUNNING, started_at=NOW - 31 * MINUTE)
    assert [code(None, one) for one in (None, RUNNING, late, replace(RUNNING, alive=False))] == [1, 0, 1, 1]


def test_a_first_pass_that_never_ends_is_told_whatever_was_before() -> None:
    """As where a pass by hand went well a week ago, and the daemon's first turn hangs."""
    before = replace(GOOD, started_at=NOW - timedelta(days=7), next_at=None)
    late = replace(RUNNING, started_at=NOW - 31 * MINUTE)
    assert [code(before, one) for one in (None, RUNNING, late)] == [0, 0, LOOK]
    assert code(replace(before, started_at=NOW - 30 * MINUTE), late) == 0
    assert code(replace(before, ok=False, kind="FolderError"), late) == 5


def test_a_daemon_that_is_gone_is_missed() -> None:
    gone = replace(RUNNING, alive=False)
    once = Holder(alive=False, pid=5, started_at=NOW, version="1", task="once", missed=gone)
    for holder in (gone, once, replace(once, alive=True)):
        assert exit_code(daemon_problems(holder, ())) == GONE, "a pass by hand takes nobody's place"
    assert not watches(gone)
    assert daemon_problems(RUNNING, ()) == []
    assert watches(RUNNING)


def test_a_daemon_that_never_ran_is_not_missed() -> None:
    """Who calls `run --once` from a timer needs none."""
    for holder in (None, Holder(alive=False), replace(RUNNING, alive=False, task="once")):
        assert daemon_problems(holder, ()) == []
        assert not watches(holder)
    assert watches(Holder(alive=True)), "an earlier version signs nothing"
    assert not watches(replace(RUNNING, task="once"))


def test_refused_files_need_a_look() -> None:
    assert exit_code(daemon_problems(RUNNING, ["mine.toml: unknown key"])) == LOOK


def test_the_gravest_problem_counts() -> None:
    assert code(replace(FAILED, kind="FolderError"), set_aside=1) == 5
    assert exit_code([]) == 0
