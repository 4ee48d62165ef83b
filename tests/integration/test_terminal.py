"""A terminal that can't show a character, a disk that takes no line: it costs that, never the work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.mails import mail, rejection
from support.program import Program

SUBJECT = "\N{LATIN CAPITAL LETTER C WITH CARON}apek and the Data Analyst role \N{GRINNING FACE}"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A rejection in a file whose name isn't UTF-8; few terminals can show its subject."""
    path = tmp_path / os.fsdecode(b"caf\xe9.eml")
    path.write_bytes(rejection(1, subject=SUBJECT))
    return path


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program whose account no server has."""
    program = Program(tmp_path)
    program.add_section(
        '[[account]]\nname = "personal"\naddress = "robin@ellery.example"\nfull_name = "Robin Ellery"\n'
        'host = "imap.ellery.example"\n'
    )
    return program


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_machines_read_is_json_in_every_encoding(
    program: Program, odd: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    odd.write_bytes(mail(f"After careful consideration, we will not move forward with {SUBJECT}."))
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = program.run("check", "--json", str(odd))
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert told["path"] == str(odd)
    assert any(SUBJECT in item["sentence"] for item in told["evidence"])


@pytest.mark.dovecot
def test_a_terminal_that_is_not_utf8_costs_no_draft(
    tmp_path: Path, odd: Path, dovecot: Dovecot, account_user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = account_user.replace("@", "b@")
    dovecot.add_user(other)
    program = Program(tmp_path)
    for name, user in (("one", account_user), ("two", other)):
        dovecot.fill(user, [odd.read_bytes()])
        program.add_account(dovecot, user, name=name)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = program.run("run", "--once", "--since", "30d")
    assert done.code == 0, done.err
    assert done.out.count("1 drafted") == 2
    assert [len(dovecot.messages(user, "Drafts")) for user in (account_user, other)] == [1, 1]
    for command in (("list", "--full"), ("preview", str(odd))):
        shown = program.run(*command)
        assert (shown.code, shown.err) == (0, "")
        assert r"\u010capek and the Data Analyst role \U0001f600" in shown.out


@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("check",)])
def test_what_cannot_be_printed_is_told(program: Program, odd: Path, command: tuple[str, ...]) -> None:
    path = (str(odd),) if command[0] == "check" else ()
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program._command((*command, *path)), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.stderr == b"springback: Can't print: No space left on device\n"
    assert done.returncode == 1


INTERRUPTED = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from springback.__main__ import main
main()
"""


def test_ctrl_c_is_silent_while_the_program_loads_too() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, b"")
