"""Whatever a mail, a server or a configuration holds: no byte of it becomes a command."""

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from springback.config import Account
from springback.errors import ForbiddenCommandError, SpringbackError
from springback.guard import quoted_words, require_harmless
from springback.mailbox import Mailbox
from springback.query import Query
from springback.wire import ALLOWED
from support.recording import RecordingServer

PIECES = [
    "\r\n", "\r", "\n", "\0", "X1 DELETE INBOX", "\r\nX1 DELETE INBOX\r\n", "{5}", "{5+}", "{0}\r\n", "~{3}",
    '"', "\\", '\\"', "(", ")", "*", "%", "[", "]", "<", ">", " ", "", "\t", "\x01", "\x7f", "\x85", "\u2028",
    "\u2029", "ü", "残念", "\U0001f600", "&AA0ACg-", "&", "&-", "+", "INBOX", "ALL", "NIL", "1:*", "@", ":",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join)
UIDS = st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=5)
DAY = date(2026, 3, 1)
QUERIES = st.builds(
    lambda anyone, subject: Query(
        since=DAY, before=datetime(2026, 5, 1, tzinfo=UTC), anyone=tuple(anyone), subject=tuple(subject)
    ),
    st.lists(HOSTILE, min_size=1, max_size=3),
    st.lists(HOSTILE, max_size=2),
)
Call = Callable[[Mailbox, st.DataObject], object]
CALLS: dict[str, Call] = {
    "examine": lambda box, data: box.examine(data.draw(HOSTILE)),
    "status": lambda box, data: box.status(data.draw(HOSTILE)),
    "find": lambda box, data: box.find(data.draw(QUERIES)),
    "headers": lambda box, data: box.headers(data.draw(UIDS)),
    "present": lambda box, data: box.present(data.draw(UIDS)),
    "fetch": lambda box, data: list(box.fetch(data.draw(UIDS))),
    "thread": lambda box, data: box.thread(data.draw(HOSTILE), 3),
    "append_draft": lambda box, data: box.append_draft(data.draw(HOSTILE).encode("utf-8", "replace")),
}


@pytest.fixture(scope="module", params=["", "LITERAL+"])
def server(request: pytest.FixtureRequest) -> Iterator[RecordingServer]:
    with RecordingServer(request.param) as server:
        yield server


def connected(server: RecordingServer, password: str = "secret", **changes: object) -> Mailbox:  # noqa: S107 - of nobody
    values = {
        "name": "personal", "address": "robin@ellery.example", "full_name": "Robin Ellery",
        "host": "127.0.0.1", "port": server.port, "tls": False, "password": {"env": "X"},
    }  # fmt: skip
    return Mailbox(Account.model_validate({**values, **changes}), password)


def assert_only_allowed(server: RecordingServer) -> None:
    for tag, verb, command in server.commands:
        assert re.fullmatch(r"[A-P]{4}\d+", tag), command
        assert verb in ALLOWED, command
    server.commands.clear()


def test_every_method_that_takes_text_is_tried() -> None:
    taking = {
        name
        for name, method in inspect.getmembers(Mailbox, inspect.isfunction)
        if not name.startswith("_")
        and re.search(r"\bstr\b|bytes|Query|Sequence", str(inspect.signature(method)).partition("->")[0])
    }
    assert taking <= CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(data=st.data())
def test_no_argument_becomes_a_command(server: RecordingServer, name: str, data: st.DataObject) -> None:
    mailbox = connected(server)
    try:
        mailbox.examine("INBOX")
        CALLS[name](mailbox, data)
        mailbox.uids_after(0)  # would be swallowed by a literal that was announced and never sent
    except SpringbackError:
        pass
    finally:
        mailbox.abort()
    assert_only_allowed(server)


@settings(max_examples=30, deadline=None, database=None)
@given(
    login=st.from_regex(r"\A[\x20-\x7e]{1,20}\Z"),
    password=HOSTILE,
    offers=st.sampled_from(["", "AUTH=PLAIN"]),
)
def test_no_login_becomes_a_command(login: str, password: str, offers: str) -> None:
    with RecordingServer(offers) as server:
        with contextlib.suppress(SpringbackError):
            connected(server, password, login=login).abort()
        assert_only_allowed(server)


def test_a_word_that_is_syntax_is_searched_for_as_it_is(server: RecordingServer) -> None:
    """Developer(m/f/d) without quotes is a group of search keys, and x{10} swallows what follows."""
    mailbox = connected(server)
    mailbox.examine("INBOX")
    for word in ("Developer(m/f/d)", "100%", "x{10}", "a*b", "end]"):
        server.commands.clear()
        mailbox.find(Query(since=DAY, before=datetime(2026, 5, 1, tzinfo=UTC), anyone=(), subject=(word,)))
        mailbox.uids_after(0)
        searches = [command for _, verb, command in server.commands if verb == "UID SEARCH"]
        assert len(searches) == 2
        assert searches[0].endswith(f'SUBJECT "{word}"\r\n'.encode())
    mailbox.close()


class Sly(bytes):
    """Bytes that say of themselves what they like."""

    original = b"a\r\nX1 DELETE INBOX"

    def __contains__(self, _what: object) -> bool:
        return False


class SlyText(str):
    """Text that encodes itself as it likes."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"harmless"


@pytest.mark.parametrize(
    "argument",
    [
        "a\r\nb", b"a\nb", "a\0b", ["fine", ["a\rb"]], ("x", (b"y", "z\n")), Sly(b"fine"), Sly(b"a\r\nb"),
        SlyText("a\nb"), "\ud800", b"x{5}", "x{5+}", ["y{12}"], bytearray(b"a\nb"), memoryview(b"\0"), 7,
        object(), {"a": "b"},
    ],
)  # fmt: skip
def test_what_is_more_than_one_word_is_refused(argument: object) -> None:
    with pytest.raises(ForbiddenCommandError, match="Can't send EXAMINE"):
        require_harmless("EXAMINE", ["INBOX", argument])


@pytest.mark.parametrize(
    "argument", ["INBOX", b'"Entw&APw-rfe"', '"a{5}"', None, [b"1:*", b"(BODY.PEEK[])"], "a\u2028b", b"\xff"]
)
def test_what_is_one_word_goes_through(argument: object) -> None:
    require_harmless("EXAMINE", [argument])


def test_only_what_is_syntax_is_quoted() -> None:
    plain = [b"UID", b"1:*", b"4,7:9", b"SINCE", b"01-Mar-2026", b'"a b"', b"\xc3\xbc(", b"word"]
    assert quoted_words(plain) == plain
    assert quoted_words([b"a(b", b"**", b'x%"']) == [b'"a(b"', b'"**"', b'"x%\\""']
