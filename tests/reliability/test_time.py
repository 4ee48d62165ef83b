"""The clock is set, the machine sleeps, summer ends: no second draft, and none that never comes."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.lies import Lie, hung_up, telling
from support.lineproxy import LineProxy
from support.mails import rejection
from support.network import filled
from support.trial import FULL, Trial

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(3600)]

DAY = timedelta(days=1)
JUMPS = {
    "the clock is set a day ahead": DAY,
    "the clock is set a day back": -DAY,
    "summer time begins or ends": timedelta(hours=-1),
    "the machine sleeps for 8 hours": timedelta(hours=8),
}


class Jumping:
    """A clock that jumps when it is asked for the nth time."""

    def __init__(self, now: Callable[[], datetime], at: int, by: timedelta) -> None:
        self._now = now
        self._at = at
        self._by = by
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return self._now() + (self._by if self.asked >= self._at else timedelta())


@pytest.fixture(scope="module")
def proxy(dovecot: Dovecot) -> Iterator[LineProxy]:
    with LineProxy(dovecot.imap_port) as proxy:
        yield proxy


@pytest.mark.parametrize("lost", [False, True], ids=["quiet", "answer lost"])
@pytest.mark.parametrize("name", JUMPS)
def test_the_clock_jumps_in_a_pass(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy, *, name: str, lost: bool
) -> None:
    """Whenever the clock is asked; with the answer to APPEND coming or lost."""
    probe = Jumping((trial := filled(dovecot, tmp_path)).clock, 10_000, DAY)
    trial.once(clock=probe)
    for nth in range(1, probe.asked + 2):
        trial = filled(dovecot, tmp_path)
        jumping = Jumping(trial.clock, nth, JUMPS[name])
        with telling(proxy, Lie("", "", hung_up(rb"^APPEND") if lost else hung_up(rb"^NEVER"))):
            broken = trial.fails(port=proxy.port, clock=jumping)
        assert bool(broken) == lost
        trial.clock.now += JUMPS[name]
        trial.recover()
        trial.verify("19a", name + (", and the answer to APPEND is lost" if lost else ""))


@pytest.mark.parametrize("name", JUMPS)
def test_the_clock_jumps_between_passes(tmp_path: Path, dovecot: Dovecot, *, name: str) -> None:
    """There and back again, while rejections arrive and some have to wait for hours."""
    trial = Trial(dovecot, tmp_path)
    trial.minimum_age = timedelta(hours=3)
    for number in range(6):
        trial.arrive(rejection(number), answered=True)
        trial.once()
        trial.clock.now += JUMPS[name] * (-1) ** number
        trial.once()
    trial.clock.advance(days=1)
    trial.recover()
    trial.verify("19b", f"{name}, and is right again, between passes", tried=6)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"])
def test_any_zone_of_the_machine(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """Across the night in which summer time ends there."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        trial = Trial(dovecot, tmp_path)
        for number in range(20 if FULL else 5):
            trial.clock.advance(minutes=25)
            trial.arrive(rejection(number), answered=True)
            trial.once()
        trial.recover()
        trial.verify("19c", "any time zone of the machine", tried=1)
    finally:
        monkeypatch.undo()
        time.tzset()
