"""The ledger: durable, private, one writer, and never opened by a Springback that is too old."""

import random
import sqlite3
import stat
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from springback.entries import Cursor
from springback.errors import LedgerError
from springback.ledger import Ledger
from springback.lock import hold, last_holder
from springback.migrations import HEAD, alembic_config, revision, upgrade
from springback.schema import metadata

NOW = datetime(2026, 11, 16, tzinfo=UTC)
PAGE = 4096
MAIL_ROW = {
    "account": "a", "key": "k", "thread": "t", "sender": "s", "sender_domain": "d", "subject": "x" * 200,
    "seen_at": "2026-11-14 09:05:00.000000", "verdict": "rejection", "rules": "r",
    "contact": '{"address": "jane@acme.example", "reason": "", "source": "from", "shared": false}',
    "explanation": "{}",
}  # fmt: skip
DRAFT_ROW = {
    "account": "a", "key": "k", "message_id": "<d@x.example>", "template": "t", "content": b"x" * 5000,
    "state": "intent", "folder": "Drafts", "uidvalidity": 7, "uidnext": 1, "tries": 1, "looks": 0,
    "created_at": "2026-11-14 09:05:00.000000", "touched_at": "2026-11-14 09:05:00.000000",
}  # fmt: skip


@pytest.fixture
def engine() -> sa.Engine:
    return sa.create_engine("sqlite://")


def test_the_migrations_make_the_schema(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        upgrade(connection)
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config(None)).get_current_head() == HEAD


