"""A mailbox of many shapes, the forked program on it, and what has to be the same after every crash."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from itertools import count
from pathlib import Path
from typing import Any, Self

from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.mails import mail, ordinary, receipt, rejection

CRASHED = 137
_HANGS = 60.0  # seconds
NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)  # some hours after most of the mails
_ADDRESS = "robin@ellery.example"
_NUMBERS = count(1)

CONFIG = """\
[paths]
state = "state"
[poll]
interval = "1s"
[reply]
minimum_age = "{minimum_age}"
id_secret = "pepper"
history = "{history}"
{accounts}
"""
ACCOUNT = """\
[[account]]
name = "personal"
address = "{address}"
login = "{user}"
full_name = "Robin Ellery"
host = "localhost"
port = {port}
ca_file = "{ca_file}"
password = {{ file = "password" }}
"""


def shapes() -> list[bytes]:
    """Return rejections of every shape that is drafted in a way of its own, and what gets no draft."""
    acme = (
        "Dear Robin,\n\nThank you for applying for the Data Analyst position at Acme Robotics.\nAfter "
        "careful consideration, we have decided to move forward with other candidates.\n\nKind regards\n"
    )
    long_id = "<" + "0100019a7c2f1b3e-5d2f7c4a-" * 7 + "@eu-west-1.mailer.example>"
    nameless = rejection(3).replace(b"Message-ID: <3.rejection@company-3.example>\r\n", b"")
    doubtful = (
        "Dear Robin,\n\nThank you for your application for the Data Analyst position.\nUnfortunately, we "
        "have decided to move forward with other candidates. We would like to offer you the position of "
        "Junior Analyst.\n"
    )
    return [
        mail(
            acme,
            sender="Acme Robotics <no-reply@us.greenhouse-mail.io>",
            subject="Your application to Acme Robotics",
            message_id="<1.platform@acmerobotics.example>",
        ),
        ordinary(1),
        mail(
            acme.replace("Kind regards", "Best wishes from us all"),
            sender="Jane Doe <jane.doe@acmerobotics.example>",
            subject="Your application to Acme Robotics",
            message_id="<2.person@acmerobotics.example>",
        ),
        nameless,
        rejection(
            4, message_id=long_id, extra="References: <first@company-4.example> " + long_id[:-9] + "x>\n"
        ),
        receipt(5),
        mail(doubtful, number=6, sender="Tom Li <tom.li@beta.example>", message_id="<6.review@beta.example>"),
        rejection(7, date="Mon, 16 Nov 2026 11:30:00 +0000"),  # too young: due half an hour after NOW
        rejection(8),  # answered by the person
    ]


def answer_to(message_id: str, *, own_id: str = "<mine@ellery.example>") -> bytes:
    """Return what the person wrote in answer to a mail."""
    return mail(
        "Thank you for your letter.\n",
        sender=f"Robin Ellery <{_ADDRESS}>",
        to="jane.doe@company-8.example",
        message_id=own_id,
        extra=f"In-Reply-To: {message_id}\n",
    )


@dataclass(frozen=True)
class Crash:
    """How a forked run ended, the steps that it took, and what it printed."""

    code: int
    steps: tuple[str, ...]
    text: str


class ForkServer:
    """A warm parent of the program (`support.crashing`); one run at a time."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.crashing"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def start(self, folder: Path, command: str, **options: object) -> int:
        """Start a run on the configuration in a folder; return its process id."""
        request = {
            "config": str(folder / "config.toml"),
            "log": str(folder / "log"),
            "steps": str(folder / "steps"),
            "command": command,
            "now": NOW.isoformat(),
            "since": None,
            "fail_at": 0,
            "how": "exit",
            **options,
        }
        (folder / "steps").write_text("")
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        self._pid = self._number()
        return self._pid

    def wait(self, folder: Path) -> Crash:
        """Wait for the run that was started; one that hangs is killed."""
        alarm = threading.Timer(_HANGS, os.kill, (self._pid, signal.SIGKILL))
        alarm.start()
        code = self._number()
        alarm.cancel()
        text = (folder / "log").read_text(errors="replace")
        assert "Traceback" not in text, text
        return Crash(code, tuple((folder / "steps").read_text().splitlines()), text)

    def run(self, folder: Path, command: str = "once", **options: object) -> Crash:
        """Run to the end, or to the crash."""
        self.start(folder, command, **options)
        return self.wait(folder)

    def _number(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


@dataclass
class Trial:
    """A mailbox and the program's folder for it; `before` is the inbox as it has to stay."""

    dovecot: Dovecot
    folder: Path
    user: str
    before: Mapping[str, str]
    now: datetime = NOW
    history: str = "180d"
    minimum_age: str = "1h"

    @classmethod
    def of(
        cls,
        dovecot: Dovecot,
        folder: Path,
        inbox: list[bytes],
        sent: list[bytes] | None = None,
        history: str = "180d",
    ) -> "Trial":
        """Return a new mailbox that holds these mails, all received before NOW, and no ledger yet."""
        number = next(_NUMBERS)
        trial = cls(dovecot, folder / f"trial{number}", f"trial{number}@ellery.example", {}, history=history)
        dovecot.add_user(trial.user)
        trial.folder.mkdir()
        (trial.folder / "password").write_text("secret\n")
        (trial.folder / "password").chmod(0o600)
        trial.configure(dovecot.imaps_port)
        dovecot.fill(trial.user, sent or [], "Sent")
        trial.deliver(inbox)
        return trial

    def copy(self) -> "Trial":
        """Return the same mailbox, byte for byte and UID for UID, for another account; the ledger too."""
        number = next(_NUMBERS)
        user, folder = f"trial{number}@ellery.example", self.folder.with_name(f"trial{number}")
        self.dovecot.add_user(user)
        mail_root = self.dovecot.root / "mail"
        subprocess.run(["cp", "-a", mail_root / self.user, mail_root / user], check=True)
        shutil.copytree(self.folder, folder)
        other = replace(self, folder=folder, user=user)
        other.configure(self.dovecot.imaps_port)
        return other

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.folder / "state" / "ledger.sqlite"

    def deliver(self, mails: list[bytes]) -> None:
        """Put more mails into the inbox."""
        self.dovecot.fill(self.user, mails, received=[NOW - timedelta(hours=1)] * len(mails))
        self.before = self.dovecot.snapshot(self.user)

    @property
    def writable(self) -> bool:
        """Whether the server can store drafts."""
        tmp = self.dovecot.maildir(self.user, "Drafts") / "tmp"
        return not tmp.exists() or bool(tmp.stat().st_mode & stat.S_IWUSR)

    @writable.setter
    def writable(self, wanted: bool) -> None:
        self.dovecot.fill(self.user, [], "Drafts")
        (self.dovecot.maildir(self.user, "Drafts") / "tmp").chmod(0o700 if wanted else 0o500)

    def configure(self, port: int) -> None:
        """Write the configuration, to connect to a port."""
        account = ACCOUNT.format(address=_ADDRESS, user=self.user, port=port, ca_file=self.dovecot.ca_file)
        text = CONFIG.format(accounts=account, history=self.history, minimum_age=self.minimum_age).replace(
            '"state"', f'"{self.folder / "state"}"'
        )
        text = text.replace('"password"', f'"{self.folder / "password"}"')
        (self.folder / "config.toml").write_text(text)
        (self.folder / "config.toml").chmod(0o600)

    def run(self, server: ForkServer, command: str = "once", **options: object) -> Crash:
        """Run at the trial's own time, which moves on by an hour."""
        self.start(server, command, **options)
        return server.wait(self.folder)

    def start(self, server: ForkServer, command: str = "once", **options: object) -> int:
        """Start a run as above; return its process id."""
        options["now"] = self.now.isoformat()
        self.now += timedelta(hours=1)
        return server.start(self.folder, command, **options)

    def crash(self, server: ForkServer, at: int, command: str = "once", since: int | None = None) -> bool:
        """Run and crash at a step, the server's last word awaited; return False where it ended before."""
        had = self._stored()
        done = self.run(server, command, fail_at=at, since=since)
        if done.code != CRASHED:
            return False
        # A draft whose last byte has left is stored, a moment later perhaps. Clocks run fast here: the
        # hour until the next run is none for the server.
        sent = had + sum(step == "wire: sent end of APPEND" for step in done.steps)
        sent -= done.text.count("draft_refused")
        deadline = time.monotonic() + 10
        while self.writable and self._stored() < sent:
            assert time.monotonic() < deadline, f"the server stored {self._stored()} of {sent} drafts"
            time.sleep(0.002)
        return True

    def recover(self, server: ForkServer, since: int | None = None) -> None:
        """Run until all is settled and a pass does nothing: neither a draft nor a record."""
        for _ in range(8):
            done = self.run(server, since=since)
            assert done.code == 0, done.text
            acts = [step for step in done.steps if "INSERT" in step or "APPEND" in step]
            if not acts and not self.open():
                return
        raise AssertionError(f"no end of work: {done.text}")

    def _stored(self) -> int:
        box = self.dovecot.maildir(self.user, "Drafts")
        return sum(1 for part in ("cur", "new") for _ in (box / part).glob("*"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds in the ledger."""
        with closing(sqlite3.connect(self.ledger)) as connection:
            return connection.execute(query).fetchall()

    def open(self) -> int:
        """Return how many drafts and waiting mails are not settled."""
        return sum(
            self.rows(f"SELECT count(*) FROM {what}")[0][0]  # noqa: S608 - constants
            for what in ("drafts WHERE state IN ('intent', 'refused')", "waiting", "failures")
        )

    def drafts(self) -> list[tuple[str | None, ...]]:
        """Return what tells a draft, of each one that stands in Drafts."""
        found = []
        for raw in self.dovecot.messages(self.user, "Drafts"):
            draft = message_from_bytes(raw)
            named = [draft[name] for name in ("Message-ID", "In-Reply-To", "References", "To", "Subject")]
            found.append((*named, str(draft.get_payload())))
        return sorted(found, key=str)

    def state(self) -> dict[str, object]:
        """Return all that a crash must not change: drafts, ledger, inbox, and what went over the wire."""
        return {
            "drafts": self.drafts(),
            "mails": self.rows("SELECT key, verdict, no_draft IS NULL, answered FROM mails ORDER BY key"),
            "intents": self.rows("SELECT key, message_id, state, length(content) FROM drafts ORDER BY key"),
            "cursors": self.rows("SELECT folder, watermark FROM cursors"),
            "gaps": self.rows("SELECT uid FROM waiting UNION SELECT uid FROM failures"),
            "changed": self.changed(),
            "outside": self.outside(),
        }

    def changed(self) -> int:
        """Return how many mails of the inbox differ from what they were, new and lost ones too."""
        now = self.dovecot.snapshot(self.user)
        return sum(self.before.get(uid) != now.get(uid) for uid in self.before.keys() | now.keys())

    def outside(self) -> list[str]:
        """Return the verbs on the wire that aren't allowed."""
        return sorted(self.dovecot.verbs(self.user) - ALLOWED)

    def remove(self) -> None:
        """Give the disk space back."""
        shutil.rmtree(self.folder)
        # The session that was left may be about to make or remove a file.
        for name in ("mail", "rawlog"):
            shutil.rmtree(self.dovecot.root / name / self.user, ignore_errors=True)
