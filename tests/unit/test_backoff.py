"""How long to wait: longer each time, never in step with others, and gently on a refused login."""

import random
from datetime import timedelta

import pytest

from springback.backoff import delay_after
from springback.errors import (
    FolderError,
    LedgerError,
    LoginRefusedError,
    MailboxUnavailableError,
    SpringbackError,
    ThrottledError,
    UnreachableError,
    VolumeError,
)

MINUTE = timedelta(minutes=1)


def delay(error: SpringbackError, failures: int, seed: int = 1) -> timedelta:
    return delay_after(error, failures, random.Random(seed))  # noqa: S311 - no secret


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 15), (6, 15), (10_000, 15)]
)
@pytest.mark.parametrize("error", [MailboxUnavailableError("x"), LedgerError("x")])
def test_the_wait_doubles_up_to_a_bound(error: SpringbackError, failures: int, minutes: int) -> None:
    for seed in range(20):
        assert MINUTE * minutes <= delay(error, failures, seed) <= MINUTE * minutes * 1.25


def test_two_daemons_do_not_come_back_in_step() -> None:
    waits = {delay(MailboxUnavailableError("x"), 3, seed) for seed in range(20)}
    assert len(waits) > 15


@pytest.mark.parametrize("error", [LoginRefusedError("x")])
def test_a_refused_login_rests_before_the_account_is_locked(error: SpringbackError) -> None:
    assert delay(error, 1) < timedelta(minutes=2)
    assert delay(error, 2) < timedelta(minutes=3)
    for failures in (3, 4, 100):
        assert delay(error, failures) >= timedelta(hours=6)


def test_a_missing_folder_waits_for_a_person() -> None:
    assert delay(FolderError("x"), 1) == delay(FolderError("x"), 9) == timedelta(minutes=15)


def test_a_server_that_is_down_is_tried_soon_and_then_less_often() -> None:
    waits = [delay(UnreachableError("x"), failures) for failures in (1, 2, 3, 9, 99)]
    assert timedelta(seconds=5) <= waits[0] <= timedelta(seconds=7)
    assert waits == sorted(waits)
    assert 15 * MINUTE <= waits[-1] <= 19 * MINUTE


def test_who_asks_to_be_left_alone_is() -> None:
    """Exchange tells for how long; Gmail doesn't, and is left alone for longer each time."""
    told = timedelta(milliseconds=299_961)
    for failures in (1, 5):
        assert told <= delay(ThrottledError("x", told), failures) <= told * 1.25
    assert delay(ThrottledError("x"), 1) >= 15 * MINUTE
    assert delay(ThrottledError("x"), 3) >= 60 * MINUTE
    assert delay(ThrottledError("x"), 50) <= timedelta(hours=8)


def test_a_used_up_volume_waits_for_the_next_day() -> None:
    assert delay(VolumeError("x", timedelta(hours=7)), 4) >= timedelta(hours=7)
