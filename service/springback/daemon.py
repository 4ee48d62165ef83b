"""The daemon: a pass over each account, again and again, until it is told to stop."""

import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
import watchfiles
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from springback.backoff import delay_after
from springback.config import Account, Config, Reply
from springback.draft import Style
from springback.entries import PassEntry
from springback.errors import ProblemsError, SpringbackError, place_of
from springback.ledger import Ledger
from springback.mailbox import Mailbox
from springback.poller import Pass, PassOptions, PassReport, Progress
from springback.secret import find_password
from springback.triage import Replier, Toolbox
from springback.workshop import load_toolbox

_WORKERS = 20  # accounts polled at the same time
_PATIENCE = 3.0  # seconds that a pass has to end by itself when the daemon stops
_WATCH_AGAIN = 5.0  # seconds until folders that can't be watched are tried again
_DEAD = 1.0  # seconds that it has after its connection was cut

log = structlog.get_logger()


def connect(account: Account) -> Mailbox:
    """Return a connection to an account; raises SpringbackError."""
    return Mailbox(account, find_password(account))


def replier_for(account: Account, reply: Reply) -> Replier:
    """Return whose mail an account is, and how their replies are made."""
    return Replier(
        account=account.name,
        full_name=account.full_name,
        address=account.address,
        own_addresses=account.own_addresses,
        signature=account.signature,
        secret=reply.id_secret or account.user,
        style=Style(reply.quote, reply.quote_lines),
        skip_unreachable=reply.unreachable == "skip",
    )