def test_a_ledger_is_kept(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.cursor("a", "INBOX") is None
    ledger.move_cursor("a", "INBOX", Cursor(2**32 - 1, 7, NOW))
    ledger.move_cursor("a", "INBOX", Cursor(2**32 - 1, 9, NOW))
    ledger.close()
    again = Ledger(tmp_path)
    assert again.cursor("a", "INBOX") == Cursor(2**32 - 1, 9, NOW)
    again.close()


def test_commits_survive_a_power_cut(tmp_path: Path) -> None:
    """WAL with synchronous=FULL: NORMAL may lose committed transactions (sqlite.org/pragma.html)."""
    ledger = Ledger(tmp_path)
    with ledger._database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    ledger.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    Ledger(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ledger.sqlite").stat().st_mode) == 0o600


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LedgerError, match="'9999' is of a newer Springback"):
        Ledger(tmp_path)


def test_a_corrupt_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database, surely" * 100)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger(tmp_path)


def test_a_damaged_page_is_told_before_anything_is_drafted(tmp_path: Path) -> None:
    """Whichever page it is: a ledger that forgot a draft would have it made again."""
    path = filled(tmp_path)
    whole = path.read_bytes()
    for start in range(0, len(whole), PAGE):
        rubbish = random.Random(start).randbytes(PAGE)  # noqa: S311 - guards nothing
        path.write_bytes(whole[:start] + rubbish + whole[start + PAGE :])
        with pytest.raises(LedgerError, match=r"restore a backup, see docs/ledger\.md"):
            draft_from(tmp_path)


def test_a_truncated_ledger_is_told(tmp_path: Path) -> None:
    path = filled(tmp_path)
    whole = path.read_bytes()
    for kept in (100, PAGE, PAGE * 3, len(whole) // 2, len(whole) - PAGE, len(whole) - 1):
        path.write_bytes(whole[:kept])
        with pytest.raises(LedgerError, match=r"restore a backup, see docs/ledger\.md"):
            draft_from(tmp_path)


@pytest.mark.parametrize(("column", "value"), [("contact", "{"), ("seen_at", "soon"), ("subject", b"\xff")])
def test_a_row_that_nobody_wrote_is_told(tmp_path: Path, column: str, value: object) -> None:
    """What no check of pages finds is told where it is met."""
    path = filled(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE mails SET {column} = CAST(? AS TEXT)", (value,))  # noqa: S608 - from above
    connection.close()
    ledger = Ledger(tmp_path)
    with pytest.raises(LedgerError, match="restore a backup"):
        ledger.entries(5)
    ledger.close()


def filled(folder: Path) -> Path:
    """Return the file of a ledger that has mails, drafts and no empty page."""
    Ledger(folder).close()
    path = folder / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        for table, row in (("mails", MAIL_ROW), ("drafts", DRAFT_ROW)):
            names = ", ".join(row)
            places = ", ".join("?" * len(row))
            for number in range(40):
                values = [f"{value}{number}" if name == "key" else value for name, value in row.items()]
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)  # noqa: S608 - from below
    connection.execute("VACUUM")
    connection.close()
    return path


def draft_from(folder: Path) -> None:
    """Open a ledger and hold it as one who drafts does."""
    ledger = Ledger(folder)
    try:
        with ledger.locked():
            pass
    finally:
        ledger.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="Can't open the ledger"):
        Ledger(tmp_path / "file")


def test_only_one_process_drafts(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path), Ledger(tmp_path)
    with first.locked(), pytest.raises(LedgerError, match="another springback"), second.locked():
        pytest.fail("two processes hold the ledger")
    with second.locked():
        pass
    first.close()
    second.close()


def test_failures_are_counted_and_given_up(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for tries in (1, 2, 3):
        then = NOW + timedelta(minutes=10 * tries)
        assert ledger.gaps.note_failure("a", "INBOX", 7, 5, "why", then) == tries
        assert ledger.gaps.failed("a", "INBOX", 7) == {5: tries}
    assert ledger.gaps.failed("a", "INBOX", 8) == {}
    assert ledger.gaps.set_aside("a") == 1
    ledger.gaps.clear_failure("a", "INBOX", 7, 5)
    assert ledger.gaps.set_aside("a") == 0
    ledger.close()


FIRST_MAIL = """INSERT INTO mails VALUES (
    'a', 'k', '<1@x.example>', '<1@x.example>', 'Jane <jane@acme.example>', 'acme.example',
    'Your application', '2026-11-14 09:00:00', '2026-11-14 09:05:00', 'rejection', 'decision', NULL, 'en',
    'Acme', 'Data Analyst', '{"address": "jane@acme.example"}', '{}', 'r', NULL)"""
FIRST_DRAFT = """INSERT INTO drafts VALUES (
    'a', 'k', '<d@x.example>', '<1@x.example>', 'application', x'', 'done', 'Drafts', 7, 1, 1, 1, 0,
    '2026-11-14 09:05:00', '2026-11-14 09:05:00', NULL)"""


def old_ledger(folder: Path, form: str, rows: Iterable[str]) -> Ledger:
    """Return a ledger of that revision, opened by this Springback."""
    engine = sa.create_engine(f"sqlite:///{folder / 'ledger.sqlite'}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), form)
        for row in rows:
            connection.exec_driver_sql(row)
    engine.dispose()
    return Ledger(folder)


def revision_of(folder: Path) -> str | None:
    engine = sa.create_engine(f"sqlite:///{folder / 'ledger.sqlite'}")
    with engine.begin() as connection:
        found = revision(connection)
    engine.dispose()
    return found


def test_a_ledger_is_not_brought_forward_under_the_daemon_that_works_with_it(tmp_path: Path) -> None:
    """As where a monitor asks for the status between the update and the restart."""
    with hold(tmp_path, "daemon"):
        with pytest.raises(LedgerError, match="an earlier Springback works with"):
            old_ledger(tmp_path, "0002", ())
        assert revision_of(tmp_path) == "0002"
    holder = last_holder(tmp_path)
    Ledger(tmp_path).close()
    assert revision_of(tmp_path) == HEAD
    assert last_holder(tmp_path) == holder, "who brings it forward isn't who worked with it"


def test_a_newer_ledger_is_told_as_such_whoever_works_with_it(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with hold(tmp_path, "daemon"), pytest.raises(LedgerError, match="'9999' is of a newer Springback"):
        Ledger(tmp_path)


def test_a_ledger_of_the_first_form_is_brought_forward(tmp_path: Path) -> None:
    """What an earlier Springback recorded is listed, known, and answers for its application."""
    ledger = old_ledger(tmp_path, "0001", (FIRST_MAIL, FIRST_DRAFT))
    ledger = Ledger(tmp_path)
    (entry,) = ledger.entries(5)
    assert (entry.subject, entry.draft, entry.draft_text) == ("Your application", "done", "")
    assert ledger.knows("a", "k")
    assert ledger.made("a", "<d@x.example>")
    assert ledger.letters_to("a", "JANE@acme.example") == 1
    (application,) = ledger.applications("a", datetime(2026, 11, 1, tzinfo=UTC))
    assert (application.company, application.role) == ("Acme", "Data Analyst")
    ledger.close()


OLD_ROW = """INSERT INTO passes VALUES (
    'a', '2026-11-14 09:00:00', '2026-11-14 09:00:01', 1, NULL, 0, 3, 1, '2026-11-14 09:02:00')"""


OLD_WAIT = "INSERT INTO waiting VALUES ('a', 'INBOX', 7, 5, '2026-11-17 09:00:00')"


def test_a_ledger_of_the_second_form_is_brought_forward(tmp_path: Path) -> None:
    """The last pass and the mails that wait are told; what the old ledger didn't know is empty."""
    ledger = old_ledger(tmp_path, "0002", (OLD_ROW, OLD_WAIT))
    (late,) = ledger.gaps.waiting(["a"])
    assert (late.uid, late.due, late.sender) == (5, datetime(2026, 11, 17, 9, tzinfo=UTC), "")
    (entry,) = ledger.health.last_passes()
    assert (entry.looked_at, entry.drafted, entry.succeeded_at) == (
        3,
        1,
        datetime(2026, 11, 14, 9, 0, 1, tzinfo=UTC),
    )
    assert (entry.mode, entry.pushed_at, entry.kind, entry.backlog) == (None, None, None, 0)
    assert entry.refused_logins == 0
    assert ledger.health.refused_files() == []
    ledger.close()
