"""Servers without what others have (fault cases 12 and 13 of imap.md): each, and all together."""

import signal
import time
from pathlib import Path

import pytest

from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.job import answered, do_the_whole_job, drafts_of, take_drafts
from support.lacking import ALL, Lacking
from support.lineproxy import LineProxy
from support.mails import rejection
from support.program import Program
from support.tally import record

pytestmark = pytest.mark.dovecot

MISSING = {name: (name,) for name in ALL} | {"all of them": ALL}


@pytest.mark.parametrize("name", MISSING)
def test_without_a_capability(tmp_path: Path, dovecot: Dovecot, account_user: str, name: str) -> None:
    lacking = Lacking(*MISSING[name])
    program = Program(tmp_path)
    with LineProxy(dovecot.imap_port, on_server=lacking.on_server, on_client=lacking.on_client) as proxy:
        program.add_account(dovecot, account_user, port=proxy.port, tls="false")
        counted = do_the_whole_job(program, dovecot, account_user)
    assert lacking.times > 0
    record(
        case="12",
        title=f"server without {name}",
        tried=lacking.times,
        expected=counted.expected,
        found=counted.found,
        changed=counted.changed,
        outside=counted.outside,
    )


@pytest.mark.parametrize("name", MISSING)
def test_what_a_person_took_stays_taken(
    tmp_path: Path, dovecot: Dovecot, account_user: str, name: str
) -> None:
    lacking = Lacking(*MISSING[name])
    program = Program(tmp_path)
    with LineProxy(dovecot.imap_port, on_server=lacking.on_server, on_client=lacking.on_client) as proxy:
        program.add_account(dovecot, account_user, port=proxy.port, tls="false")
        take_drafts(program, dovecot, account_user)


def test_a_receipt_that_is_promised_and_never_given(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    """UIDPLUS is offered, but APPEND is answered without APPENDUID."""
    lacking = Lacking("UIDPLUS", silent=True)
    program = Program(tmp_path)
    with LineProxy(dovecot.imap_port, on_server=lacking.on_server, on_client=lacking.on_client) as proxy:
        program.add_account(dovecot, account_user, port=proxy.port, tls="false")
        counted = do_the_whole_job(program, dovecot, account_user)
    assert lacking.times == counted.found
    record(
        case="13",
        title="UIDPLUS offered, no APPENDUID",
        tried=lacking.times,
        expected=counted.expected,
        found=counted.found,
        changed=counted.changed,
        outside=counted.outside,
    )


def test_the_daemon_polls_where_nothing_is_pushed(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    """Without IDLE the command is never sent, and the mail is answered at the next look."""
    lacking = Lacking("IDLE")
    program = Program(tmp_path)
    with LineProxy(dovecot.imap_port, on_server=lacking.on_server, on_client=lacking.on_client) as proxy:
        program.add_account(dovecot, account_user, port=proxy.port, tls="false")
        process = program.start("run")
        try:
            deadline = time.monotonic() + 60
            while "pass_done" not in program.log:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            dovecot.deliver(account_user, rejection(1, to=account_user))
            before = dovecot.snapshot(account_user)
            while not drafts_of(dovecot, account_user):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        assert "IDLE" not in proxy.verbs()
    assert set(drafts_of(dovecot, account_user)) == answered(1)
    assert dovecot.snapshot(account_user) == before
    assert dovecot.verbs(account_user) <= ALLOWED
