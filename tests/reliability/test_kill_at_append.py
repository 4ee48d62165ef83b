"""SIGKILL between APPEND and its answer, and between the answer and COMMIT; stored by the server or not."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.crashes import ForkServer
from support.dovecot import Dovecot
from support.mails import rejection
from support.scenarios import Scenario
from support.tally import record
from support.wire import CuttingProxy

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(600)]

ONE = Scenario("one rejection", lambda: [rejection(1)], history="0")


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A warm parent of the program."""
    with ForkServer() as started:
        yield started


@pytest.mark.parametrize(
    ("step", "stored"),
    [
        ("wire: before literal of APPEND", False),  # swallowed by the network
        ("wire: before end of APPEND", False),
        ("wire: sent end of APPEND", True),
        ("wire: sent end of APPEND", False),  # the server took it, and lost it
        ("wire: answered end of APPEND", True),
        ("wire: answered end of APPEND", False),
        ("ledger: before UPDATE drafts SET", True),
        ("ledger: before UPDATE drafts SET", False),
    ],
)
def test_killed_around_an_append(
    dovecot: Dovecot, tmp_path: Path, server: ForkServer, step: str, *, stored: bool
) -> None:
    before = ONE.before(dovecot, tmp_path, server)
    steps, wanted = ONE.uninterrupted(before, server)
    trial = before.copy()
    box = dovecot.maildir(trial.user, "Drafts")
    with CuttingProxy(dovecot.imaps_port) as proxy:
        trial.configure(proxy.port)
        pid = trial.start(server, fail_at=steps.index(step) + 1, how="stop")
        wait_until_stopped(pid)
        reached = not step.startswith("wire: before")
        if reached:
            end = time.monotonic() + 10
            while not list(box.glob("cur/*")):
                assert time.monotonic() < end, "the draft isn't stored"
                time.sleep(0.01)
        else:
            proxy.black_hole()
            os.kill(pid, signal.SIGCONT)
            while not proxy.swallowed["client"]:  # then it waits for an answer that never comes
                time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        assert server.wait(trial.folder).code == -signal.SIGKILL
    trial.configure(dovecot.imaps_port)
    if reached and not stored:
        for file in box.glob("cur/*"):
            file.unlink()
    assert bool(list(box.glob("cur/*"))) == stored
    assert trial.open() == 1, "the intent is open"
    trial.recover(server)
    assert trial.state() == wanted
    record(
        case="2",
        title=f"SIGKILL {step.partition(': ')[2]}, {'stored' if stored else 'not stored'}",
        tried=1,
        expected=1,
        found=len(trial.drafts()),
        changed=trial.changed(),
        outside=len(trial.outside()),
    )


def wait_until_stopped(pid: int) -> None:
    """Wait until a process has stopped at its step."""
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < end
        time.sleep(0.005)
