"""Recalls a draft in neomutt, edits and sends it, and returns what was on the screen and sent.

Run as a file, it prints both: PYTHONPATH=tests python -m clients.neomutt
"""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
import structlog

from clients.checks import ADDED, OWN_SIGNATURE, broken, check
from clients.drafts import FULL_NAME, SITUATIONS, USER, leave_draft, write_script
from support.dovecot import Dovecot, require_dovecot

_WAIT = 60.0  # seconds for a screen to change, on a machine with much else to do
_END = 10.0  # seconds for a program to end before it is killed
_RC = """\
set folder="imaps://localhost:{port}/" imap_user="{user}" imap_pass="secret"
set spoolfile="+INBOX" postponed="+Drafts" record="+Sent" copy=yes confirm_append=no
set ssl_force_tls=yes ssl_verify_host=yes certificate_file="{ca_file}" header_cache=""
set from="{user}" realname="{name}" use_envelope_from=no signature="{signature}"
set sendmail="{sendmail}" sendmail_wait=0 editor="{editor}" autoedit=no
set charset=utf-8 send_charset=utf-8
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What neomutt showed, gave to the editor and to sendmail, and left on the server."""

    screen: str
    edited: str
    sent: bytes
    drafts: int
    copy: bytes


def require_neomutt() -> None:
    """Skip the running test when Dovecot, neomutt or tmux is missing, or fail it in CI."""
    require_dovecot()
    missing = [name for name in ("neomutt", "tmux") if shutil.which(name) is None]
    if not missing:
        return
    text = f"install {' and '.join(missing)} (apt-get install neomutt tmux) to run this test"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def recall_and_send(server: Dovecot, folder: Path) -> Seen:
    """Recall the only draft, add a paragraph below the greeting and send it; files go to the folder."""
    sent = folder / "sent.eml"
    edited = folder / "edited.txt"
    insert = f'!done && /^$/ {{ print ""; print "{ADDED}"; done = 1 }} {{ print }}'
    editor = write_script(folder / "editor", f'cp "$1" {edited}\nawk \'{insert}\' {edited} > "$1"')
    sendmail = write_script(folder / "sendmail", f"cat > {sent}.part && mv {sent}.part {sent}")
    (folder / "signature").write_text(f"{OWN_SIGNATURE}\n", "utf-8")
    rc = folder / "neomuttrc"
    rc.write_text(
        _RC.format(
            port=server.imaps_port,
            ca_file=server.ca_file,
            user=USER,
            name=FULL_NAME,
            signature=folder / "signature",
            sendmail=sendmail,
            editor=editor,
        ),
        "utf-8",
    )
    with Terminal(folder, ["neomutt", "-F", str(rc), "-p"]) as terminal:
        screen = ""

        def composed() -> bool:
            nonlocal screen
            screen = terminal.text()
            # Drawn from the top and from the bottom: a part may be there already.
            return all(word in screen for word in ("y:Send", "From:", "To:", "Subject:"))

        # Recalling opens the editor at once, then comes the compose screen.
        terminal.wait_for(composed)
        terminal.press("y")
        terminal.wait_for(lambda: terminal.ended)  # with the copy in Sent
        if not sent.exists():
            raise RuntimeError(f"neomutt sends nothing, and shows:\n{terminal.text()}")
    left, copies = server.messages(USER, "Drafts"), server.messages(USER, "Sent")
    return Seen(screen, edited.read_text("utf-8"), sent.read_bytes(), len(left), copies[-1])


class Terminal:
    """A program in a tmux of its own; both have ended, and were waited for, when it is left."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._folder = folder
        self._command = command
        self._socket = str(folder / "tmux")
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._program = 0  # its process id

    def __enter__(self) -> Self:
        (self._folder / "tmux.conf").write_text("set -g remain-on-exit on\n", "ascii")
        # In the foreground, so that the server is a child that can be waited for.
        self._server = subprocess.Popen(
            ["tmux", "-D", "-u", "-S", self._socket, "-f", str(self._folder / "tmux.conf")],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self.wait_for(lambda: Path(self._socket).exists())
            self._tmux("new-session", "-d", "-x", "120", "-y", "45", *self._command)
            self._program = int(self._told("#{pane_pid}"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._program and not self.ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._program, signal.SIGKILL)  # each pane is a session of its own
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(_END)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    @property
    def ended(self) -> bool:
        """Return whether the program has ended; what it showed last stays on the screen."""
        gone = self._server is None or self._server.poll() is not None
        return gone or self._told("#{pane_dead}") == "1"

    def text(self) -> str:
        """Return what is on the screen."""
        return self._tmux("capture-pane", "-p", check=False)

    def press(self, key: str) -> None:
        """Press a key."""
        self._tmux("send-keys", key)

    def wait_for(self, done: Callable[[], bool]) -> None:
        """Wait until something is so; raises TimeoutError with the screen, at once if the program ended."""
        end = time.monotonic() + _WAIT
        while not done():
            if self.ended or time.monotonic() > end:
                if done():  # the last thing that it did
                    return
                raise TimeoutError(f"{self._command[0]} shows:\n{self.text()}")
            time.sleep(0.05)

    def _told(self, what: str) -> str:
        return self._tmux("display-message", "-p", what, check=False).strip()

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=check,
            timeout=_WAIT,
        )
        return done.stdout


def _main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for situation in SITUATIONS:
        with Dovecot() as server, tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
            draft = leave_draft(server, situation)
            seen = recall_and_send(server, Path(folder))
        sys.stdout.write(f"{seen.screen}\n{'=' * 80}\n{seen.sent.decode()}\n{'=' * 80}\n")
        sys.stdout.write("\n".join(broken(check(situation, draft, seen.sent))) + "\n")


if __name__ == "__main__":
    _main()
