"""A plain pymap in this process, behind implicit TLS: no SPECIAL-USE, and responses split at will."""

import asyncio
import contextlib
import shutil
import ssl
import tempfile
import threading
from argparse import Namespace
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, Self, SupportsIndex
from uuid import uuid4

from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from support.commands import OWN_TAG, commands_in
from support.imapserver import OverImap
from support.ownserver import make_certificates
from support.wire import free_port

_PATIENCE = 10.0


class Pymap(OverImap):
    """A pymap of its own; what it holds is gone with it."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="py-", dir="/tmp"))
        make_certificates(self.root / "ssl")
        self.imaps_port = free_port()
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(self.root / "ssl" / "server.pem", self.root / "ssl" / "server.key")
        self._config = Config(
            Namespace(),
            host="127.0.0.1",
            port=self.imaps_port,
            tls_enabled=False,
            ssl_context=self._tls,
            proxy_protocol=ProxyProtocolNoop(),
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            demo_data=False,
            demo_user="",
            demo_password="",
        )
        self._login = Login(self._config)
        self._imap = IMAPServer(self._login, self._config)
        self._sessions: list[_Recorder] = []
        self._writers: set[StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()
        shutil.rmtree(self.root)

    @staticmethod
    def available() -> bool:
        """Tell whether openssl is installed; pymap is a Python package of the tests."""
        return shutil.which("openssl") is not None

    @property
    def ca_file(self) -> Path:
        """The authority a client has to trust."""
        return self.root / "ssl" / "ca.pem"

    def restart(self) -> None:
        """Hang up on everyone and listen again on the same port."""
        self._call(self._stop())
        self._call(self._start())

    def add_user(self, address: str) -> None:
        """Add a user with the password "secret" and the folders Drafts, Sent and Trash."""
        self._login.users_dict[address] = UserMetadata(self._config, address, password="secret")  # noqa: S106
        with self.session(address) as client:
            for folder in ("Drafts", "Sent", "Trash"):
                client.create_folder(folder)

    def commands(self, user: str) -> list[bytes]:
        """Return what the program under test sent: no tags, no literals."""
        login = b"LOGIN " + user.encode()
        found = []
        for session in list(self._sessions):
            sent = bytes(session.sent)
            commands = list(commands_in(sent))
            if b"\n" + OWN_TAG not in sent and any(
                one.replace(b'"', b"").startswith(login) for one in commands
            ):
                found += commands
        return found

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _start(self) -> None:
        self._server = await self._loop.create_server(
            self._protocol, "127.0.0.1", self.imaps_port, ssl=self._tls
        )

    async def _stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=2)

    def _protocol(self) -> StreamReaderProtocol:
        recorder = _Recorder()
        self._sessions.append(recorder)
        return StreamReaderProtocol(recorder, self._talk)

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError):
                await self._imap(reader, writer, SocketInfo.get(writer, None, unique_id=uuid4().bytes))
        finally:
            self._writers.discard(writer)


class _Recorder(StreamReader):
    """A reader that remembers what it was fed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self.sent += bytes(data)
        super().feed_data(data)
