"""The connection to a server: verified, with timeouts, and only the commands that Springback sends.

Commands outside `ALLOWED` never leave the machine, whoever calls them.
"""

import ipaddress
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import MethodType
from typing import Any

import imapclient
from imapclient import imap_utf7
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from springback.config import Account
from springback.errors import (
    CommandRefusedError,
    FolderError,
    ForbiddenCommandError,
    InputError,
    LoginRefusedError,
    MailboxUnavailableError,
    ThrottledError,
    UnreachableError,
)
from springback.guard import quoted_words, require_harmless
from springback.masked import Secret
from springback.sasl import bearer

ALLOWED = frozenset(
    {"CAPABILITY", "LOGIN", "AUTHENTICATE", "LOGOUT", "NOOP", "LIST", "EXAMINE", "STATUS"}
    | {"UID SEARCH", "UID FETCH", "APPEND", "IDLE"}
)

_CONNECT_SECONDS = 20
_READ_SECONDS = 60
_LOGOUT_SECONDS = 3

_PASSING = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\]|temporar|try again", re.IGNORECASE
)
# Gmail, Exchange and others, when a client asks for too much.
_THROTTLED = re.compile(
    r"\[THROTTLED\]|throttl|too many|simultaneous|not connected|bandwidth limit", re.IGNORECASE
)
_REFUSED_LITERAL = re.compile(r"unexpected response while waiting for continuation response: \('(?:NO|BAD)'")
_REST = re.compile(r"backoff time: (\d{1,9}) milliseconds", re.IGNORECASE)

_ECHOED = "it answers with the password or token that it was given"
_ATOM = re.compile(r'[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')  # RFC 3501 9

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
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    _restrict(client)
    client.normalise_times = False
    client._imap.debug = 0  # noqa: SLF001 - else each literal is repr()ed and thrown away: 3x CPU
    return client


def log_in(client: Any, account: Account, password: str, where: str) -> None:  # noqa: ANN401 - as above
    """Log in; raises LoginRefusedError, or MailboxUnavailableError where it may work later."""
    if client._imap.state != "NONAUTH":  # noqa: SLF001 - no public way
        raise LoginRefusedError(
            f"Can't log in to {where}: the server claims that the session is logged in already "
            "(PREAUTH), which bypasses the password. Check the host"
        )
    secret = Secret(password)
    try:
        with step(where, "log in"):
            _authenticate(client, account, secret, where)
            client.capabilities()
    except MailboxUnavailableError as error:
        if secret.is_told_by(str(error)):
            raise MailboxUnavailableError(f"Can't log in to {where}: {_ECHOED}") from None
        raise
    except LoginError as error:
        text = _server_text(error)
        text = _ECHOED if secret.is_told_by(str(error)) else text
        # IMAPClient makes a LoginError of every failure, a lost connection too.
        refused = "[AUTHENTICATIONFAILED]" in text.upper()
        if not refused and _THROTTLED.search(text):
            raise _throttled(f"Can't log in to {where} for now: {text}", text) from None
        if isinstance(error.__context__, IMAPClientAbortError) or (not refused and _PASSING.search(text)):
            raise MailboxUnavailableError(
                f"Can't log in to {where} for now: {text}. It is tried again later"
            ) from None
        raise LoginRefusedError(
            f"Can't log in to {where} as {account.user}: the server says {text!r}. "
            + (
                f"Check login and password of account {account.name!r}; many providers want an app password"
                if account.login_method == "password"
                else f"Check that the token of account {account.name!r} is for IMAP and for this login"
            ),
            private={f"as {account.user}:": f"with account {account.name}:", account.user: "(login)"},
        ) from None


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


