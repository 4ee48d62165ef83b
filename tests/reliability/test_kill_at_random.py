"""Killed at any moment, the daemon still makes exactly one draft for each rejection."""

import email
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.mails import ordinary, receipt, rejection
from support.program import Program, kill
from support.tally import record

pytestmark = pytest.mark.dovecot

REJECTIONS = 25
KILLS = 20


def answered(dovecot: Dovecot, user: str) -> Counter[str]:
    """Return how many drafts answer each mail."""
    drafts = dovecot.messages(user, "Drafts")
    return Counter(str(email.message_from_bytes(draft)["In-Reply-To"]) for draft in drafts)


def finish(program: Program) -> None:
    """Run passes until every draft is settled."""
    for _ in range(12):
        done = program.run("run", "--once", "--since", "30d")
        assert done.code == 0, done.err
        if "looked for at the next pass" not in done.out:
            return
        time.sleep(1.1)
    pytest.fail("drafts stay unsettled")


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
