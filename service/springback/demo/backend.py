"""The demo's mail server: pymap's in-memory backend, filled by us and taught SPECIAL-USE.

Nothing in pymap is patched: its own example data is left out by handing over the mailboxes
ready-made, and what it lacks is added in subclasses.
"""

import asyncio
import socket
import ssl
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from uuid import uuid4

from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login, Session
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability
from pymap.context import current_command
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface
from pymap.parsing import Params
from pymap.parsing.command.auth import ListCommand
from pymap.parsing.commands import Commands
from pymap.parsing.message import AppendMessage
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

_SPECIAL_USE = {"Drafts": b"Drafts", "Sent": b"Sent", "Trash": b"Trash"}

_ListEntry = tuple[str, str | None, Sequence[bytes]]


class MailServer:
    """One account on one listening socket; all methods run in the server's event loop."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._writers: set[StreamWriter] = set()

    async def start(self, listener: socket.socket, messages: Sequence[bytes]) -> None:
        """Fill the mailboxes and begin to accept connections."""
        config = _config(listener, self._user, self._password)
        login = _DemoLogin(config, await _filled(messages))
        login.users_dict[self._user] = UserMetadata(config, self._user, password=self._password)
        self._imap = IMAPServer(login, config)
        self._server = await asyncio.start_server(self._talk, sock=listener)

    async def stop(self) -> None:
        """Hang up on every client and wait until their tasks have ended."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=1)

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        try:
            whole = _WholeResponses(writer.transport, reader)
            await self._imap(reader, whole, SocketInfo.get(whole, None, unique_id=uuid4().bytes))
        finally:
            self._writers.discard(writer)


class _WholeResponses(StreamWriter):
    """A writer that sends a response in one piece: IMAPClient breaks off IDLE at half a line."""

    def __init__(self, transport: asyncio.WriteTransport, reader: StreamReader) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(transport, transport.get_protocol(), reader, loop)
        self._pending: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._pending.append(bytes(data))

    async def drain(self) -> None:
        super().write(b"".join(self._pending))
        self._pending.clear()
        await super().drain()


class _DemoConfig(Config):
    """Pymap's settings without its looking up of the host name, and with SPECIAL-USE."""

    @property
    def greeting(self) -> bytes:
        return b"Springback demo mailbox ready"

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=True, multi_append=True, custom=[b"SPECIAL-USE"])

    @property
    def commands(self) -> Commands:
        commands = super().commands
        commands.register(_SpecialUseListCommand)
        return commands


class _SpecialUseListCommand(ListCommand):
    """LIST that also understands the selection option of RFC 6154."""

    _option = b" (SPECIAL-USE)"
    special_only = False

    @classmethod
    def parse(cls, buf: memoryview, params: Params) -> tuple[ListCommand, memoryview]:
        chosen = bytes(buf[: len(cls._option)]).upper() == cls._option
        command, rest = super().parse(buf[len(cls._option) :] if chosen else buf, params)
        if isinstance(command, cls):
            command.special_only = chosen
        return command, rest


class _DemoSession(Session):
    """A session that tells what Drafts, Sent and Trash are for."""

    async def list_mailboxes(
        self,
        ref_name: str,
        filter_: str,
        subscribed: bool = False,  # noqa: FBT001, FBT002 - pymap's signature
        selected: SelectedMailbox | None = None,
    ) -> tuple[Iterable[_ListEntry], SelectedMailbox | None]:
        found, updates = await super().list_mailboxes(ref_name, filter_, subscribed, selected)
        command = current_command.get()
        if isinstance(command, _SpecialUseListCommand) and command.special_only:
            found = [entry for entry in found if entry[0] in _SPECIAL_USE]
        return [_with_special_use(entry) for entry in found], updates


class _DemoLogin(Login):
    """A login that leads every identity to the same mailboxes."""

    def __init__(self, config: Config, mailboxes: MailboxSet) -> None:
        super().__init__(config)
        self.mailboxes = mailboxes

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Identity:
        await super().authorize(authenticated, authzid)
        return _DemoIdentity(authzid, self)


class _DemoIdentity(Identity):
    """The person logged in."""

    def __init__(self, name: str, login: _DemoLogin) -> None:
        super().__init__(name, login, None, frozenset())
        self._mailboxes = login.mailboxes

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        yield _DemoSession(self.name, self.config, self._mailboxes, FilterSet())


def _config(listener: socket.socket, user: str, password: str) -> Config:
    """Build the settings without pymap's command line, its threads and its environment."""
    host, port = listener.getsockname()
    return _DemoConfig(
        Namespace(),
        host=host,
        port=port,
        tls_enabled=False,
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        proxy_protocol=ProxyProtocolNoop(),
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        demo_data=False,
        demo_user=user,
        demo_password=password,
    )


async def _filled(messages: Sequence[bytes]) -> MailboxSet:
    """Create the four folders and deliver the messages into INBOX."""
    mailboxes = MailboxSet()
    for name in _SPECIAL_USE:
        await mailboxes.add_mailbox(name)
    inbox = await mailboxes.get_mailbox("INBOX")
    for message in messages:
        await inbox.append(AppendMessage(message, _sent_at(message), frozenset()), recent=True)
    return mailboxes


def _sent_at(message: bytes) -> datetime:
    """Read the Date header, or take the present for a mail without a usable one."""
    date = BytesHeaderParser().parsebytes(message)["Date"]
    try:
        when = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return datetime.now(UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _with_special_use(entry: _ListEntry) -> _ListEntry:
    """Add the special use of a folder to its LIST attributes."""
    name, delimiter, attributes = entry
    use = _SPECIAL_USE.get(name)
    return name, delimiter, [*attributes, use] if use else attributes
