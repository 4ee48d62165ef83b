"""The program as a person runs it: a configuration on disk, a command, what it printed."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ACCOUNT = """\
[[account]]
name = "{name}"
address = "{user}"
full_name = "Robin Ellery"
host = "{host}"
port = {port}
ca_file = "{ca_file}"
password = {{ file = "{password}" }}
"""


class Served(Protocol):
    """Where an account is to be had."""

    host: str
    imaps_port: int

    @property
    def ca_file(self) -> Path:
        """Return the authority a client has to trust."""


@dataclass(frozen=True)
class Run:
    """What a finished command printed and its exit code."""

    code: int
    out: str
    err: str


class Program:
    """A folder with a configuration, and the program to run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.password = folder / "password"
        self.password.write_text("secret\n")
        self.password.chmod(0o600)
        self.texts = [
            f'[paths]\nstate = "{folder / "state"}"\n[poll]\ninterval = "1s"\nsettle = "1s"\n',
            '[reply]\nmaximum_age = "5200w"\n',  # the mails of the tests keep their dates
        ]

    def add_account(self, server: Served, user: str, *, name: str = "personal", **changes: object) -> None:
        """Add an account of a server; `changes` replace or add keys, written as TOML values."""
        text = ACCOUNT.format(
            name=name,
            user=user,
            host=server.host,
            port=server.imaps_port,
            ca_file=server.ca_file,
            password=self.password,
        )
        for key, value in changes.items():
            lines = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
            text = "\n".join([*lines, f"{key} = {value}"]) + "\n"
        self.texts.append(text)
        self.config.write_text("\n".join(self.texts))

    def set_reply(self, line: str) -> None:
        """Add a key to the section on replies."""
        self.texts[1] += f"{line}\n"
        self.config.write_text("\n".join(self.texts))

    def add_section(self, text: str) -> None:
        """Add a section to the configuration."""
        self.texts.append(text)
        self.config.write_text("\n".join(self.texts))

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = 60) -> Run:
        """Run a command to its end."""
        done = subprocess.run(
            self._command(arguments), input=stdin, capture_output=True, timeout=timeout, check=False
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command; its output goes to `log` in the folder."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(self._command(arguments), stdout=log, stderr=log)

    @property
    def log(self) -> str:
        """Return what started commands have printed so far."""
        return (self.folder / "log").read_text()

    @property
    def next_look(self) -> str | None:
        """Return when the daemon looks next; a pass that says "done" has yet to wait and to record this."""
        ledger = f"file:{self.folder / 'state' / 'ledger.sqlite'}?mode=ro"
        with (
            suppress(sqlite3.OperationalError),  # there is none yet
            closing(sqlite3.connect(ledger, uri=True, timeout=10)) as connection,
        ):
            (found,) = connection.execute("SELECT max(next_at) FROM passes").fetchone()
            return found if found is None else str(found)
        return None

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        named = [] if arguments[:1] == ("rules",) else ["--config", str(self.config)]
        return [sys.executable, "-m", "springback", *arguments, *named]


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process as a power cut would, and wait for its end."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
