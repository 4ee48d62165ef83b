"""From a batch of rejections to drafts: one for each application, to the better addressee, recorded.

The order of the writes is the promise: intent, APPEND, result.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from springback.applications import Application, grouped, is_same, merged
from springback.draft import Draft
from springback.draftstore import DraftStore
from springback.errors import (
    CommandRefusedError,
    FolderError,
    LedgerError,
    MailboxUnavailableError,
    ThrottledError,
)
from springback.firm import Firm
from springback.history import Trace
from springback.inhand import Mark
from springback.ledger import Ledger
from springback.look import Outcome
from springback.lookback import LookBack
from springback.ports import MailboxPort
from springback.query import Query
from springback.triage import Replier, Toolbox, reply, search_for

_HISTORY = "(earlier mail)"  # stands for a folder in the gap list
_MAX_BREAKS = 2
_REMEMBERED = timedelta(days=90)  # how far back the ledger is asked for the same application

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """A mail that was judged, the application that it is about, and where it lies."""

    uid: int
    outcome: Outcome
    application: Application
    due: bool = True  # False where it is too young to be answered by itself


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a rejection: a draft or none, one that the server refused, or what went wrong."""

    uid: int
    outcome: Outcome
    refused: bool = False
    waits: bool = False
    error: Exception | None = None


