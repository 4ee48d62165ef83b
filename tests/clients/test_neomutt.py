"""A draft survives neomutt: recalled, edited and sent, it is still the reply it was."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.checks import broken, check
from clients.drafts import SITUATIONS, Situation, leave_draft
from clients.neomutt import Seen, recall_and_send, require_neomutt
from support.dovecot import Dovecot

pytestmark = pytest.mark.dovecot
Went = tuple[Situation, bytes, Seen]


@pytest.fixture(scope="module", params=SITUATIONS, ids=lambda situation: situation.name)
def went(request: pytest.FixtureRequest) -> Iterator[Went]:
    """A situation, its draft, and what neomutt made of that."""
    require_neomutt()
    situation: Situation = request.param
    # Short, as tmux puts its socket there.
    with Dovecot() as server, tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        draft = leave_draft(server, situation)
        yield situation, draft, recall_and_send(server, Path(folder))


def test_the_compose_screen_shows_who_writes_to_whom(went: Went) -> None:
    situation, _, seen = went
    lines = dict(line.strip().split(": ", 1) for line in seen.screen.splitlines() if ": " in line)
    shown = (lines["From"], lines["To"], lines["Subject"])
    assert shown == (situation.sender, situation.to, situation.subject)


def test_the_draft_reaches_the_editor_readable(went: Went) -> None:
    situation, _, seen = went
    assert situation.greeted in seen.edited.splitlines()[0]
    assert situation.quoted in seen.edited.splitlines()


def test_what_is_sent_is_the_draft_and_the_edit(went: Went) -> None:
    """Addressee, thread, letter, signature and quote, and nothing that tells of the program."""
    situation, draft, seen = went
    assert broken(check(situation, draft, seen.sent)) == []


def test_the_draft_is_gone_and_its_copy_stands_in_sent(went: Went) -> None:
    situation, draft, seen = went
    assert seen.drafts == 0
    assert broken(check(situation, draft, seen.copy)) == []
