"""How long to wait: longer each time, never in step with others, and gently on a refused login."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from springback.backoff import Backoff, delay_after
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


REFUSED = LoginRefusedError("wrong password")


def refused_in_a_day(*between: SpringbackError) -> int:
    """Return how often a day a wrong password is tried where every third try fails in another way."""
    backoff = Backoff(random.Random(1))  # noqa: S311 - no secret
    errors = [REFUSED, REFUSED, *between] * 1_000
    time, refused = timedelta(), 0
    while time < timedelta(days=1):
        error = errors.pop(0)
        refused += error is REFUSED
        time += backoff.failed("personal", error)
    return refused


@pytest.mark.parametrize(
    "between", [[], [ThrottledError("too many login failures")], [UnreachableError("no such host")]]
)
def test_a_wrong_password_rests_whatever_else_fails(between: list[SpringbackError]) -> None:
    assert refused_in_a_day(*between) <= 6


def test_a_good_pass_and_a_wish_begin_anew() -> None:
    backoff = Backoff(random.Random(1))  # noqa: S311 - no secret
    forgetting: list[Callable[[], None]] = [lambda: backoff.went_well("personal"), backoff.forget_all]
    for forget in forgetting:
        backoff.remember("personal", 2)
        assert backoff.failed("personal", REFUSED) >= timedelta(hours=6)
        forget()
        assert backoff.failed("personal", REFUSED) < timedelta(minutes=2)


@pytest.mark.parametrize("error", [ThrottledError("x", timedelta(hours=2)), MailboxUnavailableError("x")])
def test_what_is_left_of_a_rest_is_told(error: SpringbackError) -> None:
    """By a clock that nobody sets, so that a wake-up doesn't cut it short."""
    now = 5_000.0
    backoff = Backoff(random.Random(1), lambda: now)  # noqa: S311 - no secret
    wait = backoff.failed("personal", error).total_seconds()
    now += 20
    assert backoff.rest_of("personal") == pytest.approx(wait - 20)
    assert backoff.rest_of("work") == 0
    now += wait
    assert backoff.rest_of("personal") == 0


def test_who_was_out_of_reach_rests_from_nothing() -> None:
    """A machine that wakes up has its network back, and nobody counts a login."""
    backoff = Backoff(random.Random(1))  # noqa: S311 - no secret
    backoff.failed("personal", ThrottledError("x"))
    backoff.failed("personal", UnreachableError("x"))
    assert backoff.rest_of("personal") == 0
    backoff.failed("personal", ThrottledError("x"))
    backoff.went_well("personal")
    assert backoff.rest_of("personal") == 0
