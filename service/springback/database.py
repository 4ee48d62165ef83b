"""SQLite as the ledger needs it: one writer, durable commits, times in UTC, errors told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from springback.errors import LedgerError
from springback.lock import alone
from springback.migrations import upgrade
from springback.permissions import secured

_RESTORE = "Stop Springback and restore a backup, see docs/ledger.md"
_REMEDIES = {  # by what SQLite says (sqlite.org/rescode.html)
    "disk is full": "Make room on the disk; it goes on by itself then",
    "disk I/O error": "Check the disk and its room; it goes on by itself then",
    "readonly": "Check whose file it is, and that its disk may be written",
    "locked": "Another program holds it: end that one",
    "malformed": _RESTORE,
    "not a database": _RESTORE,
    "no such": _RESTORE,
    "decode": _RESTORE,
    "unable to open": "Check the folder (paths.state), whose it is, and that its disk may be written",
}


class Database:
    """One SQLite file, at the newest revision."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises LedgerError."""
        self._path = path
        self._engine = sa.create_engine(f"sqlite:///{path}")
        sa.event.listen(self._engine, "connect", _configure)
        sa.event.listen(self._engine, "begin", _begin)
        try:
            self.tightened = secured(path)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            with self._engine.begin() as connection:
                upgrade(connection, partial(alone, path.parent))
        except LedgerError:
            self.close()
            raise
        except (OSError, SQLAlchemyError) as error:
            self.close()
            raise LedgerError(f"Can't open the ledger {path}: {_told(error)}") from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Begin a transaction that is durable when the block ends; raises LedgerError."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, ValueError) as error:  # ValueError: a row holds what was never written
            raise LedgerError(
                f"Can't use the ledger {self._path}: {_told(error)}. Nothing is drafted that isn't recorded"
            ) from None

    def check(self) -> None:
        """Read all of it and return if every page is whole; raises LedgerError."""
        with self.transaction() as connection:
            found = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
            page = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        if self._path.stat().st_size % page:
            found = "its end is cut off"  # SQLite takes zeros for what is missing of a page
        if found != "ok":
            told = found.splitlines()[-1]
            raise LedgerError(f"Can't use the ledger {self._path}: it is damaged ({told}). {_RESTORE}")

    def first(self, query: sa.Select[Any]) -> Any:  # noqa: ANN401 - a row of whatever was selected
        """Return the first row, or None."""
        with self.transaction() as connection:
            return connection.execute(query).first()

    def put(self, table: sa.Table, keys: Mapping[str, object], values: Mapping[str, object]) -> None:
        """Write a row, new or changed."""
        with self.transaction() as connection:
            upsert(connection, table, keys, values)


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    keys: Mapping[str, object],
    values: Mapping[str, object],
) -> None:
    """Change the row with these keys, or add it."""
    where = [table.c[name] == value for name, value in keys.items()]
    changed = connection.execute(sa.update(table).where(*where).values(**values))
    if not changed.rowcount:
        connection.execute(sa.insert(table).values(**keys, **values))


def in_utc(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of whatever was selected
    """Return a row with its times in UTC: SQLite keeps them without a zone."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) and not value.tzinfo else value
        for name, value in row._mapping.items()  # noqa: SLF001 - SQLAlchemy's public name for it
    }


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API connection
    # SQLAlchemy begins transactions itself, so that they can be IMMEDIATE (see _begin).
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _told(error: Exception) -> str:
    """Return what SQLite says, and what a person can do about it."""
    if isinstance(error, ValueError):
        return f"it is damaged (unexpected {type(error).__name__}). {_RESTORE}"
    if isinstance(error, OSError):
        return f"{error.strerror}. {_REMEDIES['unable to open']}"
    said = str(getattr(error, "orig", None) or error).splitlines()[0]
    remedy = next((text for words, text in _REMEDIES.items() if words in said), _REMEDIES["unable to open"])
    return f"{said}. {remedy}"
