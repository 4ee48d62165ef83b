"""Recalls a draft in neomutt, edits and sends it, and returns what was on the screen and sent.

Run as a file, it prints both: PYTHONPATH=tests python -m clients.neomutt
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from clients.drafts import FULL_NAME, leave_draft, write_script
from support.dovecot import Dovecot, require_dovecot

ADDED = "A sentence that the person added."
_WAIT = 20.0  # seconds for a screen to change
_RC = """\
set folder="imaps://localhost:{port}/" imap_user="{user}" imap_pass="secret"
set spoolfile="+INBOX" postponed="+Drafts" record="+Sent"
set ssl_force_tls=yes ssl_verify_host=yes certificate_file="{ca_file}" header_cache=""
set from="{user}" realname="{name}" use_envelope_from=no
set sendmail="{sendmail}" editor="{editor}" autoedit=no charset=utf-8 send_charset=utf-8
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What neomutt showed, and what it handed to sendmail."""

    screen: str
    edited: str
    sent: bytes


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


def recall_and_send(server: Dovecot, user: str, folder: Path) -> Seen:
    """Recall the only draft of a user, add a line to it and send it; files go to the folder."""
    sent = folder / "sent.eml"
    edited = folder / "edited.txt"
    editor = write_script(folder / "editor", f'echo "{ADDED}" >> "$1"; cp "$1" {edited}')
    sendmail = write_script(folder / "sendmail", f"cat > {sent}.part && mv {sent}.part {sent}")
    rc = folder / "neomuttrc"
    rc.write_text(
        _RC.format(
            port=server.imaps_port,
            ca_file=server.ca_file,
            user=user,
            name=FULL_NAME,
            sendmail=sendmail,
            editor=editor,
        ),
        "utf-8",
    )
    with _Terminal(folder, ["neomutt", "-F", str(rc), "-p"]) as terminal:
        # Recalling opens the editor at once, then comes the compose screen.
        terminal.wait_for(lambda: "y:Send" in terminal.text())
        screen = terminal.text()
        terminal.press("y")
        terminal.wait_for(sent.exists)
    return Seen(screen, edited.read_text("utf-8"), sent.read_bytes())


class _Terminal:
    """A program in a tmux of its own."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._socket = str(folder / "tmux")
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "45", *command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server", check=False)

    def text(self) -> str:
        """Return what is on the screen; nothing where the program has ended."""
        return self._tmux("capture-pane", "-p", check=False)

    def press(self, key: str) -> None:
        """Press a key."""
        self._tmux("send-keys", key)

    def wait_for(self, done: Callable[[], bool]) -> None:
        """Wait until something is so; raises TimeoutError with the screen."""
        end = time.monotonic() + _WAIT
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"neomutt shows:\n{self.text()}")
            time.sleep(0.05)

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=check,
            timeout=_WAIT,
        )
        return done.stdout


def _main() -> None:
    with Dovecot() as server, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        server.add_user("robin@example.test")
        leave_draft(server, "robin@example.test")
        seen = recall_and_send(server, "robin@example.test", Path(folder))
    sys.stdout.write(f"{seen.screen}\n{'=' * 80}\n{seen.sent.decode()}")


if __name__ == "__main__":
    _main()
