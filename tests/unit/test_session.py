"""The connection of an account: kept, listened on, counted where it breaks."""

import socket

import pytest

from springback.errors import MailboxUnavailableError
from springback.idle import Idle
from springback.mailbox import Mailbox
from springback.session import Session


class FakeConnection(Mailbox):
    """A mailbox as far as a session needs it."""

    def __init__(
        self, *, pushes: bool = True, breaks: bool = False, answer: bytes = b"OK", asked: bool = True
    ) -> None:
        self._can_push = pushes
        self._breaks = breaks
        self._answer = answer
        self._asked = asked
        self.aborted = False
        self._socket = socket.socket()
        self._socket.close()

    @property
    def pushes(self) -> bool:
        return self._can_push

    def listen(self) -> socket.socket:
        return self._socket

    def stop_listening(self) -> Idle:
        if self._breaks:
            raise MailboxUnavailableError("hung up")
        idle = Idle(b"IDLE1")
        idle.asked = self._asked
        idle.hear(b"IDLE1 %s\r\n" % self._answer)
        return idle

    def abort(self) -> None:
        self.aborted = True


def test_one_connection_serves_many_passes() -> None:
    made: list[FakeConnection] = []

    def connect() -> Mailbox:
        made.append(FakeConnection())
        return made[-1]

    session = Session(connect)
    for _ in range(5):
        session.mailbox()
        assert session.listen()
    assert len(made) == 1
    assert session.rest > 0


@pytest.mark.parametrize(("server", "wanted"), [(False, True), (True, False)])
def test_no_push_where_it_is_not_offered_or_not_wanted(server: bool, wanted: bool) -> None:  # noqa: FBT001 - as it is
    session = Session(lambda: FakeConnection(pushes=server), push=wanted)
    session.mailbox()
    assert not session.listen()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def waits(session: Session, clock: Clock, seconds: float) -> bool:
    """Wait for news so long, take commands again, and return whether news were waited for at all."""
    session.mailbox()
    listened = session.listen()
    clock.now += seconds
    try:
        session.mailbox()
    except MailboxUnavailableError:
        session.drop()
    return listened


@pytest.mark.parametrize(
    "server", [{"breaks": True}, {"asked": False}], ids=["breaks the connection", "ends the wait"]
)
def test_a_server_that_waits_for_no_two_minutes_is_polled_for_an_hour(server: dict[str, bool]) -> None:
    """Three times in a row: then a wait is given up, polling goes on, and the server may have been mended."""
    clock = Clock()
    session = Session(lambda: FakeConnection(**server), clock=clock)  # type: ignore[arg-type] # as listed
    assert [waits(session, clock, 61) for _ in range(5)] == [True, True, True, False, False]
    clock.now += 3_600
    assert waits(session, clock, 61)


def test_connections_that_break_after_a_while_are_made_anew() -> None:
    clock = Clock()
    session = Session(lambda: FakeConnection(breaks=True), clock=clock)
    assert all(waits(session, clock, 1_700) for _ in range(9))


def test_a_server_that_refuses_to_push_is_asked_again_after_an_hour() -> None:
    clock = Clock()
    session = Session(lambda: FakeConnection(answer=b"NO", asked=False), clock=clock)
    assert [waits(session, clock, 1) for _ in range(3)] == [True, False, False]
    clock.now += 3_600
    assert waits(session, clock, 1)


def test_a_dropped_connection_is_cut_and_forgotten() -> None:
    connection = FakeConnection()
    session = Session(lambda: connection)
    session.mailbox()
    session.listen()
    session.drop()
    assert connection.aborted
    assert not session.open
    assert session.socket is None
