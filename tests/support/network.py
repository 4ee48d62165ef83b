"""Faults of the network between Springback and a real server, each with its recovery."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from springback.errors import MailboxUnavailableError
from support.dovecot import Dovecot
from support.mails import ordinary, receipt, rejection
from support.trial import Trial
from support.wire import CuttingProxy, Ending, Shape, Side

ENDINGS: tuple[Ending, ...] = ("close", "reset", "half")


def filled(dovecot: Dovecot, folder: Path, **account: Any) -> Trial:  # noqa: ANN401 - any key
    """Return a mailbox in which a rejection arrived, between mails that are none."""
    trial = Trial(dovecot, folder, **account)
    trial.arrive(ordinary(1))
    trial.arrive(rejection(1), answered=True)
    trial.arrive(receipt(1))
    return trial


def through(proxy: CuttingProxy, dovecot: Dovecot, *, tls: bool) -> dict[str, Any]:
    """Return what an account needs to reach the server by way of a proxy."""
    way: dict[str, Any] = {"host": proxy.host, "port": proxy.port}
    return {**way, "tls": True, "ca_file": dovecot.ca_file} if tls else way


def quiet_pass(dovecot: Dovecot, folder: Path, proxy: CuttingProxy, *, tls: bool) -> dict[Side, bytes]:
    """Return the bytes of a pass that nothing disturbs."""
    trial = filled(dovecot, folder)
    proxy.keep()
    trial.once(**through(proxy, dovecot, tls=tls))
    kept, proxy.kept = proxy.kept, None
    assert kept is not None
    return kept


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a pass: so many bytes of a side, counted from the end of the bytes `since` on.

    Lengths vary from pass to pass: a server may tell how long a command took.
    """

    side: Side
    after: int
    since: bytes = b""


@contextmanager
def impatient() -> Iterator[None]:
    """Let a server that is silent be given up after a moment, not after a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("springback.wire._READ_SECONDS", 0.5)
        patch.setattr("springback.wire._CONNECT_SECONDS", 0.5)
        yield


def cut(
    dovecot: Dovecot, folder: Path, proxy: CuttingProxy, place: Place, ending: Ending, *, tls: bool
) -> tuple[Trial, MailboxUnavailableError | None]:
    """Cut a pass at a place; return how it broke off, recovered since."""
    trial, cuts = filled(dovecot, folder), proxy.cuts
    proxy.cut(place.side, place.after, ending, since=place.since)
    # Only here: elsewhere a server on a busy machine may well take as long to answer.
    with impatient() if ending == "silence" else nullcontext():
        broken = trial.fails(**through(proxy, dovecot, tls=tls))
    assert proxy.cuts > cuts or not place.since, f"never reached: {place}"
    proxy.forward()
    trial.recover()
    return trial, broken


def places(kept: dict[Side, bytes]) -> dict[str, Place]:
    """Return the places in a pass that are worst to be cut at."""
    client, server = kept["client"], kept["server"]
    fetch = re.search(rb"BODY\[\]<0> \{((\d+)\}\r\n)", server)
    append = re.search(rb" APPEND ([^\r]* \{(\d+)\}\r\n)", client)
    assert fetch
    assert append
    assert server.count(b"+ OK\r\n") == 1

    def told(count: int) -> Place:
        return Place("server", len(fetch[1]) + count, b"BODY[]<0> {")

    def sent(count: int) -> Place:
        return Place("client", len(append[1]) + count, b" APPEND ")

    whole, size = int(fetch[2]), int(append[2])
    return {
        "cut in the literal of a FETCH": told(whole // 2),
        "cut after the literal of a FETCH, before its tag": told(whole),
        "cut before the server asks for the literal of an APPEND": sent(0),
        "cut in the literal of an APPEND": sent(size // 2),
        "cut before the last byte of the literal of an APPEND": sent(size - 1),
        "cut after the literal of an APPEND, before the line's end": sent(size),
        "cut after the literal of an APPEND, before the answer": sent(size + 2),
        "cut in the answer to an APPEND": Place("server", 20, b"+ OK\r\n"),
    }


def sizes(seed: int, most: int) -> Callable[[], int]:
    """Return a source of random sizes."""
    chance = random.Random(seed)  # noqa: S311 - cuts pieces, guards nothing
    return lambda: chance.randint(1, most)


SHAPES = {
    "every byte a packet of its own": Shape(pieces=lambda: 1),
    "packets of random sizes": Shape(pieces=sizes(1, 40)),
    "packets of random sizes, delayed": Shape(pieces=sizes(2, 400), pause=0.002),
    "answers merged into large packets": Shape(gather=0.02),
    "merged, then split anew": Shape(gather=0.01, pieces=sizes(3, 200)),
    "every packet delayed": Shape(pause=0.05),
}


def shaped(dovecot: Dovecot, folder: Path, proxy: CuttingProxy, shape: Shape, *, tls: bool) -> Trial:
    """Do a pass through a network that shapes it; that is no reason to fail."""
    trial = filled(dovecot, folder)
    proxy.shape(shape)
    try:
        assert len(trial.once(**through(proxy, dovecot, tls=tls)).drafted) == 1
    finally:
        proxy.forward()
    return trial
