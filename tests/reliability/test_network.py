"""The network fails anywhere in a pass: the next ones make up for it, and nothing is doubled or lost."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.network import (
    ENDINGS,
    SHAPES,
    Place,
    cut,
    filled,
    impatient,
    places,
    quiet_pass,
    shaped,
    through,
)
from support.trial import FULL, some
from support.wire import CuttingProxy, Ending, Side, free_port

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(7200)]

PARTS = 8  # of a sweep, so that several processes share it


@pytest.fixture(scope="module")
def proxies(dovecot: Dovecot) -> Iterator[dict[bool, CuttingProxy]]:
    """A proxy before the plain port, and one before that of TLS."""
    with CuttingProxy(dovecot.imap_port) as plain, CuttingProxy(dovecot.imaps_port) as encrypted:
        yield {False: plain, True: encrypted}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_cut_after_any_byte(
    tmp_path: Path, dovecot: Dovecot, proxies: dict[bool, CuttingProxy], *, tls: bool, side: Side, part: int
) -> None:
    """By FIN, by RST or one way only: after each byte that either side says in a pass."""
    proxy = proxies[tls]
    said = len(quiet_pass(dovecot, tmp_path, proxy, tls=tls)[side])
    title = f"cut after any byte of the {side}" + (", in TLS" if tls else "")
    for after in some(range(1 + part, said, PARTS), 12, seed=part):
        trial, _ = cut(dovecot, tmp_path, proxy, Place(side, after), ENDINGS[after % len(ENDINGS)], tls=tls)
        trial.verify("6a", title)


@pytest.mark.parametrize("ending", ["close", "reset", "half", "silence"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_cut_in_the_handshake(
    tmp_path: Path, dovecot: Dovecot, proxies: dict[bool, CuttingProxy], side: Side, ending: Ending
) -> None:
    """It is the network that fails, never the certificate or the login."""
    proxy = proxies[True]
    proxy.keep()
    context = ssl.create_default_context(cafile=dovecot.ca_file)
    with (
        socket.create_connection((proxy.host, proxy.port)) as bare,
        context.wrap_socket(bare, server_hostname=proxy.host) as secure,
    ):
        secure.recv(1)
    shaken = proxy.passed[side] - 8  # a signature may be some bytes shorter
    for after in some(range(1, shaken), 100 if FULL else 12, seed=1):
        trial, broken = cut(dovecot, tmp_path, proxy, Place(side, after), ending, tls=True)
        assert broken
        assert "Check host, port and network" in str(broken) or "no TLS there" in str(broken)
        trial.verify("6b", "cut in the TLS handshake")


@pytest.mark.parametrize("ending", ["close", "reset", "half", "silence"])
def test_cut_in_the_worst_places(
    tmp_path: Path, dovecot: Dovecot, proxies: dict[bool, CuttingProxy], ending: Ending
) -> None:
    proxy = proxies[False]
    for title, place in places(quiet_pass(dovecot, tmp_path, proxy, tls=False)).items():
        trial, broken = cut(dovecot, tmp_path, proxy, place, ending, tls=False)
        assert broken, title
        trial.verify("6c", title)


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_black_hole(
    tmp_path: Path, dovecot: Dovecot, proxies: dict[bool, CuttingProxy], *, tls: bool
) -> None:
    """Silence after any byte: the pass ends by the read timeout, and the next one makes up for it."""
    proxy = proxies[tls]
    said = quiet_pass(dovecot, tmp_path, proxy, tls=tls)
    sides: tuple[Side, ...] = ("client", "server")
    for side in sides:
        for after in some(range(1, len(said[side])), 20, seed=len(side))[:: 10 if FULL else 1]:
            trial, _ = cut(dovecot, tmp_path, proxy, Place(side, after), "silence", tls=tls)
            trial.verify("6d", "silence after any byte (black hole)")
    trial = filled(dovecot, tmp_path)
    proxy.black_hole()
    with impatient():
        assert trial.fails(**through(proxy, dovecot, tls=tls))
    proxy.forward()
    trial.recover()
    trial.verify("6d", "silence after any byte (black hole)")


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("name", SHAPES)
def test_bytes_that_come_otherwise(
    tmp_path: Path, dovecot: Dovecot, proxies: dict[bool, CuttingProxy], *, name: str, tls: bool
) -> None:
    for _ in range(5 if FULL else 1):
        shaped(dovecot, tmp_path, proxies[tls], SHAPES[name], tls=tls).verify("6e", name)


def test_cut_again_and_again(tmp_path: Path, dovecot: Dovecot, proxies: dict[bool, CuttingProxy]) -> None:
    """Five cuts in a row, each a little later: what one pass left open, the next may be torn from as well."""
    proxy = proxies[False]
    said = len(quiet_pass(dovecot, tmp_path, proxy, tls=False)["client"])
    for first in some(range(said - 1900, said, 10), 12, seed=5):
        trial = filled(dovecot, tmp_path)
        tried = 0
        for nth in range(5):
            # The later passes are shorter: they only look for the draft.
            proxy.cut("client", first if nth == 0 else 60 + 47 * nth, ENDINGS[nth % len(ENDINGS)])
            tried += trial.fails(**through(proxy, dovecot, tls=False)) is not None
            trial.clock.advance(minutes=2)
        proxy.forward()
        trial.recover()
        trial.verify("6f", "cut five times in a row", tried=tried)


def test_a_server_that_is_gone_for_a_while(tmp_path: Path, dovecot: Dovecot) -> None:
    trial = filled(dovecot, tmp_path)
    for _ in range(20):
        assert trial.fails(port=free_port())
    trial.recover()
    trial.verify("6g", "nobody listens at the port", tried=20)
