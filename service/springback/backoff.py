"""How long to wait after a failure: longer each time, never in step with others, never less than asked."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta

from springback.errors import (
    FolderError,
    LoginRefusedError,
    SpringbackError,
    ThrottledError,
    UnreachableError,
    VolumeError,
)

LOGIN_TRIES = 3  # a provider may lock an account after a few more
_FIRST_CONNECT = timedelta(seconds=5)
_FIRST = timedelta(seconds=60)  # servers dislike logins more often than that
_LONGEST = timedelta(minutes=15)
_LOGIN_REST = timedelta(hours=6)
_LONGEST_THROTTLED = timedelta(hours=6)


def delay_after(error: SpringbackError, failures: int, jitter: random.Random) -> timedelta:
    """Return the wait after the given number of failures of this kind since the last good pass.

    A refused login is tried three times and then rests, lest the provider locks the account. Where the
    server tells how long to stay away, it is never less.
    """
    doubled: int = 2 ** min(failures - 1, 10)
    if isinstance(error, VolumeError):
        return error.rest * jitter.uniform(1.0, 1.01)
    if isinstance(error, LoginRefusedError) and failures >= LOGIN_TRIES:
        return _LOGIN_REST
    if isinstance(error, FolderError):
        return _LONGEST
    if isinstance(error, ThrottledError):
        wait = error.rest or min(_LONGEST_THROTTLED, _LONGEST * doubled)
    elif isinstance(error, UnreachableError):
        wait = min(_LONGEST, _FIRST_CONNECT * doubled)
    else:
        wait = min(_LONGEST, _FIRST * doubled)
    return wait * jitter.uniform(1.0, 1.25)


class Backoff:
    """The failures of each account since its last good pass, by kind: no kind makes another forgotten."""

    def __init__(self, jitter: random.Random, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._jitter = jitter
        self._monotonic = monotonic
        self._until: dict[str, float] = {}
        self._counts: defaultdict[str, Counter[type[SpringbackError]]] = defaultdict(Counter)

    def remember(self, name: str, refused_logins: int) -> None:
        """Go on counting where an earlier run left off."""
        self._counts[name][LoginRefusedError] = refused_logins

    def failed(self, name: str, error: SpringbackError) -> timedelta:
        """Return how long to leave the account alone."""
        self._counts[name][type(error)] += 1
        wait = delay_after(error, self._counts[name][type(error)], self._jitter)
        reached = not isinstance(error, UnreachableError)
        self._until[name] = self._monotonic() + wait.total_seconds() if reached else 0.0
        return wait

    def rest_of(self, name: str) -> float:
        """Return for how many seconds more another try would be counted as one too many; 0 for none."""
        return max(0.0, self._until.get(name, 0.0) - self._monotonic())

    def went_well(self, name: str) -> None:
        """Forget the failures of an account."""
        self._counts.pop(name, None)
        self._until.pop(name, None)

    def forget_all(self) -> None:
        """Forget all failures: somebody wants another try."""
        self._counts.clear()
        self._until.clear()
