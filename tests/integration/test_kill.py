"""What ends or breaks a pass, and what changes while the daemon runs."""

import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from support.commands import LITERAL
from support.dovecot import Dovecot
from support.endings import answered, finish
from support.lies import Lie, hung_up, telling
from support.lineproxy import Close, Item, LineProxy, pass_response
from support.mails import rejection
from support.program import Program
from support.wire import CuttingProxy

pytestmark = pytest.mark.dovecot


@pytest.mark.timeout(180)
@pytest.mark.parametrize("where", ["in the literal", "before the answer"])
def test_an_answer_that_never_comes(tmp_path: Path, dovecot: Dovecot, account_user: str, where: str) -> None:
    """The line is cut somewhere in APPEND: the draft is looked for, not blindly made again."""

    def cut_append(line: bytes) -> Iterable[Item]:
        literal = LITERAL.search(line)
        if not (literal and b" APPEND " in line and where == "in the literal"):
            return [line]
        return [line, Close(after=int(literal[1]) // 2)]

    answer = hung_up(rb"^APPEND") if where == "before the answer" else pass_response
    with LineProxy(dovecot.imap_port) as proxy:
        program = Program(tmp_path)
        program.add_account(dovecot, account_user, port=proxy.port, tls="false")
        assert program.run("run", "--once").code == 0
        dovecot.deliver(account_user, rejection(1))
        with telling(proxy, Lie("", "", answer, cut_append)) as told:
            broken = program.run("run", "--once")
        assert len(told) == 1, "it was cut, in APPEND"
        assert (broken.code, "store a draft" in broken.err) == (4, True), broken.err
        finish(program)
    assert list(answered(dovecot, account_user).values()) == [1]


@pytest.mark.timeout(90)
def test_sigterm_ends_a_pass_that_hangs(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """Even where the server has fallen silent: the daemon cuts the connection, and no thread is left."""
    with CuttingProxy(dovecot.imaps_port) as proxy:
        program = Program(tmp_path)
        program.texts[0] += "push = false\n"
        program.add_account(dovecot, account_user, port=proxy.port)
        process = program.start("run")
        while "pass_done" not in program.log:
            time.sleep(0.05)
        proxy.black_hole()
        while not proxy.swallowed["client"]:  # then the next pass waits for an answer
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.wait(30)  # a read alone takes a minute to give up
    assert process.returncode == 0
    assert "pass_failed" not in program.log
    (stopped,) = [line for line in program.log.splitlines() if "stopped" in line]
    assert "hanging" not in stopped


@pytest.mark.timeout(60)
def test_the_daemon_drafts_while_it_runs(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """New mail is answered, a second daemon on the ledger is refused, SIGTERM ends it with code 0."""
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    process = program.start("run")
    try:
        while "pass_done" not in program.log:
            time.sleep(0.05)
        dovecot.deliver(account_user, rejection(1))
        while not dovecot.messages(account_user, "Drafts"):
            time.sleep(0.05)
        second = program.run("run", "--once")
        assert second.code == 6
        assert "another springback works with" in second.err
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0
    assert "secret" not in program.log
    assert "Company 1" not in program.log


@pytest.mark.timeout(60)
def test_changed_rules_are_taken_up_at_once(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """A broken file is told and the last good rules stay; a good one is in force a second later."""
    rules = tmp_path / "rules"
    rules.mkdir()
    program = Program(tmp_path)
    program.texts[0] = program.texts[0].replace("[paths]\n", f'[paths]\nrules = "{rules}"\n')
    program.add_account(dovecot, account_user)
    process = program.start("run")
    try:
        while "pass_done" not in program.log:
            time.sleep(0.05)
        (rules / "mine.toml").write_text("schema = 1\nrul = 1\n")
        while "files_refused" not in program.log:
            time.sleep(0.05)
        assert "unknown key" in program.log
        (rules / "mine.toml").write_text(
            'schema = 1\nlanguage = "en"\n[[rule]]\nid = "my.ship"\nlabel = "rejection"\n'
            'tier = "decisive"\nneeds = ["job"]\nany = ["the ship has sailed"]\n'
            'hit = ["For this position the ship has sailed."]\nmiss = ["The ship sails."]\n'
        )
        while "files_taken_up" not in program.log:
            time.sleep(0.05)
        own = rejection(1).replace(
            b"we have decided to move forward with other\r\ncandidates",
            b"the ship has sailed for candidates",
        )
        dovecot.deliver(account_user, own)
        while not dovecot.messages(account_user, "Drafts"):
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert "my.ship" in program.log
