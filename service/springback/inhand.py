"""The mail in hand: a mark on disk that outlives the process, so that a mail that kills it is known.

An exception over a mail is noted at once. A crash in a C library, the kernel's answer to too much
memory and a watchdog leave no time for that: the mark is written before the mail is looked at and
wiped after, without fsync, for what is written stays when only the process dies.
"""

import json
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from time import monotonic

import structlog

_SLOT = 4_096  # bytes: a mark, and a page
_MAX_SLOTS = 64
_MAX_NUMBER = 2**63 - 1  # that the gap list can hold

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mark:
    """A mail, named as the gap list names it."""

    account: str
    folder: str
    uidvalidity: int
    uid: int


def written(mark: Mark) -> bytes:
    """Return a mark as it stands in the file; raises ValueError where it is too long for its slot."""
    text = json.dumps(astuple(mark)).encode()
    line = b"%08x %b\n" % (zlib.crc32(text), text)
    if len(line) > _SLOT:
        raise ValueError("the names of the account and the folder are too long")
    return line


def read(data: bytes) -> tuple[Mark, ...]:
    """Return the marks in the bytes of a file; never raises, what isn't a whole mark is none."""
    slots = (data[start : start + _SLOT] for start in range(0, min(len(data), _SLOT * _MAX_SLOTS), _SLOT))
    return tuple(dict.fromkeys(mark for mark in map(_mark_in, slots) if mark))


def _mark_in(slot: bytes) -> Mark | None:
    checksum, _, text = slot.partition(b"\n")[0].partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        account, folder, uidvalidity, uid = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    numbers = all(type(one) is int and 0 <= one <= _MAX_NUMBER for one in (uidvalidity, uid))
    if not (isinstance(account, str) and isinstance(folder, str) and numbers):
        return None
    return Mark(account, folder, uidvalidity, uid)


class InHand:
    """The mails that the workers of this process have in hand; nothing is written before `open`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "inhand"
        self._file: int | None = None
        self._changed = threading.Condition()
        self._since: dict[int, float] = {}  # by slot
        self._alone = 0  # who has, or waits for, a mail that nobody else works beside
        self._told = False

    def open(self) -> tuple[Mark, ...]:
        """Begin to leave marks; return those that a process left which died.

        Who can't leave any goes on without: a mail is answered all the same.
        """
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            return read(os.pread(self._file, _SLOT * _MAX_SLOTS, 0))
        except OSError as error:
            self._tell(error)
            return ()

    def wipe(self) -> None:
        """Wipe the marks that were left."""
        if self._file is not None:
            try:
                os.ftruncate(self._file, 0)
            except OSError as error:
                self._tell(error)

    def close(self) -> None:
        """Leave no marks any more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def hold(self, mark: Mark, *, alone: bool = False) -> Iterator[None]:
        """Leave a mark while a mail is looked at; a thread holds one at a time, and none where it waits.

        `alone` waits until no other mail is in hand: where a process died over several, nobody knows over
        which, and each is a suspect from then on.
        """
        slot = self._take(alone=alone)
        try:
            self._write(slot, mark)
            yield
        finally:
            self._write(slot, None)
            with self._changed:
                del self._since[slot]
                self._alone -= alone
                self._changed.notify_all()

    def oldest(self, now: float) -> float | None:
        """Return for how many seconds a mail has been worked on, the longest of them; None where none is.

        `now` is of the monotonic clock.
        """
        with self._changed:
            return max((now - since for since in self._since.values()), default=None)

    def _take(self, *, alone: bool) -> int:
        with self._changed:
            if alone:
                self._changed.wait_for(lambda: not self._alone)
                self._alone += 1
                self._changed.wait_for(lambda: not self._since)
            else:
                self._changed.wait_for(lambda: not self._alone)
            slot = next(number for number in range(len(self._since) + 1) if number not in self._since)
            self._since[slot] = monotonic()
            return slot

    def _write(self, slot: int, mark: Mark | None) -> None:
        if self._file is None or slot >= _MAX_SLOTS:
            return
        try:
            os.pwrite(self._file, written(mark) if mark else b"\n", slot * _SLOT)
        except (OSError, ValueError) as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Tell once that a mail that kills the process would not be known."""
        if not self._told:
            self._told = True
            log.warning("mail_in_hand_not_marked", file=str(self._path), error=error)
