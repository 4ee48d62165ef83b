"""One pass over one account: settle what is open, look at new mail, answer rejections, record.

The order of the writes is the promise: intent, APPEND, result, and only then the watermark.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from springback.answering import Answered, Answering, Found
from springback.applications import application_of
from springback.backlog import Backlog, Place
from springback.draftstore import DraftStore
from springback.errors import (
    FetchBrokenError,
    FolderError,
    LedgerError,
    MailboxUnavailableError,
    TemplateError,
    place_of,
)
from springback.ledger import Ledger
from springback.look import Outcome
from springback.message import letter_is_cut
from springback.passreport import PassOptions, PassReport, Progress
from springback.ports import Fetched, MailboxPort
from springback.query import sent_before
from springback.triage import Replier, Toolbox, triage

_FIRST_START = (
    "nothing is known of this account; mail that is there already stays as it is, unless --since is given"
)
_MARK_EVERY = 200  # mails between two writes of the watermark

log = structlog.get_logger()


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
        enough: Callable[[], bool] = lambda: False,
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        self._mailbox = mailbox
        self._ledger = ledger
        self._tools = tools
        self._replier = replier
        self._options = options
        self._clock = clock
        self._stopping = stopping
        self._enough = enough
        self._progress = progress
        place = Place(replier.account, options.inbox, options.dry_run, options.maximum_age)
        self._backlog = Backlog(mailbox, ledger, place, clock=clock)
        self._drafts = DraftStore(mailbox, ledger, replier.account, clock=clock)
        self._answering = Answering(
            mailbox,
            ledger,
            self._drafts,
            tools,
            replier,
            inbox=options.inbox,
            history=options.history,
            clock=clock,
            dry_run=options.dry_run,
        )
        self._batch: list[Found] = []
        self._seen: set[str] = set()
        self.report = PassReport()
        self._log = log.bind(account=replier.account)

    def run(self) -> PassReport:
        """Do the pass and return its report; raises SpringbackError where the server fails.

        It ends early where it is to stop, and where enough was read, which the next pass goes on from.
        """
        if not self._options.dry_run:
            self._drafts.settle_open(self._options.settle)
        uids = self._backlog.open(self._options.since)
        self.report.first_start = self._backlog.first_start
        self.report.older = self._backlog.looks_back
        if self.report.first_start and not self._options.dry_run:
            self._log.info("first_start", told=_FIRST_START)
        for start in range(0, len(uids), _MARK_EVERY) or [0]:
            some = uids[start : start + _MARK_EVERY]
            upto = self._look_at(some, len(uids))
            last = upto == max(uids, default=0)
            if last or not self._backlog.looks_back:
                self._answer_batch()  # a look at older mail is answered as a whole: its notices meet
            if not self.report.finished:
                break  # what was found stays unanswered, and the watermark before it
            self.report.failed += self._backlog.mark(upto, finished=last)
            if self._enough() and not last:
                self.report.finished = False
                break
        for draft in self._ledger.open_drafts(self._replier.account):
            if draft.state == "refused":
                self.report.refused += 1
            else:
                self.report.unsettled += 1
        return self.report

    def _look_at(self, uids: Sequence[int], total: int) -> int:
        """Look at mails; return up to which UID that was done."""
        try:
            for fetched in self._mailbox.fetch(uids, self._backlog.noted):
                if self._stopping():
                    self.report.finished = False
                    break
                if fetched.refused:
                    self._backlog.refused(fetched.uid, fetched.refused)
                    continue
                self._backlog.arrived(fetched.uid)
                self._handle_safely(fetched)
                self.report.looked_at += 1
                self._progress(self.report.looked_at, total)
                if self._enough():
                    return fetched.uid
        except FetchBrokenError as error:
            self.report.failed += self._backlog.suspect(error)
            raise
        return max(uids, default=0)

    def _handle_safely(self, fetched: Fetched) -> None:
        """Handle a mail; one that can't be dealt with is noted, and the others go on."""
        try:
            self._handle(fetched)
        except (FolderError, LedgerError, MailboxUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - one hostile mail must not stop the others
            self._fail(fetched.uid, error)

    def _handle(self, fetched: Fetched) -> None:
        """Judge a mail; what may be answered is kept for the whole batch, the rest is recorded."""
        uid = fetched.uid
        if not fetched.whole:
            with self._in_hand(uid):
                cut = letter_is_cut(fetched.raw)
            if cut:
                fetched = self._mailbox.fetch_more(uid) or fetched
        with self._in_hand(uid):
            outcome = triage(fetched.raw, self._tools, self._replier, whole=fetched.whole)
        if outcome is None or outcome.verdict.name == "other" or self._backlog.is_older(outcome.message.date):
            self._backlog.settled(uid)
            return
        key = outcome.message.fingerprint
        if key in self._seen or self._ledger.knows(self._replier.account, key):
            self.report.known += 1
            self._backlog.settled(uid)
            return
        self._seen.add(key)
        found = Found(uid, outcome, application_of(outcome, self._tools.senders, self._clock()))
        if outcome.verdict.name == "rejection" and outcome.no_draft is None:
            self._time(found)
        else:
            self._finish(self._answering.record(outcome, found))

    def _in_hand(self, uid: int) -> AbstractContextManager[None]:
        """Leave a mark on a mail while it is parsed, should the process die over it."""
        return self._ledger.in_hand.hold(self._backlog.named(uid), alone=uid in self._backlog.noted)

    def _time(self, found: Found) -> None:
        """Answer a rejection now, or later where it is too young, or never where it is too old."""
        now, outcome = self._clock(), found.outcome
        sent = sent_before(outcome.message, now)
        waited = self._backlog.due(found.uid)
        due = waited or sent + self._options.minimum_age
        if due > now:
            if waited is None:
                self._backlog.wait(found.uid, due, outcome.message)
            # It goes along with one about the same application that is due.
            self._batch.append(replace(found, due=False))
        elif now - sent > self._options.maximum_age:
            why = f"it is older than {_span(self._options.maximum_age)} (reply.maximum_age)"
            self._finish(self._answering.record(replace(outcome, no_draft=why), found))
        else:
            self._batch.append(found)

    def _answer_batch(self) -> None:
        """Answer the rejections that were found, and open the inbox again."""
        batch, self._batch = self._batch, []
        if not batch or not self.report.finished:
            return
        for answered in self._answering.answer(batch):
            if answered.waits:
                self.report.waiting += 1
            elif answered.error:
                self._fail(answered.uid, answered.error)
            else:
                self._finish(answered)
            if self._stopping():
                self.report.finished = False
                break
        self.report.more = self._backlog.reopen()

    def _finish(self, answered: Answered) -> None:
        """Report what became of a mail, and that it is dealt with."""
        outcome = answered.outcome
        self._backlog.settled(answered.uid)
        if outcome.verdict.name == "review":
            self.report.review.append(outcome)
            self._tell("review", outcome)
        elif outcome.draft is None:
            self.report.not_drafted.append(outcome)
            self._tell("rejection", outcome, no_draft=outcome.no_draft)
        elif not answered.refused:
            self.report.drafted.append(outcome)
            if not self._options.dry_run:
                self._tell("drafted", outcome, template=outcome.draft.template)

    def _fail(self, uid: int, error: Exception) -> None:
        self.report.failed += 1
        self._backlog.failed(uid, _told(error))

    def _tell(self, event: str, outcome: Outcome, **more: str | None) -> None:
        self._log.info(
            event,
            key=outcome.message.fingerprint[:12],
            decided_by=outcome.verdict.line,
            rules=[item.rule for item in outcome.verdict.evidence],
            **{name: value for name, value in more.items() if value is not None},
        )


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span.days else f"{int(span.total_seconds() // 3600)} hours"


def _told(error: Exception) -> str:
    """Return what went wrong with a mail, without a word of it."""
    if isinstance(error, TemplateError):
        # The text of the template's own error may hold words of the mail.
        failed = ", ".join(problem.partition(": ")[0] for problem in error.problems)
        return f"{error.step}: {failed} fails on it; see preview"
    return place_of(error)
