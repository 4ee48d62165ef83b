"""The mail server, seen through IMAPClient: read with EXAMINE and PEEK, written with APPEND only.

Commands outside `ALLOWED` never reach the wire, whoever calls them.
"""

import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from types import MethodType
from typing import Any

import imapclient
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

from springback.config import Account, is_loopback
from springback.errors import (
    FolderError,
    ForbiddenCommandError,
    InputError,
    LoginRefusedError,
    MailboxUnavailableError,
)
from springback.folders import Folder, find_by_use, find_drafts

ALLOWED = frozenset(
    {"CAPABILITY", "LOGIN", "AUTHENTICATE", "LOGOUT", "NOOP", "LIST", "EXAMINE", "STATUS"}
    | {"UID SEARCH", "UID FETCH", "APPEND"}
)
PEEK_BYTES = 262_144  # of a mail, enough for its letter
WHOLE_BYTES = 1_048_576  # of a mail whose letter is longer

_CONNECT_SECONDS = 20
_READ_SECONDS = 60
_SIZES_AT_ONCE = 1_000  # UIDs asked for their size in one command
_BATCH_MAILS = 200
_BATCH_BYTES = 4_194_304
_HEADERS_AT_ONCE = 500
_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")
_PASSING = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|THROTTLED|OVERQUOTA)\]|too many|simultaneous|temporar|"
    r"throttl|try again|not connected",
    re.IGNORECASE,
)
_IDS = re.compile(rb"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_FIELD = re.compile(rb"^(message-id|in-reply-to):((?:.*\n?)(?:[ \t].*\n?)*)", re.IGNORECASE | re.MULTILINE)

# IMAPClient's wire log may hold tokens and mail; it is of no use without them.
logging.getLogger("imapclient").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class FolderState:
    """What tells whether UIDs still mean what they meant, and which comes next."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """The first bytes of a mail; `whole` where it has no more."""

    uid: int
    raw: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids in the header of a stored mail."""

    message_id: str | None
    in_reply_to: tuple[str, ...]


class Mailbox:
    """One connection to one account's server; after any MailboxUnavailableError it is of no more use."""

    def __init__(self, account: Account, password: str) -> None:
        self._account = account
        self._where = f"{account.host}:{account.port}"
        self._client = self._connect()
        with self._closing_on_error():
            self._login(password)
            self.folders = self._list_folders()
            self.drafts = find_drafts(self.folders, account.drafts)
            self.sent = find_by_use(self.folders, "\\sent")
            self.trash = find_by_use(self.folders, "\\trash")

    def examine(self, folder: str) -> FolderState:
        """Open a folder for reading; raises FolderError where it doesn't exist."""
        with self._step(f"open {folder!r}", folder):
            answer = self._client.select_folder(folder, readonly=True)
        uidvalidity = int(answer.get(b"UIDVALIDITY", 0))
        uidnext = int(answer.get(b"UIDNEXT", 0))
        if not uidnext:  # Courier doesn't tell; the newest mail does
            uidnext = self._after_last(int(answer.get(b"EXISTS", 0)))
        return FolderState(uidvalidity, uidnext)

    def status(self, folder: str) -> FolderState:
        """Return the state of a folder that isn't open; raises FolderError."""
        with self._step(f"ask for the state of {folder!r}", folder):
            answer = self._client.folder_status(folder, [b"UIDVALIDITY", b"UIDNEXT"])
        return FolderState(int(answer.get(b"UIDVALIDITY", 0)), int(answer.get(b"UIDNEXT", 0)))

    def uids_after(self, watermark: int) -> list[int]:
        """Return the UIDs above the watermark in the open folder, ascending."""
        with self._step("search for new mail"):
            found = self._client.search([b"UID", f"{watermark + 1}:*".encode()])
        # "n:*" names the last mail even if its UID is below n (RFC 3501 6.4.8).
        return sorted(uid for uid in found if uid > watermark)

    def uids_since(self, day: date) -> list[int]:
        """Return the UIDs of mails received on the day or later, ascending."""
        with self._step("search for mail by date"):
            return sorted(self._client.search([b"SINCE", day]))

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Yield the mails of the open folder in order, no more than a few megabytes at a time.

        A UID that the server doesn't answer for is left out.
        """
        for chunk in _chunks(uids, _SIZES_AT_ONCE):
            with self._step("fetch the sizes of mails"):
                answer = self._client.fetch(chunk, [b"RFC822.SIZE"])
            sizes = {uid: int(data.get(b"RFC822.SIZE", 0)) for uid, data in answer.items()}
            for batch in _batches([uid for uid in chunk if uid in sizes], sizes):
                yield from self._fetch(batch, PEEK_BYTES)

    def fetch_more(self, uid: int) -> Fetched | None:
        """Return up to a megabyte of one mail, or None where it is gone."""
        return next(iter(self._fetch([uid], WHOLE_BYTES)), None)

    def ids(self, first_uid: int, newest: int | None = None) -> dict[int, Ids]:
        """Return the ids of the mails of the open folder from a UID on, or of its newest ones only."""
        with self._step("search for mail"):
            found = self._client.search([b"UID", f"{first_uid}:*".encode()])
        uids = sorted(uid for uid in found if uid >= first_uid)
        ids: dict[int, Ids] = {}
        for chunk in _chunks(uids[-newest:] if newest else uids, _HEADERS_AT_ONCE):
            with self._step("fetch message ids"):
                answer = self._client.fetch(chunk, [b"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO)]"])
            for uid, data in answer.items():
                ids[uid] = _parse_ids(_literal(data, b"BODY[HEADER.FIELDS"))
        return ids

    def append_draft(self, content: bytes) -> int | None:
        r"""Store a draft with \Draft and \Seen; return its UID where the server tells it.

        Raises FolderError where the server refuses it, so that nothing was stored, and
        MailboxUnavailableError where no answer came: then it may be stored or not.
        """
        with self._step(f"store a draft in {self.drafts!r}", self.drafts):
            answer = self._client.append(self.drafts, content, (b"\\Draft", b"\\Seen"))
        match = _APPENDUID.search(answer if isinstance(answer, bytes) else b"")
        return int(match[2]) if match else None

    def close(self) -> None:
        """Log out where that works at once, and drop the connection."""
        try:
            self._client.socket().settimeout(3)
            self._client.logout()
        except (IMAPClientError, OSError, ValueError):
            self.abort()

    def abort(self) -> None:
        """Drop the connection at once; a command that waits for its answer fails (any thread)."""
        with suppress(OSError, AttributeError):
            self._client.socket().shutdown(socket.SHUT_RDWR)
        with suppress(IMAPClientError, OSError):
            self._client.shutdown()

    def _connect(self) -> Any:  # noqa: ANN401 - IMAPClient has no types
        account = self._account
        context = _tls_context(account) if account.tls else None
        timeout = imapclient.SocketTimeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        with self._step("connect"):
            client = imapclient.IMAPClient(
                account.host, account.port, ssl=account.tls, ssl_context=context, timeout=timeout
            )
        _restrict(client)
        client.normalise_times = False
        client._imap.debug = 0  # noqa: SLF001 - else each literal is repr()ed and thrown away: 3x CPU
        wire = client.socket()
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return client

    def _login(self, password: str) -> None:
        account = self._account
        if self._client._imap.state != "NONAUTH" and not is_loopback(account.host):  # noqa: SLF001 - no public way
            raise LoginRefusedError(
                f"Can't log in to {self._where}: the server claims that the session is logged in "
                "already (PREAUTH), which bypasses the password. Check the host"
            )
        try:
            with self._step("log in"):
                if password.isascii() or not self._client.has_capability("AUTH=PLAIN"):
                    self._client.login(account.user, password)
                else:
                    self._client.plain_login(account.user, password)
                self._client.capabilities()
        except LoginError as error:
            text = _server_text(error)
            # IMAPClient makes a LoginError of every failure, a lost connection too.
            if isinstance(error.__context__, IMAPClientAbortError) or _PASSING.search(text):
                raise MailboxUnavailableError(
                    f"Can't log in to {self._where} for now: {text}. It is tried again later"
                ) from None
            raise LoginRefusedError(
                f"Can't log in to {self._where} as {account.user}: the server says {text!r}. "
                f"Check login and password of account {account.name!r}; "
                "many providers want an app password"
            ) from None

    def _list_folders(self) -> tuple[Folder, ...]:
        with self._step("list the folders"):
            listed = list(self._client.list_folders())
            if self._client.has_capability("SPECIAL-USE") and not any(
                b"\\drafts" in (flag.lower() for flag in flags) for flags, _, _ in listed
            ):
                answer = self._client._raw_command_untagged(  # noqa: SLF001 - no public way (RFC 6154 5.2)
                    b"LIST", [b"(SPECIAL-USE)", b'""', b'"*"'], uid=False
                )
                flagged = {folder[2]: folder for folder in self._client._proc_folder_list(answer)}  # noqa: SLF001 - as above
                listed = [flagged.get(folder[2], folder) for folder in listed]
        return tuple(
            Folder(
                name,
                frozenset(flag.decode("ascii", "replace").lower() for flag in flags),
                (delimiter or b"").decode("ascii", "replace"),
            )
            for flags, delimiter, name in listed
        )

    def _fetch(self, uids: Sequence[int], limit: int) -> Iterator[Fetched]:
        with self._step("fetch mails"):
            answer = self._client.fetch(uids, [f"BODY.PEEK[]<0.{limit}>".encode()])
        for uid in uids:
            raw = _literal(answer.pop(uid, {}), b"BODY[]")
            if raw:
                yield Fetched(uid, raw, whole=len(raw) < limit)

    def _after_last(self, exists: int) -> int:
        if not exists:
            return 1
        with self._step("ask for the newest mail"):
            found = self._client.search([b"UID", b"1:*"])
        return max(found, default=0) + 1

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.abort()
            raise

    @contextmanager
    def _step(self, step: str, folder: str = "") -> Iterator[None]:
        """Turn what the libraries raise into errors that tell the step, the host and the remedy."""
        try:
            yield
        except LoginError:
            raise
        except ssl.SSLCertVerificationError as error:
            raise MailboxUnavailableError(
                f"Can't {step} to {self._where}: its certificate doesn't verify "
                f"({error.verify_message}). Check the host name; for a server with a certificate "
                "of its own, give its CA as ca_file"
            ) from None
        except socket.gaierror:
            raise MailboxUnavailableError(
                f"Can't {step} to {self._where}: no such host. Check `host` and the network"
            ) from None
        except (IMAPClientAbortError, ProtocolError, OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise MailboxUnavailableError(
                f"Can't {step} at {self._where}: {_one_line(reason)}. It is tried again later"
            ) from None
        except IMAPClientError as error:
            text = _server_text(error)
            if folder:
                raise FolderError(
                    f"Can't {step} at {self._where}: the server says {text!r}. "
                    "Check that the folder exists and may be used"
                ) from None
            raise MailboxUnavailableError(f"Can't {step} at {self._where}: {text}") from None


def _tls_context(account: Account) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=account.ca_file)
    except OSError as error:
        raise InputError(
            f"Can't read the CA file {account.ca_file} of account {account.name!r}: "
            f"{_one_line(str(error))}. It has to be a PEM file"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _restrict(client: Any) -> None:  # noqa: ANN401 - IMAPClient has no types
    """Let no command out that isn't in `ALLOWED`, and no line break in an argument."""
    imap = client._imap  # noqa: SLF001 - every command of IMAPClient leaves through these two
    command, raw_command = imap._command, client._raw_command  # noqa: SLF001 - as above

    def checked(_imap: object, name: str, *args: object) -> object:
        _require_allowed(f"UID {args[0]}" if name == "UID" else name, args)
        return command(name, *args)

    def raw_checked(name: bytes, args: Any, uid: bool = True) -> object:  # noqa: ANN401, FBT001, FBT002 - its signature
        listed = args if isinstance(args, (list, tuple)) else [args]
        _require_allowed(("UID " if uid else "") + name.decode(), listed)
        return raw_command(name, args, uid=uid)

    # imaplib tells a literal from a callback by the type of its own _command: a bound method.
    imap._command = MethodType(checked, imap)  # noqa: SLF001 - as above
    client._raw_command = raw_checked  # noqa: SLF001 - as above


def _require_allowed(name: str, args: Sequence[object]) -> None:
    if name.upper() not in ALLOWED:
        raise ForbiddenCommandError(f"Can't send {name}: it isn't among the commands of Springback")
    for arg in args:
        text = arg if isinstance(arg, bytes) else str(arg).encode()
        if any(mark in text for mark in (b"\r", b"\n", b"\0")):
            raise ForbiddenCommandError(f"Can't send {name}: a line break or NUL in an argument")


def _literal(data: Mapping[bytes, Any], prefix: bytes) -> bytes:
    for key, value in data.items():
        if key.startswith(prefix) and isinstance(value, bytes):
            return value
    return b""


def _parse_ids(header: bytes) -> Ids:
    found: dict[bytes, tuple[str, ...]] = {}
    for name, value in _FIELD.findall(header):
        found.setdefault(name.lower(), tuple(one.decode() for one in _IDS.findall(value)))
    message_ids = found.get(b"message-id", ())
    return Ids(message_ids[0] if message_ids else None, found.get(b"in-reply-to", ()))


def _chunks(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))


def _batches(uids: Sequence[int], sizes: Mapping[int, int]) -> Iterator[list[int]]:
    batch: list[int] = []
    weight = 0
    for uid in uids:
        size = min(sizes[uid], PEEK_BYTES)
        if batch and (len(batch) == _BATCH_MAILS or weight + size > _BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += size
    if batch:
        yield batch


def _server_text(error: Exception) -> str:
    text = str(error)
    match = re.search(r"b'(.*)'|b\"(.*)\"", text)
    return _one_line(match[1] or match[2] if match else text)


def _one_line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e\u00a1-\u024f]+", " ", text).strip()[:200]


Connect = Callable[[Account], Mailbox]