class Answering:
    """Answers the rejections of one account during one pass."""

    def __init__(
        self,
        mailbox: MailboxPort,
        ledger: Ledger,
        drafts: DraftStore,
        tools: Toolbox,
        replier: Replier,
        *,
        inbox: str,
        history: timedelta | None,
        clock: Callable[[], datetime],
        dry_run: bool,
    ) -> None:
        self._mailbox = mailbox
        self._ledger = ledger
        self._drafts = drafts
        self._tools = tools
        self._replier = replier
        self._inbox = inbox
        self._history = history
        self._clock = clock
        self._dry_run = dry_run
        self._done: list[Application] = []
        self._lookback = LookBack(
            mailbox, mailbox.history, tools.classifier, tools.senders, replier.own_addresses
        )
        self._log = log.bind(account=replier.account)

    def answer(self, batch: Sequence[Found]) -> Iterator[Answered]:
        """Yield what became of each rejection; another folder than the inbox is open afterwards.

        Raises MailboxUnavailableError, FolderError and LedgerError; what was yielded is recorded.
        """
        for group in grouped([one.application for one in batch]):
            if not any(batch[index].due for index in group):
                yield from (Answered(batch[index].uid, batch[index].outcome, waits=True) for index in group)
                continue
            best = max(group, key=lambda index: (_reach(batch[index].outcome), -index))
            others = [batch[index] for index in group if index != best]
            together = merged([batch[best].application, *(one.application for one in others)])
            first = replace(batch[best], application=together)
            try:
                known = self._known_like(together)
                answered = (
                    self.record(_answered_by(known, first), first) if known else self._answer_one(first)
                )
                yield answered
            except (FolderError, LedgerError, MailboxUnavailableError):
                raise
            except Exception as error:  # noqa: BLE001 - one hostile mail must not stop the others
                yield from (Answered(batch[index].uid, batch[index].outcome, error=error) for index in group)
            else:
                told = f"the same application is answered by the reply to {_named(first)}"
                if answered.outcome.draft is None and answered.outcome.no_draft:
                    told = answered.outcome.no_draft  # what holds for one holds for all
                for one in others:
                    outcome = _answered_by(known, one) if known else replace(one.outcome, no_draft=told)
                    yield self.record(outcome, one)

    def record(self, outcome: Outcome, found: Found) -> Answered:
        """Record a mail that gets no draft."""
        outcome = replace(outcome, draft=None)
        if outcome.answered:
            self._done.append(found.application)
        if not self._dry_run:
            account, digest = self._replier.account, self._tools.classifier.rules.digest
            self._ledger.record(account, outcome, found.application, digest, self._clock())
        return Answered(found.uid, outcome)

    def _answer_one(self, found: Found) -> Answered:
        outcome = self._replied(found.outcome)
        if outcome.draft is None:
            return self.record(outcome, found)
        if self._drafts.answered(outcome, outcome.draft):
            told = "an answer stands in the mailbox already"
            return self.record(replace(outcome, no_draft=told, answered=True), found)
        self._done.append(found.application)
        if self._dry_run:
            return Answered(found.uid, outcome)
        return self._store(found, outcome, outcome.draft)

    def _replied(self, outcome: Outcome) -> Outcome:
        """Return the outcome with its draft, or why there is none, by all that the mailbox knows."""
        span = self._history or timedelta()
        search = search_for(outcome, self._tools, self._replier, self._clock(), span)
        found: tuple[Trace, ...] = ()
        account = self._replier.account
        if self._history and search.query:
            found = self._look_back(search.query, search.firm, outcome)
        return reply(
            outcome,
            found,
            self._tools,
            self._replier,
            self._clock(),
            lambda address: self._ledger.letters_to(account, address),
        )

    def _look_back(self, query: Query, firm: Firm, outcome: Outcome) -> tuple[Trace, ...]:
        """Return earlier mail, or nothing where the connection broke, or the process died, over it twice."""
        place = (self._replier.account, _HISTORY, 0)
        uid = int(outcome.message.fingerprint[:12], 16)
        noted = self._ledger.gaps.failed(*place)
        tries = noted.get(uid, 0)
        if tries >= _MAX_BREAKS:
            self._log.warning("history_left_out", key=outcome.message.fingerprint[:12])
            if not self._dry_run:
                self._ledger.gaps.clear_failure(*place, uid)
            return ()
        hold = partial(self._ledger.in_hand.hold, Mark(*place, uid), alone=uid in noted)
        try:
            found = self._lookback.find(query, firm, outcome.details.role, hold)
        except ThrottledError:
            raise  # the server has had enough, of whatever it was
        except MailboxUnavailableError as error:
            if not self._dry_run:
                self._ledger.gaps.note_failure(*place, uid, error.discreet, self._clock())
            raise
        if uid in noted and not self._dry_run:
            self._ledger.gaps.clear_failure(*place, uid)
        return found

    def _store(self, found: Found, outcome: Outcome, draft: Draft) -> Answered:
        digest = self._tools.classifier.rules.digest
        stored = self._drafts.store(outcome, draft, found.application, digest)
        if stored:
            self._compare_threads(found.uid, outcome, stored)
        return Answered(found.uid, outcome, refused=stored is None)

    def _compare_threads(self, uid: int, outcome: Outcome, draft_uid: int) -> None:
        """Tell where Gmail shows a draft outside the conversation that it answers."""
        if outcome.contact.source == "history":
            return  # it stands in an earlier conversation, on purpose
        try:
            theirs = self._mailbox.thread(self._inbox, uid)
            ours = self._mailbox.thread(self._mailbox.drafts, draft_uid) if theirs else None
        except (CommandRefusedError, FolderError) as error:
            self._log.warning("conversation_not_compared", error=error)
            return
        if theirs and ours and theirs != ours:
            note = "in Drafts, but the server shows it outside the conversation"
            key = outcome.message.fingerprint
            self._ledger.settle(self._replier.account, key, "done", self._clock(), uid=draft_uid, note=note)
            self._log.warning("draft_outside_conversation", key=key[:12])

    def _known_like(self, application: Application) -> Application | None:
        recorded = self._ledger.applications(self._replier.account, application.sent - _REMEMBERED)
        return next((one for one in [*self._done, *recorded] if is_same(application, one)), None)


def _reach(outcome: Outcome) -> tuple[int, bool]:
    """Return how well a rejection can be answered: by a person, by a shared mailbox, not at all."""
    contact = outcome.contact
    reach = 0 if contact.address is None else 1 if contact.shared else 2
    return reach, outcome.details.role is not None


def _named(found: Found) -> str:
    sender = found.outcome.message.sender
    return sender.address if sender else "another mail"


def _answered_by(known: Application, found: Found) -> Outcome:
    """Return the outcome of a mail whose application had its reply before."""
    contact = found.outcome.contact
    told = f"the same application is answered already, by the reply to the mail of {known.sent:%Y-%m-%d}"
    if contact.address is not None and not contact.shared:
        told += f"; this mail can be answered to {contact.address}, should that draft have no addressee"
    return replace(found.outcome, no_draft=told)
