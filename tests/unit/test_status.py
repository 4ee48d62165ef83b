"""What `status` shows a person of an account."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from springback.cli import app
from springback.entries import PassEntry
from springback.ledger import Ledger
from support.settings import ONE_ACCOUNT

NOW = datetime.now(UTC)
GOOD = PassEntry(
    "home", NOW, NOW, ok=True, error=None, failures=0, looked_at=1, drafted=1, next_at=None, backlog=1
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(ONE_ACCOUNT)
    return path


def shown(config: Path, entry: PassEntry) -> list[str]:
    """Return the lines that `status` shows after a pass."""
    ledger = Ledger(config.parent / "state")
    ledger.health.record_pass(entry)
    ledger.close()
    return CliRunner().invoke(app, ["status", "--config", str(config)]).stdout.splitlines()


def test_what_another_program_wrote_into_the_lock_is_shown_harmlessly(config: Path) -> None:
    signed = {"pid": 4711, "started_at": "2026-11-16T09:00:00+00:00", "version": "\x1b[31m", "task": "daemon"}
    (config.parent / "state").mkdir()
    (config.parent / "state" / "lock").write_text(json.dumps(signed))
    assert "version \\u001b[31m" in "".join(shown(config, GOOD))


def test_one_mail_is_one(config: Path) -> None:
    lines = shown(config, GOOD)
    assert any(line.endswith(" ago: 1 mail, 1 drafted") for line in lines)
    assert "backlog   1 mail not dealt with yet" in lines


def test_an_error_is_told_in_words_and_where_its_names_are(config: Path) -> None:
    error = "Can't find the Drafts folder (a folder). The server has: (its folders). Correct `drafts`"
    failed = replace(GOOD, ok=False, error=error, failures=2, kind="FolderError")
    lines = shown(config, failed)
    told = lines.index(f"error     failure 2 in a row: {error}")
    assert lines[told + 1] == "          `springback run --dry-run` tells the names that are left out here"
    assert "FolderError" not in "".join(lines)
