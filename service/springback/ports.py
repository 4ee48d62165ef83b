"""What the pass needs of a mailbox; `mailbox.Mailbox` says what each method guarantees."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from springback.errors import CommandRefusedError
from springback.query import Query


@dataclass(frozen=True, slots=True)
class FolderState:
    """What tells whether UIDs still mean what they meant, and which comes next."""

    uidvalidity: int
    uidnext: int
    told: bool = True  # False where the server doesn't tell UIDNEXT and the newest mail did


@dataclass(frozen=True, slots=True)
class Fetched:
    """The first bytes of a mail; `whole` where it has no more. None where the server `refused` it."""

    uid: int
    raw: bytes
    whole: bool
    refused: CommandRefusedError | None = None


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids in the header of a stored mail."""

    message_id: str | None
    in_reply_to: tuple[str, ...]
    forwarded: bool = False  # whether it shows somebody else what it refers to
    told: bool = True  # False where the server has the mail, but gives no answer for it


class MailboxPort(Protocol):
    """A connection to one mailbox."""

    drafts: str
    sent: str | None
    trash: str | None
    history: tuple[str, ...]

    def examine(self, folder: str) -> FolderState:
        """Open a folder for reading."""

    def status(self, folder: str) -> FolderState:
        """Return the state of a folder that isn't open."""

    def uids_after(self, watermark: int) -> list[int]:
        """Return the UIDs above the watermark."""

    def uids_since(self, day: date) -> list[int]:
        """Return the UIDs received on the day or later."""

    def find(self, query: Query) -> list[int]:
        """Return the UIDs of the mails that a query finds."""

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the headers of mails."""

    def present(self, uids: Sequence[int]) -> set[int]:
        """Return which of the UIDs the folder still has."""

    def fetch(self, uids: Sequence[int], singly: Container[int] = ()) -> Iterator[Fetched]:
        """Yield the mails in order, bounded."""

    def fetch_more(self, uid: int) -> Fetched | None:
        """Return more of one mail."""

    def ids(self, first_uid: int, newest: int | None = None) -> dict[int, Ids]:
        """Return the ids of stored mails."""

    def thread(self, folder: str, uid: int) -> int | None:
        """Return the server's id of a mail's conversation."""

    def append_draft(self, content: bytes) -> int | None:
        """Store a draft."""
