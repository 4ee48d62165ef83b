"""The daemon and a server that tells of new mail, with an interval of hours: only push can be so quick."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support.dovecot import Dovecot
from support.mails import ordinary, rejection
from support.program import Program

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(90)]


def program_for(folder: Path, dovecot: Dovecot, user: str, *, poll: str = "") -> Program:
    program = Program(folder)
    program.texts[0] = program.texts[0].replace('interval = "1s"', f'interval = "8h"\n{poll}')
    program.add_account(dovecot, user)
    return program


@contextmanager
def running(program: Program) -> Iterator[int]:
    """Run the daemon, from when it waits for mail until the test is over; give its process id."""
    process = program.start("run")
    try:
        until(lambda: "pass_done" in program.log or "pass_failed" in program.log)
        yield process.pid
        assert process.poll() is None, program.log
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def volume(program: Program) -> int:
    with closing(sqlite3.connect(program.folder / "state" / "ledger.sqlite")) as connection:
        (total,) = connection.execute("SELECT SUM(bytes) FROM volume").fetchone()
    return int(total)


def forget_volume(program: Program) -> None:
    """Let another day begin."""
    with closing(sqlite3.connect(program.folder / "state" / "ledger.sqlite")) as connection:
        connection.execute("UPDATE volume SET bytes = 0")
        connection.commit()


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_mail_is_answered_when_the_server_tells_of_it(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    """One connection serves all: no login for each mail, and the watched inbox stays as it is."""
    program = program_for(tmp_path, dovecot, account_user)
    with running(program):
        for number in range(3):
            dovecot.deliver(account_user, ordinary(number))
            dovecot.deliver(account_user, rejection(number))
            until(lambda: len(dovecot.messages(account_user, "Drafts")) > number)  # noqa: B023 - called at once
        status = program.run("status", "--json")
    commands = [command.split(b" ")[0].upper() for command in dovecot.commands(account_user)]
    assert b"IDLE" in commands
    assert commands.count(b"LIST") == 1  # as it is asked for at each login
    assert '"mode": "push"' in status.out
    assert len(dovecot.messages(account_user, "Drafts")) == 3


def test_without_push_the_server_is_never_asked_to_wait(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    program = program_for(tmp_path, dovecot, account_user, poll="push = false")
    with running(program):
        dovecot.deliver(account_user, rejection(1))
        time.sleep(2)
        assert not dovecot.messages(account_user, "Drafts")
    assert "IDLE" not in dovecot.verbs(account_user)


def test_a_hang_up_makes_it_look_anew(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """SIGHUP: all accounts are looked at, whatever they wait for."""
    program = program_for(tmp_path, dovecot, account_user, poll="push = false")
    with running(program) as pid:
        dovecot.deliver(account_user, rejection(1))
        os.kill(pid, signal.SIGHUP)
        until(lambda: dovecot.messages(account_user, "Drafts"))


def test_no_more_is_read_than_a_day_allows(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    program = program_for(tmp_path, dovecot, account_user, poll="daily_megabytes = 10")
    assert program.run("run", "--once").code == 0
    noise = "".join(f"{number:060d}\r\n" for number in range(4_000)).encode()
    dovecot.fill(account_user, [rejection(1), *(ordinary(number) + noise for number in range(60))])
    older = program.run("run", "--dry-run", "--since", "30d")
    assert older.code == 4
    assert "ask for less" in older.err
    assert 10_000_000 <= volume(program) < 14_000_000, "a batch may be over it"
    forget_volume(program)
    for _ in range(2):
        done = program.run("run", "--once")
        assert done.code == 4
        assert "10 MB are used up" in done.err
        assert "goes on tomorrow" in done.err
        assert 10_000_000 <= volume(program) < 14_000_000
    assert len(dovecot.messages(account_user, "Drafts")) == 1
    forget_volume(program)
    assert program.run("run", "--once").code == 0
    assert volume(program) < 14_000_000
