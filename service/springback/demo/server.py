"""A private IMAP server on loopback that lives as long as a `with` block; nothing is stored."""

import asyncio
import secrets
import socket
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from springback.errors import InputError

if TYPE_CHECKING:
    from springback.demo.backend import MailServer

_HOST = "127.0.0.1"
_USER = "robin@ellery.example"
_PATIENCE = 10.0

_T = TypeVar("_T")


@dataclass(frozen=True)
class DemoServer:
    """Where the server listens, and the one login that it accepts."""

    host: str
    port: int
    user: str
    password: str


@contextmanager
def serve(messages: Sequence[bytes], *, port: int = 0) -> Iterator[DemoServer]:
    """Serve an INBOX with these messages and empty Drafts, Sent and Trash until the block ends."""
    server_type = _server_type()
    password = secrets.token_urlsafe(12)
    with _listen(port) as listener, _background_loop() as loop:
        mail_server = server_type(_USER, password)
        _call(loop, mail_server.start(listener, messages))
        try:
            yield DemoServer(_HOST, listener.getsockname()[1], _USER, password)
        finally:
            _call(loop, mail_server.stop())


def _server_type() -> type["MailServer"]:
    """Import the server itself only now, because pymap is an optional dependency."""
    try:
        from springback.demo.backend import MailServer  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "Can't start the demo: its mail server isn't installed. Run: pip install 'springback[demo]'"
        ) from error
    return MailServer


def _listen(port: int) -> socket.socket:
    """Open the listening socket here, so that a taken port is reported where it was asked for."""
    try:
        return socket.create_server((_HOST, port))
    except (OSError, OverflowError) as error:
        raise InputError(f"Can't start the demo on port {port}: {error}. Choose another port.") from error


@contextmanager
def _background_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop in a thread of its own until the block ends."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="springback-demo", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _call(loop: asyncio.AbstractEventLoop, work: Coroutine[object, object, _T]) -> _T:
    """Run a coroutine in the loop of the other thread and wait for its result."""
    return asyncio.run_coroutine_threadsafe(work, loop).result(_PATIENCE)