class Daemon:
    """All accounts of a configuration, one ledger, one toolbox that follows its files."""

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        tools: Toolbox,
        *,
        connect: Callable[[Account], Mailbox] = connect,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._tools = tools
        self._connect = connect
        self._clock = clock
        self._stop = threading.Event()
        self._open: dict[str, Mailbox] = {}
        self._busy: set[str] = set()
        self._failures: dict[str, tuple[type[Exception], int]] = {}
        self._jitter = random.Random()  # noqa: S311 - spreads logins, guards nothing
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(min(len(config.account), _WORKERS))},
            # APScheduler drops runs that are over a second late unless told otherwise.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )

    def run(self, since: timedelta | None = None) -> bool:
        """Poll until SIGTERM or SIGINT; `since` makes the first pass look at older mail too.

        Returns within five seconds of the signal: whether every pass had ended by then.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        watcher = threading.Thread(target=self._follow_files, daemon=True)
        watcher.start()
        interval = self._config.poll.interval
        for account in self._config.account:
            self._scheduler.add_job(
                self._turn,
                "interval",
                (account, since),
                id=account.name,
                seconds=interval.total_seconds(),
                jitter=max(1, int(interval.total_seconds() / 10)),
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()
        log.info("started", accounts=len(self._config.account), poll=str(interval))
        self._stop.wait()
        return self._shut_down()

    def once(
        self,
        account: Account,
        *,
        since: timedelta | None = None,
        dry_run: bool = False,
        progress: Progress = lambda _done, _total: None,
    ) -> PassReport:
        """Do one pass over an account and return its report; raises SpringbackError."""
        wanted = self._config.reply
        options = PassOptions(
            account.inbox,
            self._config.poll.settle,
            since,
            dry_run,
            history=wanted.history,
            minimum_age=wanted.minimum_age,
            maximum_age=wanted.maximum_age,
        )
        started = self._clock()
        mailbox = self._connect(account)
        self._open[account.name] = mailbox
        try:
            one = Pass(
                mailbox,
                self._ledger,
                self._tools,
                replier_for(account, self._config.reply),
                options,
                clock=self._clock,
                stopping=self._stop.is_set,
                progress=progress,
            )
            report = one.run()
        except BaseException:
            # After any failure a connection's state is unknown: it is dropped, never reused.
            mailbox.abort()
            raise
        else:
            mailbox.close()
        finally:
            self._open.pop(account.name, None)
        if report.finished and not dry_run:
            self._ledger.health.record_pass(
                PassEntry(
                    account=account.name,
                    started_at=started,
                    succeeded_at=self._clock(),
                    ok=True,
                    error=None,
                    failures=0,
                    looked_at=report.looked_at,
                    drafted=len(report.drafted),
                    next_at=self._next_at(),
                )
            )
        return report

    def note_failure(self, account: Account, error: SpringbackError, delay: timedelta | None) -> None:
        """Record that a pass failed and when the next try is."""
        now = self._clock()
        self._ledger.health.record_pass(
            PassEntry(
                account=account.name,
                started_at=now,
                succeeded_at=None,
                ok=False,
                error=str(error),
                failures=self._failures.get(account.name, (type(error), 1))[1],
                looked_at=0,
                drafted=0,
                next_at=now + delay if delay else None,
            )
        )

    def _turn(self, account: Account, since: timedelta | None) -> None:
        """Do one scheduled pass; a failure only changes when the next one is."""
        if self._stop.is_set():
            return
        self._busy.add(account.name)
        try:
            report = self.once(account, since=since)
        except Exception as error:  # noqa: BLE001 - a daemon outlives what nobody foresaw
            if not self._stop.is_set():
                self._put_off(account, error)
        else:
            if report.finished and not self._stop.is_set():
                self._go_on(account, report)
        finally:
            self._busy.discard(account.name)

    def _put_off(self, account: Account, error: Exception) -> None:
        """Delay the next pass by what the failure asks for, and tell."""
        told = (
            error
            if isinstance(error, SpringbackError)
            else SpringbackError(f"Can't finish the pass: {place_of(error)}")
        )
        kind, before = self._failures.get(account.name, (type(told), 0))
        failures = before + 1 if kind is type(told) else 1
        self._failures[account.name] = (type(told), failures)
        delay = delay_after(told, failures, self._jitter)
        self._scheduler.modify_job(account.name, next_run_time=datetime.now(UTC) + delay)
        log.error("pass_failed", account=account.name, error=str(told), next_try_s=int(delay.total_seconds()))
        try:
            self.note_failure(account, told, delay)
        except SpringbackError as unwritten:
            log.warning("failure_not_recorded", account=account.name, error=str(unwritten))

    def _go_on(self, account: Account, report: PassReport) -> None:
        self._failures.pop(account.name, None)
        # Older mail is asked for once.
        self._scheduler.modify_job(account.name, args=(account, None))
        log.info(
            "pass_done",
            account=account.name,
            looked_at=report.looked_at,
            drafted=len(report.drafted),
            review=len(report.review),
            unsettled=report.unsettled,
        )

    def _next_at(self) -> datetime | None:
        return self._clock() + self._config.poll.interval if self._scheduler.running else None

    def _follow_files(self) -> None:
        """Take up changed rules and templates; broken ones are told, and the last good ones stay."""
        paths = self._config.paths
        folders = [folder for folder in (paths.rules, paths.templates) if folder]
        if not folders:
            return
        while not self._stop.is_set():
            try:
                for _ in watchfiles.watch(*folders, stop_event=self._stop, step=200, debounce=400):
                    self._take_up_files()
            except Exception as error:  # noqa: BLE001 - a folder that is gone for a moment comes back
                log.warning("files_not_watched", error=place_of(error))
                self._stop.wait(_WATCH_AGAIN)

    def _take_up_files(self) -> None:
        paths = self._config.paths
        try:
            self._tools = load_toolbox(paths.rules, paths.templates, self._config.reply.language, fresh=True)
        except Exception as error:  # noqa: BLE001 - whatever a file holds, the last good ones stay
            problems = error.problems if isinstance(error, ProblemsError) else (place_of(error),)
            for problem in problems:
                log.error("files_refused", problem=problem, kept="the last good ones")  # noqa: TRY400 - the text says all
        else:
            log.info("files_taken_up", rules=self._tools.classifier.rules.digest)

    def _shut_down(self) -> bool:
        """Let passes end by themselves; cut the connections of those that hang on the network."""
        log.info("stopping")
        self._scheduler.shutdown(wait=False)
        self._wait(_PATIENCE)
        for mailbox in list(self._open.values()):
            mailbox.abort()
        self._wait(_DEAD)
        log.info("stopped", **({"hanging": sorted(self._busy)} if self._busy else {}))
        return not self._busy

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._busy and time.monotonic() < end:
            time.sleep(0.02)
