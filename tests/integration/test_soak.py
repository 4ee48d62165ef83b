"""What the soak calls broken: without this, a soak that is green would say nothing."""

import random
from pathlib import Path

import pytest

from bench.soakworld import World
from support.dovecot import Dovecot
from support.imapserver import session
from support.program import Program
from support.wire import CuttingProxy

pytestmark = pytest.mark.dovecot


def test_a_soak_sees_what_is_missing_doubled_or_changed(tmp_path: Path, dovecot: Dovecot) -> None:
    world = World(dovecot, tmp_path / "state" / "ledger.sqlite", random.Random(1))  # noqa: S311 - chooses mails
    world.add("soaked@example.test", CuttingProxy(dovecot.imaps_port))
    (box,) = world.boxes
    program = Program(tmp_path)
    program.add_account(dovecot, box.user)
    assert program.run("run", "--once").code == 0
    while len(box.wanted) < 2 or not box.hostile:
        world.mail_arrives()
    assert len(world.missing()) == len(box.wanted)
    assert world.broken_promises(), "no draft is there yet"
    assert program.run("run", "--once").code == 0
    assert world.missing() == []
    assert world.broken_promises() == []
    with session(dovecot, box.user) as client:
        client.select_folder("Drafts")
        before = client.search()
        client.copy(before[:1], "Drafts")
        assert world.broken_promises(), "a second draft"
        client.delete_messages([uid for uid in client.search() if uid not in before])
        client.expunge()
    for _ in range(8):
        world.person_acts()
    assert sum(count for deed, count in world.deeds.items() if deed.startswith("drafts")) >= 2
    assert world.broken_promises() == [], "a person may edit, send and delete"
    with session(dovecot, box.user) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search()[:1], [rb"\Seen"])
    with pytest.raises(AssertionError, match="was changed"):
        world.broken_promises()
