"""The connection of an account: kept, listened on, counted where it breaks."""

import socket

import pytest

from springback.errors import MailboxUnavailableError
from springback.idle import Idle
from springback.mailbox import Mailbox
from springback.session import Session


class FakeConnection(Mailbox):
    """A mailbox as far as a session needs it."""

    def __init__(self, *, pushes: bool = True, breaks: bool = False, refuses: bool = False) -> None:
        self._can_push = pushes
        self._breaks = breaks
        self._refuses = refuses
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
        idle.hear(b"IDLE1 NO\r\n" if self._refuses else b"IDLE1 OK\r\n")
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


def test_a_server_that_breaks_while_waited_for_is_polled() -> None:
    """Three new connections in a row that broke at once: waiting is given up, polling goes on."""
    session = Session(lambda: FakeConnection(breaks=True))
    for _ in range(3):
        session.mailbox()
        assert session.listen()
        with pytest.raises(MailboxUnavailableError):
            session.mailbox()
        session.drop()
    session.mailbox()
    assert not session.listen()


def test_a_server_that_refuses_to_push_is_not_asked_again() -> None:
    session = Session(lambda: FakeConnection(refuses=True))
    session.mailbox()
    assert session.listen()
    session.mailbox()
    assert not session.listen()


def test_a_dropped_connection_is_cut_and_forgotten() -> None:
    connection = FakeConnection()
    session = Session(lambda: connection)
    session.mailbox()
    session.listen()
    session.drop()
    assert connection.aborted
    assert not session.open
    assert session.socket is None
