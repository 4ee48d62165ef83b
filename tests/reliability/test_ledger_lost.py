"""The ledger deleted, emptied, damaged, newer, or restored from last week: what is promised then."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

import pytest

from support.crashes import ForkServer, Trial, answer_to
from support.dovecot import Dovecot
from support.mails import ordinary, rejection
from support.tally import record

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(900)]

FATES = ["left alone", "edited", "sent", "edited and sent", "deleted", "deleted for good"]
PAST = {"restore": "restored", "delete": "deleted", "empty": "emptied"}
OLD = 2  # drafts that the backup knows


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A warm parent of the program."""
    with ForkServer() as started:
        yield started


@pytest.fixture
def lived(dovecot: Dovecot, tmp_path: Path, server: ForkServer) -> Trial:
    """A mailbox with a draft for each fate that a person may have in store; the ledger has a backup."""
    trial = Trial.of(dovecot, tmp_path, [ordinary(0)], history="0")
    trial.minimum_age = "0"
    trial.configure(dovecot.imaps_port)
    trial.recover(server)
    trial.deliver([rejection(number) for number in range(OLD)])
    trial.recover(server)
    back_up(trial)
    trial.deliver([rejection(OLD + number) for number in range(len(FATES))])
    trial.recover(server)
    assert len(trial.drafts()) == OLD + len(FATES)
    for number, fate in enumerate(FATES):
        live(trial, f"<{OLD + number}.rejection@company-{OLD + number}.example>", fate)
    return trial


def back_up(trial: Trial) -> None:
    """Copy the ledger as docs/ledger.md says, while it may be in use."""
    with (
        closing(sqlite3.connect(trial.ledger)) as source,
        closing(sqlite3.connect(trial.folder / "backup.sqlite")) as target,
    ):
        source.backup(target)


def live(trial: Trial, source: str, fate: str) -> None:
    """Do to the draft that answers a mail what a person does in a mail program."""
    box = trial.dovecot.maildir(trial.user, "Drafts") / "cur"
    (file,) = (one for one in box.iterdir() if message_from_bytes(one.read_bytes())["In-Reply-To"] == source)
    content = file.read_bytes()
    if fate == "left alone":
        return
    file.unlink()
    folders = {"edited": "Drafts", "sent": "Sent", "edited and sent": "Sent", "deleted": "Trash"}
    if fate.startswith("edited"):
        content = answer_to(source, own_id=f"<{trial.user}.edited@ellery.example>")
    if fate in folders:
        trial.dovecot.fill(trial.user, [content], folders[fate])


def answers(trial: Trial) -> list[str]:
    """Return which mails the drafts in Drafts answer."""
    drafts = trial.dovecot.messages(trial.user, "Drafts")
    return sorted(str(message_from_bytes(raw)["In-Reply-To"]) for raw in drafts)


def restore(trial: Trial) -> None:
    """Put the backup in place as docs/ledger.md says."""
    for file in trial.ledger.parent.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(trial.folder / "backup.sqlite", trial.ledger)


def delete(trial: Trial) -> None:
    """Lose the ledger."""
    for file in trial.ledger.parent.glob("ledger.sqlite*"):
        file.unlink()


def empty(trial: Trial) -> None:
    """Leave an empty file, as a full disk may."""
    delete(trial)
    trial.ledger.touch()


@pytest.mark.parametrize(
    ("lose", "since", "again"),
    [
        (restore, None, 1),
        (restore, 30, 1),
        (delete, None, 0),
        (delete, 30, 1),
        (empty, None, 0),
        (empty, 30, 1),
    ],
)
def test_no_draft_is_made_again(
    lived: Trial, server: ForkServer, lose: Callable[[Trial], None], since: int | None, again: int
) -> None:
    """None but the one that is gone from everywhere: of that nothing on the server tells."""
    before = answers(lived)
    lose(lived)
    lived.recover(server, since)
    gone = f"<{OLD + len(FATES) - 1}.rejection@company-{OLD + len(FATES) - 1}.example>"
    assert answers(lived) == sorted([*before, *[gone] * again])
    assert lived.changed() == 0
    assert lived.outside() == []
    record(
        case="5",
        title=f"ledger {PAST[lose.__name__]}, drafts edited, sent, deleted{', --since 30d' if since else ''}",
        tried=OLD + len(FATES),
        expected=len(before) + again,
        found=len(answers(lived)),
        changed=lived.changed(),
        outside=len(lived.outside()),
    )


