"""The line proxy of the tests: what it passes on, and what its hooks may do."""

import contextlib
import imaplib
import socket
from collections.abc import Iterable, Iterator

import pytest

from support.commands import commands_in, verbs_of
from support.dovecot import Dovecot
from support.lineproxy import Answer, Close, Item, LineProxy, Pause, outside_literals
from support.mails import ordinary

pytestmark = pytest.mark.dovecot

BODY = b"Subject: {7}\r\n\r\n* 1 FETCH (FLAGS ())\r\na OK {3}\r\n"


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[LineProxy]:
    with LineProxy(dovecot.imap_port) as proxy:
        yield proxy


@contextlib.contextmanager
def logged_in(proxy: LineProxy, user: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", proxy.port, timeout=10)
    client.login(user, "secret")
    yield client
    client.shutdown()


class Wire:
    """A client that says and hears bare lines."""

    def __init__(self, proxy: LineProxy) -> None:
        self._socket = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        self._file = self._socket.makefile("rb")
        self.hear()

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self) -> bytes:
        return self._file.readline()

    def until(self, start: bytes) -> bytes:
        while True:
            line = self.hear()
            if not line or line.startswith(start):
                return line

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture
def wire(proxy: LineProxy, account_user: str) -> Iterator[Wire]:
    wire = Wire(proxy)
    wire.say(f"l LOGIN {account_user} secret\r\n".encode())
    wire.until(b"l OK")
    yield wire
    wire.close()


def test_everything_passes_untouched(proxy: LineProxy, dovecot: Dovecot, account_user: str) -> None:
    """Literals that look like IMAP arrive byte for byte, in both directions."""
    with logged_in(proxy, account_user) as client:
        assert client.append("Drafts", "", "", BODY)[0] == "OK"
        client.select("Drafts", readonly=True)
        fetched = client.fetch("1", "(BODY.PEEK[])")[1]
    assert isinstance(fetched[0], tuple)
    assert fetched[0][1] == BODY
    assert dovecot.messages(account_user, "Drafts") == [BODY]


def test_commands_are_recorded_for_each_user(proxy: LineProxy, dovecot: Dovecot, account_user: str) -> None:
    dovecot.add_user(f"b{account_user}")
    with logged_in(proxy, account_user) as client, logged_in(proxy, f"b{account_user}") as other:
        client.append("Drafts", "", "", BODY)
        client.select(readonly=True)
        client.uid("SEARCH", "ALL")
        other.noop()
    assert proxy.verbs(account_user) == {"CAPABILITY", "LOGIN", "APPEND", "EXAMINE", "UID SEARCH"}
    assert b"APPEND Drafts {%d}" % len(BODY) in proxy.commands(account_user)
    assert proxy.verbs(f"b{account_user}") == {"CAPABILITY", "LOGIN", "NOOP"}
    assert proxy.accepted == 2
    proxy.clear_commands()
    assert proxy.commands() == []


def test_lines_of_the_server_are_dropped_changed_and_inserted(wire: Wire, proxy: LineProxy) -> None:
    def lie(response: bytes, command: bytes) -> Iterable[Item]:
        if command == b"CAPABILITY" and response.startswith(b"*"):
            return [response.replace(b" IDLE", b""), b"* 99 EXISTS\r\n"]
        if response.startswith(b"* LIST") and b"Trash" in response:
            return []
        return [response]

    proxy.on_server = lie
    wire.say(b"a CAPABILITY\r\n")
    told = wire.hear()
    assert told.startswith(b"* CAPABILITY IMAP4rev1")
    assert b" IDLE" not in told
    assert wire.hear() == b"* 99 EXISTS\r\n"
    assert wire.hear().startswith(b"a OK")
    wire.say(b'b LIST "" *\r\n')
    assert b"Trash" not in wire.until(b"b OK")


@pytest.mark.parametrize("announced", [b"{5}", b"{5+}"])
def test_a_swallowed_command_never_reaches_the_server(
    wire: Wire, proxy: LineProxy, account_user: str, dovecot: Dovecot, announced: bytes
) -> None:
    """The client is answered, and the conversation goes on after its literals."""
    proxy.on_client = lambda line: Answer(b"{tag} BAD no\r\n") if b"APPEND" in line else [line]
    wire.say(b"a APPEND Drafts " + announced + b"\r\n")
    if announced.endswith(b"+}"):
        wire.say(b"hello\r\n")
    assert wire.hear() == b"a BAD no\r\n"
    wire.say(b"b NOOP\r\n")
    assert wire.hear().startswith(b"b OK")
    assert proxy.commands(account_user)[1:] == [b"APPEND Drafts " + announced, b"NOOP"]
    assert "APPEND" not in dovecot.verbs(account_user)


def test_a_refused_literal_is_followed_by_a_command(wire: Wire) -> None:
    """The server says NO instead of "+": the next bytes are a command, not the literal."""
    wire.say(b"a APPEND Missing {5}\r\n")
    assert wire.hear().startswith(b"a NO [TRYCREATE]")
    wire.say(b"b NOOP\r\n")
    assert wire.until(b"b").startswith(b"b OK")


