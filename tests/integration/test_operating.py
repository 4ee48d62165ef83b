"""Running it: how it is going, for people and monitors, and the way out of what was given up."""

import json
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from typer.testing import CliRunner

from springback.cli import app
from springback.errors import SpringbackError
from springback.ledger import Ledger
from support.dovecot import Dovecot
from support.mails import ordinary, rejection
from support.program import Program, Run
from support.wire import free_port

pytestmark = pytest.mark.dovecot


@pytest.fixture
def program(tmp_path: Path, dovecot: Dovecot, account_user: str) -> Program:
    """A program that has seen its inbox once."""
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    assert program.run("run", "--once").code == 0
    return program


@contextmanager
def daemon(program: Program) -> "Iterator[subprocess.Popen[bytes]]":
    """A daemon whose first pass is done, and recorded."""
    before = program.next_look
    process = program.start("run")
    try:
        while program.next_look in (before, None):
            assert process.poll() is None, program.log
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def ask(program: Program, *arguments: str) -> Run:
    """Run a command that only reads, or a retry, in this process: that saves its start."""
    done = CliRunner().invoke(app, [*arguments, "--config", str(program.config)])
    if isinstance(done.exception, SpringbackError):
        return Run(done.exception.exit_code, done.stdout, str(done.exception))
    return Run(done.exit_code, done.stdout, done.stderr)


def status(program: Program) -> tuple[int, dict[str, Any]]:
    done = ask(program, "status", "--json")
    (line,) = done.out.splitlines()
    return done.code, json.loads(line)


def change_ledger(program: Program, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(program.folder / "state" / "ledger.sqlite")) as connection:
        connection.execute(statement, values)
        connection.commit()


def give_up(program: Program, draft: bytes, state: str = "parked") -> None:
    """Make the ledger as it is where a draft was given up: it still has the bytes."""
    change_ledger(
        program,
        "UPDATE drafts SET state = ?, tries = 3, looks = 1, note = 'never found', content = ?",
        state,
        draft,
    )


def drafted(program: Program, dovecot: Dovecot, user: str) -> bytes:
    """Let a rejection arrive, and return its draft."""
    dovecot.deliver(user, rejection(1))
    assert program.run("run", "--once").code == 0
    (draft,) = dovecot.messages(user, "Drafts")
    return draft


def empty_drafts(dovecot: Dovecot, user: str) -> None:
    """Delete every draft, as a person's mail program does."""
    with IMAPClient(dovecot.host, dovecot.imap_port, ssl=False, timeout=10) as client:
        client.login(user, "secret")
        client.select_folder("Drafts")
        client.delete_messages(client.search())
        client.expunge()


def test_status_tells_of_the_daemon_and_of_its_end(program: Program) -> None:
    assert ask(program, "status").code == 0, "a person who runs passes by hand misses no daemon"
    with daemon(program) as process:
        code, told = status(program)
        assert (code, told["exit_code"], told["attention"]) == (0, 0, False)
        assert told["daemon"]["running"] is True
        assert told["daemon"]["pid"] == process.pid
        assert told["last_pass"]["ok"] is True
        assert told["next_try"] is not None
        shown = program.run("status")
        assert shown.code == 0
        assert f"daemon    running pid {process.pid}, version " in shown.out
        assert "  fine" in shown.out
        assert "\x1b" not in shown.out, "no colours where nobody watches"
        process.kill()
        process.wait()
        code, told = status(program)
        assert code == 7
        assert told["daemon"] == {"running": False, "pid": None, "since": None, "version": None}
        assert "the daemon is not running" in told["problems"][0]
    assert program.run("run", "--once").code == 0
    shown = ask(program, "status")
    assert shown.code == 7, "a pass by hand takes nobody's place"
    assert f"daemon    not running; the last one was pid {process.pid}, version " in shown.out
    (program.folder / "state" / "lock").unlink()
    assert ask(program, "status").code == 0, "who goes over to passes by hand misses it no more"


