"""Killed at any moment, the daemon still makes exactly one draft for each rejection."""

import random
import time
from pathlib import Path

import pytest

from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.endings import answered, finish
from support.mails import ordinary, receipt, rejection
from support.program import Program, kill
from support.tally import record

pytestmark = pytest.mark.dovecot

REJECTIONS = 25
KILLS = 20


@pytest.mark.timeout(300)
def test_kill_at_random(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """Again and again SIGKILL somewhere in the pass; then the mailbox is as after one quiet pass."""
    jitter = random.Random(20261116)  # noqa: S311 - chooses moments, guards nothing
    mails = [rejection(number) for number in range(REJECTIONS)]
    mails += [make(number) for make in (ordinary, receipt) for number in range(REJECTIONS)]
    jitter.shuffle(mails)
    dovecot.fill(account_user, mails)
    before = dovecot.snapshot(account_user)
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    for _ in range(KILLS):
        process = program.start("run", "--once", "--since", "30d")
        deadline = time.monotonic() + 20
        stored = len(dovecot.messages(account_user, "Drafts"))
        # The pass writes for a moment only: wait until it does, then strike at random.
        while process.poll() is None and time.monotonic() < deadline:
            if len(dovecot.messages(account_user, "Drafts")) > stored or stored == REJECTIONS:
                break
            time.sleep(0.001)
        time.sleep(jitter.uniform(0, 0.02))
        kill(process)
    finish(program)
    expected = {f"<{number}.rejection@company-{number}.example>": 1 for number in range(REJECTIONS)}
    found = answered(dovecot, account_user)
    changed = len(set(before.items()) ^ set(dovecot.snapshot(account_user).items()))
    outside = len(dovecot.verbs(account_user) - ALLOWED)
    record(
        case="1",
        title="killed at random moments",
        tried=KILLS,
        expected=REJECTIONS,
        found=found.total(),
        changed=changed,
        outside=outside,
    )
    assert found == expected
    assert not changed
    assert not outside
