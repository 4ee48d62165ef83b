"""The documentation holds: every command and key is in it, and what it shows runs."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel

from springback.cli import app
from springback.config import Account, Config, Log, Metrics, Password, Paths, Poll, Reply, parse_config
from springback.facts import AttributionFacts, LetterFacts
from springback.library import rule_files
from springback.rule import SourceFile
from springback.rulefile import DecideEntry, DetailEntry, PhrasesEntry, RuleEntry, RuleFileEntry
from springback.ruleset import parse_rules
from springback.senderfile import PlatformEntry
from support.dovecot import Dovecot
from support.mails import rejection
from support.program import Program
from support.readme import shown_with_output, templates_page

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / "config.example.toml").read_text()
RULES = (ROOT / "docs" / "rules.md").read_text()
SENDERS = (ROOT / "docs" / "senders.md").read_text()
LETTERS = (ROOT / "docs" / "letters.md").read_text()
CONSOLE = re.findall(r"^\$ (springback .*)$", README, re.MULTILINE)


def commands(command: Any, name: str = "springback") -> list[tuple[str, Any]]:  # noqa: ANN401 - typer's own classes
    """Return every command with its full name."""
    parts = getattr(command, "commands", None)
    if parts is None:
        return [(name, command)]
    return [found for part, inner in parts.items() for found in commands(inner, f"{name} {part}")]


COMMANDS = commands(typer.main.get_command(app))


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_option_is_in_the_readme(name: str, command: Any) -> None:  # noqa: ANN401 - as above
    assert name in README or f"`{name.removeprefix('springback ')}`" in README
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option not in ("--help", "--port"):
                assert option in README, f"{name} {option}"


@pytest.mark.parametrize("section", [Account, Paths, Poll, Reply, Log, Metrics])
def test_every_key_is_in_the_example_at_its_default(section: type[BaseModel]) -> None:
    for key, field in section.model_fields.items():
        assert re.search(rf"^(?:# )?{key} = ", EXAMPLE, re.MULTILINE), key
        if field.default in (True, False) or (isinstance(field.default, (int, str)) and field.default):
            shown = re.search(rf"^# {key} = (.*)$", EXAMPLE, re.MULTILINE)
            assert shown, f"{key} is optional: it is commented out"
            assert tomllib.loads(f"x = {shown[1]}")["x"] == field.default, key


def test_every_source_of_a_password_is_in_the_example() -> None:
    for key in Password.model_fields:
        assert f"{{ {key} = " in EXAMPLE


def test_the_example_is_a_valid_configuration(tmp_path: Path) -> None:
    config = parse_config(EXAMPLE, "config.example.toml", tmp_path)
    assert config.account[0].port == 993
    assert set(Config.model_fields) == {"account", "paths", "poll", "reply", "log", "metrics"}


@pytest.mark.parametrize(
    "entry", [RuleEntry, PhrasesEntry, DetailEntry, DecideEntry, RuleFileEntry, PlatformEntry]
)
def test_every_key_of_a_rule_file_is_told(entry: type[BaseModel]) -> None:
    for key, field in entry.model_fields.items():
        name = field.alias or key
        assert re.search(rf"\b{name}\b", RULES + SENDERS + README), name


def test_every_variable_of_a_letter_is_told() -> None:
    for name in (*LetterFacts.__dataclass_fields__, *AttributionFacts.__dataclass_fields__):
        assert f"`{name}`" in LETTERS


def test_the_rules_shown_are_valid() -> None:
    shown = re.findall(r"```toml\n(schema = 1\nlanguage.*?)```", README, re.DOTALL)
    assert shown
    for text in shown:
        parse_rules([*rule_files(), SourceFile("README", text)])
    blocks = re.findall(r"```toml\n(\[(?:guard|\[detail|\[decide).*?)```", RULES, re.DOTALL)
    assert len(blocks) == 3
    for text in blocks:
        parse_rules([*rule_files(), SourceFile("docs/rules.md", f"schema = 1\n{text}")])


@pytest.mark.dovecot
def test_every_command_shown_runs(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """The README's commands, in their order, in a copy of the checkout, on a real server."""
    for name in ("service", "examples", "tests/corpus"):
        shutil.copytree(ROOT / name, tmp_path / name)
    dovecot.fill(account_user, [rejection(1)])
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    environment = {**os.environ, "SPRINGBACK_CONFIG": str(program.config)}
    assert len(CONSOLE) >= 8
    for line in CONSOLE:
        done = subprocess.run(
            [sys.executable, "-m", "springback", *shlex.split(line)[1:]],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stderr}"


def test_the_output_shown_is_what_the_commands_print() -> None:
    """Where this fails, look at the difference, then run `make readme`."""
    assert shown_with_output(README) == README


def test_the_page_of_templates_is_what_the_program_writes() -> None:
    """Where this fails, look at the letters, then run `make readme`."""
    assert (ROOT / "docs" / "templates.md").read_text() == templates_page()


def test_the_two_commands_of_a_newcomer_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^    make (\w+)$", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    for target in re.findall(r"make (\w+)", (ROOT / ".ci" / "run").read_text()):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