def test_systemd_and_prometheus_hear_of_the_daemon(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    program.add_section(f"[metrics]\nport = {port}\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(program.folder / "notify"))
        systemd.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(program.folder / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "10000000")  # ten unread ones are lost
        with daemon(program):
            assert systemd.recv(100) == b"READY=1"
            assert systemd.recv(100) == b"WATCHDOG=1"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
            assert 'springback_failures_in_a_row{account="personal"} 0.0' in text
        told = [systemd.recv(100)]
        while told[-1] != b"STOPPING=1":
            told.append(systemd.recv(100))
        assert set(told[:-1]) <= {b"WATCHDOG=1"}


def test_status_has_the_same_keys_before_and_after_the_first_pass(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    code, before = status(program)
    assert (code, before["last_pass"], before["problems"]) == (1, None, [before["problems"][0]])
    program.run("run", "--once")
    code, after = status(program)
    assert code == 0
    assert before.keys() == after.keys()


def test_status_tells_which_files_the_daemon_refused(program: Program) -> None:
    ledger = Ledger(program.folder / "state")
    ledger.health.note_files(["mine.toml: unknown key 'rul'"])
    assert status(program)[0] == 0, "the next daemon reads them anew"
    with daemon(program):
        while ledger.health.refused_files():  # forgotten at the start
            time.sleep(0.05)
        ledger.health.note_files(["mine.toml: unknown key 'rul'"])
        code, told = status(program)
        assert (code, told["refused_files"]) == (1, ["mine.toml: unknown key 'rul'"])
        assert "files     mine.toml: unknown key 'rul'" in ask(program, "status").out
    ledger.close()


def test_a_wrong_password_is_told_by_kind(program: Program) -> None:
    program.password.write_text("wrong\n")
    assert program.run("run", "--once").code == 3
    code, told = status(program)
    assert code == 3
    assert told["failures"] == 1
    assert told["error"]["kind"] == "LoginRefusedError"
    shown = ask(program, "status").out
    assert "error     " in shown
    assert "1 in a row: Can't log in" in shown


def test_waiting_mail_is_shown(program: Program, dovecot: Dovecot, account_user: str) -> None:
    program.set_reply('minimum_age = "5000w"')
    dovecot.deliver(account_user, rejection(1))
    assert "1 too young" in program.run("run", "--once").out
    code, told = status(program)
    assert (code, told["waiting"]) == (0, 1)
    assert told["waiting_until"] > "2100"
    assert "too young for a draft (reply.minimum_age), the first until 21" in ask(program, "status").out
    shown = ask(program, "list").out
    assert "waiting    Jane Doe <jane.doe@company-1.example>: Your application for" in shown
    (entry,) = [json.loads(line) for line in ask(program, "list", "--json").out.splitlines()]
    assert (entry["draft"], entry["sender"]) == ("waiting", "Jane Doe <jane.doe@company-1.example>")


def test_a_parked_draft_that_was_stored_is_found_not_stored_again(
    program: Program, dovecot: Dovecot, account_user: str
) -> None:
    give_up(program, drafted(program, dovecot, account_user))
    code, told = status(program)
    assert (code, told["drafts"]) == (1, {"parked": 1})
    assert "`springback retry`" in ask(program, "list").out
    (stuck,) = [json.loads(line) for line in ask(program, "retry", "--json").out.splitlines()]
    assert (stuck["what"], stuck["state"], stuck["retried"]) == ("draft", "parked", False)
    listed = ask(program, "retry")
    assert (listed.code, stuck["key"][:8] in listed.out) == (0, True)
    assert stuck["key"][:8] in ask(program, "list").out
    assert status(program)[0] == 1, "listing changes nothing"
    assert "1 begun anew" in ask(program, "retry", stuck["key"][:8]).out
    assert program.run("run", "--once").code == 0
    code, told = status(program)
    assert (code, told["drafts"]) == (0, {"done": 1})
    assert len(dovecot.messages(account_user, "Drafts")) == 1


def test_a_parked_draft_that_was_deleted_is_not_made_again(
    program: Program, dovecot: Dovecot, account_user: str
) -> None:
    """The person has it in Trash: it was stored, and taken."""
    draft = drafted(program, dovecot, account_user)
    dovecot.fill(account_user, [draft], "Trash")
    empty_drafts(dovecot, account_user)
    give_up(program, draft)
    assert ask(program, "retry", "--all").code == 0
    for _ in range(2):
        assert program.run("run", "--once").code == 0
    assert dovecot.messages(account_user, "Drafts") == []
    assert status(program)[1]["drafts"] == {"done": 1}


def test_a_parked_draft_that_never_arrived_is_stored_by_the_running_daemon(
    program: Program, dovecot: Dovecot, account_user: str
) -> None:
    """It is looked for twice, then stored, once; mails that arrive make the daemon look."""
    draft = drafted(program, dovecot, account_user)
    empty_drafts(dovecot, account_user)
    give_up(program, draft)
    with daemon(program):
        assert "1 begun anew" in ask(program, "retry", "--all").out
        assert ask(program, "retry").out.startswith("Nothing to retry")
        for number in range(20):
            dovecot.deliver(account_user, ordinary(number))
            time.sleep(1.1)
            if status(program)[1]["drafts"] == {"done": 1}:
                break
    assert status(program)[1]["drafts"] == {"done": 1}
    assert program.run("run", "--once").code == 0
    assert len(dovecot.messages(account_user, "Drafts")) == 1


def test_a_refused_draft_needs_no_wait(program: Program, dovecot: Dovecot, account_user: str) -> None:
    draft = drafted(program, dovecot, account_user)
    empty_drafts(dovecot, account_user)
    give_up(program, draft, "refused")
    assert status(program)[0] == 1
    assert "never found" in ask(program, "retry").out
    assert ask(program, "retry", "--all", "--account", "personal").code == 0
    for _ in range(2):  # it is looked for twice
        assert program.run("run", "--once").code == 0
        time.sleep(1.1)
    assert len(dovecot.messages(account_user, "Drafts")) == 1
    assert status(program)[0] == 0


def test_a_mail_set_aside_is_looked_at_again(program: Program, dovecot: Dovecot, account_user: str) -> None:
    dovecot.deliver(account_user, rejection(1))
    dovecot.snapshot(account_user)
    with closing(sqlite3.connect(program.folder / "state" / "ledger.sqlite")) as connection:
        uidvalidity, watermark = connection.execute("SELECT uidvalidity, watermark FROM cursors").fetchone()
    uid = watermark + 1
    change_ledger(
        program,
        f"INSERT INTO failures VALUES ('personal', 'INBOX', {uidvalidity}, {uid}, 3, 'the parser broke', "  # noqa: S608 - figures of the test's own
        "'2026-11-16 09:00:00')",
    )
    change_ledger(program, f"UPDATE cursors SET watermark = {uid}")  # noqa: S608 - as above
    assert program.run("run", "--once").code == 0
    assert dovecot.messages(account_user, "Drafts") == []
    assert status(program)[0] == 1
    assert f"uid{uid}" in ask(program, "retry").out
    assert ask(program, "retry", f"uid{uid}").code == 0
    assert program.run("run", "--once").code == 0
    assert len(dovecot.messages(account_user, "Drafts")) == 1
    code, told = status(program)
    assert (code, told["set_aside"]) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["beef"], "'beef': nothing that is parked"),
        (["--account", "persnal"], "Did you mean 'personal'?"),
        (["beef", "--all"], "give keys or --all, not both"),
    ],
)
def test_what_cannot_be_retried_is_told(
    tmp_path: Path, dovecot: Dovecot, account_user: str, arguments: list[str], told: str
) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    done = ask(program, "retry", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