def _authenticate(client: Any, account: Account, secret: Secret, where: str) -> None:  # noqa: ANN401 - as above
    """Send password or token in the first way that the server offers and that can carry it."""
    offered = set(client._imap.capabilities)  # noqa: SLF001 - asked for at connecting; has_capability keeps it
    if account.login_method != "password":
        mechanism = account.login_method.upper()
        if f"AUTH={mechanism}" not in offered:
            raise LoginRefusedError(
                f"Can't log in to {where}: the server doesn't offer {mechanism}. "
                f"Correct login_method of account {account.name!r}"
            )
        client.sasl_login(mechanism, bearer(mechanism, account.user, secret, account.host, account.port))
    elif "LOGINDISABLED" not in offered and secret.isascii() and _ATOM.fullmatch(account.user):
        client.login(account.user, secret)
    elif "AUTH=PLAIN" in offered:
        client.plain_login(account.user, secret)
    elif "LOGINDISABLED" in offered:
        raise LoginRefusedError(
            f"Can't log in to {where}: the server takes no password here (LOGINDISABLED). "
            + ("Check login_method" if account.tls else "Remove tls = false, and use its port for TLS")
            + f" of account {account.name!r}"
        )
    else:
        raise LoginRefusedError(
            f"Can't log in to {where}: the server takes letters, digits and plain marks only, "
            f"in login and password (no AUTH=PLAIN). Change those of account {account.name!r}"
        )


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


@contextmanager
def step(where: str, doing: str, folder: str = "") -> Iterator[None]:  # noqa: C901 - one branch for each failure
    """Turn what the libraries raise into errors that tell the step, the host and the remedy."""
    preposition = "to" if doing == "connect" else "at"
    try:
        yield
    except LoginError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnavailableError(
            f"Can't {doing} to {where}: its certificate doesn't verify "
            f"({error.verify_message}). Check the host name; for a server with a certificate "
            "of its own, give its CA as ca_file"
        ) from None
    except socket.gaierror:
        raise UnreachableError(
            f"Can't {doing} to {where}: no such host. Check `host` and the network"
        ) from None
    except ssl.SSLError as error:
        reason = _one_line(error.reason or str(error))
        raise MailboxUnavailableError(
            f"Can't {doing} to {where}: "
            + (
                f"it offers no TLS 1.2 or later ({reason}). Ask its provider for a newer one"
                if "PROTOCOL" in reason
                else f"no TLS there ({reason}). Use the port for implicit TLS, mostly 993"
            )
        ) from None
    except (IMAPClientAbortError, ProtocolError, OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if _REFUSED_LITERAL.match(reason):
            # The command was answered, so that the connection goes on, though IMAPClient gives it up.
            raise CommandRefusedError(f"Can't {doing} at {where}: {_server_text(error)}") from None
        kind = UnreachableError if doing == "connect" else MailboxUnavailableError
        raise kind(
            f"Can't {doing} {preposition} {where}: {_one_line(reason)}. Check host, port and network"
        ) from None
    except IMAPClientError as error:
        text = _server_text(error)
        if _THROTTLED.search(text):
            raise _throttled(f"Can't {doing} at {where} for now: {text}", text) from None
        if folder:
            raise FolderError(
                f"Can't {doing} at {where}: the server says {text!r}. "
                "Check that the folder exists and may be used",
                private={repr(folder): "a folder", folder: "(folder)", _in_utf7(folder): "(folder)"},
            ) from None
        raise CommandRefusedError(f"Can't {doing} at {where}: {text}") from None
    except (LookupError, TypeError, ValueError) as error:
        # What IMAPClient stumbles over where an answer lacks what it has to have.
        raise MailboxUnavailableError(
            f"Can't {doing} at {where}: the server's answer can't be understood ({type(error).__name__})"
        ) from None


def _tls_context(account: Account) -> ssl.SSLContext:
    try:
        return _context_of(account.ca_file, _stamp_of(account.ca_file))
    except OSError as error:
        raise InputError(
            f"Can't read the CA file {account.ca_file} of account {account.name!r}: "
            f"{_one_line(str(error))}. It has to be a PEM file"
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


def _in_utf7(folder: str) -> str:
    """Return a folder's name as the server writes it (RFC 3501 5.1.3)."""
    encoded: bytes = imap_utf7.encode(folder)
    return encoded.decode("ascii", "replace")


def _throttled(told: str, text: str) -> ThrottledError:
    rest = _REST.search(text)
    return ThrottledError(
        f"{told}. It is left alone for a while", timedelta(milliseconds=int(rest[1])) if rest else None
    )


def _server_text(error: Exception) -> str:
    text = str(error)
    match = re.search(r"b'(.*)'|b\"(.*)\"", text)
    return _one_line(match[1] or match[2] if match else text)


def _one_line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e\u00a1-\u024f]+", " ", text).strip()[:200]
