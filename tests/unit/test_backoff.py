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
