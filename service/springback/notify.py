"""Tells systemd how the daemon is: ready, alive, stopping; does nothing where systemd doesn't ask.

The protocol is a datagram of KEY=VALUE lines (sd_notify(3)). It never fails: the daemon is worth more
than the news of it.
"""

import contextlib
import os
import socket
from collections.abc import Mapping

_PATIENCE = 1.0  # seconds, where systemd is too busy to read


class Notifier:
    """The line to systemd, of the process that made it."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # "@" stands for the NUL that begins a name in the abstract namespace (unix(7)).
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._wanted = address.startswith(("/", "@"))
        self.interval = _interval(environment) if self._wanted else None

    def ready(self) -> None:
        """Tell that the start is finished."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Tell that the daemon isn't stuck; due every `interval` seconds where that isn't None."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that the daemon ends."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if not self._wanted:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(_PATIENCE)
            line.sendto(text.encode(), self._address)


def _interval(environment: Mapping[str, str]) -> float | None:
    """Return half of the time within which systemd wants to hear of this process, in seconds."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    usec = environment.get("WATCHDOG_USEC", "")
    return int(usec) / 2_000_000 if usec.isdecimal() and int(usec) else None
