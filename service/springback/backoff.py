"""How long to wait after a failure: longer each time, never in step with others."""

import random
from datetime import timedelta

from springback.errors import FolderError, LoginRefusedError, SpringbackError

_FIRST = timedelta(seconds=60)  # servers dislike logins more often than that
_LONGEST = timedelta(minutes=15)
_LOGIN_TRIES = 3
_LOGIN_REST = timedelta(hours=6)


def delay_after(error: SpringbackError, failures: int, jitter: random.Random) -> timedelta:
    """Return the wait after the given number of failures of this kind in a row.

    A refused login is tried three times and then rests, lest the provider locks the account.
    """
    if isinstance(error, LoginRefusedError) and failures >= _LOGIN_TRIES:
        return _LOGIN_REST
    if isinstance(error, FolderError):
        return _LONGEST
    doubled: int = 2 ** min(failures - 1, 10)
    return min(_LONGEST, _FIRST * doubled) * jitter.uniform(1.0, 1.25)
