"""Servers that end a session, refuse to go on, or forget what their numbers meant."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from springback.errors import LoginRefusedError, SpringbackError
from support.dovecot import Dovecot
from support.lies import Lie, hung_up, refused, telling
from support.lineproxy import LineProxy
from support.mails import ordinary, rejection
from support.network import filled
from support.trial import FULL, Trial, some

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def proxy(dovecot: Dovecot) -> Iterator[LineProxy]:
    with LineProxy(dovecot.imap_port) as proxy:
        yield proxy


def commands_of_a_pass(dovecot: Dovecot, folder: Path, proxy: LineProxy) -> int:
    trial = filled(dovecot, folder)
    trial.once(port=proxy.port)
    return len(proxy.commands(trial.user))


BYES = {
    "BYE instead of an answer": b"* BYE Server shutting down\r\n",
    "BYE for being idle": b"* BYE [UNAVAILABLE] Disconnected for inactivity.\r\n",
    "BYE because the token expired": b"* BYE Session expired, please login again\r\n",
    "the connection ends without a word": b"",
}


@pytest.mark.parametrize("name", BYES)
def test_bye_in_the_middle_of_anything(tmp_path: Path, dovecot: Dovecot, proxy: LineProxy, name: str) -> None:
    """Instead of the answer to each command: never taken for a wrong password or a missing folder."""
    for nth in some(range(1, commands_of_a_pass(dovecot, tmp_path, proxy)), 100, seed=len(name)):
        trial = filled(dovecot, tmp_path)
        with telling(proxy, Lie("", "", hung_up(rb"", BYES[name], nth))) as told:
            assert trial.fails(port=proxy.port), f"command {nth}"
        assert told
        trial.recover(port=proxy.port)
        trial.verify("18a", name, port=proxy.port)


@pytest.mark.parametrize(
    "text", ["NO [AUTHENTICATIONFAILED] Token expired", "NO [EXPIRED] AuthFailed", "BAD Session gone"]
)
def test_refused_in_the_middle_of_a_session(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy, text: str
) -> None:
    """From some command on, each is refused as by a server whose token has run out."""
    for verb in (b"EXAMINE", b"UID SEARCH", b"UID FETCH", b"STATUS", b"APPEND"):
        trial = filled(dovecot, tmp_path)
        with telling(proxy, Lie("", "", on_client=refused(rb" %s " % verb, text.encode()))) as told:
            for _ in range(2):
                try:
                    trial.once(port=proxy.port)
                except SpringbackError as error:
                    assert not isinstance(error, LoginRefusedError)  # noqa: PT017 - the rest goes on
                trial.clock.advance(minutes=16)
        assert told
        trial.recover(port=proxy.port)
        trial.verify("18b", f"in a session: {text}", tried=len(told), port=proxy.port)


@pytest.mark.parametrize("reused", [True, False], ids=["same numbers", "other numbers"])
def test_a_mailbox_that_was_made_anew_with_other_mails(
    tmp_path: Path, dovecot: Dovecot, *, reused: bool
) -> None:
    """UIDVALIDITY changes and each UID stands for another mail: the new ones are answered, once."""
    trial = filled(dovecot, tmp_path)
    trial.recover()
    forget_uids(trial, keep=False)
    mails = [ordinary(2), rejection(2), rejection(3)] + ([] if reused else [ordinary(4), ordinary(5)])
    trial.arrive(mails[0], *mails[3:])
    trial.arrive(*mails[1:3], answered=True)
    trial.clock.advance(minutes=16)
    trial.recover()
    trial.verify("15d", "mailbox made anew, its UIDs stand for other mails")


def test_a_mailbox_that_was_numbered_anew(tmp_path: Path, dovecot: Dovecot) -> None:
    trial = filled(dovecot, tmp_path)
    trial.recover()
    times = 10 if FULL else 3
    for number in range(times):
        forget_uids(trial, keep=True)
        trial.arrive(rejection(10 + number), answered=True)
        trial.recover()
    trial.verify("15d", "mailbox numbered anew, same mails", tried=times)


def test_drafts_numbered_anew_while_one_is_looked_for(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy
) -> None:
    trial = filled(dovecot, tmp_path)
    with telling(proxy, Lie("", "", hung_up(rb"^APPEND"))):
        assert trial.fails(port=proxy.port)
    forget_uids(trial, "Drafts", keep=True)
    trial.recover()
    trial.verify("15e", "Drafts numbered anew while a draft is looked for")


def test_a_rejection_that_fails_while_numbers_change(
    tmp_path: Path, dovecot: Dovecot, proxy: LineProxy
) -> None:
    """A mail that got no answer is kept by its number; the number goes, the mail is found again."""
    trial = filled(dovecot, tmp_path)
    with telling(proxy, Lie("", "", hung_up(rb"^UID FETCH .*BODY.PEEK\[\]"))):
        assert trial.fails(port=proxy.port)
    forget_uids(trial, keep=True)
    trial.recover()
    trial.verify("15e", "UIDs change between two tries of a mail")


def forget_uids(trial: Trial, folder: str = "INBOX", *, keep: bool) -> None:
    """Let the server number a folder anew, with or without its mails, under another UIDVALIDITY."""
    box = trial.server.maildir(trial.user, folder)
    before = trial.server.snapshot(trial.user, folder)["UIDVALIDITY"]
    for path in [
        *box.glob("dovecot*"),
        *([] if keep else [*(box / "cur").iterdir(), *(box / "new").iterdir()]),
    ]:
        if path.is_file():
            path.unlink()
    uidlist = box / "dovecot-uidlist"
    uidlist.write_text(f"3 V{int(before) + 7} N1\n")
    owner = box.stat()
    os.chown(uidlist, owner.st_uid, owner.st_gid)
    assert trial.server.snapshot(trial.user, folder)["UIDVALIDITY"] != before
    if folder == "INBOX":
        trial.look_anew()