def test_several_literals_in_one_command(wire: Wire, proxy: LineProxy, account_user: str) -> None:
    wire.say(b"a SELECT {5}\r\n")
    assert wire.hear().startswith(b"+")
    wire.say(b"INBOX\r\n")
    wire.until(b"a OK")
    wire.say(b"b UID SEARCH SUBJECT {3+}\r\nabc FROM {2}\r\n")
    assert wire.hear().startswith(b"+")
    wire.say(b"de\r\n")
    assert wire.until(b"b").startswith(b"b OK")
    assert proxy.commands(account_user)[-1] == b"UID SEARCH SUBJECT {3+} FROM {2}"


def test_idle(wire: Wire, proxy: LineProxy, dovecot: Dovecot, account_user: str) -> None:
    """Pushes come through, the hook knows the command, and DONE is no command of its own."""
    told: list[bytes] = []

    def watch(response: bytes, command: bytes) -> Iterable[Item]:
        told.append(command)
        return [response]

    wire.say(b"a EXAMINE INBOX\r\n")
    wire.until(b"a OK")
    proxy.on_server = watch
    wire.say(b"b IDLE\r\n")
    assert wire.hear().startswith(b"+")
    dovecot.deliver(account_user, ordinary(1))
    assert wire.hear() == b"* 1 EXISTS\r\n"
    assert proxy.say(b"* 7 EXISTS\r\n") == 1
    assert wire.until(b"* 7") == b"* 7 EXISTS\r\n"
    wire.say(b"DONE\r\n")
    assert wire.until(b"b OK")
    assert set(told) == {b"IDLE"}
    assert proxy.commands(account_user)[-2:] == [b"IDLE", b"DONE"]
    assert proxy.verbs(account_user) == {"LOGIN", "EXAMINE", "IDLE"}


def test_a_response_is_split_at_will(wire: Wire, proxy: LineProxy) -> None:
    proxy.on_server = lambda response, _command: [response[:4], Pause(0.5), response[4:]]
    wire.say(b"a NOOP\r\n")
    assert wire._socket.recv(100) == b"a OK"
    assert wire.hear().startswith(b" ")


def test_closed_after_a_response(wire: Wire, proxy: LineProxy) -> None:
    """The mail is stored, and the answer never comes."""
    proxy.on_server = lambda response, command: [response, Close()] if command[:4] == b"LIST" else [response]
    wire.say(b'a LIST "" INBOX\r\n')
    assert wire.hear().startswith(b"* LIST")
    assert wire.hear() == b""


def test_closed_within_a_literal(wire: Wire, proxy: LineProxy, dovecot: Dovecot, account_user: str) -> None:
    proxy.on_client = lambda line: [line, Close(after=4)] if b"APPEND" in line else [line]
    wire.say(b"a APPEND Drafts {10}\r\n")
    assert wire.hear().startswith(b"+")
    wire.say(b"0123456789\r\n")
    assert wire.hear() == b""
    assert dovecot.messages(account_user, "Drafts") == []


def test_hang_up_ends_what_is_open_only(wire: Wire, proxy: LineProxy, account_user: str) -> None:
    proxy.hang_up()
    assert wire.hear() == b""
    with logged_in(proxy, account_user) as client:
        assert client.noop()[0] == "OK"


def test_a_hook_that_fails_fails_its_test(dovecot: Dovecot) -> None:
    def broken(response: bytes, command: bytes) -> Iterable[Item]:
        raise KeyError(response, command)

    proxy = LineProxy(dovecot.imap_port, on_server=broken).__enter__()
    wire = Wire(proxy)
    assert wire.hear() == b""
    wire.close()
    with pytest.raises(KeyError):
        proxy.__exit__(None)


def test_literals_stay_when_a_line_is_changed() -> None:
    response = b"* 1 FETCH (UID 4 BODY[] {5}\r\nUID 4 FLAGS (UID))\r\n"
    changed = outside_literals(response, lambda line: line.replace(b"UID", b"XXX"))
    assert changed == b"* 1 FETCH (XXX 4 BODY[] {5}\r\nUID 4 FLAGS (XXX))\r\n"


def test_commands_are_told_from_literals() -> None:
    """The line that ends a literal is no second announcement of it."""
    sent = (
        b"A1 APPEND Drafts {7}\r\nx {3}\r\n\r\nA2 UID FETCH 1 (FLAGS)\r\n"
        b"A3 UID SEARCH FROM {2+}\r\nab TO {1}\r\nc\r\nA4 IDLE\r\nDONE\r\n"
    )
    commands = list(commands_in(sent))
    assert commands == [
        b"APPEND Drafts {7}",
        b"UID FETCH 1 (FLAGS)",
        b"UID SEARCH FROM {2+} TO {1}",
        b"IDLE",
        b"DONE",
    ]
    assert verbs_of(commands) == {"APPEND", "UID FETCH", "UID SEARCH", "IDLE"}
