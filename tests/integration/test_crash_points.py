"""Killed at the moments that matter most, the program ends where a quiet pass does.

Every step there is gets its crash in tests/reliability.
"""

from pathlib import Path

import pytest

from support.crashes import ForkServer
from support.dovecot import Dovecot
from support.mails import rejection
from support.scenarios import Scenario

pytestmark = pytest.mark.dovecot

MOMENTS = [
    "ledger: before INSERT INTO drafts",
    "ledger: before COMMIT",
    "ledger: after COMMIT",
    "wire: sent APPEND",
    "wire: amid literal of APPEND",
    "wire: sent end of APPEND",
    "wire: answered end of APPEND",
    "ledger: before UPDATE drafts",
    "ledger: before COMMIT",
    "ledger: after COMMIT",
    "ledger: before UPDATE cursors",
    "ledger: after COMMIT",
]


def test_killed_where_it_matters(tmp_path: Path, dovecot: Dovecot) -> None:
    scenario = Scenario("two rejections", lambda: [rejection(1), rejection(2)], history="0")
    with ForkServer() as server:
        before = scenario.before(dovecot, tmp_path, server)
        steps, wanted = scenario.uninterrupted(before, server)
        at = steps.index("ledger: before INSERT INTO mails")
        for moment in MOMENTS:
            at = next(number for number in range(at, len(steps)) if steps[number].startswith(moment)) + 1
            crashes, trial = scenario.crashed(before, server, (at,))
            assert crashes == 1
            assert trial.state() == wanted, moment
    drafts = wanted["drafts"]
    assert isinstance(drafts, list)
    assert len(drafts) == 2
