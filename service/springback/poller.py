"""One pass over one account: settle what is open, look at new mail, store drafts, record.

The order of the writes is the promise: intent, APPEND, result, and only then the watermark.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from springback.drafting import Draft
from springback.draftstore import DraftStore
from springback.entries import Cursor
from springback.errors import (
    FolderError,
    LedgerError,
    MailboxUnavailableError,
    TemplateError,
    place_of,
)
from springback.ledger import MAX_TRIES, Ledger
from springback.message import letter_is_cut
from springback.ports import Fetched, FolderState, MailboxPort
from springback.triage import Outcome, Replier, Toolbox, triage

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
        self._drafts = DraftStore(mailbox, ledger, replier.account, clock=clock)
        self._noted: dict[int, int] = {}
        self._rescans = False
        self.report = PassReport()
        self._log = log.bind(account=replier.account)

    def run(self) -> PassReport:
        """Do the pass and return its report; raises SpringbackError where the server fails."""
        if not self._options.dry_run:
            self._drafts.settle_open(self._options.settle, self._options.inbox)
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
        self._noted = self._ledger.failed(account, folder, inbox.uidvalidity)
        uids += [uid for uid, tries in self._noted.items() if tries < MAX_TRIES]
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
            if not self._options.dry_run and fetched.uid in self._noted:
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
            self._draft(outcome, outcome.draft)

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
        if not self._options.dry_run:
            self._drafts.store(outcome, draft, self._tools.classifier.rules.digest)
            self._tell("drafted", outcome, template=draft.template)
        self.report.drafted.append(outcome)

    def _tell(self, event: str, outcome: Outcome, **more: str | None) -> None:
        self._log.info(
            event,
            key=outcome.message.fingerprint[:12],
            decided_by=outcome.verdict.line,
            rules=[item.rule for item in outcome.verdict.evidence],
            **more,
        )