def test_what_came_after_the_backup_is_answered(lived: Trial, server: ForkServer) -> None:
    """A rejection that the restored ledger doesn't know and nobody answered gets its draft."""
    lived.deliver([rejection(90)])
    before = answers(lived)
    restore(lived)
    lived.recover(server)
    assert "<90.rejection@company-90.example>" in set(answers(lived)) - set(before)


def garbage(path: Path) -> None:
    path.write_bytes(b"no database, surely " * 500)


def page_of_garbage(path: Path) -> None:
    whole = path.read_bytes()
    rubbish = random.Random(1).randbytes(4096)  # noqa: S311 - guards nothing
    path.write_bytes(whole[:8192] + rubbish + whole[12288:])


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (garbage, "restore a backup, see docs/ledger.md"),
        (page_of_garbage, "restore a backup, see docs/ledger.md"),
        (half, "restore a backup, see docs/ledger.md"),
        (newer, "is of a newer Springback. Update Springback"),
    ],
)
@pytest.mark.parametrize("command", ["once", "daemon"])
def test_a_ledger_that_cannot_be_used_is_told(
    lived: Trial, server: ForkServer, damage: Callable[[Path], None], told: str, command: str
) -> None:
    """Exit code 6, one line, not a byte to the server; after the backup is restored all is as before."""
    before = answers(lived)
    delete_logs(lived)
    damage(lived.ledger)
    lived.dovecot.clear_commands(lived.user)
    lived.deliver([rejection(91)])
    done = lived.run(server, command)
    assert done.code == 6, done.text
    (line,) = (line for line in done.text.splitlines() if not line.startswith("{"))  # the log aside
    assert line.startswith("springback: Can't ")
    assert told in line
    assert lived.dovecot.commands(lived.user) == []
    restore(lived)
    lived.recover(server)
    gone = f"<{OLD + len(FATES) - 1}.rejection@company-{OLD + len(FATES) - 1}.example>"
    wanted = sorted([*before, gone, "<91.rejection@company-91.example>"])
    assert answers(lived) == wanted
    record(
        case="5b",
        title=f"ledger unusable ({damage.__name__.replace('_', ' ')}), then restored: {command}",
        tried=1,
        expected=len(wanted),
        found=len(answers(lived)),
        changed=lived.changed(),
        outside=len(lived.outside()),
    )


def delete_logs(trial: Trial) -> None:
    for file in trial.ledger.parent.glob("ledger.sqlite-*"):
        file.unlink()


@pytest.mark.parametrize("place", ["deleted", "restored"])
def test_logs_that_were_left_over_do_no_harm(lived: Trial, server: ForkServer, place: str) -> None:
    """Crashed, then only ledger.sqlite was deleted or replaced, not the logs beside it: no draft twice."""
    lived.deliver([rejection(92)])
    steps = lived.copy().run(server).steps
    before = answers(lived)
    assert lived.crash(server, len(steps))
    assert lived.ledger.with_name("ledger.sqlite-wal").stat().st_size
    lived.ledger.unlink()
    if place == "restored":
        shutil.copy(lived.folder / "backup.sqlite", lived.ledger)
    done = lived.run(server)
    if done.code == 6:  # the log of another file may damage this one: told, and put right by the docs
        assert "restore a backup" in done.text
        restore(lived)
    lived.recover(server)
    found = answers(lived)
    assert found.count("<92.rejection@company-92.example>") == 1
    assert max(found.count(one) for one in found) == 1
    assert set(before) <= set(found)
