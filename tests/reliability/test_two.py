"""Two Springbacks on one account, and a person who works in the mailbox meanwhile."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from imapclient import IMAPClient

from springback.errors import LedgerError
from springback.ledger import Ledger
from springback.wire import ALLOWED
from support import tally
from support.dovecot import Dovecot
from support.lies import Lie, telling
from support.lineproxy import Item, LineProxy
from support.mails import rejection
from support.network import filled
from support.program import Program
from support.trial import Trial

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def proxy(dovecot: Dovecot) -> Iterator[LineProxy]:
    with LineProxy(dovecot.imap_port) as proxy:
        yield proxy


def test_two_on_one_host(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    """The second one is refused before it says anything to the server."""
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    dovecot.fill(account_user, [rejection(1)])
    before = dovecot.snapshot(account_user)
    ledger = Ledger(tmp_path / "state")
    with ledger.locked():
        refused = program.run("run", "--once", "--since", "30d")
        assert refused.code == LedgerError.exit_code
        assert dovecot.commands(account_user) == []
    ledger.close()
    program.run("run", "--once", "--since", "5000d")
    program.run("run", "--once", "--since", "5000d")
    found = len(dovecot.messages(account_user, "Drafts"))
    changed, outside = dovecot.snapshot(account_user) != before, dovecot.verbs(account_user) - ALLOWED
    tally.record(
        case="27a",
        title="two on one host: the second is refused",
        tried=1,
        expected=1,
        found=found,
        changed=changed,
        outside=len(outside),
    )
    assert found == 1
    assert not changed
    assert not outside


def test_two_hosts(tmp_path: Path, dovecot: Dovecot, proxy: LineProxy) -> None:
    """The other host's whole pass falls before each command of this one's: one draft, until it is APPEND.

    Between the last look into Drafts and APPEND nothing can be known: then each has made the same draft,
    with one Message-ID, and there are never more than that.
    """
    probe = filled(dovecot, tmp_path)
    probe.once(port=proxy.port)
    commands = proxy.commands(probe.user)
    append = next(nth for nth, command in enumerate(commands, 1) if command.startswith(b"APPEND"))
    look = max(nth for nth, command in enumerate(commands[:append], 1) if command.startswith(b"STATUS"))
    assert append - look == 1, "the window is from the last STATUS to APPEND"
    for nth in range(1, len(commands) + 1):
        here = filled(dovecot, tmp_path)
        there = Trial(dovecot, tmp_path, user=here.user)
        shutil.copytree(here.folder, there.folder, dirs_exist_ok=True)
        with telling(proxy, Lie("", "", on_client=at(nth, there.once))):
            here.once(port=proxy.port)
        here.recover()
        there.recover()
        drafts = dovecot.messages(here.user, "Drafts")
        if nth == append:
            here.wanted = Counter(dict.fromkeys(here.wanted, 2))
            assert len({draft.partition(b"\r\nDate: ")[0] for draft in drafts}) == 1, "one Message-ID"
        where = "between look and APPEND: one draft each" if nth == append else "before any other command"
        here.verify("27c" if nth == append else "27b", f"two hosts, the other's pass {where}")


def at(nth: int, do: Callable[[], object]) -> Callable[[bytes], Iterable[Item]]:
    """Return a hook that does something before the nth command is passed on."""
    seen = 0

    def on_client(line: bytes) -> Iterable[Item]:
        nonlocal seen
        seen += 1
        if seen == nth:
            do()
        return [line]

    return on_client


def _edit(client: IMAPClient, draft: bytes) -> None:
    """Save the draft anew, as mail programs do: another Message-ID, a new UID."""
    client.append("Drafts", draft.replace(b"Message-ID: <", b"Message-ID: <edited.", 1), [b"\\Draft"])
    _expunge(client)


def _expunge(client: IMAPClient, _draft: bytes = b"") -> None:
    client.select_folder("Drafts")
    client.delete_messages([1])
    client.expunge()


def _send(client: IMAPClient, draft: bytes) -> None:
    """Send it: gone from Drafts, a copy in Sent, by Outlook's way under another Message-ID."""
    client.append("Sent", draft.replace(b"Message-ID: <", b"Message-ID: <outlook.", 1))
    _expunge(client)


def _discard(client: IMAPClient, _draft: bytes) -> None:
    client.select_folder("Drafts")
    client.move([1], "Trash")


@pytest.mark.parametrize("lost", [False, True], ids=["restarted", "ledger lost"])
@pytest.mark.parametrize("act", [_edit, _send, _discard, _expunge])
def test_a_draft_that_the_person_took(
    tmp_path: Path, dovecot: Dovecot, *, act: Callable[[IMAPClient, bytes], None], lost: bool
) -> None:
    """Edited, sent, thrown away or deleted for good: it is never made again.

    One that was deleted for good leaves no trace but the ledger; without it, older mail has to be asked for.
    """
    trial = filled(dovecot, tmp_path)
    trial.recover()
    (draft,) = dovecot.messages(trial.user, "Drafts")
    with IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False) as client:
        client.login(trial.user, "secret")
        act(client, draft)
    dovecot.clear_commands(trial.user)
    if lost:
        shutil.rmtree(trial.folder)
    trial.clock.advance(hours=8)
    trial.wanted = trial.answered()
    assert len(trial.wanted) == (act is _edit)
    for _ in range(3):
        trial.once()
        trial.clock.advance(minutes=16)
    title = f"the person {act.__name__[1:]}s a draft" + (", then the ledger is lost" if lost else "")
    trial.verify("26a", title, every=not (lost and act is _expunge))


@pytest.mark.parametrize("lost", [False, True], ids=["restarted", "ledger lost"])
def test_a_mail_that_comes_again(tmp_path: Path, dovecot: Dovecot, *, lost: bool) -> None:
    """Moved away and back, copied from another folder, delivered twice: new UIDs, the same mail."""
    trial = filled(dovecot, tmp_path)
    trial.recover()
    for _ in range(3):
        with IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False) as client:
            client.login(trial.user, "secret")
            for here, there in (("INBOX", "Archive"), ("Archive", "INBOX")):
                client.select_folder(here)
                client.move(client.search(), there)
            client.select_folder("INBOX")
            client.copy(client.search(), "Archive")
        trial.arrive(rejection(1))
        dovecot.clear_commands(trial.user)
        if lost:
            shutil.rmtree(trial.folder)
            trial.once()
        trial.clock.advance(minutes=16)
        trial.recover()
    title = "a mail moved away and back, copied, delivered again" + (
        ", then the ledger is lost" if lost else ""
    )
    trial.verify("26b", title, tried=3)
