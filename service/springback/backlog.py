"""What is still to be looked at in an inbox, and how far it is dealt with: watermark and gap list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from springback.entries import Cursor
from springback.errors import CommandRefusedError, FetchBrokenError
from springback.gaps import MAX_TRIES
from springback.inhand import Mark
from springback.ledger import Ledger
from springback.message import Message
from springback.ports import FolderState, MailboxPort

_RESCAN = timedelta(days=14)  # at least, when UIDs lost their meaning
_TROUBLE = timedelta(days=1)  # a server that tells of an outage has so long for it, at each try
_ON_ITS_WAY = timedelta(hours=4)  # from a mail's Date to its arrival, greylisting and clocks included

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Whose mail is looked at, in which folder, whether that is recorded, and how old a mail may be."""

    account: str
    folder: str
    dry_run: bool
    reach: timedelta = timedelta()


class Backlog:
    """The mails of one pass over an inbox; made anew for each pass."""

    def __init__(
        self, mailbox: MailboxPort, ledger: Ledger, place: Place, *, clock: Callable[[], datetime]
    ) -> None:
        self._mailbox = mailbox
        self._ledger = ledger
        self._place = place
        self._clock = clock
        self._inbox = FolderState(0, 0)
        self._cursor: Cursor | None = None
        self._recorded: Cursor | None = None
        self._rescan_from: datetime | None = None
        self.looks_back = False  # whether older mail is asked for, which counts when it is finished
        self._missing: set[int] = set()
        self._refused: dict[int, CommandRefusedError] = {}
        self._waits: dict[int, datetime] = {}
        self.noted: dict[int, int] = {}  # how often each mail that failed was tried
        self.first_start = False
        self._log = log.bind(account=place.account)

    def open(self, since: timedelta | None) -> list[int]:
        """Open the inbox and return which UIDs to look at, ascending."""
        account, folder = self._place.account, self._place.folder
        self._inbox = inbox = self._mailbox.examine(folder)
        now = self._clock()
        if not self._place.dry_run and self._ledger.retries.undo_future(
            account, now - self._place.reach, now
        ):
            self._log.warning("clock_was_ahead")
        cursor = self._recorded = self._ledger.cursor(account, folder)
        self.noted = self._ledger.gaps.failed(account, folder, inbox.uidvalidity)
        self._waits = self._ledger.gaps.waits(account, folder, inbox.uidvalidity)
        watermark = max(0, inbox.uidnext - 1)
        asked = now - since if since else None
        if cursor is None:
            # The first start drafts nothing for old mail unless asked.
            self.first_start = asked is None
            cursor = Cursor(inbox.uidvalidity, watermark, asked or now)
            uids: list[int] = []
        elif cursor.uidvalidity != inbox.uidvalidity or (inbox.told and watermark < cursor.watermark):
            self._log.warning("uids_changed", folder=folder, uidvalidity=inbox.uidvalidity)
            self._rescan_from = max(cursor.floor - _ON_ITS_WAY, now - max(_RESCAN, self._place.reach))
            cursor = Cursor(inbox.uidvalidity, watermark, cursor.floor)
            # Servers go by days, of a zone of their own.
            uids = self._mailbox.uids_since(self._rescan_from.date() - timedelta(days=1))
        else:
            uids = self._mailbox.uids_after(cursor.watermark)
        if asked:
            uids += self._mailbox.uids_since(asked.date())
            cursor = replace(cursor, floor=min(cursor.floor, asked))
            self._rescan_from = min(self._rescan_from, asked) if self._rescan_from else None
        self._cursor = cursor
        self.looks_back = asked is not None or self._rescan_from is not None
        uids += self.noted
        given_up = {uid for uid, tries in self.noted.items() if tries >= MAX_TRIES}
        if uids or any(due <= now for uid, due in self._waits.items() if uid not in given_up):
            uids += self._waits  # several notices about one application are answered together
        if asked:  # what failed may be tried again, but nothing that ends the process
            given_up = self._ledger.gaps.deadly(account, folder, inbox.uidvalidity)
        self._missing = set(uids) - given_up
        return sorted(self._missing)

    def reopen(self) -> bool:
        """Open the inbox again after another folder was looked at; return whether mail came meanwhile.

        No server tells of that later: it is in its answer to EXAMINE.
        """
        return self._mailbox.examine(self._place.folder) != self._inbox

    def is_older(self, date: datetime | None) -> bool:
        """Return whether a rescan came upon a mail from before what it looks for."""
        return self._rescan_from is not None and date is not None and date < self._rescan_from

    def due(self, uid: int) -> datetime | None:
        """Return when a mail is to be answered that was left for later, or None."""
        return self._waits.get(uid)

    def named(self, uid: int) -> Mark:
        """Return what is left on disk while a mail is looked at."""
        return Mark(*self._at(uid))

    def arrived(self, uid: int) -> None:
        """Note that the server answered for a mail."""
        self._missing.discard(uid)

    def refused(self, uid: int, error: CommandRefusedError) -> None:
        """Note why the server doesn't give a mail."""
        self._refused[uid] = error

    def settled(self, uid: int) -> None:
        """Record that a mail is dealt with, if it had failed or had to wait."""
        if self._place.dry_run:
            return
        if uid in self.noted:
            self._ledger.gaps.clear_failure(*self._at(uid))
        if uid in self._waits:
            self._ledger.gaps.wait_no_more(*self._at(uid))

    def wait(self, uid: int, due: datetime, message: Message | None = None) -> None:
        """Record that a mail is to be looked at again when it is due, and what is told of it till then."""
        if self._place.dry_run:
            return
        self._waits[uid] = due
        self._ledger.gaps.wait(
            *self._at(uid),
            due.astimezone(UTC),
            sender=str(message.sender or "") if message else "",
            subject=message.subject[:500] if message else "",
            sent=message.date.astimezone(UTC) if message and message.date else None,
        )

    def failed(self, uid: int, error: str, *, counted: bool = True, apart: timedelta | None = None) -> None:
        """Record that a mail could not be dealt with; one that is not counted is only a suspect."""
        tries = 0
        if not self._place.dry_run:
            tries = self._ledger.gaps.note_failure(
                *self._at(uid), error, self._clock(), counted=counted, apart=apart
            )
        if counted:
            self._log.warning("mail_not_dealt_with", uid=uid, tries=tries, error=error)

    def suspect(self, error: FetchBrokenError) -> int:
        """Note which mails were fetched when the connection broke: the next pass takes them singly.

        Only one that breaks it alone is counted, so that an outage gives up no mail. Return how many were.
        """
        alone = len(error.uids) == 1
        for uid in error.uids:
            self.failed(uid, error.discreet, counted=alone)
        return int(alone)

    def mark(self, upto: int, *, finished: bool) -> int:
        """Write the watermark: all mails up to a UID are dealt with, or noted.

        Mails that got no answer are noted first; return how many. A look at older mail counts when it is
        finished.
        """
        silent = self._note_missing(uid for uid in sorted(self._missing) if finished or uid <= upto)
        if self._place.dry_run or self._cursor is None or (self.looks_back and not finished):
            return silent
        account, folder = self._place.account, self._place.folder
        cursor = replace(self._cursor, watermark=max(self._cursor.watermark, upto))
        if cursor != self._recorded:
            self._ledger.move_cursor(account, folder, cursor)
            self._recorded = cursor
        self._ledger.gaps.forget(account, folder, self._inbox.uidvalidity)
        return silent

    def _note_missing(self, uids: Iterable[int]) -> int:
        passed = list(uids)
        if not passed:
            return 0
        self._missing.difference_update(passed)
        still_there = self._mailbox.present(passed)
        for uid in passed:
            why = self._refused.get(uid)
            if uid not in still_there:
                self.settled(uid)
            elif why:
                self.failed(uid, why.discreet, apart=_TROUBLE if why.passing else None)
            else:
                self.failed(uid, "the server gave no answer for it")
        return len(still_there)

    def _at(self, uid: int) -> tuple[str, str, int, int]:
        return self._place.account, self._place.folder, self._inbox.uidvalidity, uid
