"""What the daemon notices of itself."""

import pytest
import structlog

from springback.notify import Notifier
from springback.pulse import Pulse


class Told(Notifier):
    """Counts what systemd would hear."""

    def __init__(self) -> None:
        super().__init__({})
        self.times = 0

    def alive(self) -> None:
        self.times += 1


class Times:
    """A clock on the wall and one that only goes forward."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 50.0
        self.told = Told()
        self.in_hand: float | None = None
        self.pulse = Pulse(
            self.told, lambda _: self.in_hand, clock=lambda: self.wall, monotonic=lambda: self.steady
        )

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def test_time_that_passes_is_no_jump() -> None:
    times = Times()
    for seconds in (5, 5.2, 300):
        times.pass_by(seconds)
        assert not times.pulse.beat()
    assert times.told.times == 3


@pytest.mark.parametrize("hours", [8, -24, 24, 1])
def test_sleep_and_a_set_clock_are_noticed_once(hours: int) -> None:
    """Suspended for eight hours; set a day back or forth; an hour, as who knows no time zones does."""
    times = Times()
    times.pass_by(5)
    times.wall += hours * 3_600
    assert times.pulse.beat()
    times.pass_by(5)
    assert not times.pulse.beat()


def test_a_turn_that_hangs_stops_the_watchdog_and_is_told_once() -> None:
    times = Times()
    times.pulse.sign("personal")
    times.pass_by(600)
    times.pulse.sign("personal")
    times.pass_by(600)
    times.pulse.beat()
    assert times.told.times == 1
    times.pass_by(400)
    with structlog.testing.capture_logs() as logs:
        times.pulse.beat()
        times.pulse.beat()
    assert [entry["event"] for entry in logs] == ["stuck"]
    assert times.told.times == 1
    times.pulse.done("personal")
    times.pulse.beat()
    assert times.told.times == 2
    assert times.pulse.busy == []


def test_a_mail_that_hangs_the_parser_stops_the_watchdog_sooner() -> None:
    times = Times()
    times.pulse.sign("personal")
    times.in_hand = 30.0
    times.pulse.beat()
    times.in_hand = 121.0
    times.pulse.beat()
    assert times.told.times == 1
