"""The running program before servers that break IDLE, refuse logins, or ask to be left alone."""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from springback.wire import ALLOWED
from support import tally
from support.dovecot import Dovecot
from support.lies import Lie, refused, telling
from support.lineproxy import Close, Item, LineProxy, OnServer, Pause
from support.mails import ordinary, rejection
from support.program import Program
from support.wire import CuttingProxy

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(600)]

_HASTY = Path(__file__).parents[1] / "support" / "hasty.py"


class Hasty(Program):
    """The program with short waits."""

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, str(_HASTY), *arguments, "--config", str(self.config)]


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[LineProxy]:
    with LineProxy(dovecot.imap_port) as proxy:
        yield proxy


def until(reached: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@contextmanager
def running(program: Program) -> "Iterator[Popen[bytes]]":
    process = program.start("run")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def prepared(
    kind: type[Program], folder: Path, dovecot: Dovecot, user: str, port: int, interval: str = "10m"
) -> Program:
    """Return the program on an account in plain text; only a push, or a new connection, comes soon."""
    program = kind(folder)
    program.texts[0] = program.texts[0].replace('interval = "1s"', f'interval = "{interval}"')
    program.add_account(dovecot, user, port=port, tls="false")
    return program


def verify(
    dovecot: Dovecot, user: str, wanted: int, before: object, case: str, title: str, tried: int
) -> None:
    found = len(dovecot.messages(user, "Drafts"))
    changed, outside = dovecot.snapshot(user) != before, dovecot.verbs(user) - ALLOWED
    tally.record(
        case=case, title=title, tried=tried, expected=wanted,
        found=found, changed=changed, outside=len(outside),
    )  # fmt: skip
    assert found == wanted
    assert not changed
    assert not outside


def invited(*items: Item) -> OnServer:
    """Return a server that says this where it invites to wait (IDLE)."""

    def lie(response: bytes, command: bytes) -> Iterable[Item]:
        return items if response.startswith(b"+") and command.upper() == b"IDLE" else [response]

    return lie


_PLUS = b"+ idling\r\n"
IDLES = {
    ("7", "the connection ends in IDLE"): invited(_PLUS, Close()),
    ("8", "EXISTS comes together with the invitation"): invited(_PLUS + b"* 9 EXISTS\r\n"),
    ("9", "a line in two packets, in IDLE"): invited(_PLUS, b"* 9 EX", Pause(0.3), b"ISTS\r\n"),
    ("9", "a line that never ends, in IDLE"): invited(_PLUS, b"* 9 EXI", Close()),
    ("10", "EXISTS before the invitation"): invited(b"* 9 EXISTS\r\n", _PLUS),
    ("10", "FETCH before the invitation"): invited(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n", _PLUS),
    ("11", "BYE in IDLE"): invited(_PLUS, b"* BYE Server shutting down\r\n", Close()),
    ("11", "OK Still here in IDLE"): invited(
        _PLUS, b"* OK Still here\r\n", Pause(0.3), b"* OK Still here\r\n"
    ),
    ("11", "nonsense in IDLE"): invited(_PLUS, b"* \xff\xfe {99}\r\n* BAD\r\n"),
}


@pytest.mark.parametrize("fault", IDLES, ids=lambda fault: fault[1])
def test_idle_that_is_broken(
    tmp_path: Path, dovecot: Dovecot, account_user: str, proxy: LineProxy, *, fault: tuple[str, str]
) -> None:
    """A mail that arrives while IDLE is broken has its draft; and once it works again, the next has too."""
    program = prepared(Hasty, tmp_path, dovecot, account_user, proxy.port, interval="3s")
    dovecot.fill(account_user, [ordinary(1)])
    with running(program):
        until(lambda: "pass_done" in program.log, "the first pass")
        with telling(proxy, Lie("", "", IDLES[fault])) as told:
            proxy.hang_up()
            until(lambda: told, "IDLE")
            dovecot.deliver(account_user, rejection(1))
            until(lambda: len(dovecot.messages(account_user, "Drafts")) == 1, "the first draft")
        proxy.hang_up()
        dovecot.deliver(account_user, rejection(2))
        until(lambda: len(dovecot.messages(account_user, "Drafts")) == 2, "the second draft")
        before = dovecot.snapshot(account_user)
    assert "Traceback" not in program.log
    verify(dovecot, account_user, 2, before, *fault, tried=len(told))


@pytest.mark.parametrize("answer", ["NO not now", "BAD what"])
def test_idle_that_is_refused(
    tmp_path: Path, dovecot: Dovecot, account_user: str, proxy: LineProxy, *, answer: str
) -> None:
    program = prepared(Hasty, tmp_path, dovecot, account_user, proxy.port, interval="2s")
    with running(program), telling(proxy, Lie("", "", on_client=refused(rb" IDLE", answer.encode()))) as told:
        until(lambda: "pass_done" in program.log, "the first pass")
        until(lambda: told, "IDLE")
        dovecot.deliver(account_user, rejection(1))
        until(lambda: dovecot.messages(account_user, "Drafts"), "the draft")
        before = dovecot.snapshot(account_user)
    verify(dovecot, account_user, 1, before, "11", "IDLE answered NO or BAD", tried=len(told))


def test_the_end_of_idle_costs_nothing(
    tmp_path: Path, dovecot: Dovecot, account_user: str, proxy: LineProxy
) -> None:
    """With its ordinary waits: no busy loop, and not one login after the other."""
    program = prepared(Program, tmp_path, dovecot, account_user, proxy.port)
    with running(program) as process, telling(proxy, Lie("", "", invited(_PLUS, Close()))) as told:
        until(lambda: "pass_done" in program.log, "the first pass")
        until(lambda: told, "IDLE")
        time.sleep(2)
        accepted, spent = proxy.accepted, cpu(process.pid)
        time.sleep(15)
        assert cpu(process.pid) - spent < 0.15, "1 % of the time"
        assert proxy.accepted - accepted <= 1
        assert proxy.accepted <= 3
        before = dovecot.snapshot(account_user)
    verify(
        dovecot,
        account_user,
        0,
        before,
        "7",
        "the end of IDLE costs under 1 % of a processor",
        tried=len(told),
    )


def cpu(pid: int) -> float:
    """Return the seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("side", ["client", "server"])
def test_cut_while_idle_ends(tmp_path: Path, dovecot: Dovecot, account_user: str, *, side: str) -> None:
    """The connection ends within DONE, or within its answer."""
    with CuttingProxy(dovecot.imap_port) as cutting:
        program = prepared(Hasty, tmp_path, dovecot, account_user, cutting.port, interval="3s")
        with running(program):
            until(lambda: "pass_done" in program.log, "the first pass")
            for number in range(5):
                time.sleep(1)
                # What the server tells of the mail is about 30 bytes, DONE is 6.
                cutting.cut(
                    "client" if side == "client" else "server",
                    number + 1 if side == "client" else 40 + number,
                )
                dovecot.deliver(account_user, rejection(number))
                until(lambda: len(dovecot.messages(account_user, "Drafts")) == number + 1, f"draft {number}")  # noqa: B023 - used at once
            cutting.forward()
            before = dovecot.snapshot(account_user)
        verify(
            dovecot, account_user, 5, before, "6h", f"cut at DONE, after bytes of the {side}", cutting.cuts
        )


def test_a_server_that_restarts(tmp_path: Path) -> None:
    with Dovecot() as server:
        user = "restarts@example.test"
        server.add_user(user)
        program = prepared(Hasty, tmp_path, server, user, server.imap_port)
        with running(program):
            until(lambda: "pass_done" in program.log, "the first pass")
            for number in range(3):
                server.restart()
                server.deliver(user, rejection(number))
                until(lambda: len(server.messages(user, "Drafts")) == number + 1, f"draft {number}")  # noqa: B023 - used at once
            before = server.snapshot(user)
        verify(server, user, 3, before, "11", "the server restarts", tried=3)


def test_a_wrong_password_is_tried_three_times(
    tmp_path: Path, dovecot: Dovecot, account_user: str, proxy: LineProxy
) -> None:
    """Then it rests for hours and says so; a restart is one more try."""
    program = prepared(Hasty, tmp_path, dovecot, account_user, proxy.port)
    wrong = Lie(
        "", "", on_client=refused(rb" (LOGIN|AUTHENTICATE) ", b"NO [AUTHENTICATIONFAILED] Wrong password")
    )
    with telling(proxy, wrong) as told:
        with running(program):
            until(lambda: rests(program), "the rest")
            time.sleep(3)
            assert len(told) == 3
        status = program.run("status")
        assert status.code != 0
        assert "Check login and password" in status.out
        with running(program):
            until(lambda: len(rests(program)) == 2, "the rest after a restart")
            time.sleep(2)
            assert len(told) == 4
    tried = len(told)
    with running(program):
        until(lambda: "pass_done" in program.log, "a pass")
        dovecot.deliver(account_user, rejection(1))
        until(lambda: dovecot.messages(account_user, "Drafts"), "the draft")
        before = dovecot.snapshot(account_user)
    assert "Wrong password" in program.log
    verify(dovecot, account_user, 1, before, "17a", "wrong password: three logins, then rest", tried=tried)


def test_refused_logins_are_counted_over_starts(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """The third rests, whoever starts the daemon again, so that no provider locks the account."""
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    program.password.write_text("wrong\n")
    for start in range(3):
        with running(program):
            until(lambda: program.log.count("pass_failed") > start, "the refusal")  # noqa: B023 - called at once
    waits = [json.loads(line)["next_try_s"] for line in program.log.splitlines() if "pass_failed" in line]
    assert [wait >= 21_600 for wait in waits] == [False, False, True]
    assert "secret" not in program.log


def rests(program: Program) -> list[int]:
    """Return the waits of hours that were told."""
    return [int(found) for found in re.findall(r"next_try_s\D*(\d+)", program.log) if int(found) >= 6 * 3600]


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("NO [UNAVAILABLE] Temporary authentication failure", 0),
        ("NO User is authenticated but not connected.", 900),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", 900),
        ("BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", 299),
    ],
)
def test_a_login_that_is_put_off(
    tmp_path: Path, dovecot: Dovecot, account_user: str, proxy: LineProxy, *, text: str, least: int
) -> None:
    """It is no wrong password, and the server is left alone for as long as it asks."""
    program = prepared(Hasty, tmp_path, dovecot, account_user, proxy.port)
    with running(program) as process:
        with telling(
            proxy, Lie("", "", on_client=refused(rb" (LOGIN|AUTHENTICATE) ", text.encode()))
        ) as told:
            until(lambda: "pass_failed" in program.log, "the failure")
            (wait, *_) = (int(found) for found in re.findall(r"next_try_s\D*(\d+)", program.log))
            assert wait >= least
            assert not rests(program)
            assert "Check login" not in program.log
            time.sleep(2 if least else 0)
            assert len(told) == 1 or not least
        process.send_signal(signal.SIGHUP)
        until(lambda: "pass_done" in program.log, "a pass")
        dovecot.deliver(account_user, rejection(1))
        until(lambda: dovecot.messages(account_user, "Drafts"), "the draft")
        before = dovecot.snapshot(account_user)
    verify(dovecot, account_user, 1, before, "17b", f"login: {text}", tried=len(told))


def test_a_black_hole_in_idle(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """Told to look, it finds out by the read timeout, and makes up for it on a new connection."""
    with CuttingProxy(dovecot.imap_port) as cutting:
        program = prepared(Hasty, tmp_path, dovecot, account_user, cutting.port)
        with running(program) as process:
            until(lambda: "pass_done" in program.log, "the first pass")
            time.sleep(1)
            cutting.black_hole()
            dovecot.deliver(account_user, rejection(1))
            process.send_signal(signal.SIGHUP)
            until(lambda: cutting.swallowed["client"], "a word to nobody")
            assert "connection_lost" not in program.log
            cutting.forward()
            until(lambda: dovecot.messages(account_user, "Drafts"), "the draft", seconds=120)
            assert "connection_lost" in program.log
            before = dovecot.snapshot(account_user)
        verify(dovecot, account_user, 1, before, "6i", "silence in IDLE (black hole)", tried=1)
