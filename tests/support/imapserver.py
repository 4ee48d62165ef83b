"""What the tests want of a private IMAP server, and what is the same for all but Dovecot.

Dovecot's mailboxes are looked at from the disk. The others are looked at, filled and used as a person
would by IMAP sessions of the test's own, which `commands` leaves out.
"""

import contextlib
import hashlib
import os
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from imapclient import IMAPClient

from support.commands import OWN_TAG, verbs_of

CACHE = Path(__file__).parents[2] / ".cache" / "servers"  # where install-servers.sh unpacks them


class ImapServer(Protocol):
    """A running server with users of its own; `prefix` is what folders besides INBOX begin with."""

    host: str
    prefix: str
    imaps_port: int

    @property
    def ca_file(self) -> Path:
        """Return the authority a client has to trust."""

    def restart(self) -> None:
        """Stop and start on the same ports; mailboxes stay where the server keeps them at all."""

    def add_user(self, address: str) -> None:
        """Add a user with the password "secret" and the folders Drafts, Sent and Trash."""

    def fill(self, user: str, messages: Iterable[bytes], folder: str = "INBOX") -> int:
        """Store messages and return how many."""

    def deliver(self, user: str, message: bytes, folder: str = "INBOX") -> None:
        """Store a message so that other sessions are told."""

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the stored messages in UID order."""

    def snapshot(self, user: str, folder: str = "INBOX") -> Mapping[str, str]:
        """Return all that a client could have changed in a folder: UIDs, flags and contents."""

    def commands(self, user: str) -> list[bytes]:
        """Return what the program under test sent: no tags, no literals."""

    def verbs(self, user: str) -> set[str]:
        """Return the names of the commands sent, such as "EXAMINE" or "UID FETCH"."""


def require_server(name: str, *, available: bool, in_ci: bool) -> None:
    """Skip the running test where a server is missing, or fail it in CI where `in_ci` says so."""
    if available:
        return
    text = f"{name} is missing; sh tests/support/install-servers.sh brings it where that is possible"
    if in_ci and os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


@contextlib.contextmanager
def session(server: ImapServer, user: str) -> Iterator[IMAPClient]:
    """Yield a session of the test's own, such as a person's mail program would have."""
    context = ssl.create_default_context(cafile=server.ca_file)
    client = IMAPClient(server.host, server.imaps_port, ssl=True, ssl_context=context, timeout=20)
    client._imap.tagpre = OWN_TAG
    client._imap.tagre = re.compile(rb"(?P<tag>%s\d+) (?P<type>[A-Z]+) (?P<data>.*)" % OWN_TAG, re.ASCII)
    try:
        client.login(user, "secret")
        yield client
    finally:
        with contextlib.suppress(OSError, client.Error):
            client.logout()


class OverImap(ABC):
    """The parts of `ImapServer` that an IMAP session can do."""

    host = "localhost"
    prefix = ""
    imaps_port = 0
    _folders: Sequence[str] = ()  # those that the server doesn't make by itself

    def session(self, user: str) -> contextlib.AbstractContextManager[IMAPClient]:
        """Return a session of the test's own."""
        return session(self, user)  # type: ignore[arg-type] # a subclass is a whole ImapServer

    def fill(self, user: str, messages: Iterable[bytes], folder: str = "INBOX") -> int:
        """Store messages and return how many."""
        count = 0
        with self.session(user) as client:
            for count, message in enumerate(messages, 1):  # noqa: B007 - the last one is the number
                client.append(folder, message)
        return count

    def deliver(self, user: str, message: bytes, folder: str = "INBOX") -> None:
        """Store a message so that other sessions are told."""
        self.fill(user, [message], folder)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the stored messages in UID order."""
        return [content for _, _, content in self._look(user, folder)[1]]

    def snapshot(self, user: str, folder: str = "INBOX") -> Mapping[str, str]:
        """Return all that a client could have changed in a folder: UIDs, flags and contents."""
        uidvalidity, stored = self._look(user, folder)
        seen = {str(uid): f"{flags} {hashlib.sha256(data).hexdigest()}" for uid, flags, data in stored}
        return {"UIDVALIDITY": str(uidvalidity), **seen}

    @abstractmethod
    def commands(self, user: str) -> list[bytes]:
        """Return what the program under test sent: no tags, no literals."""

    def verbs(self, user: str) -> set[str]:
        """Return the names of the commands sent, such as "EXAMINE" or "UID FETCH"."""
        return verbs_of(self.commands(user))

    def _look(self, user: str, folder: str) -> tuple[int, list[tuple[int, str, bytes]]]:
        with self.session(user) as client:
            state = client.select_folder(folder, readonly=True)
            if not state[b"EXISTS"]:
                return int(state[b"UIDVALIDITY"]), []
            found = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[]"])
        stored = []
        for uid, data in sorted(found.items()):
            # \Recent is about sessions, not about the mail.
            flags = sorted(flag.decode() for flag in data[b"FLAGS"] if flag.lower() != b"\\recent")
            stored.append((uid, " ".join(flags), data[b"BODY[]"]))
        return int(state[b"UIDVALIDITY"]), stored
