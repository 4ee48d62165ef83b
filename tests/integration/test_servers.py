"""The whole job on servers that differ."""

import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from springback.errors import LoginRefusedError
from springback.wire import ALLOWED
from support.courier import Courier
from support.cyrus import Cyrus
from support.dovecot import Dovecot
from support.imapserver import ImapServer
from support.job import answered, do_the_whole_job, drafts_of, once, take_drafts
from support.lacking import ALL, Lacking
from support.lineproxy import LineProxy
from support.mails import ordinary, rejection
from support.program import Program
from support.pymapserver import Pymap

USER = "everywhere@example.test"

on_every_server = pytest.mark.parametrize("server", ["dovecot", "cyrus", "courier", "pymap"], indirect=True)


@pytest.fixture
def program(tmp_path: Path, server: ImapServer, user: str) -> Program:
    program = Program(tmp_path)
    program.add_account(server, user)
    return program


@on_every_server
def test_every_rejection_gets_one_draft(program: Program, server: ImapServer, user: str) -> None:
    do_the_whole_job(program, server, user)


@on_every_server
def test_what_a_person_took_is_not_made_again(program: Program, server: ImapServer, user: str) -> None:
    take_drafts(program, server, user)


@on_every_server
def test_the_first_start_leaves_old_mail_alone(program: Program, server: ImapServer, user: str) -> None:
    """What is there already stays unanswered, whatever the server tells of its UIDs."""
    server.fill(user, [rejection(number, to=user) for number in (1, 2)])
    assert once(program, since=None).first_start
    assert once(program, since=None).looked_at == 0
    server.deliver(user, rejection(3, to=user))
    assert once(program, since=None).looked_at == 1
    assert set(drafts_of(server, user)) == answered(3)


@pytest.mark.dovecot
def test_a_server_that_lacks_them_all(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """No IDLE, UIDPLUS, SPECIAL-USE, LITERAL+ or NAMESPACE: a plain IMAP4rev1 server will do."""
    lacking = Lacking(*ALL)
    program = Program(tmp_path)
    with LineProxy(dovecot.imap_port, on_server=lacking.on_server, on_client=lacking.on_client) as proxy:
        program.add_account(dovecot, account_user, port=proxy.port, tls="false")
        do_the_whole_job(program, dovecot, account_user)
    assert lacking.times > 0


def test_a_server_that_wants_tls_never_sees_the_password(tmp_path: Path, cyrus: Cyrus) -> None:
    """Cyrus' plain port tells LOGINDISABLED; the error says what to change."""
    program = Program(tmp_path)
    with LineProxy(cyrus.imap_port) as proxy:
        program.add_account(cyrus, USER, port=proxy.port, tls="false")
        with pytest.raises(LoginRefusedError, match=r"LOGINDISABLED.*tls = false"):
            once(program)
        assert proxy.verbs() <= {"CAPABILITY", "LOGOUT"}


def test_one_daemon_serves_them_all(
    tmp_path: Path, request: pytest.FixtureRequest, cyrus: Cyrus, dovecot: Dovecot, pymap: Pymap
) -> None:
    """Each server tells of new mail, and the draft is there without anybody polling.

    The mail is the first one in the mailbox, and was sent before the daemon started.
    """
    sent = format_datetime(datetime.now(UTC) - timedelta(minutes=10))
    servers: list[ImapServer] = [dovecot, cyrus, pymap]
    if Courier.available():
        servers.append(request.getfixturevalue("courier"))
    program = Program(tmp_path)
    program.texts[0] = program.texts[0].replace('"1s"', '"1h"', 1)
    for number, server in enumerate(servers):
        server.add_user(USER)
        program.add_account(server, USER, name=f"account{number}")
    process = program.start("run")
    try:
        wait_until(lambda: ended(process) or all("IDLE" in server.verbs(USER) for server in servers))
        assert not ended(process), program.log
        for server in servers:
            server.deliver(USER, rejection(1, to=USER, date=sent))
            server.deliver(USER, ordinary(1))
        before = [server.snapshot(USER) for server in servers]
        wait_until(lambda: all(drafts_of(server, USER) for server in servers))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0
    for server, was in zip(servers, before, strict=True):
        assert set(drafts_of(server, USER)) == answered(1)
        assert server.snapshot(USER) == was
        assert server.verbs(USER) <= ALLOWED


def ended(process: "subprocess.Popen[bytes]") -> bool:
    return process.poll() is not None


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.2)
