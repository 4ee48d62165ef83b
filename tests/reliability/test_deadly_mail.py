"""A mail that kills the process is set aside after three deaths, and the others are answered."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.dying import ABORTS, KILLS
from support.mails import rejection
from support.program import Program

pytestmark = pytest.mark.dovecot

TESTS = Path(__file__).parents[1]


def run_mortal(program: Program, *arguments: str) -> int:
    """Run the program that dies over marked mails; return its exit code, below 0 for a signal."""
    done = subprocess.run(
        [sys.executable, "-m", "support.dying", *arguments, "--config", str(program.config)],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        cwd=program.folder,
    )
    return done.returncode


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("mark", "code"), [(KILLS, -signal.SIGKILL), (ABORTS, -signal.SIGABRT)], ids=["killed", "aborted"]
)
def test_a_mail_that_kills_the_process(
    tmp_path: Path, dovecot: Dovecot, account_user: str, mark: bytes, code: int
) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    assert program.run("run", "--once").code == 0
    deadly = mark + b"\r\n" + rejection(2)
    dovecot.fill(account_user, [rejection(1), deadly, rejection(3)])
    before = dovecot.snapshot(account_user)
    codes = [run_mortal(program, "run", "--once") for _ in range(4)]
    assert codes == [code, code, code, 0]
    answered = {line for draft in dovecot.messages(account_user, "Drafts") for line in draft.splitlines()}
    assert b"In-Reply-To: <1.rejection@company-1.example>" in answered
    assert b"In-Reply-To: <3.rejection@company-3.example>" in answered
    assert len(dovecot.messages(account_user, "Drafts")) == 2
    assert dovecot.snapshot(account_user) == before
    # Set aside for good: neither the next pass nor a look at older mail dies over it again.
    assert [run_mortal(program, "run", "--once", *more) for more in ((), ("--since", "30d"))] == [0, 0]
    assert "1 mail could not be dealt with and was set aside" in program.run("status").out
