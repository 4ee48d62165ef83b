"""The power fails and the newest part of the ledger's log never reached the disk: still one draft each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.crashes import ForkServer, Trial
from support.dovecot import Dovecot
from support.scenarios import NEWER, OLDER, Scenario
from support.tally import record

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(3600)]

_HEADER, _FRAME = 32, 24 + 4096  # bytes (sqlite.org/fileformat2.html#walformat)


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A warm parent of the program."""
    with ForkServer() as started:
        yield started


@pytest.mark.parametrize("scenario", [NEWER, OLDER], ids=lambda scenario: scenario.name)
def test_the_end_of_the_log_is_lost(
    scenario: Scenario,
    full: bool,  # noqa: FBT001 - a fixture
    dovecot: Dovecot,
    tmp_path: Path,
    server: ForkServer,
) -> None:
    """Cut at every frame and amid it, while the server has all drafts: the ledger is older than Drafts."""
    before = scenario.before(dovecot, tmp_path, server)
    steps, wanted = scenario.uninterrupted(before, server)
    drafts = wanted["drafts"]
    assert isinstance(drafts, list)
    assert before.crash(server, len(steps), since=scenario.since)
    size = wal(before).stat().st_size
    frames = (size - _HEADER) // _FRAME
    assert frames * _FRAME + _HEADER == size
    assert frames > 20
    cuts = [0, 17] + [
        _HEADER + number * _FRAME + extra
        for number in range(0, frames, 1 if full else 7)
        for extra in (0, 24, _FRAME // 2)
    ]
    expected = found = changed = outside = 0
    for number, cut in enumerate(cuts):
        trial = before.copy()
        with wal(trial).open("r+b") as file:
            file.truncate(cut)
        if number % 2:
            trial.ledger.with_name("ledger.sqlite-shm").unlink()
        trial.recover(server, scenario.since)
        assert trial.drafts() == drafts, f"cut at {cut} of {size}"
        expected += len(drafts)
        found += len(trial.drafts())
        changed += trial.changed()
        outside += len(trial.outside())
        trial.remove()
    assert (changed, outside) == (0, 0)
    record(
        case="3",
        title=f"the end of the ledger's log lost: {scenario.name}",
        tried=len(cuts),
        expected=expected,
        found=found,
        changed=changed,
        outside=outside,
    )


def wal(trial: Trial) -> Path:
    """Return the write-ahead log of the ledger."""
    return trial.ledger.with_name("ledger.sqlite-wal")
