"""Servers that lie: how they are made of a true one, and what has to hold while and after they do."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from springback.errors import SpringbackError
from support.lineproxy import (
    Answer,
    Close,
    Item,
    LineProxy,
    OnClient,
    OnServer,
    outside_literals,
    pass_line,
    pass_response,
)
from support.trial import Trial

TAGGED = re.compile(rb"[A-Z]{4}\d+ ")


@dataclass(frozen=True)
class Lie:
    """A lie, and whether a draft has to come about all the same while it lasts."""

    case: str
    title: str
    on_server: OnServer = pass_response
    on_client: OnClient = pass_line
    harmless: bool = False
    passes: int = 2


def believe(trial: Trial, proxy: LineProxy, lie: Lie) -> None:
    """Do passes while the server lies; then let it tell the truth, recover, and require the invariants."""
    with telling(proxy, lie) as told:
        for _ in range(lie.passes):
            try:
                trial.once(port=proxy.port)
            except SpringbackError:
                assert not lie.harmless, lie.title
            trial.clock.advance(minutes=16)
            assert trial.answered() <= trial.wanted
    assert told, f"nothing was lied about: {lie.title}"
    if lie.harmless:
        assert trial.answered() == trial.wanted
    trial.recover(port=proxy.port)
    trial.verify(lie.case, lie.title, tried=len(told), port=proxy.port)


def believe_in_doubt(trial: Trial, proxy: LineProxy, lie: Lie) -> None:
    """Lose the answer to an APPEND, and let the server lie while the draft is looked for."""
    with telling(proxy, Lie("", "", hung_up(rb"^APPEND"))) as lost:
        assert trial.fails(port=proxy.port)
    assert lost
    trial.clock.advance(minutes=16)
    with telling(proxy, lie) as told:
        for _ in range(4):
            with suppress(SpringbackError):
                trial.once(port=proxy.port)
            trial.clock.advance(minutes=16)
            assert trial.answered() <= trial.wanted, f"a second draft: {lie.title}"
    trial.recover(port=proxy.port)
    title = "the answer to an APPEND is lost, and then each of the other lies is told"
    trial.verify("14h", title, tried=len(told), port=proxy.port)


@contextmanager
def telling(proxy: LineProxy, lie: Lie) -> Iterator[list[bytes]]:
    """Let the server lie, and keep what it lied about."""
    told: list[bytes] = []

    def on_server(response: bytes, command: bytes) -> Iterable[Item]:
        items = list(lie.on_server(response, command))
        if items != [response]:
            told.append(response)
        return items

    def on_client(line: bytes) -> Iterable[Item] | Answer:
        passed = lie.on_client(line)
        items = passed if isinstance(passed, Answer) else list(passed)
        if items != [line]:
            told.append(line)
        return items

    proxy.on_server, proxy.on_client = on_server, on_client
    try:
        yield told
    finally:
        proxy.on_server, proxy.on_client = pass_response, pass_line


def before_each_tag(*untagged: bytes) -> OnServer:
    """Return a server that says something unasked before each command's end."""

    def lie(response: bytes, command: bytes) -> Iterable[Item]:
        said = untagged if TAGGED.match(response) and command else ()
        return [*(line + b"\r\n" for line in said), response]

    return lie


def changed(change: Callable[[bytes, bytes], bytes | None]) -> OnServer:
    """Return a server whose answers are changed; None leaves one out."""

    def lie(response: bytes, command: bytes) -> Iterable[Item]:
        told = change(response, command)
        return [] if told is None else [told]

    return lie


def lines(change: Callable[[bytes], bytes]) -> OnServer:
    """Return a server whose lines are changed, but not its literals."""
    return lambda response, _command: [outside_literals(response, change)]


def without(pattern: bytes, command_has: bytes = b"") -> OnServer:
    """Return a server that leaves out the answers in which a pattern is found."""

    def lie(response: bytes, command: bytes) -> Iterable[Item]:
        return [] if re.search(pattern, response) and command_has in command else [response]

    return lie


def replaced(pattern: bytes, text: bytes) -> OnServer:
    """Return a server that says something else where a pattern is found outside literals."""
    return lines(lambda line: re.sub(pattern, text, line))


def refused(pattern: bytes, text: bytes) -> OnClient:
    """Return a server that says so instead of doing the commands in which a pattern is found."""

    def lie(line: bytes) -> Iterable[Item] | Answer:
        return Answer(b"{tag} " + text + b"\r\n") if re.search(pattern, line) else [line]

    return lie


def hung_up(pattern: bytes, last: bytes = b"", nth: int = 1) -> OnServer:
    """Return a server that hangs up, with some last words, instead of ending the nth command like that."""
    seen = 0

    def lie(response: bytes, command: bytes) -> Iterable[Item]:
        nonlocal seen
        if re.search(pattern, command) and TAGGED.match(response):
            seen += 1
            if seen == nth:
                return [last, Close()]
        return [response]

    return lie
