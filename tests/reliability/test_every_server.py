"""The program as a person runs it, on each server: one pass, and the daemon where push is switched off."""

import signal
import time
from pathlib import Path

import pytest

from springback.wire import ALLOWED
from support.imapserver import ImapServer
from support.job import answered, drafts_of, mailbox_of, require_threads
from support.mails import rejection
from support.program import Program

pytestmark = pytest.mark.parametrize("server", ["dovecot", "cyrus", "courier", "pymap"], indirect=True)


def test_one_pass_by_hand_and_a_daemon_that_polls(tmp_path: Path, server: ImapServer, user: str) -> None:
    program = Program(tmp_path)
    program.texts[0] = program.texts[0].replace("[poll]\n", "[poll]\npush = false\n")
    program.add_account(server, user)
    server.fill(user, mailbox_of(user))
    for told in ("5 drafted", "0 drafted"):
        done = program.run("run", "--once", "--since", "30d", timeout=120)
        assert done.code == 0, done.err
        assert told in done.out
    assert set(drafts_of(server, user)) == answered(1, 2, 3, 4, 5)
    require_threads(drafts_of(server, user))
    process = program.start("run")
    try:
        deadline = time.monotonic() + 90
        while "pass_done" not in program.log:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        server.deliver(user, rejection(6, to=user))
        before = server.snapshot(user)
        while len(drafts_of(server, user)) < 6:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0
    assert set(drafts_of(server, user)) == answered(1, 2, 3, 4, 5, 6)
    assert server.snapshot(user) == before
    assert server.verbs(user) <= ALLOWED - {"IDLE"}
