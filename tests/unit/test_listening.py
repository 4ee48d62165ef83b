"""What one server can't do to all the others while it is waited for."""

from types import SimpleNamespace

import pytest

from springback.listening import Listening

_TALK = b"* OK Still here\r\n"


class Talker:
    """The end of a connection to a server that never pauses; the clock goes on while it is read."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.now = 0.0
        self._seconds = seconds
        self._reads = 10_000  # that nobody should come near to

    def gettimeout(self) -> float:
        return 60.0

    def settimeout(self, seconds: float) -> None:
        pass

    def sendall(self, data: bytes) -> None:
        pass

    def recv(self, size: int) -> bytes:
        self._reads -= 1
        assert self._reads > 0, "it is listened to without an end"
        self.now += self._seconds
        return (b"+ idling\r\n" + _TALK * 1_000)[:size]


def listening_to(talker: Talker) -> Listening:
    """Return a wait on a connection where nothing has been read ahead."""
    file = SimpleNamespace(peek=lambda: b"")
    client = SimpleNamespace(socket=lambda: talker, _imap=SimpleNamespace(_file=file))
    return Listening(client, clock=lambda: talker.now)


def test_who_talks_without_a_pause_is_hung_up_on() -> None:
    """One thread listens to all accounts."""
    assert listening_to(Talker()).hear().gone


def test_who_talks_on_instead_of_ending_the_wait_is_hung_up_on() -> None:
    """Each read is answered in time, and the answer to DONE never comes."""
    with pytest.raises(TimeoutError, match="talks on"):
        listening_to(Talker(seconds=10.0)).stop()
