"""A server that lies makes no second draft, and once it tells the truth each rejection has its draft."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.lies import Lie, believe, believe_in_doubt
from support.lineproxy import LineProxy
from support.lying import CURSOR, DRAFTS, PROTOCOL
from support.network import filled

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
