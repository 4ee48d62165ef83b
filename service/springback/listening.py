"""A connection in IDLE: its socket for a selector, what it hears without waiting, and the way back."""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from springback.idle import Idle

_CHUNK = 16_384
_AT_ONCE = 1_000_000  # bytes; who says more without a pause would keep all others waiting
_END_SECONDS = 60.0  # from DONE to the answer, whatever is told in between
_LATE = (BlockingIOError, ssl.SSLWantReadError)  # nothing more has come yet


class Listening:
    """An IMAPClient that waits in IDLE; it takes no other command until `stop` returns."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - IMAPClient has no types
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send IDLE; raises OSError."""
        self._clock = clock
        self.socket: socket.socket = client.socket()
        self._timeout = self.socket.gettimeout()
        self.idle = Idle(b"IDLE1")
        self.socket.sendall(self.idle.tag + b" IDLE\r\n")
        self.socket.settimeout(0)
        waiting = _buffered(client)
        if waiting:
            self.idle.hear(waiting)

    def hear(self) -> Idle:
        """Take up what has come by now, without waiting; raises OSError where the connection broke."""
        heard = 0
        with suppress(*_LATE):
            while not self.idle.gone:
                data = self.socket.recv(_CHUNK)
                heard += len(data)
                self.idle.hear(data if heard <= _AT_ONCE else b"")
        return self.idle

    def stop(self) -> Idle:
        """End IDLE, so that commands may follow; raises OSError where the connection is of no more use."""
        self.socket.settimeout(self._timeout)
        self._read_until(lambda idle: idle.invited or idle.ended)
        if not self.idle.ended:
            self.idle.asked = True
            self.socket.sendall(b"DONE\r\n")
        return self._read_until(lambda idle: idle.ended and idle.between_lines)

    def leave(self) -> None:
        """Say good-bye without waiting for an answer."""
        self.socket.settimeout(0.1)
        self.socket.sendall(b"DONE\r\nBYE1 LOGOUT\r\n")

    def _read_until(self, reached: Callable[[Idle], bool]) -> Idle:
        end = self._clock() + _END_SECONDS
        while not reached(self.idle):
            if self.idle.gone:
                raise ConnectionResetError("the server hung up while it was waited for")
            if self._clock() > end:
                raise TimeoutError("the server talks on instead of taking commands again")
            self.idle.hear(self.socket.recv(_CHUNK))
        return self.idle


def _buffered(client: Any) -> bytes:  # noqa: ANN401 - as above
    """Return what imaplib has read already but not used: a notice may have come with the last answer."""
    imap = client._imap  # noqa: SLF001 - no public way
    file = getattr(imap, "_file", None) or imap.file  # the former from Python 3.14 on
    try:
        waiting = file.peek()
    except _LATE:
        return b""
    return file.read(len(waiting)) if waiting else b""
