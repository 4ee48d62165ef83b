"""A disk without room: what can't be told costs no draft, what can't be recorded isn't sent."""

import resource
import shlex
import subprocess
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.mails import ordinary, rejection
from support.program import Program, Run

pytestmark = pytest.mark.dovecot

UNLIMITED = resource.RLIM_INFINITY


def redirected(program: Program, where: str) -> Run:
    """Return what a pass did whose output goes elsewhere; /dev/full takes nothing."""
    command = program._command(("run", "--once", "--since", "30d"))
    done = subprocess.run(  # noqa: S602 - a shell redirects as a person would
        f"{shlex.join(command)} {where}", shell=True, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
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
    assert "springback: personal: Can't print the report: No space left on device" in done.err
    assert "Traceback" not in done.err
    assert len(dovecot.messages(account_user, "Drafts")) == 2
    assert len(dovecot.messages(other, "Drafts")) == 1
