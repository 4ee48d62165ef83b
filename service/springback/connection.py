"""A connection to an account's server: its folders, opened with EXAMINE only, and the wait for news."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from springback.config import Account
from springback.errors import CommandRefusedError
from springback.folders import Folder, find_by_use, find_drafts, find_history
from springback.idle import Idle
from springback.listening import Listening
from springback.login import log_in
from springback.ports import FolderState
from springback.step import step
from springback.wire import count_received, hang_up, log_out, open_client

SEARCHED_AT_ONCE = 50_000  # mails, in one command
_WINDOWS = 200  # at most, in which a folder is searched


class Connection:
    """One connection to one account's server; after any MailboxUnavailableError it is of no more use."""

    def __init__(self, account: Account, password: str) -> None:
        self._account = account
        self._where = f"{account.host}:{account.port}"
        self._exists = 0  # mails in the open folder
        self._uidnext = 1
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
        with step(self._where, f"open {folder!r}", folder, opens=True):
            answer = self._client.select_folder(folder, readonly=True)
        self._exists = int(answer.get(b"EXISTS") or 0)
        uidvalidity, uidnext = (int(answer.get(name) or 0) for name in (b"UIDVALIDITY", b"UIDNEXT"))
        self._uidnext = uidnext or self._after_last()  # Courier
        return FolderState(uidvalidity, self._uidnext, told=uidnext > 0)

    def status(self, folder: str) -> FolderState:
        """Return the state of a folder that isn't open; raises FolderError."""
        with step(self._where, f"ask for the state of {folder!r}", folder, opens=True):
            answer = self._client.folder_status(folder, [b"UIDVALIDITY", b"UIDNEXT"])
        return FolderState(int(answer.get(b"UIDVALIDITY", 0)), int(answer.get(b"UIDNEXT", 0)))

    @property
    def pushes(self) -> bool:
        """Whether the server tells of new mail by itself (IDLE)."""
        return bool(self._client.has_capability("IDLE"))

    def stirred(self) -> bool:
        """Return whether mail came to the open folder since it was opened, as answers tell in passing."""
        told = self._client._imap.untagged_responses  # noqa: SLF001 - no public way
        # The first number was the answer to EXAMINE. A server may tell the same one again, which is no
        # news (RFC 3501 7.3.1) unless a mail went meanwhile.
        first, *later = told.get("EXISTS") or (None,)
        return bool(later) and ("EXPUNGE" in told or set(later) != {first})

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
        told = any(b"\\drafts" in (flag.lower() for flag in flags) for flags, _, _ in listed)
        if self._client.has_capability("SPECIAL-USE") and not told:
            # Where it is refused, folders are known by their names.
            with suppress(CommandRefusedError), step(self._where, "ask for the uses of the folders"):
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
        """Return the UIDs found, ascending."""
        with step(self._where, doing):
            return sorted(self._client.search([*criteria]))

    def _search_from(self, uid: int, doing: str, *criteria: object) -> list[int]:
        """Return the UIDs found from one on, ascending, and maybe the last of all; a large folder in parts.

        imaplib reads no line of over a million bytes, and all UIDs found come in one. The parts are of UIDs:
        numbers move on where others delete mail meanwhile.
        """
        found: set[int] = set()
        if self._exists > SEARCHED_AT_ONCE:
            # UIDs that are far apart come to many only in a window as wide.
            window = max(SEARCHED_AT_ONCE, (self._uidnext - uid) // _WINDOWS)
            for first in range(uid, self._uidnext - window, window):
                uid = first + window
                found.update(self._search(doing, b"UID", f"{first}:{uid - 1}".encode(), *criteria))
        # "n:*" names the last mail even if its UID is below n (RFC 3501 6.4.8).
        found.update(self._search(doing, b"UID", f"{uid}:*".encode(), *criteria))
        return sorted(found)

    def _after_last(self) -> int:
        if not self._exists:
            return 1
        # Courier finds nothing under "*" alone.
        found = self._search("ask for the newest mail", f"{self._exists}:*".encode())
        if not found:
            # Without it all old mail would count as new.
            raise CommandRefusedError(
                f"Can't tell the newest mail at {self._where}: the server doesn't name it"
            )
        return found[-1] + 1

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.abort()
            raise
