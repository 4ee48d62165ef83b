"""What the daemon does with an account's connection after a pass."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from springback.config import Account
from springback.configfile import parse_config
from springback.daemon import Daemon
from springback.errors import LoginRefusedError, ThrottledError, UnreachableError
from springback.idle import Idle
from springback.ledger import Ledger
from springback.mailbox import Mailbox
from springback.passreport import PassReport
from springback.rounds import Rounds
from springback.workshop import load_toolbox

ACCOUNT = """
[[account]]
name = "{name}"
address = "robin@ellery.example"
full_name = "Robin Ellery"
host = "imap.ellery.example"
"""


class Line(Mailbox):
    """A connection to a server that pushes, and has nothing to tell."""

    def __init__(self, *, pushes: bool = True, seconds_to_close: float = 0.0) -> None:
        self._pushes = pushes
        self._seconds = seconds_to_close
        self.ended: str | None = None
        self._socket = socket.socket()
        self._socket.close()

    @property
    def pushes(self) -> bool:
        return self._pushes

    def stirred(self) -> bool:
        return False

    def listen(self) -> socket.socket:
        return self._socket

    def stop_listening(self) -> Idle:
        idle = Idle(b"IDLE1")
        idle.asked = True
        idle.hear(b"IDLE1 OK done\r\n")
        return idle

    def close(self) -> None:
        time.sleep(self._seconds)
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


class Scene:
    """A daemon that isn't run: its turns are done by the test, and every pass ends as that says."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        report: PassReport,
        line: Callable[[Account], Line],
        *,
        names: Iterable[str] = ("personal",),
        interval: str = "2m",
    ) -> None:
        self.made: list[Line] = []
        self.waits: list[float] = []
        self.due: dict[str, float] = {}
        self.names = [*names]
        text = f'[poll]\ninterval = "{interval}"\n' + "".join(
            ACCOUNT.format(name=name) for name in self.names
        )
        self.ledger = Ledger(folder)
        self._line = line
        config = parse_config(text, "config.toml", folder)
        rounds = Rounds(config, self.ledger, load_toolbox(), connect=self._connect)
        monkeypatch.setattr(rounds, "look", lambda *_, **__: report)
        self.daemon = Daemon(rounds)
        monkeypatch.setattr(self.daemon, "_later", self._later)

    def turn(self) -> None:
        """Give each account a turn."""
        for name in self.names:
            self.daemon._turn(name, news=False)

    def close(self) -> None:
        self.daemon._watch.close()
        self.ledger.close()

    def _connect(self, account: Account) -> Mailbox:
        self.made.append(self._line(account))
        return self.made[-1]

    def _later(self, name: str, seconds: float) -> None:
        self.waits.append(seconds)
        self.due[name] = seconds


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(
        report: PassReport,
        line: Callable[[Account], Line] = lambda _account: Line(),
        **wanted: Any,  # noqa: ANN401 - as Scene takes them
    ) -> Scene:
        made.append(Scene(tmp_path, monkeypatch, report, line, **wanted))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_draft_that_stays_refused_costs_one_login_not_one_for_each_pass(
    scene: Callable[..., Scene],
) -> None:
    """A mailbox may be full for days: the connection goes on listening for news all the while."""
    full = scene(PassReport(refused=1))
    for _ in range(6):
        full.turn()
    assert len(full.made) == 2, "the second asks for the folders' names: Drafts may be called otherwise now"
    (entry,) = full.ledger.health.last_passes()
    assert (entry.ok, entry.mode) == (True, "push")
    assert all(wait <= 120 for wait in full.waits)


@pytest.mark.parametrize("refused", [0, 1])
def test_a_server_that_pushes_is_looked_at_every_five_minutes_all_the_same(
    scene: Callable[..., Scene], refused: int
) -> None:
    """News are a hint, whatever the interval of those that are polled, and whatever is left to do."""
    slow = scene(PassReport(refused=refused), interval="1d")
    for _ in range(3):
        slow.turn()
    assert all(wait <= 300 for wait in slow.waits)


def test_a_connection_is_kept_for_mail_that_came_meanwhile(scene: Callable[..., Scene]) -> None:
    """A login for each turn would be a storm of them."""
    busy = scene(PassReport(more=True), lambda _: Line(pushes=False), interval="1h")
    for _ in range(4):
        busy.turn()
    assert len(busy.made) == 1


def test_a_turn_that_a_server_keeps_waiting_is_cut_short(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then keeps every single read in time."""
    waiting = scene(PassReport())
    waiting.turn()
    monkeypatch.setattr("springback.pulse._STUCK", 0.0)
    waiting.daemon._pulse.sign(waiting.names[0])
    waiting.daemon._beat()
    assert waiting.made[0].ended == "aborted"


def test_the_end_is_not_put_off_by_servers_that_are_slow_to_say_good_bye(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("springback.daemon._PATIENCE", 0.2)
    leaving = scene(
        PassReport(), lambda _: Line(pushes=False, seconds_to_close=0.05), names="abcdefghijklmnopqrst"
    )
    leaving.turn()
    leaving.daemon._upkeep.start()
    leaving.daemon._stop.set()
    leaving.daemon._timers.start()
    assert leaving.daemon._shut_down()
    assert {line.ended for line in leaving.made} == {"closed", "aborted"}


def test_a_clock_that_is_set_calls_nobody_who_rests(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password is tried three times, who throttles is left alone, however often a machine wakes."""
    errors = {
        "wrong": LoginRefusedError("wrong password"),
        "throttled": ThrottledError("too many", timedelta(hours=2)),
        "down": UnreachableError("no route"),
        "fine": None,
    }

    def line(account: Account) -> Line:
        error = errors[account.name]
        if error:
            raise error
        return Line()

    woken = scene(PassReport(), line, names=errors)
    called: list[str] = []
    monkeypatch.setattr(woken.daemon._watch, "call", called.append)
    jumps = iter([False, True, True, False])
    monkeypatch.setattr(woken.daemon._pulse, "beat", lambda: next(jumps))
    woken.turn()
    for _ in range(3):
        called.clear()
        woken.daemon._beat()
    assert called == ["down", "fine"]
    assert 7_000 < woken.due["throttled"] < 9_100
    woken.daemon._told_to_look = True
    called.clear()
    woken.daemon._beat()
    assert called == [*errors]
