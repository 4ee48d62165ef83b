"""The turns of an account: passes on a connection that is kept, and how long until the next turn."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import structlog

from springback.backoff import Backoff
from springback.config import Account
from springback.errors import (
    CommandRefusedError,
    MailboxUnavailableError,
    SpringbackError,
    ThrottledError,
    UnreachableError,
    VolumeError,
    place_of,
)
from springback.passreport import PassReport
from springback.rounds import Rounds
from springback.session import Session

_ROUND = timedelta(seconds=285)  # news are a hint: at least so often it is looked
_KEPT = timedelta(minutes=10)  # a connection that isn't listened to is kept for no longer
_PASSES = 3  # in one turn, where mail comes in all the while
_SOON = timedelta(seconds=1)  # and then after a moment, as others wait for their turn

log = structlog.get_logger()


class Turns:
    """What is done for one account, and remembered from turn to turn; one thread at a time has a turn."""

    def __init__(
        self,
        rounds: Rounds,
        account: Account,
        session: Session,
        backoff: Backoff,
        jitter: random.Random,
        stopping: Callable[[], bool],
    ) -> None:
        self._rounds = rounds
        self._account = account
        self._session = session
        self._backoff = backoff
        self._jitter = jitter
        self._stopping = stopping
        self._looked = False
        self._refused = 0  # drafts that the server wouldn't take, at the last pass
        self.since: timedelta | None = None  # how far back to look, once

    def take(self, *, news: bool) -> timedelta | None:
        """Look at the account; return how long until its next turn, or None where there is to be none.

        A failure only changes when that is.
        """
        try:
            return self._look(news=news)
        except Exception as error:  # noqa: BLE001 - a daemon outlives what nobody foresaw
            self._session.drop()
            return None if self._stopping() else self._put_off(error)

    def _look(self, *, news: bool) -> timedelta:
        """Make the passes of a turn; where a kept connection proves dead, once more on a new one."""
        kept = self._session.open
        try:
            return self._passes(news=news)
        except (CommandRefusedError, ThrottledError, VolumeError):
            raise
        except MailboxUnavailableError as error:
            self._session.drop()
            if not kept or self._session.rest or self._stopping():
                raise
            log.info("connection_lost", account=self._account.name, error=error)
        return self._passes(news=news)

    def _passes(self, *, news: bool) -> timedelta:
        """Look until no mail came meanwhile, then wait for news; return when to look again at the latest."""
        mailbox = self._session.mailbox()
        for _ in range(_PASSES):
            started = self._rounds.clock()
            report = self._rounds.look(self._account, mailbox, since=self.since, stopping=self._stopping)
            if not report.finished:
                return self._interval
            self.since = None
            self._tell(report)
            more = report.more or mailbox.stirred()
            if not more:
                break
        newly_refused = report.refused > self._refused
        self._refused = report.refused
        if newly_refused:
            self._session.drop()  # the folders' names are asked for at each login
        listens = self._session.listen()
        if not (listens or more) and self._interval > _KEPT:
            self._session.close()
        wait = _ROUND * self._jitter.uniform(0.9, 1.0) if listens else self._interval
        if report.backlog:
            wait = min(wait, self._interval)
        if newly_refused:
            wait = timedelta(seconds=self._session.rest)
        elif more:
            wait = _SOON
        mode: Literal["push", "poll"] = "push" if listens else "poll"
        self._rounds.note_success(self._account, started, report, mode=mode, news=news, wait=wait)
        self._backoff.went_well(self._account.name)
        return wait

    @property
    def _interval(self) -> timedelta:
        return self._rounds.config.poll.interval * self._jitter.uniform(0.9, 1.0)

    def _tell(self, report: PassReport) -> None:
        quiet = self._looked and not report.looked_at
        self._looked = True
        (log.debug if quiet else log.info)(
            "pass_done",
            account=self._account.name,
            looked_at=report.looked_at,
            drafted=len(report.drafted),
            review=len(report.review),
            unsettled=report.unsettled,
        )

    def _put_off(self, error: Exception) -> timedelta:
        """Return how long to leave the account alone after a failure, and tell."""
        told = (
            error
            if isinstance(error, SpringbackError)
            else SpringbackError(f"Can't finish the pass: {place_of(error)}")
        )
        if isinstance(told, VolumeError) and told.older:
            self.since = None  # it would be too much tomorrow as well, and keep out new mail
        wait = self._backoff.failed(self._account.name, told)
        if not isinstance(told, UnreachableError):
            wait = max(wait, timedelta(seconds=self._session.rest))
        log.error("pass_failed", account=self._account.name, error=told, next_try_s=int(wait.total_seconds()))
        try:
            self._rounds.note_failure(self._account, told, wait=wait)
        except SpringbackError as unwritten:
            log.warning("failure_not_recorded", account=self._account.name, error=unwritten)
        return wait
