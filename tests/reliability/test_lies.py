"""A server that lies makes no second draft, and once it tells the truth each rejection has its draft."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.lies import Lie, believe, believe_in_doubt, changed, replaced, telling
from support.lineproxy import Answer, Item, LineProxy
from support.lying import CURSOR, DRAFTS, PROTOCOL
from support.mails import rejection
from support.network import filled
from support.trial import Trial

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def proxy(dovecot: Dovecot) -> Iterator[LineProxy]:
    with LineProxy(dovecot.imap_port) as proxy:
        yield proxy


@pytest.mark.parametrize("lie", [*PROTOCOL, *CURSOR, *DRAFTS], ids=lambda lie: lie.title)
def test_a_lie(tmp_path: Path, dovecot: Dovecot, proxy: LineProxy, lie: Lie) -> None:
    believe(filled(dovecot, tmp_path), proxy, lie)


@pytest.mark.parametrize("lie", [*PROTOCOL, *CURSOR, *DRAFTS], ids=lambda lie: lie.title)
def test_a_lie_while_a_draft_is_looked_for(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy, lie: Lie
) -> None:
    believe_in_doubt(filled(dovecot, tmp_path), proxy, lie)


def test_a_draft_larger_than_the_server_takes_is_not_sent(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy
) -> None:
    trial = filled(dovecot, tmp_path)
    proxy.clear_commands()
    limit = Lie("16d", "APPENDLIMIT", replaced(rb"(CAPABILITY IMAP4rev1)", rb"\1 APPENDLIMIT=100"))
    with telling(proxy, limit):
        assert trial.once(port=proxy.port).refused == 1
    assert "APPEND" not in proxy.verbs(trial.user)
    trial.recover(port=proxy.port)
    trial.verify("16d", "an APPENDLIMIT below the draft's size", port=proxy.port)


@pytest.mark.parametrize("told", ["NO [BADCHARSET] no such letters", "BAD no literal here"])
def test_a_literal_that_is_refused_is_no_dead_line(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy, told: str
) -> None:
    """The search for earlier mail goes without those words; the draft comes in the same pass."""
    trial = Trial(dovecot, tmp_path)
    trial.arrive(rejection(1).replace(b"Company 1", "Münzquelle GmbH".encode()), answered=True)

    def on_client(line: bytes) -> Iterable[Item] | Answer:
        literal = b"SEARCH" in line and line.rstrip().endswith(b"}")
        return Answer(b"{tag} " + told.encode() + b"\r\n") if literal else [line]

    plain = Lie("", "", changed(lambda response, _: response.replace(b" LITERAL+", b"")), on_client)
    with telling(proxy, plain) as lies:
        assert len(trial.once(port=proxy.port).drafted) == 1
    assert any(b"SEARCH" in one for one in lies)
    trial.verify("14f", "the literal of a search is refused", tried=len(lies), port=proxy.port)
