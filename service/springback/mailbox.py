"""The mailbox of an account: read with EXAMINE and PEEK, written with APPEND only."""

import re
import socket
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date

from springback.config import Account
from springback.errors import CommandRefusedError, FetchBrokenError, MailboxUnavailableError
from springback.folders import Folder, find_by_use, find_drafts, find_history
from springback.headers import MAX_HEADER
from springback.idle import Idle
from springback.imapdata import batches, chunks, criteria_of, literal, parse_ids
from springback.listening import Listening
from springback.ports import Fetched, FolderState, Ids
from springback.query import Query
from springback.wire import count_received, hang_up, log_in, log_out, open_client, step

PEEK_BYTES = 262_144  # of a mail, enough for its letter
WHOLE_BYTES = 1_048_576  # of a mail whose letter is longer

_SIZES_AT_ONCE = 1_000  # UIDs asked for their size in one command
_HEADERS_AT_ONCE = 500
_SEARCHED_AT_ONCE = 50_000  # mails
_MOOD = 3  # refusals in a row that are about the server, not about a mail
_HEADER_FIELDS = (
    "FROM TO CC REPLY-TO SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES "
    "LIST-ID LIST-POST PRECEDENCE AUTO-SUBMITTED"
)
_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")


class Mailbox:
    """One connection to one account's server; after any MailboxUnavailableError it is of no more use."""

    def __init__(self, account: Account, password: str) -> None:
        self._account = account
        self._where = f"{account.host}:{account.port}"
        self._exists = 0  # mails in the open folder
        self._listening: Listening | None = None
        self._client = open_client(account, self._where)
        self.received = count_received(self._client)
        with self._closing_on_error():
            log_in(self._client, account, password, self._where)
            self.folders = self._list_folders()
            self.drafts = find_drafts(self.folders, account.drafts)
            self.sent = find_by_use(self.folders, "\\sent")
            self.trash = find_by_use(self.folders, "\\trash")
            self.history = find_history(self.folders, account.inbox, account.history)

    def examine(self, folder: str) -> FolderState:
        """Open a folder for reading; raises FolderError where it doesn't exist."""
        with step(self._where, f"open {folder!r}", folder):
            answer = self._client.select_folder(folder, readonly=True)
        self._exists = int(answer.get(b"EXISTS") or 0)
        uidvalidity, uidnext = (int(answer.get(name) or 0) for name in (b"UIDVALIDITY", b"UIDNEXT"))
        if uidnext:
            return FolderState(uidvalidity, uidnext)
        return FolderState(uidvalidity, self._after_last(), told=False)  # Courier

    def status(self, folder: str) -> FolderState:
        """Return the state of a folder that isn't open; raises FolderError."""
        with step(self._where, f"ask for the state of {folder!r}", folder):
            answer = self._client.folder_status(folder, [b"UIDVALIDITY", b"UIDNEXT"])
        return FolderState(int(answer.get(b"UIDVALIDITY", 0)), int(answer.get(b"UIDNEXT", 0)))

    def uids_after(self, watermark: int) -> list[int]:
        """Return the UIDs above the watermark in the open folder, ascending."""
        found = self._search("search for new mail", b"UID", f"{watermark + 1}:*".encode())
        # "n:*" names the last mail even if its UID is below n (RFC 3501 6.4.8).
        return [uid for uid in found if uid > watermark]

    def uids_since(self, day: date) -> list[int]:
        """Return the UIDs of mails received on the day or later, ascending."""
        return self._search("search for mail by date", b"SINCE", day)

    def find(self, query: Query) -> list[int]:
        """Return the UIDs of the open folder's mails that a query finds, ascending.

        Only its newest mails are searched where it holds very many.
        """
        newest = [f"{self._exists - _SEARCHED_AT_ONCE + 1}:*"] if self._exists > _SEARCHED_AT_ONCE else []
        try:
            return self._found([*newest, *criteria_of(query)])
        except CommandRefusedError:
            plain = replace(
                query,
                anyone=tuple(word for word in query.anyone if word.isascii()),
                subject=tuple(word for word in query.subject if word.isascii()),
            )
            if not (plain.anyone or plain.subject):
                raise
            # A server without UTF-8 (BADCHARSET), or one that searches few fields.
            return self._found([*newest, *criteria_of(plain, reply_to=False)])

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the header of each of these mails of the open folder, as far as the reply needs it."""
        headers: dict[int, bytes] = {}
        for chunk in chunks(uids, _HEADERS_AT_ONCE):
            with step(self._where, "fetch headers"):
                answer = self._client.fetch(
                    chunk, [f"BODY.PEEK[HEADER.FIELDS ({_HEADER_FIELDS})]<0.{MAX_HEADER}>"]
                )
            for uid in chunk:
                header = literal(answer.get(uid, {}), b"BODY[HEADER.FIELDS")
                if header:
                    headers[uid] = header
        return headers

    def present(self, uids: Sequence[int]) -> set[int]:
        """Return which of the UIDs the open folder still has."""
        found: set[int] = set()
        for chunk in chunks(uids, _HEADERS_AT_ONCE):
            found.update(self._search("search for mail", b"UID", ",".join(map(str, chunk)).encode()))
        return found

    def fetch(self, uids: Sequence[int], singly: Container[int] = ()) -> Iterator[Fetched]:
        """Yield the mails of the open folder in order, no more than a few megabytes at a time.

        A UID that the server doesn't answer for is left out. Those in `singly` are fetched one by
        one. Raises FetchBrokenError where a mail, or the network, breaks the connection.
        """
        for chunk in chunks(uids, _SIZES_AT_ONCE):
            sizes = dict.fromkeys(chunk, PEEK_BYTES)
            with suppress(CommandRefusedError), step(self._where, "fetch the sizes of mails"):
                answer = self._client.fetch(chunk, [b"RFC822.SIZE"])
                sizes = {uid: int(data.get(b"RFC822.SIZE") or PEEK_BYTES) for uid, data in answer.items()}
            for batch in batches([uid for uid in chunk if uid in sizes], sizes, singly, PEEK_BYTES):
                yield from self._fetch_batch(batch)

    def fetch_more(self, uid: int) -> Fetched | None:
        """Return up to a megabyte of one mail, or None where it is gone or refused."""
        with suppress(CommandRefusedError):
            return next(self._fetch([uid], WHOLE_BYTES), None)
        return None

    def ids(self, first_uid: int, newest: int | None = None) -> dict[int, Ids]:
        """Return the ids of the mails of the open folder from a UID on, or of its newest ones only.

        A mail that the server has but gives no answer for is there as well, without ids. Raises
        CommandRefusedError where the server finds none of the mails that it has.
        """
        if newest and self._exists > newest:
            found = self._search("search for mail", f"{self._exists - newest + 1}:*".encode())
        else:
            found = self._search("search for mail", b"UID", f"{first_uid}:*".encode())
        # "n:*" names the last mail at least: nothing found is a folder without mail, or a lie.
        if self._exists and not found and not self._search("search for mail", b"1:*"):
            raise CommandRefusedError(
                f"Can't search for mail at {self._where}: of {self._exists} mails the server finds none"
            )
        ids: dict[int, Ids] = {}
        for chunk in chunks([uid for uid in found if uid >= first_uid], _HEADERS_AT_ONCE):
            with step(self._where, "fetch message ids"):
                answer = self._client.fetch(chunk, [_peek_fields("MESSAGE-ID IN-REPLY-TO SUBJECT")])
            headers = {uid: literal(answer.get(uid, {}), b"BODY[HEADER.FIELDS") for uid in chunk}
            ids |= {uid: parse_ids(header) for uid, header in headers.items() if header is not None}
            silent = [uid for uid, header in headers.items() if header is None]
            ids |= {uid: Ids(None, (), told=False) for uid in (self.present(silent) if silent else ())}
        return ids

    def thread(self, folder: str, uid: int) -> int | None:
        """Return Gmail's id of the conversation that a mail is in, or None where it isn't told."""
        if not self._client.has_capability("X-GM-EXT-1"):
            return None
        self.examine(folder)
        with step(self._where, "ask for the conversation"):
            answer = self._client.fetch([uid], [b"X-GM-THRID"])
        found = answer.get(uid, {}).get(b"X-GM-THRID")
        return int(found) if found else None

    def append_draft(self, content: bytes) -> int | None:
        r"""Store a draft with \Draft and \Seen; return its UID where the server tells it.

        Raises FolderError where the server refuses it, so that nothing was stored, and
        MailboxUnavailableError where no answer came: then it may be stored or not.
        """
        with step(self._where, f"store a draft in {self.drafts!r}", self.drafts):
            answer = self._client.append(self.drafts, content, (b"\\Draft", b"\\Seen"))
        match = _APPENDUID.search(answer if isinstance(answer, bytes) else b"")
        return int(match[2]) if match else None

    @property
    def pushes(self) -> bool:
        """Whether the server tells of new mail by itself (IDLE)."""
        return bool(self._client.has_capability("IDLE"))

    def stirred(self) -> bool:
        """Return whether mail came to the open folder since it was opened, as answers tell in passing."""
        told = self._client._imap.untagged_responses.get("EXISTS", ())  # noqa: SLF001 - no public way
        return len(told) > 1  # the first was the answer to EXAMINE

    def listen(self) -> socket.socket:
        """Let the server tell of mail in the open folder; return the socket on which it will."""
        with step(self._where, "wait for mail"):
            self._listening = Listening(self._client)
        return self._listening.socket

    def hear(self) -> Idle:
        """Return what was heard by now, without waiting."""
        if self._listening is None:
            raise ValueError("nobody listens")
        with step(self._where, "wait for mail"):
            return self._listening.hear()

    def stop_listening(self) -> Idle:
        """Take commands again; return all that was heard."""
        listening, self._listening = self._listening, None
        if listening is None:
            raise ValueError("nobody listens")
        with step(self._where, "wait for mail"):
            return listening.stop()

    def close(self) -> None:
        """Log out where that works at once, and drop the connection."""
        if self._listening:
            with suppress(OSError):
                self._listening.leave()
            hang_up(self._client)
        else:
            log_out(self._client)

    def abort(self) -> None:
        """Drop the connection at once; a command that waits for its answer fails (any thread)."""
        hang_up(self._client)

    def _list_folders(self) -> tuple[Folder, ...]:
        with step(self._where, "list the folders"):
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

    def _search(self, doing: str, *criteria: object) -> list[int]:
        """Return the UIDs found, ascending; a large folder is searched in parts.

        imaplib reads no line of over a million bytes, and all UIDs found come in one.
        """
        found: set[int] = set()
        parts: list[list[object]] = [[]]
        if self._exists > _SEARCHED_AT_ONCE and criteria[0] in (b"UID", b"SINCE"):
            starts = range(1, self._exists + 1, _SEARCHED_AT_ONCE)
            parts = [[f"{first}:{first + _SEARCHED_AT_ONCE - 1}".encode()] for first in starts]
            parts[-1] = [f"{starts[-1]}:*".encode()]
        for part in parts:
            with step(self._where, doing):
                found.update(self._client.search([*part, *criteria]))
        return sorted(found)

    def _found(self, criteria: list[object]) -> list[int]:
        plain = all(str(word).isascii() for word in criteria)
        with step(self._where, "search for earlier mail"):
            return sorted(self._client.search(criteria, charset=None if plain else "UTF-8"))

    def _fetch_batch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Yield the mails of a batch; where the server refuses it, those that it gives one by one."""
        try:
            yield from self._fetch(uids, PEEK_BYTES)
        except CommandRefusedError:
            if len(uids) == 1:
                return
            refused = given = 0
            for uid in uids:
                try:
                    yield from self._fetch([uid], PEEK_BYTES)
                    given += 1
                except CommandRefusedError:
                    refused += 1
                    if not given and refused == _MOOD:
                        raise

    def _fetch(self, uids: Sequence[int], limit: int) -> Iterator[Fetched]:
        try:
            with step(self._where, "fetch mails"):
                answer = self._client.fetch(uids, [f"BODY.PEEK[]<0.{limit}>".encode()])
        except CommandRefusedError:
            raise
        except MailboxUnavailableError as error:
            raise FetchBrokenError(str(error), uids) from None
        for uid in uids:
            raw = literal(answer.pop(uid, {}), b"BODY[]")
            if raw:
                yield Fetched(uid, raw, whole=len(raw) < limit)

    def _after_last(self) -> int:
        if not self._exists:
            return 1
        return max(self._search("ask for the newest mail", b"*"), default=0) + 1

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.abort()
            raise


def _peek_fields(names: str) -> str:
    """Return what to fetch of a header: these fields, bounded."""
    return f"BODY.PEEK[HEADER.FIELDS ({names})]<0.{MAX_HEADER}>"
