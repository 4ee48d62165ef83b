"""One pass over one account: settle what is open, look at new mail, store drafts, record.

The order of the writes is the promise: intent, APPEND, result, and only then the watermark.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from springback.draft import Draft
from springback.draftstore import DraftStore
from springback.entries import Cursor
from springback.errors import (
    FetchBrokenError,
    FolderError,
    LedgerError,
    MailboxUnavailableError,
    TemplateError,
    place_of,
)
from springback.ledger import MAX_TRIES, Ledger
from springback.look import Outcome
from springback.message import letter_is_cut
from springback.ports import Fetched, FolderState, MailboxPort
from springback.triage import Replier, Toolbox, triage

_RESCAN = timedelta(days=14)  # when UIDs lost their meaning
_MARK_EVERY = 200  # mails between two writes of the watermark

log = structlog.get_logger()


Progress = Callable[[int, int], None]  # mails looked at, mails to look at


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
    refused: int = 0
    failed: int = 0
    finished: bool = True


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
        self._drafts = DraftStore(mailbox, ledger, replier.account, clock=clock)
        self._noted: dict[int, int] = {}
        self._rescan_from: datetime | None = None
        self._looks_back = False
        self._seen: set[str] = set()
        self.report = PassReport()
        self._log = log.bind(account=replier.account)

    def run(self) -> PassReport:
        """Do the pass and return its report; raises SpringbackError where the server fails."""
        if not self._options.dry_run:
            self._drafts.settle_open(self._options.settle, self._options.inbox)
        inbox = self._mailbox.examine(self._options.inbox)
        uids, cursor = self._to_look_at(inbox)
        self._look_at(uids, inbox, cursor)
        for draft in self._ledger.open_drafts(self._replier.account):
            if draft.state == "refused":
                self.report.refused += 1
            else:
                self.report.unsettled += 1
        return self.report

    def _to_look_at(self, inbox: FolderState) -> tuple[list[int], Cursor]:
        """Return which UIDs to look at, and the cursor before them."""
        account, folder = self._replier.account, self._options.inbox
        now, since = self._clock(), self._options.since
        cursor = self._ledger.cursor(account, folder)
        self._noted = self._ledger.failed(account, folder, inbox.uidvalidity)
        watermark = max(0, inbox.uidnext - 1)
        asked = now - since if since else None
        if cursor is None:
            # The first start drafts nothing for old mail unless asked.
            self.report.first_start = asked is None
            cursor = Cursor(inbox.uidvalidity, watermark, asked or now)
            uids: list[int] = []
        elif cursor.uidvalidity != inbox.uidvalidity or (inbox.told and watermark < cursor.watermark):
            self._log.warning("uids_changed", folder=folder, uidvalidity=inbox.uidvalidity)
            self._rescan_from = max(cursor.floor, now - _RESCAN)
            cursor = Cursor(inbox.uidvalidity, watermark, cursor.floor)
            uids = self._mailbox.uids_since(self._rescan_from.date())
        else:
            uids = self._mailbox.uids_after(cursor.watermark) if watermark > cursor.watermark else []
        if asked:
            uids += self._mailbox.uids_since(asked.date())
            cursor = replace(cursor, floor=min(cursor.floor, asked))
            self._rescan_from = min(self._rescan_from, asked) if self._rescan_from else None
        self._looks_back = asked is not None or self._rescan_from is not None
        uids += self._noted
        given_up = {uid for uid, tries in self._noted.items() if tries >= MAX_TRIES}
        return sorted(set(uids) - (set() if asked else given_up)), cursor

    def _look_at(self, uids: Sequence[int], inbox: FolderState, cursor: Cursor) -> None:
        reached = 0  # all UIDs up to it were answered for, or noted
        missing = set(uids)
        try:
            for fetched in self._mailbox.fetch(uids, self._noted):
                if self._stopping():
                    self.report.finished = False
                    break
                missing.discard(fetched.uid)
                self._handle_safely(fetched, inbox)
                reached = max(reached, fetched.uid)
                self.report.looked_at += 1
                self._progress(self.report.looked_at, len(uids))
                if self.report.looked_at % _MARK_EVERY == 0:
                    self._mark(inbox, cursor, missing, reached, finished=False)
        except FetchBrokenError as error:
            self._suspect(error, inbox)
            raise
        if self.report.finished:
            reached = max([reached, *uids])
        self._mark(inbox, cursor, missing, reached, finished=self.report.finished)

    def _mark(
        self, inbox: FolderState, cursor: Cursor, missing: set[int], reached: int, *, finished: bool
    ) -> None:
        """Note what got no answer, then write the cursor; a look at older mail counts when finished."""
        self._note_missing(missing, reached, inbox)
        if self._options.dry_run or (self._looks_back and not finished):
            return
        account, folder = self._replier.account, self._options.inbox
        self._ledger.move_cursor(account, folder, replace(cursor, watermark=max(cursor.watermark, reached)))
        self._ledger.forget_failures(account, folder, inbox.uidvalidity)

    def _note_missing(self, missing: set[int], upto: int, inbox: FolderState) -> None:
        """Note the mails that got no answer before the watermark passes them; drop those that are gone."""
        passed = sorted(uid for uid in missing if uid <= upto)
        if not passed:
            return
        missing.difference_update(passed)
        still_there = self._mailbox.present(passed)
        for uid in passed:
            if uid in still_there:
                self._note_failure(uid, inbox, "the server gave no answer for it")
            else:
                self._clear_failure(uid, inbox)

    def _suspect(self, error: FetchBrokenError, inbox: FolderState) -> None:
        """Note which mails were fetched when the connection broke: the next pass takes them singly.

        Only one that breaks it alone is counted, so that an outage gives up no mail.
        """
        for uid in error.uids:
            self._note_failure(uid, inbox, str(error), counted=len(error.uids) == 1)

    def _handle_safely(self, fetched: Fetched, inbox: FolderState) -> None:
        """Handle a mail; one that can't be dealt with is noted, and the others go on."""
        try:
            self._handle(fetched)
        except (FolderError, LedgerError, MailboxUnavailableError):
            raise
        except TemplateError as error:
            # The text of the template's own error may hold words of the mail.
            failed = ", ".join(problem.partition(": ")[0] for problem in error.problems)
            self._note_failure(fetched.uid, inbox, f"{error.step}: {failed} fails on it; see preview")
        except Exception as error:  # noqa: BLE001 - one hostile mail must not stop the others
            self._note_failure(fetched.uid, inbox, place_of(error))
        else:
            self._clear_failure(fetched.uid, inbox)

    def _clear_failure(self, uid: int, inbox: FolderState) -> None:
        if not self._options.dry_run and uid in self._noted:
            self._ledger.clear_failure(self._replier.account, self._options.inbox, inbox.uidvalidity, uid)

    def _note_failure(self, uid: int, inbox: FolderState, error: str, *, counted: bool = True) -> None:
        self.report.failed += counted
        tries = 0
        if not self._options.dry_run:
            tries = self._ledger.note_failure(
                self._replier.account,
                self._options.inbox,
                inbox.uidvalidity,
                uid,
                error,
                self._clock(),
                counted=counted,
            )
        if counted:
            self._log.warning("mail_not_dealt_with", uid=uid, tries=tries, error=error)

    def _handle(self, fetched: Fetched) -> None:
        account = self._replier.account
        if not fetched.whole and letter_is_cut(fetched.raw):
            fetched = self._mailbox.fetch_more(fetched.uid) or fetched
        outcome = triage(fetched.raw, self._tools, self._replier, self._clock(), whole=fetched.whole)
        if outcome is None or outcome.verdict.name == "other" or self._is_older(outcome):
            return
        key = outcome.message.fingerprint
        if key in self._seen or self._ledger.knows(account, key):
            self.report.known += 1
            return
        self._seen.add(key)
        if outcome.verdict.name == "review":
            self._record(outcome, self.report.review)
        elif outcome.draft is None:
            self._record(outcome, self.report.not_drafted)
        else:
            self._draft(outcome, outcome.draft)

    def _is_older(self, outcome: Outcome) -> bool:
        """Return whether a rescan came upon a mail from before what it looks for."""
        date = outcome.message.date
        return self._rescan_from is not None and date is not None and date < self._rescan_from

    def _record(self, outcome: Outcome, told: list[Outcome]) -> None:
        told.append(outcome)
        if not self._options.dry_run:
            digest = self._tools.classifier.rules.digest
            self._ledger.record(self._replier.account, outcome, digest, self._clock())
        self._tell(outcome.verdict.name, outcome, no_draft=outcome.no_draft)

    def _draft(self, outcome: Outcome, draft: Draft) -> None:
        """Store the draft of a rejection, unless there is an answer to it already."""
        against = self._drafts.reason_against(outcome, draft, self._options.inbox)
        if against:
            unanswered = replace(outcome, draft=None, no_draft=against)
            self._record(unanswered, self.report.not_drafted)
            return
        if self._options.dry_run:
            self.report.drafted.append(outcome)
        elif self._drafts.store(outcome, draft, self._tools.classifier.rules.digest):
            self._tell("drafted", outcome, template=draft.template)
            self.report.drafted.append(outcome)

    def _tell(self, event: str, outcome: Outcome, **more: str | None) -> None:
        self._log.info(
            event,
            key=outcome.message.fingerprint[:12],
            decided_by=outcome.verdict.line,
            rules=[item.rule for item in outcome.verdict.evidence],
            **{name: value for name, value in more.items() if value is not None},
        )
