"""The one connection of an account: kept between passes, waiting for news, made anew when it broke."""

import socket
import time
from collections.abc import Callable

from springback.idle import Idle
from springback.mailbox import Mailbox

_APART = 60.0  # seconds between two logins, lest they look like hammering
_SHORT = 120.0  # seconds; a server that ends a wait sooner isn't one to wait for
_SHORT_WAITS = 3  # in a row, until the account is polled
_POLLED = 3_600.0  # seconds until waiting is tried again


class Session:
    """A connection that comes and goes; one thread at a time uses it."""

    def __init__(
        self,
        connect: Callable[[], Mailbox],
        *,
        push: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._push = push
        self._clock = clock
        self._mailbox: Mailbox | None = None
        self._logged_in = float("-inf")
        self._listened = 0.0
        self._short_waits = 0
        self._polled_until = float("-inf")
        self.socket: socket.socket | None = None  # where news will come in, while it is waited for

    @property
    def open(self) -> bool:
        """Whether there is a connection, for all that is known."""
        return self._mailbox is not None

    @property
    def rest(self) -> float:
        """Return in how many seconds another login is no hammering."""
        return max(0.0, self._logged_in + _APART - self._clock())

    def mailbox(self) -> Mailbox:
        """Return the connection, ready for commands; raises SpringbackError."""
        listened, self.socket = self.socket is not None, None
        if self._mailbox is None:
            self._mailbox = self._connect()
            self._logged_in = self._clock()
        elif listened:
            short = self._clock() < self._listened + _SHORT
            # Counted until it has ended well: a server whose IDLE is broken breaks it each time.
            self._short_waits += short
            idle = self._mailbox.stop_listening()
            if idle.refused:
                self._short_waits = _SHORT_WAITS
            elif not (short and idle.given_up):
                self._short_waits = 0
        return self._mailbox

    def listen(self) -> bool:
        """Wait for news from now on, if the server tells them; return whether it does."""
        now = self._clock()
        if self._short_waits >= _SHORT_WAITS:
            self._short_waits, self._polled_until = 0, now + _POLLED
        if self._mailbox and self._push and now >= self._polled_until and self._mailbox.pushes:
            self.socket, self._listened = self._mailbox.listen(), now
        return self.socket is not None

    def hear(self) -> Idle:
        """Return what was heard by now, without waiting; raises MailboxUnavailableError."""
        if self._mailbox is None:
            raise ValueError("there is no connection")
        return self._mailbox.hear()

    def drop(self) -> None:
        """Cut the connection, from any thread: after a failure its state is unknown."""
        mailbox, self._mailbox = self._mailbox, None
        self.socket = None
        if mailbox:
            mailbox.abort()

    def close(self) -> None:
        """Take leave of the server."""
        mailbox, self._mailbox = self._mailbox, None
        self.socket = None
        if mailbox:
            mailbox.close()
