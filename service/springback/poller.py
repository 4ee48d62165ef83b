"""One pass over one account: settle what is open, look at new mail, store drafts, record.

The order of the writes is the promise: intent, APPEND, result, and only then the watermark.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from springback.errors import (
    FolderError,
    LedgerError,
    MailboxUnavailableError,
    TemplateError,
    place_of,
)
from springback.ledger import MAX_TRIES, Cursor, Ledger, OpenDraft, State
from springback.mailbox import Fetched, FolderState, Ids
from springback.message import letter_is_cut
from springback.triage import Outcome, Replier, Toolbox, triage

_RESCAN = timedelta(days=14)  # when UIDs lost their meaning
_NEWEST_DRAFTS, _NEWEST_SENT = 5_000, 1_000  # stored mails whose ids are compared
_LOOKS = 2  # searches that find nothing before a draft is stored again
_MARK_EVERY = 200  # mails between two writes of the watermark

log = structlog.get_logger()


Progress = Callable[[int, int], None]  # mails looked at, mails to look at


class MailboxPort(Protocol):
    """What a pass needs of a mailbox; `mailbox.Mailbox` says what each method guarantees."""

    drafts: str
    sent: str | None
    trash: str | None

    def examine(self, folder: str) -> FolderState:
        """Open a folder for reading."""

    def status(self, folder: str) -> FolderState:
        """Return the state of a folder that isn't open."""

    def uids_after(self, watermark: int) -> list[int]:
        """Return the UIDs above the watermark."""

    def uids_since(self, day: date) -> list[int]:
        """Return the UIDs received on the day or later."""

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Yield the mails in order, bounded."""

    def fetch_more(self, uid: int) -> Fetched | None:
        """Return more of one mail."""

    def ids(self, first_uid: int, newest: int | None = None) -> dict[int, Ids]:
        """Return the ids of stored mails."""

    def append_draft(self, content: bytes) -> int | None:
        """Store a draft."""


@dataclass(frozen=True, slots=True)
class PassOptions:
    """What a pass looks at, and whether it acts."""

    inbox: str
    settle: timedelta
    since: timedelta | None = None
    dry_run: bool = False


@dataclass
class PassReport:
    """What a pass found and did."""

    looked_at: int = 0
    first_start: bool = False
    drafted: list[Outcome] = field(default_factory=list)
    not_drafted: list[Outcome] = field(default_factory=list)
    review: list[Outcome] = field(default_factory=list)
    known: int = 0
    unsettled: int = 0
    failed: int = 0


class Pass:
    """One pass over one account; made anew for each."""

    def __init__(
        self,
        mailbox: MailboxPort,
        ledger: Ledger,
        tools: Toolbox,
        replier: Replier,
        options: PassOptions,
        *,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        self._mailbox = mailbox
        self._ledger = ledger
        self._tools = tools
        self._replier = replier
        self._options = options
        self._clock = clock
        self._stopping = stopping
        self._progress = progress
        self._stored: _Stored | None = None
        self._rescans = False
        self.report = PassReport()
        self._log = log.bind(account=replier.account)

    def run(self) -> PassReport:
        """Do the pass and return its report; raises SpringbackError where the server fails."""
        if not self._options.dry_run:
            self._settle_open_drafts()
        inbox = self._mailbox.examine(self._options.inbox)
        uids, cursor = self._to_look_at(inbox)
        self._look_at(uids, inbox, cursor)
        self.report.unsettled = len(self._ledger.open_drafts(self._replier.account))
        return self.report

    def _to_look_at(self, inbox: FolderState) -> tuple[list[int], Cursor]:
        """Return which UIDs to look at, and the cursor before them."""
        account, folder = self._replier.account, self._options.inbox
        cursor = self._ledger.cursor(account, folder)
        watermark = max(0, inbox.uidnext - 1)
        since = self._options.since
        if cursor is None:
            # The first start drafts nothing for old mail unless asked.
            self.report.first_start = True
            cursor = Cursor(inbox.uidvalidity, watermark)
            uids: list[int] = []
        elif cursor.uidvalidity != inbox.uidvalidity or watermark < cursor.watermark:
            self._log.warning("uids_changed", folder=folder, uidvalidity=inbox.uidvalidity)
            cursor = Cursor(inbox.uidvalidity, watermark)
            uids = []
            since = max(since, _RESCAN) if since else _RESCAN
        else:
            uids = self._mailbox.uids_after(cursor.watermark) if watermark > cursor.watermark else []
        self._rescans = since is not None
        if since:
            uids += self._mailbox.uids_since((self._clock() - since).date())
        uids += self._ledger.to_retry(account, folder, inbox.uidvalidity)
        return sorted(set(uids)), cursor

    def _look_at(self, uids: Sequence[int], inbox: FolderState, cursor: Cursor) -> None:
        highest = cursor.watermark
        missing = set(uids)
        for fetched in self._mailbox.fetch(uids):
            if self._stopping():
                return self._mark(inbox, highest, finished=False)
            missing.discard(fetched.uid)
            self._handle_safely(fetched, inbox)
            highest = max(highest, fetched.uid)
            self.report.looked_at += 1
            self._progress(self.report.looked_at, len(uids))
            if self.report.looked_at % _MARK_EVERY == 0:
                self._mark(inbox, highest, finished=False)
        for uid in sorted(missing):
            self._note_failure(uid, inbox, "the server gave no answer for it")
        return self._mark(inbox, max([highest, *uids]), finished=True)

    def _mark(self, inbox: FolderState, watermark: int, *, finished: bool) -> None:
        """Write the watermark; a look at older mail is behind it and counts only when finished."""
        if not self._options.dry_run and (finished or not self._rescans):
            self._ledger.move_cursor(
                self._replier.account, self._options.inbox, Cursor(inbox.uidvalidity, watermark)
            )

    def _handle_safely(self, fetched: Fetched, inbox: FolderState) -> None:
        """Handle a mail; one that can't be dealt with is noted, and the others go on."""
        try:
            self._handle(fetched)
        except (FolderError, LedgerError, MailboxUnavailableError):
            raise
        except TemplateError as error:
            self._note_failure(fetched.uid, inbox, str(error))
        except Exception as error:  # noqa: BLE001 - one hostile mail must not stop the others
            self._note_failure(fetched.uid, inbox, place_of(error))
        else:
            if not self._options.dry_run:
                self._ledger.clear_failure(
                    self._replier.account, self._options.inbox, inbox.uidvalidity, fetched.uid
                )

    def _note_failure(self, uid: int, inbox: FolderState, error: str) -> None:
        self.report.failed += 1
        tries = 0
        if not self._options.dry_run:
            tries = self._ledger.note_failure(
                self._replier.account,
                self._options.inbox,
                inbox.uidvalidity,
                uid,
                error,
                self._clock(),
            )
        self._log.warning("mail_not_dealt_with", uid=uid, tries=tries, error=error)

    def _handle(self, fetched: Fetched) -> None:
        account = self._replier.account
        if not fetched.whole and letter_is_cut(fetched.raw):
            fetched = self._mailbox.fetch_more(fetched.uid) or fetched
        outcome = triage(fetched.raw, self._tools, self._replier, self._clock(), whole=fetched.whole)
        if outcome is None or outcome.verdict.name == "other":
            return
        if self._ledger.knows(account, outcome.message.fingerprint):
            self.report.known += 1
        elif outcome.verdict.name == "review":
            self._record(outcome, self.report.review)
        elif outcome.draft is None:
            self._record(outcome, self.report.not_drafted)
        else:
            self._draft(outcome)

    def _record(self, outcome: Outcome, told: list[Outcome]) -> None:
        told.append(outcome)
        if not self._options.dry_run:
            digest = self._tools.classifier.rules.digest
            self._ledger.record(self._replier.account, outcome, digest, self._clock())
        self._log.info(
            outcome.verdict.name,
            key=outcome.message.fingerprint[:12],
            decided_by=outcome.verdict.line,
            rules=[item.rule for item in outcome.verdict.evidence],
            no_draft=outcome.no_draft,
        )

    def _draft(self, outcome: Outcome) -> None:
        """Store the draft of a rejection, unless the mailbox shows that it was answered already."""
        account, draft, now = self._replier.account, outcome.draft, self._clock()
        if draft is None:
            raise ValueError("an outcome without a draft can't be stored")
        stored = self._stored_mail()
        if stored.answers(draft.message_id, outcome.message.message_id):
            return self._record(
                _without(outcome, "an answer stands in the mailbox already"), self.report.not_drafted
            )
        if self._ledger.drafted_for_thread(account, outcome, now):
            return self._record(
                _without(outcome, "this conversation got a draft within a day"), self.report.not_drafted
            )
        if not self._options.dry_run:
            state = self._mailbox.status(self._mailbox.drafts)
            self._ledger.intend(
                account,
                outcome,
                self._tools.classifier.rules.digest,
                self._mailbox.drafts,
                state.uidvalidity,
                state.uidnext,
                now,
            )
            self._append(outcome.message.fingerprint, draft.content, tries=1)
            self._log.info(
                "drafted",
                key=outcome.message.fingerprint[:12],
                template=draft.template,
                decided_by=outcome.verdict.line,
                rules=[item.rule for item in outcome.verdict.evidence],
            )
        self.report.drafted.append(outcome)
        return None

    def _append(self, key: str, content: bytes, tries: int) -> None:
        """Store a draft whose intent is durable; an answer that never comes leaves the intent open."""
        account = self._replier.account
        try:
            uid = self._mailbox.append_draft(content)
        except FolderError as error:
            state: State = "parked" if tries >= MAX_TRIES else "refused"
            self._ledger.settle(account, key, state, self._clock(), note=str(error))
            raise
        self._ledger.settle(account, key, "done", self._clock(), uid=uid)

    def _settle_open_drafts(self) -> None:
        """Find out what became of drafts whose answer never came, and store again what is absent."""
        now = self._clock()
        for draft in self._ledger.open_drafts(self._replier.account):
            if draft.state == "refused":
                self._store_again(draft)
            elif now - draft.touched_at >= self._options.settle:
                self._look_for(draft)

    def _look_for(self, draft: OpenDraft) -> None:
        account, now = self._replier.account, self._clock()
        uid = self._find(draft)
        if uid is not None:
            self._ledger.settle(account, draft.key, "done", now, uid=uid or None)
            self._log.info("draft_found", key=draft.key[:12])
        elif self._stored_mail().answers(draft.message_id, draft.source_id):
            self._ledger.settle(account, draft.key, "done", now, note="taken from Drafts already")
        elif draft.looks + 1 < _LOOKS:
            # The server may still be finishing the first try: only a second look decides.
            self._ledger.looked(account, draft.key, draft.looks + 1, now)
        elif draft.tries >= MAX_TRIES:
            note = f"stored {draft.tries} times without an answer and never found"
            self._ledger.settle(account, draft.key, "parked", now, note=note)
            self._log.warning("draft_parked", key=draft.key[:12], note=note)
        else:
            self._store_again(draft)

    def _find(self, draft: OpenDraft) -> int | None:
        """Return the UID of a stored draft, told by its Message-ID, or None."""
        state = self._mailbox.examine(self._mailbox.drafts)
        first = draft.uidnext if state.uidvalidity == draft.uidvalidity else 1
        found = self._mailbox.ids(max(first, 1))
        return next((uid for uid, ids in found.items() if ids.message_id == draft.message_id), None)

    def _store_again(self, draft: OpenDraft) -> None:
        state = self._mailbox.status(self._mailbox.drafts)
        self._ledger.intend_again(
            self._replier.account,
            draft.key,
            draft.tries + 1,
            state.uidvalidity,
            state.uidnext,
            self._clock(),
        )
        self._append(draft.key, draft.content, draft.tries + 1)

    def _stored_mail(self) -> "_Stored":
        """Return the ids in Drafts, Sent and Trash, read once a pass and only when needed."""
        if self._stored is None:
            stored = _Stored()
            for folder, newest in (
                (self._mailbox.drafts, _NEWEST_DRAFTS),
                (self._mailbox.sent, _NEWEST_SENT),
                (self._mailbox.trash, _NEWEST_SENT),
            ):
                if folder and self._can_open(folder):
                    stored.add(self._mailbox.ids(1, newest).values(), deleted=folder == self._mailbox.trash)
            self._mailbox.examine(self._options.inbox)
            self._stored = stored
        return self._stored

    def _can_open(self, folder: str) -> bool:
        """Open a folder; without Drafts nothing may be drafted, without Sent or Trash it may."""
        try:
            self._mailbox.examine(folder)
        except FolderError as error:
            if folder == self._mailbox.drafts:
                raise
            self._log.warning("folder_not_read", folder=folder, error=str(error))
            return False
        return True


@dataclass
class _Stored:
    """The ids of what stands in Drafts, Sent and Trash."""

    ids: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def add(self, found: Iterable[Ids], *, deleted: bool) -> None:
        for ids in found:
            if ids.message_id:
                self.ids.add(ids.message_id)
            if not deleted:
                self.answered.update(ids.in_reply_to)

    def answers(self, draft_id: str, source_id: str | None) -> bool:
        """Return whether the draft itself, or another answer to the mail, was ever stored."""
        return draft_id in self.ids or source_id in self.answered


def _without(outcome: Outcome, why: str) -> Outcome:
    return replace(outcome, draft=None, no_draft=why)
