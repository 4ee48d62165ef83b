"""One thread that waits for all accounts at once: for news, for a timer, for the end of a turn.

Everything that decides whose turn it is happens in this thread, so nothing here needs a lock.
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

from springback.errors import MailboxUnavailableError
from springback.session import Session

_APART = 1.0  # seconds between two turns that a server brings about

Turn = Callable[[str, bool], None]  # account, and whether news brought it about


@dataclass
class _Seat:
    """What an account is doing."""

    session: Session
    busy: bool = False
    again: bool = False
    news: bool = False
    began: float = float("-inf")
    watched: socket.socket | None = None


class Watch:
    """Gives each account its turns: one at a time, and one more where it was called meanwhile."""

    def __init__(
        self, sessions: dict[str, Session], turn: Turn, pool: Executor, later: Callable[[str, float], None]
    ) -> None:
        """Take what does a turn and never raises, and what calls an account after some seconds."""
        self._seats = {name: _Seat(session) for name, session in sessions.items()}
        self._turn = turn
        self._pool = pool
        self._later = later
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._bell, self._rung = socket.socketpair()
        for end in (self._bell, self._rung):
            end.settimeout(0)
        self._selector.register(self._rung, selectors.EVENT_READ)

    @property
    def busy(self) -> list[str]:
        """Return the accounts whose turn it is."""
        return [name for name, seat in self._seats.items() if seat.busy]

    def call(self, name: str) -> None:
        """Give an account a turn soon; from any thread."""
        self._post(partial(self._begin, name))

    def run(self, stopping: Callable[[], bool], beat: Callable[[], None], every: float) -> None:
        """Watch until told to stop; `beat` is called every so many seconds."""
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        next_beat = time.monotonic()
        while not stopping():
            for key, _ in self._selector.select(max(0.0, next_beat - time.monotonic())):
                if key.data is None:
                    self._answer_bell()
                elif self._seats[key.data].watched is key.fileobj:  # else a turn has it since the bell
                    self._hear(key.data)
            if time.monotonic() >= next_beat:
                beat()
                next_beat = time.monotonic() + every

    def close(self) -> None:
        """Watch no more; turns that are under way go on."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._bell.close()
        self._rung.close()

    def _post(self, message: Callable[[], None]) -> None:
        self._posted.put(message)
        with suppress(OSError):  # full: it rings already; closed: nobody is there
            self._bell.send(b"\0")

    def _answer_bell(self) -> None:
        with suppress(BlockingIOError):
            self._rung.recv(4_096)
        while not self._posted.empty():
            self._posted.get()()

    def _begin(self, name: str, *, news: bool = False) -> None:
        seat = self._seats[name]
        seat.news = seat.news or news
        if seat.busy:
            seat.again = True
            return
        self._unwatch(seat)
        seat.busy, seat.again, seat.began = True, False, time.monotonic()
        brought, seat.news = seat.news, False
        self._pool.submit(self._do, name, brought)

    def _do(self, name: str, news: bool) -> None:  # noqa: FBT001 - as a turn is called
        try:
            self._turn(name, news)
        finally:
            self._post(partial(self._end, name))

    def _end(self, name: str) -> None:
        seat = self._seats[name]
        seat.busy = False
        if seat.again:
            self._begin(name)
        elif seat.session.socket:
            with suppress(OSError, ValueError):  # closed by now: to hear tells it
                self._selector.register(seat.session.socket, selectors.EVENT_READ, name)
                seat.watched = seat.session.socket
            self._hear(name)  # what came with the invitation is in no socket any more

    def _hear(self, name: str) -> None:
        """Take up news; what else a turn has to see to, it finds by itself."""
        seat = self._seats[name]
        try:
            idle = seat.session.hear()
        except (MailboxUnavailableError, ValueError):
            self._begin(name)
            return
        if not (idle.news or idle.gone or idle.ended):
            return
        wait = seat.began + _APART - time.monotonic()
        if wait > 0:
            seat.news = seat.news or idle.news
            self._unwatch(seat)
            self._later(name, wait)
        else:
            self._begin(name, news=idle.news)

    def _unwatch(self, seat: _Seat) -> None:
        watched, seat.watched = seat.watched, None
        if watched:
            self._selector.unregister(watched)
