r"""A proxy that reads IMAP line by line, so that a real server can be made to lie.

Two hooks see what passes and say what is sent instead, byte for byte (line ends included):

    def on_server(response: bytes, command: bytes) -> Iterable[bytes | Close | Pause]
    def on_client(line: bytes) -> Iterable[bytes | Close | Pause] | Answer

`response` is a whole one, its literals included; `command` is the one in progress, without tag and
line end (b"" before the first). `line` is the first line of a command, or an IDLE's DONE; the literals
and lines that follow it are passed on untouched. Each item yielded is written by itself.

    proxy.on_server = lambda response, command: [] if response.startswith(b"* SEARCH") else [response]
    proxy.on_client = lambda line: Answer(b"{tag} BAD unknown\r\n") if b" IDLE" in line else [line]
"""

import asyncio
import ssl
import threading
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from support.commands import LITERAL, verbs_of

_LIMIT = 1 << 27  # bytes of the longest line
_PATIENCE = 10.0

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Close:
    """Both connections end here; with `after`, so many more bytes of this side are passed on before."""

    after: int = 0


@dataclass(frozen=True)
class Pause:
    """What follows is sent after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """The server never sees the command; the client gets this, where `{tag}` is the command's tag."""

    text: bytes


Item = bytes | Close | Pause
OnServer = Callable[[bytes, bytes], Iterable[Item]]
OnClient = Callable[[bytes], Iterable[Item] | Answer]


def pass_response(response: bytes, command: bytes) -> Iterable[Item]:  # noqa: ARG001 - the hook's signature
    """Pass a response on as it is."""
    return [response]


def pass_line(line: bytes) -> Iterable[Item]:
    """Pass a command on as it is."""
    return [line]


