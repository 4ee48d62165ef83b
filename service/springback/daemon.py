"""The daemon: waits for news of all accounts, makes a pass where there are some, until it is told to stop."""

import random
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from springback.backoff import Backoff
from springback.notify import Notifier
from springback.pulse import Pulse
from springback.rounds import Rounds
from springback.session import Session
from springback.turns import Turns
from springback.upkeep import follow_files
from springback.watch import Watch

_WORKERS = 16  # accounts whose turn it is at the same time
_PATIENCE = 2.0  # seconds that a turn has to end by itself when the daemon stops
_DEAD = 1.0  # seconds that it has after its connection was cut
_BEAT = 5.0  # seconds between two looks at the daemon itself

log = structlog.get_logger()


class Daemon:
    """All accounts of a configuration, watched by one thread and served by a few."""

    def __init__(self, rounds: Rounds, *, notifier: Notifier | None = None) -> None:
        self._rounds = rounds
        self._accounts = {account.name: account for account in rounds.config.account}
        self._notifier = notifier or Notifier()
        self._stop = threading.Event()
        self._told_to_look = False
        jitter = random.Random()  # noqa: S311 - spreads logins, guards nothing
        self._backoff = Backoff(jitter)
        self._pulse = Pulse(self._notifier, rounds.ledger.in_hand.oldest)
        # It only says whose time has come: its jobs end at once, in its own thread.
        self._timers = BackgroundScheduler(
            executors={"default": DebugExecutor()},
            # APScheduler drops what is over a second late unless told otherwise.
            job_defaults={"misfire_grace_time": None},
            timezone=UTC,
        )
        self._sessions = {
            name: Session(partial(rounds.connect, account), push=rounds.config.poll.push)
            for name, account in self._accounts.items()
        }
        self._turns = {
            name: Turns(
                rounds, account, self._sessions[name], self._backoff, jitter, partial(self._stopping, name)
            )
            for name, account in self._accounts.items()
        }
        workers = min(len(self._accounts), _WORKERS)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._upkeep = threading.Thread(target=follow_files, args=(rounds, self._stop), daemon=True)
        self._watch = Watch(self._sessions, self._turn, self._pool, self._later)

    def run(self, since: timedelta | None = None) -> bool:
        """Work until SIGTERM or SIGINT; `since` makes the first pass look at older mail too.

        SIGHUP makes it look at all accounts at once, unless it means that the terminal was closed.
        Returns within five seconds of the signal: whether every thread had ended by then.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        signal.signal(signal.SIGHUP, self._on_hangup)
        self._upkeep.start()
        for turns in self._turns.values():
            turns.since = since
        self._remember_refused_logins()
        self._timers.start()
        for name in self._accounts:
            self._watch.call(name)
        poll = self._rounds.config.poll
        log.info("started", accounts=len(self._accounts), poll=str(poll.interval), push=poll.push)
        self._notifier.ready()
        self._watch.run(self._stop.is_set, self._beat, min(_BEAT, self._notifier.interval or _BEAT))
        return self._shut_down()

    def _on_hangup(self, *_: object) -> None:
        if sys.stderr.isatty():
            self._stop.set()
        else:
            self._told_to_look = True  # at the next beat: a signal comes in the middle of anything

    def _later(self, name: str, seconds: float) -> None:
        """Call an account after a time, and no sooner."""
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        self._timers.add_job(self._watch.call, "date", (name,), run_date=due, id=name, replace_existing=True)

    def _turn(self, name: str, news: bool) -> None:  # noqa: FBT001 - as Watch calls it
        if self._stop.is_set():
            return
        self._pulse.sign(name)
        try:
            wait = self._turns[name].take(news=news)
        finally:
            self._pulse.done(name)
        if wait is not None:
            self._later(name, wait.total_seconds())

    def _stopping(self, name: str) -> bool:
        """Note a sign of life of a turn; return whether it has to end."""
        self._pulse.sign(name)
        return self._stop.is_set()

    def _remember_refused_logins(self) -> None:
        """Go on counting where a login was refused: a start is one more try, not three."""
        for entry in self._rounds.ledger.health.last_passes():
            self._backoff.remember(entry.account, entry.refused_logins)

    def _beat(self) -> None:
        if self._pulse.beat():
            self._look_at_all("the clock was set, or the machine has slept")
        for name in self._pulse.silent:
            # A server may say a word now and then, so that no single read takes too long.
            self._sessions[name].drop()
        if self._told_to_look:
            self._told_to_look = False
            self._backoff.forget_all()
            self._look_at_all("told to")

    def _look_at_all(self, why: str) -> None:
        log.info("looking_at_all", why=why)
        for name in self._accounts:
            rest = self._backoff.rest_of(name)
            if rest:
                self._later(name, rest)  # its timer goes by the clock
            else:
                self._watch.call(name)

    def _shut_down(self) -> bool:
        """Let turns end by themselves; cut the connections of those that hang on the network."""
        log.info("stopping")
        self._notifier.stopping()
        self._timers.shutdown(wait=False)
        self._pool.shutdown(wait=False, cancel_futures=True)
        end = time.monotonic() + _PATIENCE
        self._wait_until(end)
        for name, session in self._sessions.items():
            if name in self._pulse.busy or time.monotonic() > end:
                session.drop()
            else:
                session.close()
        end = time.monotonic() + _DEAD
        self._wait_until(end)
        self._upkeep.join(max(0.0, end - time.monotonic()))
        self._watch.close()
        hanging = self._pulse.busy
        log.info("stopped", **({"hanging": hanging} if hanging else {}))
        return not (hanging or self._upkeep.is_alive())

    def _wait_until(self, end: float) -> None:
        while self._pulse.busy and time.monotonic() < end:
            time.sleep(0.02)
