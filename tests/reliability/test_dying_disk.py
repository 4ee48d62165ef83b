"""A disk that fails or fills up at any write of the ledger: no intent, no draft; the rest is made good."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.crashes import ForkServer, Trial
from support.dovecot import Dovecot
from support.mails import rejection
from support.scenarios import NEWER
from support.tally import record

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A warm parent of the program."""
    with ForkServer() as started:
        yield started


def unrecorded(trial: Trial) -> list[object]:
    """Return the drafts that the ledger doesn't know."""
    known = {row[0] for row in trial.rows("SELECT message_id FROM drafts")}
    return [draft[0] for draft in trial.drafts() if draft[0] not in known]


def test_every_write_fails_from_a_step_on(
    full: bool,  # noqa: FBT001 - a fixture
    dovecot: Dovecot,
    tmp_path: Path,
    server: ForkServer,
) -> None:
    """An input/output error at each write of the ledger, INTENT and DONE among them, and at all after it."""
    before = NEWER.before(dovecot, tmp_path, server)
    steps, wanted = NEWER.uninterrupted(before, server)
    writes = [at for at, step in enumerate(steps, 1) if step.startswith("ledger")]
    tried = expected = found = changed = outside = 0
    for at in writes if full else writes[::4]:
        trial = before.copy()
        done = trial.run(server, fail_at=at, how="unwritable")
        # What fails in the last transaction, or after it, is found out at the next pass.
        assert done.code == 6 or at >= writes[-1], f"{steps[at - 1]}: {done.code} {done.text}"
        assert unrecorded(trial) == [], steps[at - 1]
        trial.recover(server)
        assert trial.state() == wanted, steps[at - 1]
        tried += 1
        expected += len(before.drafts()) + 4
        found += len(trial.drafts())
        changed += trial.changed()
        outside += len(trial.outside())
        trial.remove()
    record(
        case="4", title="input/output errors from a write of the ledger on", tried=tried, expected=expected,
        found=found, changed=changed, outside=outside,
    )  # fmt: skip


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB, for the ledger alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = "size=400k,mode=0700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", disk], capture_output=True, check=False
    )
    if done.returncode:
        text = "a disk of its own can be mounted by root only"
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(f"{text}, and wasn't: {done.stderr!r}")
        pytest.skip(text)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_the_disk_is_full_or_read_only(
    dovecot: Dovecot, tmp_path: Path, server: ForkServer, small_disk: Path
) -> None:
    """Told with what to do about it; when there is room again, all drafts are made, once."""
    trial = Trial.of(dovecot, tmp_path, [], history="0")
    state = trial.ledger.parent
    state.symlink_to(small_disk)
    trial.recover(server)
    trial.deliver([rejection(number) for number in range(3)])
    filler = small_disk / "filler"
    found = []
    for room in (0, 4, 8, 16, 24, 40, 60):  # kB that are left
        filler.unlink(missing_ok=True)
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(bytes(max(0, free - room * 1024)))
        done = trial.run(server)
        if done.code == 0:
            break
        assert done.code == 6, done.text
        assert "Make room on the disk" in done.text or "Check the disk and its room" in done.text, done.text
        filler.unlink()
        assert unrecorded(trial) == []
        found.append(done.text)
    assert found
    filler.unlink(missing_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = trial.run(server)
    assert done.code == 6, done.text
    assert "its disk may be written" in done.text
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    trial.recover(server)
    assert len({draft[1] for draft in trial.drafts()}) == len(trial.drafts()) == 3
    record(
        case="4b", title="a full disk, and a read-only one", tried=len(found) + 1, expected=3,
        found=len(trial.drafts()), changed=trial.changed(), outside=len(trial.outside()),
    )  # fmt: skip
