"""The program killed at every durable write and at every command: the end is that of a quiet pass."""

import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest
import sqlalchemy as sa
from alembic import command

from springback.migrations import alembic_config
from support.crashes import ForkServer, Trial
from support.dovecot import Dovecot
from support.mails import rejection
from support.scenarios import DAEMON, NEWER, OLDER, REFUSED, Scenario
from support.tally import record

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(5400)]

_SEED = 20261116
_LANES = min(2, os.cpu_count() or 1)


@pytest.fixture(scope="module")
def servers() -> Iterator[Sequence[ForkServer]]:
    """As many warm parents as crashes go on at once."""
    started = [ForkServer().__enter__() for _ in range(_LANES)]
    yield started
    for server in started:
        server.__exit__()


def sweep(
    scenario: Scenario,
    before: Trial,
    servers: Sequence[ForkServer],
    wanted: dict[str, object],
    points: Sequence[tuple[int, ...]],
    case: str,
) -> None:
    """Crash at each of the points, demand the wanted end of every one, and record what was counted."""
    free: SimpleQueue[ForkServer] = SimpleQueue()
    for server in servers:
        free.put(server)

    def one(at: tuple[int, ...]) -> tuple[tuple[int, int, int, int], str]:
        server = free.get()
        try:
            crashes, trial = scenario.crashed(before, server, at)
            state = trial.state()
        except AssertionError as error:
            return (0, 0, 0, 0), f"{at}: {error}"
        finally:
            free.put(server)
        differs = [name for name in wanted if state[name] != wanted[name]]
        told = f"{at}: {[(name, state[name]) for name in differs]}" if differs else ""
        numbers = crashes, len(trial.drafts()), trial.changed(), len(trial.outside())
        if not differs:
            trial.remove()
        return numbers, told

    with ThreadPoolExecutor(len(servers)) as lanes:
        results = list(lanes.map(one, points))
    wrong = [told for _, told in results if told]
    tried, found, changed, outside = (sum(numbers[i] for numbers, _ in results) for i in range(4))
    drafts = wanted["drafts"]
    assert isinstance(drafts, list)
    record(
        case=case,
        title=f"killed {'twice' if len(points[0]) > 1 else 'once'}: {scenario.name}",
        tried=tried,
        expected=len(drafts) * len(points),
        found=found,
        changed=changed,
        outside=outside,
    )
    assert not wrong, "\n".join(wrong[:5])
    assert tried >= len(points)


@pytest.mark.parametrize(
    ("scenario", "every", "doubles"),
    [(OLDER, 9, 10), (NEWER, 8, 20), (REFUSED, 13, 10)],
    ids=lambda value: value.name if isinstance(value, Scenario) else "",
)
def test_killed_at_a_step(
    scenario: Scenario,
    every: int,
    doubles: int,
    full: bool,  # noqa: FBT001 - a fixture
    dovecot: Dovecot,
    tmp_path: Path,
    servers: Sequence[ForkServer],
) -> None:
    """At any step once, and at any two: the drafts, the ledger and the inbox are as they should be."""
    before = scenario.before(dovecot, tmp_path, servers[0])
    steps, wanted = scenario.uninterrupted(before, servers[0])
    chance = random.Random(_SEED)  # noqa: S311 - chooses steps, guards nothing
    singles = range(1, len(steps) + 1, 1 if full else every)
    sweep(scenario, before, servers, wanted, [(at,) for at in singles], "1")
    # A run that repairs something has a third of the steps or more.
    pairs = [
        (chance.randint(1, len(steps)), chance.randint(1, 120)) for _ in range(doubles * (4 if full else 1))
    ]
    sweep(scenario, before, servers, wanted, pairs, "1b")


def test_the_daemon_is_killed(
    full: bool,  # noqa: FBT001 - a fixture
    dovecot: Dovecot,
    tmp_path: Path,
    servers: Sequence[ForkServer],
) -> None:
    """At a step of its first passes; later it waits for news and has no more steps."""
    before = DAEMON.before(dovecot, tmp_path, servers[0])
    steps, wanted = DAEMON.uninterrupted(before, servers[0])
    chance = random.Random(_SEED)  # noqa: S311 - chooses steps, guards nothing
    some = [(chance.randint(1, len(steps) - 10),) for _ in range(80 if full else 12)]
    sweep(DAEMON, before, servers, wanted, some, "1c")


@pytest.mark.parametrize("revision", [None, "0001", "0002"])
def test_killed_while_the_ledger_is_made(
    dovecot: Dovecot, tmp_path: Path, servers: Sequence[ForkServer], revision: str | None
) -> None:
    """At every statement that makes a ledger or brings an older one forward: the next start works."""
    before = Trial.of(dovecot, tmp_path, [rejection(1)])
    if revision:
        before.ledger.parent.mkdir()
        engine = sa.create_engine(f"sqlite:///{before.ledger}")
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), revision)
        engine.dispose()
    whole = before.copy()
    steps = whole.run(servers[0], "open").steps
    whole.recover(servers[0], since=30)
    wanted = whole.state()
    assert len(whole.drafts()) == 1
    found = changed = outside = 0
    for at in range(1, len(steps) + 1):
        trial = before.copy()
        assert trial.crash(servers[0], at, "open")
        trial.recover(servers[0], since=30)
        assert trial.state() == wanted, steps[at - 1]
        found += len(trial.drafts())
        changed += trial.changed()
        outside += len(trial.outside())
    record(
        case="1d",
        title=f"killed while the ledger is {'brought forward' if revision else 'made'}",
        tried=len(steps),
        expected=len(steps),
        found=found,
        changed=changed,
        outside=outside,
    )
