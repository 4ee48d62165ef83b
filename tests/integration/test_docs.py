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

from springback import errors
from springback.cli import app
from springback.config import Account, Config, Log, Metrics, Password, Paths, Poll, Reply
from springback.configfile import parse_config
from springback.facts import AttributionFacts, LetterFacts
from springback.figures import TEXTS
from springback.library import rule_files
from springback.rule import SourceFile
from springback.rulefile import DecideEntry, DetailEntry, PhrasesEntry, RuleEntry, RuleFileEntry
from springback.ruleset import parse_rules
from springback.senderfile import PlatformEntry
from springback.standing import GONE
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
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
CONSOLE = list(dict.fromkeys(re.findall(r"^\$ (springback .*)$", README + OPERATIONS, re.MULTILINE)))


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


def operations(language: str, start: str) -> str:
    """Return a block of docs/operations.md, by its language and beginning."""
    (block,) = re.findall(rf"```{language}\n({re.escape(start)}.*?)```", OPERATIONS, re.DOTALL)
    return str(block)


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    """Where systemd is installed it judges the unit itself; its command is one of ours everywhere."""
    unit = operations("ini", "[Unit]")
    (command,) = re.findall(r"^ExecStart=\S*/springback (.*)$", unit, re.MULTILINE)
    assert command.split()[0] == "run"
    file = tmp_path / "springback.service"
    file.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    assert "Type=notify\n" in unit
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", file], capture_output=True, text=True, check=False
        )
        told = done.stderr.splitlines()
        assert [line for line in told if "springback" in line] == []
        assert done.returncode == 0 or told, "what other units of this machine lack is told as well"


def test_the_configuration_of_the_service_is_valid(tmp_path: Path) -> None:
    password = operations("toml", "password = ").strip()
    accounts = re.sub(r"^# password = .*$", password, EXAMPLE, flags=re.MULTILINE)
    with_metrics = accounts.replace("[metrics]\n", operations("toml", "[metrics]"))
    config = parse_config(with_metrics, "config.toml", tmp_path)
    assert config.account[0].password.credential == "mail"
    assert config.metrics.port == 9464


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (3, 2), (7, 2)])
def test_the_check_for_monitors_speaks_their_codes(tmp_path: Path, code: int, expected: int) -> None:
    program = tmp_path / "springback"
    program.write_text(f"#!/bin/sh\necho told about it\nexit {code}\n")
    program.chmod(0o755)
    script = operations("sh", "#!/bin/sh\n# check_springback")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected
    assert done.stdout.startswith("SPRINGBACK ")
    assert ("told about it" in done.stdout) == (code != 0)


@pytest.mark.parametrize(("code", "mailed"), [(0, False), (1, True), (7, True)])
def test_the_line_for_cron_sends_what_status_says(tmp_path: Path, code: int, mailed: bool) -> None:  # noqa: FBT001 - pytest gives it
    """No file is left where another user could have put a link."""
    for name, text in (("springback", f"echo told about it\nexit {code}"), ("mail", "cat >$0.sent")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    line = operations("sh", "out=")
    assert ">" not in line.replace("2>&1", "")
    assert "%" not in line, "a crontab takes it for the end of the line"
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["/bin/sh", "-c", line], env=environment, check=True)
    sent = tmp_path / "mail.sent"
    assert (sent.read_text() if sent.exists() else "") == ("told about it\n" if mailed else "")


def test_a_pass_by_hand_gets_the_credential_of_the_service() -> None:
    """The command beside the unit hands over the same secret, to the same user, as systemd-run takes it."""
    unit, command = operations("ini", "[Unit]"), operations("sh", "systemd-run")
    for key in ("User", "LoadCredential"):
        (value,) = re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)
        assert f" -p {key}={value} " in command
    (start,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert start in re.sub(r"\\\n +", "", command).replace("run --once", "run")


def test_every_figure_is_in_the_documentation() -> None:
    for name in TEXTS:
        assert f"`springback_{name}" in OPERATIONS, name
    for name in re.findall(r"springback_(\w+)", OPERATIONS):
        assert name in TEXTS or name == "springback", name


def test_every_exit_code_of_status_is_in_the_documentation() -> None:
    codes = {error.exit_code for error in vars(errors).values() if hasattr(error, "exit_code")}
    for code in {0, *codes, GONE}:
        assert re.search(rf"^\| {code} \|", OPERATIONS, re.MULTILINE), code


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
