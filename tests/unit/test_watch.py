"""Whose turn it is: on real sockets, with turns in real threads."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from springback.errors import MailboxUnavailableError
from springback.idle import Idle
from springback.session import Session
from springback.watch import Watch


class Line(Session):
    """An account that listens after each turn, on one end of a pair of sockets."""

    heard: Callable[[], None]

    def __init__(self) -> None:
        self.server, self.client = socket.socketpair()
        self.client.settimeout(0)
        self.socket = None
        self._idle = Idle(b"IDLE1")

    def listen(self) -> bool:
        self.socket = self.client
        self._idle = Idle(b"IDLE1")
        return True

    def hear(self) -> Idle:
        self.heard()
        try:
            self._idle.hear(self.client.recv(4_096))
        except BlockingIOError:
            pass
        except OSError as error:
            raise MailboxUnavailableError(str(error)) from None
        return self._idle


class Scene:
    """A watch over two accounts, run in a thread until the test ends."""

    def __init__(self) -> None:
        self.lines = {"ann": Line(), "ben": Line()}
        self.turns: list[tuple[str, bool]] = []
        self.later: list[tuple[str, float]] = []
        self.under_way: set[str] = set()
        self.together = False
        self.hold = threading.Event()
        self.hold.set()
        self.beats = 0
        self.overheard: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self._over = False
        self._pool = ThreadPoolExecutor(4)
        for name, line in self.lines.items():
            line.heard = partial(self._note_hearing, name)
        self.watch = Watch(
            dict(self.lines), self._turn, self._pool, lambda name, wait: self.later.append((name, wait))
        )
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over = True
        self.hold.set()
        self.gate.set()
        self._thread.join(10)
        self._pool.shutdown()
        self.watch.close()
        for line in self.lines.values():
            line.server.close()
            line.client.close()

    def until(self, turns: int) -> None:
        """Wait for so many turns."""
        end = time.monotonic() + 10
        while len(self.turns) < turns and time.monotonic() < end:
            time.sleep(0.005)
        assert len(self.turns) >= turns

    def _turn(self, name: str, news: bool) -> None:  # noqa: FBT001 - as Watch calls it
        self.together |= name in self.under_way
        self.under_way.add(name)
        self.lines[name].socket = None
        self.turns.append((name, news))
        self.hold.wait(10)
        self.lines[name].listen()
        self.under_way.discard(name)

    def _run(self) -> None:
        self.watch.run(lambda: self._over, self._beat, 0.05)

    def _beat(self) -> None:
        self.beats += 1
        self.gate.wait(10)

    def beat(self, times: int) -> None:
        """Wait for so many beats: what had come before the last but one was seen to."""
        end, wanted = time.monotonic() + 10, self.beats + times
        while self.beats < wanted and time.monotonic() < end:
            time.sleep(0.005)
        assert self.beats >= wanted

    def _note_hearing(self, name: str) -> None:
        if name in self.watch.busy:
            self.overheard.append(name)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    # Only a main thread may be woken by signals.
    monkeypatch.setattr("signal.set_wakeup_fd", lambda *_, **__: -1)
    monkeypatch.setattr("springback.watch._APART", 0.0)
    scene = Scene()
    scene.start()
    yield scene
    scene.stop()


def test_news_bring_a_turn_and_only_to_whom_they_are_for(scene: Scene) -> None:
    scene.watch.call("ann")
    scene.watch.call("ben")
    scene.until(2)
    scene.lines["ben"].server.send(b"+ idling\r\n* OK Still here\r\n")
    scene.lines["ben"].server.send(b"* 5 EXISTS\r\n")
    scene.until(3)
    assert scene.turns[2] == ("ben", True)
    time.sleep(0.1)
    assert len(scene.turns) == 3


def test_who_is_called_during_a_turn_has_one_more_and_never_two_at_once(scene: Scene) -> None:
    scene.hold.clear()
    scene.watch.call("ann")
    scene.until(1)
    for _ in range(5):
        scene.watch.call("ann")
    time.sleep(0.1)
    assert len(scene.turns) == 1
    scene.hold.set()
    scene.until(2)
    time.sleep(0.1)
    assert len(scene.turns) == 2
    assert not scene.together


def test_a_turn_has_its_connection_for_itself(scene: Scene) -> None:
    """A timer and news in the same moment: who has the turn reads the news, and nobody else does."""
    scene.watch.call("ann")
    scene.until(1)
    scene.beat(2)
    scene.hold.clear()
    scene.gate.clear()
    scene.beat(1)
    scene.watch.call("ann")
    scene.lines["ann"].server.send(b"* 5 EXISTS\r\n")
    scene.gate.set()
    scene.until(2)
    scene.beat(2)
    assert not scene.overheard


@pytest.mark.parametrize("said", [b"* BYE\r\n", b"IDLE1 BAD unknown\r\n", None])
def test_the_end_of_a_wait_brings_a_turn_without_news(scene: Scene, said: bytes | None) -> None:
    scene.watch.call("ann")
    scene.until(1)
    if said:
        scene.lines["ann"].server.send(said)
    else:
        scene.lines["ann"].server.close()
    scene.until(2)
    assert scene.turns[1] == ("ann", False)


def test_news_that_came_with_the_invitation_are_not_lost(scene: Scene) -> None:
    scene.hold.clear()
    scene.watch.call("ann")
    scene.until(1)
    scene.lines["ann"].server.send(b"* 4 EXISTS\r\n+ idling\r\n")
    scene.hold.set()
    scene.until(2)
    assert scene.turns[1] == ("ann", True)


def test_a_server_that_chatters_is_put_off(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("springback.watch._APART", 30.0)
    scene.watch.call("ann")
    scene.until(1)
    scene.lines["ann"].server.send(b"* 4 EXISTS\r\n")
    end = time.monotonic() + 10
    while not scene.later and time.monotonic() < end:
        time.sleep(0.005)
    assert [name for name, _ in scene.later] == ["ann"]
    assert len(scene.turns) == 1
    scene.watch.call("ann")
    scene.until(2)
    assert scene.turns[1] == ("ann", True)  # the news are not forgotten


def test_a_server_that_ends_each_wait_at_once_is_put_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("springback.watch._APART", 30.0)
    scene.lines["ann"].server.send(b"+ idling\r\nIDLE1 OK enough\r\n")
    scene.watch.call("ann")
    scene.until(1)
    scene.beat(2)
    assert [name for name, _ in scene.later] == ["ann"]
    assert len(scene.turns) == 1


def test_it_beats_while_nothing_happens(scene: Scene) -> None:
    end = time.monotonic() + 10
    while scene.beats < 3 and time.monotonic() < end:
        time.sleep(0.01)
    assert scene.beats >= 3
    assert not scene.turns
