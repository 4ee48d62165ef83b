"""The connection to a server: verified, with timeouts, and only the commands that Springback sends.

Commands outside `ALLOWED` never leave the machine, whoever calls them.
"""

import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import MethodType
from typing import Any

import imapclient
from imapclient.exceptions import IMAPClientError

from springback.config import Account
from springback.errors import (
    ForbiddenCommandError,
    InputError,
    LoginRefusedError,
)
from springback.guard import quoted_words, require_harmless
from springback.step import one_line, step

ALLOWED = frozenset(
    {"CAPABILITY", "LOGIN", "AUTHENTICATE", "LOGOUT", "NOOP", "LIST", "EXAMINE", "STATUS"}
    | {"UID SEARCH", "UID FETCH", "APPEND", "IDLE"}
)

_CONNECT_SECONDS = 20
_READ_SECONDS = 60
_LOGOUT_SECONDS = 1
# A router forgets a quiet connection without telling: it is asked for after a minute, three times.
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3))
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in _KEEPALIVE
        if hasattr(socket, name)
    ),
)

# IMAPClient's wire log may hold tokens and mail; it is of no use without them.
logging.getLogger("imapclient").setLevel(logging.WARNING)


def open_client(account: Account, where: str) -> Any:  # noqa: ANN401 - IMAPClient has no types
    """Return a connected client that isn't logged in; raises SpringbackError.

    The certificate is verified; without TLS the server is surely on this machine.
    """
    context = _tls_context(account) if account.tls else None
    timeout = imapclient.SocketTimeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
    with step(where, "connect"):
        client = imapclient.IMAPClient(
            account.host, account.port, ssl=account.tls, ssl_context=context, timeout=timeout
        )
        wire = client.socket()
        if not account.tls:
            _require_this_machine(client, wire.getpeername()[0], where)
        for level, option, value in _OPTIONS:
            wire.setsockopt(level, option, value)
    _restrict(client)
    client.normalise_times = False
    client._imap.debug = 0  # noqa: SLF001 - else each literal is repr()ed and thrown away: 3x CPU
    return client


def count_received(client: Any) -> Callable[[], int]:  # noqa: ANN401 - as above
    """Return what tells how many bytes of answers have come since, as a provider counts them."""
    imap = client._imap  # noqa: SLF001 - no public way
    read, readline = imap.read, imap.readline
    received = 0

    def counted(data: bytes) -> bytes:
        nonlocal received
        received += len(data)
        return data

    imap.read = lambda size: counted(read(size))
    imap.readline = lambda: counted(readline())
    return lambda: received


def log_out(client: Any) -> None:  # noqa: ANN401 - as above
    """Log out where that works at once, and drop the connection."""
    try:
        client.socket().settimeout(_LOGOUT_SECONDS)
        client.logout()
    except (IMAPClientError, OSError, ValueError):
        hang_up(client)


def hang_up(client: Any) -> None:  # noqa: ANN401 - as above
    """Drop the connection at once, from any thread."""
    with suppress(OSError, AttributeError):
        client.socket().shutdown(socket.SHUT_RDWR)
    with suppress(IMAPClientError, OSError):
        client.shutdown()


def _tls_context(account: Account) -> ssl.SSLContext:
    try:
        return _context_of(account.ca_file, _stamp_of(account.ca_file))
    except OSError as error:
        raise InputError(
            f"Can't read the CA file {account.ca_file} of account {account.name!r}: "
            f"{one_line(str(error))}. It has to be a PEM file"
        ) from None


@lru_cache(maxsize=16)
def _context_of(ca_file: Path | None, _stamp: tuple[int, ...]) -> ssl.SSLContext:
    """Return the context for an authority, one for all accounts: each holds a megabyte of certificates."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _stamp_of(ca_file: Path | None) -> tuple[int, ...]:
    """Return what changes when the trusted certificates do, so that a long run notices."""
    system = ssl.get_default_verify_paths()
    paths = [ca_file] if ca_file else [Path(one) for one in (system.cafile, system.capath) if one]
    return tuple(path.stat().st_mtime_ns for path in paths)


def _require_this_machine(client: Any, peer: str, where: str) -> None:  # noqa: ANN401 - IMAPClient has no types
    """Hang up unless the peer is this machine: a name such as localhost may lead elsewhere."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_loopback:
        hang_up(client)
        raise LoginRefusedError(
            f"Can't log in to {where}: the name leads to {peer}, and without TLS the password would leave "
            "this machine. Check /etc/hosts, or remove tls = false"
        )


def _restrict(client: Any) -> None:  # noqa: ANN401 - IMAPClient has no types
    """Let no command out that isn't in `ALLOWED`, and no line break in an argument."""
    imap = client._imap  # noqa: SLF001 - every command of IMAPClient leaves through these two
    command, raw_command = imap._command, client._raw_command  # noqa: SLF001 - as above

    def checked(_imap: object, name: str, *args: object) -> object:
        _require_allowed(f"UID {args[0]}" if name == "UID" else name, args)
        return command(name, *args)

    def raw_checked(name: bytes, args: Any, uid: bool = True) -> object:  # noqa: ANN401, FBT001, FBT002 - its signature
        listed = list(args) if isinstance(args, (list, tuple)) else [args]
        listed = quoted_words(listed) if name.upper() == b"SEARCH" else listed
        _require_allowed(("UID " if uid else "") + name.decode(), listed)
        return raw_command(name, listed, uid=uid)

    # imaplib tells a literal from a callback by the type of its own _command: a bound method.
    imap._command = MethodType(checked, imap)  # noqa: SLF001 - as above
    client._raw_command = raw_checked  # noqa: SLF001 - as above


def _require_allowed(name: str, args: Sequence[object]) -> None:
    if name.upper() not in ALLOWED:
        raise ForbiddenCommandError(f"Can't send {name}: it isn't among the commands of Springback")
    require_harmless(name, args)
