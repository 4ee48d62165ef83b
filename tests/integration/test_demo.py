"""`springback demo`: the whole program over the wire, with nothing to configure."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "springback", "demo"]


def test_the_demo_finds_and_drafts_what_it_should() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "demo: 14 mails looked at, 6 drafted, 1 for review" in done.stdout
    assert done.stdout.count("\nHello") == 5
    assert done.stdout.count("\nHallo Sofie,") == 1, "the letter to the recruiter of the earlier conversation"
    assert "A second pass over the same mail made 0 drafts." in done.stdout


def test_the_mailbox_stays_when_asked(tmp_path: Path) -> None:
    """It tells how to reach it, and ends on Ctrl-C without a word."""
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, "--keep"], stdout=out, stderr=out, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    try:
        while "neomutt -n" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "Traceback" not in log.read_text()
    assert "connection security: none" in log.read_text()