def outside_literals(response: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return a response whose lines, but not its literals, were changed."""
    changed = b""
    while response:
        line, end, response = response.partition(b"\n")
        changed += change(line + end)
        literal = LITERAL.search(line + end)
        size = int(literal[1]) if literal else 0
        changed += response[:size]
        response = response[size:]
    return changed


class LineProxy:
    """Relays IMAP from `localhost:port` to a server's port by way of the hooks.

    Hooks may be changed at any time; they run one at a time. Towards the client it speaks TLS where it is
    given a `certificate` (a context made for servers), towards the server where it is given an `authority`.
    """

    host = "localhost"

    def __init__(
        self,
        port: int,
        host: str = "127.0.0.1",
        *,
        on_server: OnServer = pass_response,
        on_client: OnClient = pass_line,
        certificate: ssl.SSLContext | None = None,
        authority: ssl.SSLContext | None = None,
    ) -> None:
        self.on_server = on_server
        self.on_client = on_client
        self.port = 0
        self.accepted = 0
        self._target = (host, port)
        self._certificate = certificate
        self._authority = authority
        self._sessions: list[_Session] = []
        self._open: set[_Link] = set()
        self._failures: list[Exception] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(
            asyncio.start_server(self._relay, "127.0.0.1", self.port, limit=_LIMIT, ssl=self._certificate)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()
        if self._failures and kind is None:
            raise self._failures[0]

    def commands(self, user: str | None = None) -> list[bytes]:
        """Return what clients sent, or one user's: no tags, no literals, sessions in order."""
        return [
            command
            for session in list(self._sessions)
            if user is None or session.user == user
            for command in list(session.commands)
        ]

    def verbs(self, user: str | None = None) -> set[str]:
        """Return the names of the commands sent, such as "EXAMINE" or "UID FETCH"."""
        return verbs_of(self.commands(user))

    def clear_commands(self) -> None:
        """Forget the commands sent so far."""
        for session in list(self._sessions):
            session.commands.clear()

    def say(self, data: bytes) -> int:
        """Send something to every client that is connected, and return to how many."""
        return self._call(self._say(data))

    def hang_up(self) -> None:
        """End every connection; new ones are accepted."""
        self._call(self._hang_up())

    def _call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _say(self, data: bytes) -> int:
        links = list(self._open)
        for link in links:
            link.client.write(data)
            await link.client.drain()
        return len(links)

    async def _hang_up(self) -> None:
        for link in list(self._open):
            link.close()

    async def _stop(self) -> None:
        self._server.close()
        await self._hang_up()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=2)

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.accepted += 1
        try:
            name = self.host if self._authority else None
            answers, server = await asyncio.open_connection(
                *self._target, limit=_LIMIT, ssl=self._authority, server_hostname=name
            )
        except OSError:
            writer.close()
            return
        link = _Link(writer, server)
        self._open.add(link)
        self._sessions.append(link.session)
        pumps = (self._from_client(reader, link), self._from_server(answers, link))
        tasks = [asyncio.ensure_future(self._pump(pump)) for pump in pumps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(link)
            link.close()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _pump(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (OSError, IncompleteReadError, _Closed):
            pass
        except Exception as error:  # noqa: BLE001 - a hook that fails has to fail its test
            self._failures.append(error)

    async def _from_server(self, reader: StreamReader, link: "_Link") -> None:
        session = link.session
        try:
            while response := await _response(reader):
                command = session.command
                if session.tag and response.startswith(session.tag + b" "):
                    session.end()
                await _send(self.on_server(response, command), link.client, reader, link.told)
        except IncompleteReadError as error:
            await _send([error.partial], link.client, reader, link.told)

    async def _from_client(self, reader: StreamReader, link: "_Link") -> None:
        session = link.session
        while line := await reader.readline():
            if session.command.upper().startswith(b"AUTHENTICATE"):
                await _send([line], link.server, reader)  # no command, but what the server asked for
                continue
            session.begin(line)
            link.expect(line)
            wanted = self.on_client(line)
            if isinstance(wanted, Answer):
                await _send([session.answer(wanted)], link.client, reader)
                if link.invited is None:
                    await self._pass_literals(line, reader, link, lambda _data: [])
            else:
                await _send(wanted, link.server, reader)
                await self._pass_literals(line, reader, link, lambda data: [data])

    async def _pass_literals(
        self, line: bytes, reader: StreamReader, link: "_Link", wanted: Callable[[bytes], Iterable[Item]]
    ) -> None:
        """Pass on the literals and lines that follow the first line of a command."""
        while literal := LITERAL.search(line):
            if link.invited and not await link.invited:
                return
            content = await reader.readexactly(int(literal[1]))
            line = await reader.readline()
            link.expect(line)
            link.session.go_on(line)
            await _send(wanted(content + line), link.server, reader)


class _Closed(Exception):  # noqa: N818 - not a failure: a hook asked for it
    """The connection ended where a hook wanted it."""


@dataclass
class _Session:
    """What is known of one client's conversation."""

    user: str = ""
    tag: bytes = b""
    command: bytes = b""
    commands: list[bytes] = field(default_factory=list)

    def begin(self, line: bytes) -> None:
        line = line.rstrip(b"\r\n")
        if line.upper() == b"DONE":
            self.commands.append(line)
            return
        self.tag, _, self.command = line.partition(b" ")
        self.commands.append(self.command)
        words = self.command.split(b" ")
        if words[0].upper() == b"LOGIN" and len(words) > 1:
            self.user = words[1].strip(b'"').decode("utf-8", "replace")

    def go_on(self, line: bytes) -> None:
        self.commands[-1] += line.rstrip(b"\r\n")

    def end(self) -> None:
        self.tag = self.command = b""

    def answer(self, answer: Answer) -> bytes:
        text = answer.text.replace(b"{tag}", self.tag)
        if any(line.startswith(self.tag + b" ") for line in text.splitlines()):
            self.end()
        return text


class _Link:
    """One relayed connection, and whether the client may send the literal that it announced."""

    def __init__(self, client: StreamWriter, server: StreamWriter) -> None:
        self.client = client
        self.server = server
        self.session = _Session()
        self.invited: asyncio.Future[bool] | None = None  # None: no invitation is needed

    def expect(self, line: bytes) -> None:
        """Watch for the answer to a line that may announce a literal."""
        literal = LITERAL.search(line)
        needed = literal and not literal[2]
        self.invited = asyncio.get_running_loop().create_future() if needed else None

    def told(self, data: bytes) -> None:
        """Note what the client was sent."""
        if self.invited and not self.invited.done():
            # Anything tagged is a refusal: no other command is under way.
            invited = data.startswith(b"+")
            if invited or not data.startswith(b"* "):
                self.invited.set_result(invited)

    def close(self) -> None:
        self.client.close()
        self.server.close()


async def _response(reader: StreamReader) -> bytes:
    """Return the next response with its literals, or b"" at the end; raises IncompleteReadError."""
    response = line = await reader.readline()
    while literal := LITERAL.search(line):
        try:
            response += await reader.readexactly(int(literal[1]))
        except IncompleteReadError as error:
            raise IncompleteReadError(response + error.partial, None) from None
        line = await reader.readline()
        response += line
    return response


async def _send(
    items: Iterable[Item],
    writer: StreamWriter,
    reader: StreamReader,
    told: Callable[[bytes], None] = lambda _data: None,
) -> None:
    for item in items:
        if isinstance(item, Pause):
            await asyncio.sleep(item.seconds)
        elif isinstance(item, Close):
            left = item.after
            while left and (data := await reader.read(left)):
                left -= len(data)
                writer.write(data)
                await writer.drain()
            raise _Closed
        elif item:
            told(item)
            writer.write(item)
            await writer.drain()
