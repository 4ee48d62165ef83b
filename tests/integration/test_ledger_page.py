"""docs/ledger.md holds: its commands back up a ledger that is in use, and restore it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.imapserver import require_server
from support.mails import rejection
from support.program import Program

pytestmark = pytest.mark.dovecot

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_the_commands_shown_back_up_and_restore(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """Backup, loss, restore, in the page's own words: the drafts stay single."""
    require_server("sqlite3", available=shutil.which("sqlite3") is not None, in_ci=True)
    backup, restore, lost = BLOCKS
    state = tmp_path / ".local" / "state" / "springback"
    program = Program(tmp_path)
    program.texts[0] = program.texts[0].replace(str(tmp_path / "state"), str(state))
    program.add_account(dovecot, account_user)
    dovecot.fill(account_user, [rejection(1)])

    def shell(commands: str) -> str:
        run = f'springback() {{ "{sys.executable}" -m springback "$@" --config "{program.config}"; }}\n'
        environment = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(
            ["sh", "-ec", run + commands],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "1 drafted" in shell(lost.replace("14d", "5200w").splitlines()[-1])
    assert shell(backup).strip() == "ok"
    assert (tmp_path / "springback-backup.sqlite").stat().st_mode & 0o777 == 0o600
    dovecot.deliver(account_user, rejection(2))
    assert "1 drafted" in shell("springback run --once")
    (state / "ledger.sqlite").write_bytes(b"rubbish" * 1000)
    assert "0 drafted" in shell(restore)
    assert (state / "ledger.sqlite").stat().st_mode & 0o777 == 0o600
    for file in state.glob("ledger*"):
        file.unlink()
    assert "0 drafted" in shell(lost.replace("14d", "5200w"))
    assert len(dovecot.messages(account_user, "Drafts")) == 2


def test_what_the_page_quotes_is_what_the_program_says() -> None:
    """Every text in the first column of the table of errors stands in the code."""
    package = Path(__file__).parents[2] / "service" / "springback"
    code = "".join(
        (package / name).read_text()
        for name in ("database.py", "lock.py", "migrations/__init__.py", "permissions.py")
    )
    table = PAGE.partition("| what it says |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    quoted = [part for row in rows for text in re.findall("`([^`]+)`", row) for part in text.split(" ... ")]
    assert len(quoted) >= 9
    for part in quoted:
        assert part in code
