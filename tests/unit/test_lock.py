"""Who works with a ledger: one process at a time, told to others."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from springback.entries import Holder
from springback.errors import LedgerError
from springback.lock import hold, last_holder

HOLDS = """
import pathlib, sys
from springback.lock import hold
with hold(pathlib.Path(sys.argv[1]), "daemon"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nobody_holds_a_ledger_at_first_and_asking_leaves_nothing_behind(tmp_path: Path) -> None:
    assert last_holder(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert last_holder(tmp_path / "nowhere") is None


def test_the_holder_is_told_and_when_it_is_gone(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with hold(tmp_path, "once"):
        found = last_holder(tmp_path)
        assert found is not None
        assert (found.pid, found.task, found.version) == (os.getpid(), "once", version("springback"))
        assert found.started_at is not None
        assert before <= found.started_at <= datetime.now(UTC)
        assert found.alive
    assert last_holder(tmp_path) == replace(found, alive=False)


def test_a_holder_that_was_killed_is_gone(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        found = last_holder(tmp_path)
        assert found
        assert (found.pid, found.task) == (process.pid, "daemon")
        with pytest.raises(LedgerError, match="another springback"), hold(tmp_path, "daemon"):
            pytest.fail("two processes hold the ledger")
        process.kill()
    assert last_holder(tmp_path) == replace(found, alive=False)
    with hold(tmp_path, "daemon"):
        pass


def test_a_daemon_that_is_gone_is_still_told_after_single_passes(tmp_path: Path) -> None:
    with hold(tmp_path, "once"):
        pass
    alone = last_holder(tmp_path)
    assert alone is not None
    assert alone.missed is None, "nobody misses a daemon that never ran"
    with hold(tmp_path, "daemon"):
        daemon = last_holder(tmp_path)
        assert daemon is not None
        assert daemon.missed is None
    gone = replace(daemon, alive=False)
    for _ in range(2):
        with hold(tmp_path, "once"):
            found = last_holder(tmp_path)
            assert found is not None
            assert (found.alive, found.task, found.missed) == (True, "once", gone)
        assert last_holder(tmp_path) == replace(found, alive=False)
    with hold(tmp_path, "daemon"):
        found = last_holder(tmp_path)
        assert found is not None
        assert (found.task, found.missed) == ("daemon", None)


def test_who_only_asks_keeps_nobody_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking takes the lock for a moment: a daemon that starts in that moment tries again."""
    (tmp_path / "lock").touch()
    asking = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    held = [asking]
    monkeypatch.setattr("time.sleep", lambda seconds: os.close(held.pop()) if seconds else None)
    with hold(tmp_path, "daemon"):
        assert last_holder(tmp_path)
    assert not held


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "[" * 1_000, '{"task": "daemon"}', '{"pid": 1}', '{"pid": 1, "started_at": 5}',
     '{"pid": 1, "started_at": "0001-01-01T00:00:00+14:00", "version": "1", "task": "daemon"}'],
)  # fmt: skip
def test_a_holder_that_tells_nothing_is_a_holder(tmp_path: Path, text: str) -> None:
    with hold(tmp_path, "daemon"):
        (tmp_path / "lock").write_text(text)
        assert last_holder(tmp_path) == Holder(alive=True)


def test_a_time_without_a_zone_is_the_time_here(tmp_path: Path) -> None:
    signed = {"pid": 1, "started_at": "2026-11-16T09:00:00", "version": "1", "task": "daemon"}
    (tmp_path / "lock").write_text(json.dumps(signed))
    found = last_holder(tmp_path)
    assert found
    assert found.started_at == datetime(2026, 11, 16, 9).astimezone(UTC)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_lock_that_is_no_file_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "lock")
    with pytest.raises(LedgerError, match=f"Can't read {tmp_path}/lock: it is no file. Remove it"):
        last_holder(tmp_path)


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="Can't lock"), hold(tmp_path / "nowhere", "daemon"):
        pytest.fail("there is no such folder")
