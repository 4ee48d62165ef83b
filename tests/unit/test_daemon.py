"""What the daemon does with an account's connection after a pass."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from springback.configfile import parse_config
from springback.daemon import Daemon
from springback.idle import Idle
from springback.ledger import Ledger
from springback.mailbox import Mailbox
from springback.poller import PassReport
from springback.rounds import Rounds
from springback.workshop import load_toolbox

CONFIG = """
[[account]]
name = "personal"
address = "robin@ellery.example"
full_name = "Robin Ellery"
host = "imap.ellery.example"
"""


class Line(Mailbox):
    """A connection to a server that pushes, and has nothing to tell."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.close()

    @property
    def pushes(self) -> bool:
        return True

    def stirred(self) -> bool:
        return False

    def listen(self) -> socket.socket:
        return self._socket

    def stop_listening(self) -> Idle:
        idle = Idle(b"IDLE1")
        idle.hear(b"IDLE1 OK done\r\n")
        return idle

    def abort(self) -> None:
        pass


def test_a_draft_that_stays_refused_costs_one_login_not_one_for_each_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox may be full for days: the connection goes on listening for news all the while."""
    made: list[Line] = []

    def connect(_account: object) -> Mailbox:
        made.append(Line())
        return made[-1]

    ledger = Ledger(tmp_path)
    rounds = Rounds(parse_config(CONFIG, "config.toml", tmp_path), ledger, load_toolbox(), connect=connect)
    monkeypatch.setattr(rounds, "look", lambda *_, **__: PassReport(refused=1))
    daemon = Daemon(rounds)
    waits: list[float] = []
    monkeypatch.setattr(daemon, "_later", lambda _name, seconds: waits.append(seconds))
    for _ in range(6):
        daemon._turn("personal", news=False)
    assert len(made) == 2  # the second asks for the folders' names, should Drafts be called otherwise now
    (entry,) = ledger.health.last_passes()
    assert (entry.ok, entry.mode) == (True, "push")
    assert all(wait <= timedelta(minutes=2).total_seconds() for wait in waits)
    daemon._watch.close()
    ledger.close()
