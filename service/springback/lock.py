"""One process at a time works with a ledger; the lock tells others which, and since when."""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from springback.entries import Holder, Task
from springback.errors import LedgerError

_TRIES, _PAUSE = 5, 0.02  # whoever asks for the holder has the lock for a moment
_LONGEST = 1_000  # bytes that are read of the file
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@contextmanager
def hold(folder: Path, task: Task) -> Iterator[None]:
    """Hold the ledger of a folder; raises LedgerError where another process does."""
    told = (
        f"Can't start: another springback works with {folder}. "
        "Stop it first, or give this one a paths.state of its own"
    )
    with _taken(folder, told) as handle:
        _sign(handle, task)
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from the ledger of a folder, unsigned; raises LedgerError where one works with it."""
    told = (
        f"Can't bring the ledger forward: an earlier Springback works with {folder}. "
        "Stop that one and save the ledger first, see docs/ledger.md"
    )
    with _taken(folder, told):
        yield


def last_holder(folder: Path) -> Holder | None:
    """Return which process works with the ledger of a folder, or last did; None where there was none."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait for a writer
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(f"Can't read {folder}/lock: {error.strerror}. Check whose folder it is") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise LedgerError(f"Can't read {folder}/lock: it is no file. Remove it while no springback runs")
        alive = _is_held(handle)
        return _signed(os.read(handle, _LONGEST), alive=alive)
    finally:
        os.close(handle)


@contextmanager
def _taken(folder: Path, told: str) -> Iterator[int]:
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LedgerError(f"Can't lock {folder}: {error.strerror}. Check whose folder it is") from None
    try:
        os.fchmod(handle, 0o600)  # who may open it could keep the daemon from starting
        if not _take(handle):
            raise LedgerError(told)
        yield handle
    finally:
        os.close(handle)


def _is_held(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _take(handle: int) -> bool:
    for attempt in range(_TRIES):
        time.sleep(_PAUSE if attempt else 0)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        return True
    return False


def _sign(handle: int, task: Task) -> None:
    """Write who holds the lock."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"pid": os.getpid(), "started_at": now, "version": version("springback"), "task": task}
    try:
        if task == "once":
            told["missed"] = _daemon_in(os.pread(handle, _LONGEST, 0))
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(told).encode(), 0)
    except OSError as error:
        raise LedgerError(f"Can't write the ledger's lock: {error.strerror}. Check the disk") from None


def _daemon_in(text: bytes) -> Any:  # noqa: ANN401 - as JSON has it
    """Return what the last daemon wrote, though passes were made without it since then, or None."""
    try:
        told = json.loads(text)
        return told if told["task"] == "daemon" else told.get("missed")
    except _UNREADABLE:
        return None


def _signed(text: bytes, *, alive: bool) -> Holder:
    try:
        return _holder(json.loads(text), alive=alive)
    except _UNREADABLE:
        return Holder(alive)  # it is just being written, or an earlier Springback did


def _holder(told: Any, *, alive: bool) -> Holder:  # noqa: ANN401 - as JSON has it
    started = datetime.fromisoformat(told["started_at"]).astimezone(UTC)
    missed = told.get("missed")
    before = _holder(missed, alive=False) if missed else None
    return Holder(alive, told["pid"], started, told["version"], told["task"], before)
