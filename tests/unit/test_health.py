"""How accounts are doing, as the ledger remembers it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from springback.entries import PassEntry
from springback.health import Health
from springback.ledger import Ledger

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOD = PassEntry("a", NOW, NOW, ok=True, error=None, failures=0, looked_at=3, drafted=1, next_at=None)
PUSHED = replace(GOOD, mode="push", pushed_at=NOW, backlog=2)
FAILED = PassEntry(
    "a",
    NOW + MINUTE,
    None,
    ok=False,
    error="Can't log in",
    failures=2,
    looked_at=0,
    drafted=0,
    next_at=NOW + 2 * MINUTE,
    kind="LoginRefusedError",
)


@pytest.fixture
def health(tmp_path: Path) -> Iterator[Health]:
    ledger = Ledger(tmp_path)
    yield ledger.health
    ledger.close()


def test_each_account_has_one_last_pass(health: Health) -> None:
    for entry in (replace(GOOD, account="b"), GOOD, PUSHED):
        health.record_pass(entry)
    assert health.last_passes() == [PUSHED, replace(GOOD, account="b")]


def test_a_pass_without_a_push_keeps_the_last_push(health: Health) -> None:
    health.record_pass(PUSHED)
    health.record_pass(replace(GOOD, mode="push", started_at=NOW + MINUTE))
    (entry,) = health.last_passes()
    assert (entry.started_at, entry.pushed_at, entry.backlog) == (NOW + MINUTE, NOW, 0)


def test_a_failed_pass_keeps_what_it_does_not_know(health: Health) -> None:
    health.record_pass(PUSHED)
    health.record_pass(FAILED)
    (entry,) = health.last_passes()
    assert (entry.ok, entry.kind, entry.failures) == (False, "LoginRefusedError", 2)
    assert (entry.succeeded_at, entry.mode, entry.pushed_at, entry.backlog) == (NOW, "push", NOW, 2)


def test_failures_in_a_row_are_counted_whatever_their_kind(health: Health) -> None:
    """Whoever makes the passes: the daemon, its next start, or --once."""
    unreachable = replace(FAILED, failures=1, kind="UnreachableError")
    refused = replace(FAILED, failures=1, refused_logins=1)
    for entry in (GOOD, unreachable, refused, unreachable, refused, replace(FAILED, account="b", failures=1)):
        health.record_pass(entry)
    (a, b) = health.last_passes()
    assert (a.failures, a.refused_logins, b.failures) == (4, 2, 1)


def test_a_good_pass_ends_the_failures(health: Health) -> None:
    health.record_pass(FAILED)
    health.record_pass(GOOD)
    assert health.last_passes() == [GOOD]


def test_volume_is_counted_by_account_and_day_for_thirty_days(health: Health) -> None:
    first = date(2026, 11, 16)
    assert health.add_volume("a", first, 100) == 100
    assert health.add_volume("a", first, 2**40) == 2**40 + 100
    assert health.add_volume("b", first, 5) == 5
    assert health.add_volume("a", first + timedelta(days=30), 7) == 7
    assert health.volume("a", first) == 2**40 + 100
    health.add_volume("a", first + timedelta(days=31), 1)
    assert health.volume("a", first) == 0
    assert health.volume("a", first + timedelta(days=30)) == 7
    assert health.volume("c", first) == 0


def test_refused_files_are_told_until_they_are_fine(health: Health) -> None:
    assert health.refused_files() == []
    health.note_files(["mine.toml: unknown key 'rul'", "mine.toml: no language"])
    assert health.refused_files() == ["mine.toml: unknown key 'rul'", "mine.toml: no language"]
    health.note_files(["mine.toml: no language"])
    assert health.refused_files() == ["mine.toml: no language"]
    health.note_files(())
    assert health.refused_files() == []
