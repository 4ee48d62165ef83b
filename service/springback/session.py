"""The one connection of an account: kept between passes, waiting for news, made anew when it broke."""

import socket
import time
from collections.abc import Callable

from springback.idle import Idle
from springback.mailbox import Mailbox

_APART = 60.0  # seconds between two logins, lest they look like hammering
_SHORT_WAITS = 3  # connections in a row that broke soon while waiting, until the account is polled


class Session:
    """A connection that comes and goes; one thread at a time uses it."""

    def __init__(self, connect: Callable[[], Mailbox], *, push: bool = True) -> None:
        self._connect = connect
        self._push = push
        self._mailbox: Mailbox | None = None
        self._logged_in = -_APART
        self._short_waits = 0
        self.socket: socket.socket | None = None  # where news will come in, while it is waited for

    @property
    def open(self) -> bool:
        """Whether there is a connection, for all that is known."""
        return self._mailbox is not None

    @property
    def rest(self) -> float:
        """Return in how many seconds another login is no hammering."""
        return max(0.0, self._logged_in + _APART - time.monotonic())

    def mailbox(self) -> Mailbox:
        """Return the connection, ready for commands; raises SpringbackError."""
        listened, self.socket = self.socket is not None, None
        if self._mailbox is None:
            self._mailbox = self._connect()
            self._logged_in = time.monotonic()
        elif listened:
            # Counted until it has ended well: a server whose IDLE is broken breaks it each time.
            self._short_waits += self.rest > 0
            if self._mailbox.stop_listening().refused:
                self._push = False
            self._short_waits = 0
        return self._mailbox

    def listen(self) -> bool:
        """Wait for news from now on, if the server tells them; return whether it does."""
        if self._mailbox and self._push and self._mailbox.pushes and self._short_waits < _SHORT_WAITS:
            self.socket = self._mailbox.listen()
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
