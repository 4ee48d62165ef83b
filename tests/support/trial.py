"""A mailbox on a real server, a ledger and a clock: passes, a fault between them, and what has to hold."""

import email
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from springback.config import Account, Password, Reply
from springback.errors import MailboxUnavailableError
from springback.ledger import Ledger
from springback.mailbox import Mailbox
from springback.passreport import PassOptions, PassReport
from springback.poller import Pass
from springback.rounds import replier_for
from springback.wire import ALLOWED
from support import tally
from support.cases import toolbox
from support.dovecot import Dovecot
from support.fakes import Clock

FULL = os.environ.get("SPRINGBACK_FULL") == "1"  # every place, not a choice of them
SETTLE = timedelta(seconds=60)

_NUMBERS = count(1)
_LEAVING = 10.0  # seconds that a server has to notice the end of a connection
_PASSES = 30  # more than any fault needs to be over


class Trial:
    """A mailbox of its own on a server; its first start is over, so that all mail from now on is new."""

    def __init__(self, server: Dovecot, folder: Path, *, user: str = "", **account: Any) -> None:  # noqa: ANN401 - any key
        self.server = server
        # As long as any other, so that byte offsets stay.
        self.user = user or f"t{next(_NUMBERS):06}@example.test"
        self.clock = Clock()
        self.folder = folder / f"{self.user}-{next(_NUMBERS)}"
        self.wanted: Counter[str] = Counter()
        self.minimum_age = timedelta()
        self._account = account
        self._before: Mapping[str, str] = {}
        if not user:
            server.add_user(self.user)
        self.once(host=server.host, port=server.imap_port)

    def arrive(self, *mails: bytes, answered: bool = False) -> None:
        """Let mails arrive; those that are to be `answered` have to have one draft each in the end."""
        self.server.fill(self.user, mails, received=[self.clock.now] * len(mails))
        if answered:
            self.wanted.update(message_id(one) for one in mails)
        self.look_anew()

    def look_anew(self) -> None:
        """Take the inbox as it is now for what must not change."""
        self._before = self.server.snapshot(self.user)

    def once(
        self,
        *,
        since: timedelta | None = None,
        clock: Callable[[], datetime] | None = None,
        **changes: Any,  # noqa: ANN401 - as above
    ) -> PassReport:
        """Do one pass as a new process would; raises what the pass raises."""
        account = self.account(**changes)
        ledger = Ledger(self.folder)
        try:
            mailbox = Mailbox(account, "secret")
            try:
                options = PassOptions(account.inbox, SETTLE, since, minimum_age=self.minimum_age)
                report = Pass(
                    mailbox,
                    ledger,
                    toolbox("en"),
                    replier_for(account, Reply()),
                    options,
                    clock=clock or self.clock,
                    stopping=lambda: False,
                ).run()
            except BaseException:
                mailbox.abort()
                raise
            mailbox.close()
        finally:
            ledger.close()
        return report

    def fails(self, **changes: Any) -> MailboxUnavailableError | None:  # noqa: ANN401 - as above
        """Do one pass; return the error that it ended with, which promises another try, or None."""
        log = self.server.root / "dovecot.log"
        before = log.stat().st_size
        try:
            self.once(**changes)
        except MailboxUnavailableError as error:
            return error
        finally:
            self._wait_for_the_end(log, before)
        return None

    def _wait_for_the_end(self, log: Path, before: int) -> None:
        """Wait until no session works on: the clock of a trial gives a server no time to store a draft."""
        user = re.escape(self.user.encode())
        deadline = time.monotonic() + _LEAVING
        while True:
            with log.open("rb") as file:
                file.seek(before)
                said = file.read()
            begun = re.findall(rb"imap-login: Info: Login: user=<%s>" % user, said)
            ended = re.findall(rb"imap\(%s\)\S*: Info: (?:Disconnected|Logged out)" % user, said)
            if len(begun) == len(ended):
                return
            assert time.monotonic() < deadline, f"a session doesn't end: {said.decode()}"
            time.sleep(0.01)

    def account(self, **changes: Any) -> Account:  # noqa: ANN401 - as above
        """Return the account, in plain text on loopback unless something else is asked for."""
        values: dict[str, Any] = {
            "name": "personal",
            "address": "robin@ellery.example",
            "full_name": "Robin Ellery",
            "host": self.server.host,
            "port": self.server.imap_port,
            "tls": False,
            "login": self.user,
            "password": Password(env="UNUSED"),
            "inbox": "INBOX",
        }
        return Account(**{**values, **self._account, **changes})

    def recover(self, **changes: Any) -> None:  # noqa: ANN401 - as above
        """Do passes, minutes apart, until nothing is open."""
        for _ in range(_PASSES):
            self.clock.advance(minutes=16)
            report = self.once(**changes)
            if not (report.unsettled or report.refused or report.failed):
                return
        raise AssertionError(f"something stays open after {_PASSES} passes: {report}")

    def answered(self) -> Counter[str]:
        """Return how many drafts answer each mail."""
        drafts = self.server.messages(self.user, "Drafts")
        # A long id may stand on a line of its own.
        return Counter("".join(str(email.message_from_bytes(one)["In-Reply-To"]).split()) for one in drafts)

    def verify(self, case: str, title: str, *, tried: int = 1, every: bool = True, **changes: Any) -> None:  # noqa: ANN401 - as above
        """Record what the fault led to, and require the four invariants.

        Each rejection has one draft and nothing else has any; the inbox is as it was; no verb outside the
        list was said; another pass, and one over `every` mail, change nothing.
        """
        found, drafts = self.answered(), self.server.snapshot(self.user, "Drafts")
        self.once(**changes)
        if every:
            self.once(since=timedelta(days=30), **changes)
        inbox = self.server.snapshot(self.user)
        verbs = self.server.verbs(self.user) - ALLOWED
        tally.record(
            case=case,
            title=title,
            tried=tried,
            expected=self.wanted.total(),
            found=found.total(),
            changed=sum(
                self._before.get(uid) != inbox.get(uid) for uid in self._before.keys() | inbox.keys()
            ),
            outside=len(verbs),
        )
        assert found == self.wanted, f"drafts: {dict(found)}, wanted: {dict(self.wanted)}"
        assert inbox == self._before
        assert not verbs
        assert self.server.snapshot(self.user, "Drafts") == drafts, "another pass changes Drafts"


def some(points: Sequence[int], most: int, seed: int) -> list[int]:
    """Return all points in a full run, else so many of them, chosen by the seed."""
    if FULL or len(points) <= most:
        return list(points)
    return sorted(random.Random(seed).sample(points, most))  # noqa: S311 - chooses places, guards nothing


def message_id(raw: bytes) -> str:
    """Return the Message-ID of a mail of `support.mails`."""
    match = re.search(rb"(?im)^message-id: (<[^>]+>)", raw)
    assert match
    return match[1].decode()
