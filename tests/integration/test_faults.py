"""One of each kind of fault; all of them are in tests/reliability."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.lies import Lie, believe, believe_in_doubt
from support.lineproxy import LineProxy
from support.lying import PROTOCOL
from support.mails import ordinary
from support.network import SHAPES, cut, filled, places, quiet_pass, shaped
from support.wire import CuttingProxy

pytestmark = pytest.mark.dovecot


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[CuttingProxy]:
    with CuttingProxy(dovecot.imap_port) as proxy:
        yield proxy


def told(*titles: str) -> list[Lie]:
    """Return the lies of these titles."""
    return [next(lie for lie in PROTOCOL if lie.title == title) for title in titles]


@pytest.mark.parametrize("broken", ["a draft too few", "a draft too many", "a changed inbox", "a flag"])
def test_a_trial_notices(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """What the fault suites rely on: nothing of this kind passes unseen."""
    monkeypatch.delenv("SPRINGBACK_TALLY", raising=False)
    trial = filled(dovecot, tmp_path)
    if broken != "a draft too few":
        trial.recover()
    if broken == "a draft too many":
        dovecot.fill(trial.user, dovecot.messages(trial.user, "Drafts"), "Drafts")
    elif broken == "a changed inbox":
        dovecot.fill(trial.user, [ordinary(9)])
    elif broken == "a flag":
        mail = next((dovecot.maildir(trial.user) / "cur").iterdir())
        mail.rename(f"{mail}S")
    with pytest.raises(AssertionError):
        trial.verify("0", "noticed")


def test_cut_in_the_worst_places(tmp_path: Path, dovecot: Dovecot, proxy: CuttingProxy) -> None:
    for title, place in places(quiet_pass(dovecot, tmp_path, proxy, tls=False)).items():
        trial, broken = cut(dovecot, tmp_path, proxy, place, "reset", tls=False)
        assert broken, title
        trial.verify("6c", title)


def test_silence_in_an_append(tmp_path: Path, dovecot: Dovecot, proxy: CuttingProxy) -> None:
    """The answer never comes and nobody says so: the pass gives up, and the draft is found or made."""
    kept = places(quiet_pass(dovecot, tmp_path, proxy, tls=False))
    for title in ("cut in the literal of an APPEND", "cut after the literal of an APPEND, before the answer"):
        trial, broken = cut(dovecot, tmp_path, proxy, kept[title], "silence", tls=False)
        assert "store a draft" in str(broken)
        trial.verify("6d", "silence after any byte (black hole)")


def test_packets_of_random_sizes(tmp_path: Path, dovecot: Dovecot, proxy: CuttingProxy) -> None:
    name = "packets of random sizes"
    shaped(dovecot, tmp_path, proxy, SHAPES[name], tls=False).verify("6e", name)


@pytest.mark.parametrize(
    "lie",
    told("EXPUNGE in every answer", "a space after an empty search, and after any other"),
    ids=lambda lie: lie.title,
)
def test_a_lie(tmp_path: Path, dovecot: Dovecot, lie: Lie) -> None:
    with LineProxy(dovecot.imap_port) as proxy:
        believe(filled(dovecot, tmp_path), proxy, lie)


@pytest.mark.parametrize(
    "lie",
    told("every search is empty", "no answer about any mail", "NIL for every text"),
    ids=lambda lie: lie.title,
)
def test_a_lie_while_a_draft_is_looked_for(tmp_path: Path, dovecot: Dovecot, lie: Lie) -> None:
    """What isn't seen because the server doesn't show it isn't absent: no second draft is stored."""
    with LineProxy(dovecot.imap_port) as proxy:
        believe_in_doubt(filled(dovecot, tmp_path), proxy, lie)
