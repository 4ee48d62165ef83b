"""A disk without room: what can't be told costs no draft, what can't be recorded isn't sent."""

import resource
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.mails import ordinary, rejection
from support.program import Program, Run

pytestmark = pytest.mark.dovecot

UNLIMITED = resource.RLIM_INFINITY


def redirected(program: Program, where: str) -> Run:
    """Return what a pass did whose output goes elsewhere; /dev/full takes nothing."""
    command = program._command(("run", "--once", "--since", "30d"))
    shell = ["sh", "-c", f"{shlex.join(command)} {where}"]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def program(tmp_path: Path, dovecot: Dovecot, account_user: str) -> Program:
    """A configured program; three mails wait in the inbox, two of them rejections."""
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    dovecot.fill(account_user, [rejection(1), ordinary(1), rejection(2)])
    return program


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_a_log_that_cannot_be_written_costs_no_draft(
    program: Program, dovecot: Dovecot, account_user: str, where: str
) -> None:
    done = redirected(program, where)
    assert "2 drafted" in done.out
    assert len(dovecot.messages(account_user, "Drafts")) == 2


def test_a_report_that_cannot_be_written_is_told_and_the_other_account_goes_on(
    program: Program, dovecot: Dovecot, account_user: str
) -> None:
    other = account_user.replace("@", "b@")
    dovecot.add_user(other)
    dovecot.fill(other, [rejection(3)])
    program.add_account(dovecot, other, name="other")
    done = redirected(program, ">/dev/full")
    assert done.code == 1
    assert "springback: personal: Can't print: No space left on device" in done.err
    assert "Traceback" not in done.err
    assert len(dovecot.messages(account_user, "Drafts")) == 2
    assert len(dovecot.messages(other, "Drafts")) == 1


@pytest.mark.timeout(90)
def test_the_daemon_waits_for_room(program: Program, dovecot: Dovecot, account_user: str) -> None:
    """No file takes a byte for a while: nothing is drafted that can't be recorded, later all of it is."""
    process = program.start("run")
    try:
        wait_for(lambda: program.next_look)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, UNLIMITED))
        dovecot.clear_commands(account_user)
        dovecot.deliver(account_user, rejection(3))
        wait_for(lambda: "UID FETCH" in dovecot.verbs(account_user))
        time.sleep(1)
        assert "APPEND" not in dovecot.verbs(account_user)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
        process.send_signal(signal.SIGHUP)  # look at once
        wait_for(lambda: len(dovecot.messages(account_user, "Drafts")) == 1)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0
    assert dovecot.verbs(account_user) <= ALLOWED | {"IDLE"}


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
