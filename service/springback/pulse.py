"""How the daemon itself is: signs of life of each turn, what the clock did, what systemd is told of it."""

import time
from collections.abc import Callable

import structlog

from springback.notify import Notifier

_STUCK = 900.0  # seconds without a sign of life from a turn; every command ends sooner
_HUNG = 120.0  # seconds over one mail, the server's answers aside; it takes one at most
_JUMP = 5.0  # seconds by which the clock may go wrong between two beats

log = structlog.get_logger()


class Pulse:
    """Beaten every few seconds by one thread; the signs come from the threads of the turns."""

    def __init__(
        self,
        notifier: Notifier,
        in_hand: Callable[[float], float | None],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what tells for how many seconds the oldest mail is in hand, at a monotonic time."""
        self._notifier = notifier
        self._in_hand = in_hand
        self._clock = clock
        self._monotonic = monotonic
        self._offset = clock() - monotonic()
        self._signs: dict[str, float] = {}
        self._stuck: list[str] = []
        self.silent: list[str] = []  # the accounts whose turns gave no sign of life, at the last beat

    @property
    def busy(self) -> list[str]:
        """Return the accounts whose turn it is."""
        return sorted(self._signs)

    def sign(self, name: str) -> None:
        """Note that an account's turn goes on."""
        self._signs[name] = self._monotonic()

    def done(self, name: str) -> None:
        """Note that an account's turn is over."""
        self._signs.pop(name, None)

    def beat(self) -> bool:
        """Tell systemd that all is well, if it is; return whether the clock was set or the machine slept.

        Timers go by the clock, and connections die in sleep.
        """
        now = self._monotonic()
        offset, before = self._clock() - now, self._offset
        self._offset = offset
        hung = (self._in_hand(now) or 0.0) > _HUNG
        signs = sorted(self._signs.items())
        self.silent = [name for name, sign in signs if now - sign > _STUCK]
        stuck = [name for name, _ in signs] if hung else self.silent
        if not stuck:
            self._notifier.alive()
        elif stuck != self._stuck:
            log.error("stuck", accounts=stuck, told="if it stays so, the watchdog ends the daemon")
        self._stuck = stuck
        return abs(offset - before) > _JUMP
