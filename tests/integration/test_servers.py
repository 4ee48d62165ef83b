"""The whole job on servers that differ."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from springback.wire import ALLOWED
from support.imapserver import ImapServer
from support.job import answered, do_the_whole_job, drafts_of, take_drafts
from support.mails import ordinary, rejection
from support.program import Program

pytestmark = pytest.mark.parametrize("server", ["dovecot", "cyrus", "courier", "pymap"], indirect=True)


@pytest.fixture
def program(tmp_path: Path, server: ImapServer, user: str) -> Program:
    program = Program(tmp_path)
    program.add_account(server, user)
    return program


def test_every_rejection_gets_one_draft(program: Program, server: ImapServer, user: str) -> None:
    do_the_whole_job(program, server, user)


def test_what_a_person_took_is_not_made_again(program: Program, server: ImapServer, user: str) -> None:
    take_drafts(program, server, user)


def test_the_daemon_drafts_while_it_runs(program: Program, server: ImapServer, user: str) -> None:
    """The server tells of new mail, and the draft is there without anybody polling."""
    program.texts[0] = program.texts[0].replace('"1s"', '"1h"', 1)
    program.add_section("")
    process = program.start("run")
    try:
        wait_until(lambda: "IDLE" in server.verbs(user))
        server.deliver(user, rejection(1, to=user))
        server.deliver(user, ordinary(1))
        before = server.snapshot(user)
        wait_until(lambda: bool(drafts_of(server, user)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    assert process.returncode == 0
    assert set(drafts_of(server, user)) == answered(1)
    assert server.snapshot(user) == before
    assert server.verbs(user) <= ALLOWED


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)
