"""Passes over the accounts of a configuration, with one ledger and one toolbox, each recorded."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from springback.config import Account, Config, Reply
from springback.connecting import connect
from springback.draft import Style
from springback.entries import PassEntry
from springback.errors import LoginRefusedError, SpringbackError, VolumeError
from springback.ledger import Ledger
from springback.mailbox import Mailbox
from springback.passreport import PassOptions, PassReport, Progress
from springback.poller import Pass
from springback.triage import Replier, Toolbox

Connect = Callable[[Account], Mailbox]


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


class Rounds:
    """Does passes and records how they went; `tools` may be exchanged between two of them."""

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        tools: Toolbox,
        *,
        connect: Connect = connect,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.config = config
        self.ledger = ledger
        self.tools = tools
        self.connect = connect
        self.clock = clock

    def once(
        self,
        account: Account,
        *,
        since: timedelta | None = None,
        dry_run: bool = False,
        progress: Progress = lambda _done, _total: None,
    ) -> PassReport:
        """Do one pass over an account on a connection of its own; raises SpringbackError."""
        mailbox = self.connect(account)
        try:
            started = self.clock()
            report = self.look(account, mailbox, since=since, dry_run=dry_run, progress=progress)
        except BaseException:
            # After any failure a connection's state is unknown: it is dropped, never reused.
            mailbox.abort()
            raise
        mailbox.close()
        if not dry_run:
            self.note_success(account, started, report)
        return report

    def look(
        self,
        account: Account,
        mailbox: Mailbox,
        *,
        since: timedelta | None = None,
        dry_run: bool = False,
        stopping: Callable[[], bool] = lambda: False,
        progress: Progress = lambda _done, _total: None,
    ) -> PassReport:
        """Do one pass over an account and return its report; raises SpringbackError.

        Bytes are counted as providers do; it ends where those of a day are used up, with VolumeError.
        """
        day, allowed = self.clock().date(), self.config.poll.daily_megabytes * 1_000_000
        left = allowed - self.ledger.health.volume(account.name, day)
        if left <= 0:
            raise self._used_up(account)
        wanted = self.config.reply
        options = PassOptions(
            account.inbox,
            self.config.poll.settle,
            since,
            dry_run,
            history=wanted.history,
            minimum_age=wanted.minimum_age,
            maximum_age=wanted.maximum_age,
        )
        before = mailbox.received()

        def enough() -> bool:
            return mailbox.received() - before >= left

        try:
            report = Pass(
                mailbox,
                self.ledger,
                self.tools,
                replier_for(account, wanted),
                options,
                clock=self.clock,
                stopping=stopping,
                enough=enough,
                progress=progress,
            ).run()
        finally:
            self.ledger.health.add_volume(account.name, day, mailbox.received() - before)
        if enough() and not report.finished:
            raise self._used_up(account, older=report.older)
        return report

    def note_success(
        self,
        account: Account,
        started: datetime,
        report: PassReport,
        *,
        mode: Literal["push", "poll"] | None = None,
        news: bool = False,
        wait: timedelta | None = None,
    ) -> None:
        """Record that a pass went well, how the account is waited for, and when the next pass is."""
        now = self.clock()
        self.ledger.health.record_pass(
            PassEntry(
                account=account.name,
                started_at=started,
                succeeded_at=now,
                ok=True,
                error=None,
                failures=0,
                looked_at=report.looked_at,
                drafted=len(report.drafted),
                next_at=now + wait if wait else None,
                mode=mode,
                pushed_at=started if news else None,
                backlog=report.backlog,
            )
        )

    def note_failure(
        self, account: Account, error: SpringbackError, *, wait: timedelta | None = None
    ) -> None:
        """Record that a pass failed, and when the next try is."""
        now = self.clock()
        self.ledger.health.record_pass(
            PassEntry(
                account=account.name,
                started_at=now,
                succeeded_at=None,
                ok=False,
                error=error.discreet,
                failures=1,
                looked_at=0,
                drafted=0,
                next_at=now + wait if wait else None,
                kind=type(error).__name__,
                refused_logins=int(isinstance(error, LoginRefusedError)),
            )
        )

    def _used_up(self, account: Account, *, older: bool = False) -> VolumeError:
        now = self.clock()
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        goes_on = "A look at older mail begins anew: raise that, or ask for less (--since)"
        return VolumeError(
            f"Can't read more mail of {account.name} today: {self.config.poll.daily_megabytes} MB are used "
            f"up (poll.daily_megabytes). {goes_on if older else 'It goes on tomorrow'}",
            tomorrow - now,
            older=older,
        )
