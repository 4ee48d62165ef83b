"""How each account is doing: its last pass, how much it took from the server, and refused files."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from springback.database import Database, in_utc, upsert
from springback.entries import Counts, PassEntry
from springback.gaps import MAX_TRIES
from springback.schema import drafts, failures, mails, passes, refused_files, volume, waiting

_VOLUME_KEPT = timedelta(days=30)
_REFUSED = sa.select(refused_files.c.problem).order_by(refused_files.c.number)


class Health:
    """What `status` and the metrics tell, each method one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_pass(self, entry: PassEntry) -> None:
        """Record how a pass went.

        One without a push keeps when the last push was; a failed one keeps when the last success was,
        and how the account waits and its backlog where it doesn't tell them, and is added to the failures
        before it.
        """
        values = asdict(entry)
        account = values.pop("account")
        kept = ["pushed_at"] if entry.ok else ["pushed_at", "succeeded_at", "mode", "backlog"]
        for name in kept:
            if not values[name]:
                del values[name]
        before = sa.select(passes.c.failures, passes.c.refused_logins).where(passes.c.account == account)
        with self._database.transaction() as connection:
            row = None if entry.ok else connection.execute(before).first()
            if row:
                values["failures"] += row.failures
                values["refused_logins"] += row.refused_logins
            upsert(connection, passes, {"account": account}, values)

    def last_passes(self) -> list[PassEntry]:
        """Return the last pass of each account."""
        with self._database.transaction() as connection:
            rows = connection.execute(sa.select(passes).order_by(passes.c.account))
            return [PassEntry(**in_utc(row)) for row in rows]

    def add_volume(self, account: str, day: date, count: int) -> int:
        """Record bytes that an account took from its server; return those of the day.

        Days that are over 30 days older are forgotten.
        """
        keys = {"account": account, "day": day}
        with self._database.transaction() as connection:
            total = int(connection.execute(_volume_of(account, day)).scalar() or 0) + count
            upsert(connection, volume, keys, {"bytes": total})
            connection.execute(sa.delete(volume).where(volume.c.day < day - _VOLUME_KEPT))
        return total

    def volume(self, account: str, day: date) -> int:
        """Return how many bytes an account took from its server on a day."""
        row = self._database.first(_volume_of(account, day))
        return int(row.bytes) if row else 0

    def note_files(self, problems: Sequence[str]) -> None:
        """Record what is wrong with changed rules and templates; nothing where they are in force."""
        rows = [{"number": number, "problem": problem} for number, problem in enumerate(problems)]
        with self._database.transaction() as connection:
            connection.execute(sa.delete(refused_files))
            if rows:
                connection.execute(sa.insert(refused_files), rows)

    def refused_files(self) -> list[str]:
        """Return what is wrong with changed rules and templates, while the last good ones are in force."""
        with self._database.transaction() as connection:
            return list(connection.execute(_REFUSED).scalars())

    def counts(self, day: date) -> Counts:
        """Return how many there are of what, and the volume of a day."""
        aside = sa.select(failures.c.account).where(failures.c.tries >= MAX_TRIES).subquery()
        with self._database.transaction() as connection:
            return Counts(
                drafts=_counted(connection, drafts.c.account, drafts.c.state),
                mails=_counted(connection, mails.c.account, mails.c.verdict),
                set_aside=_counted(connection, aside.c.account),
                waiting=_counted(connection, waiting.c.account),
                volume_today_bytes={
                    row.account: row.bytes
                    for row in connection.execute(sa.select(volume).where(volume.c.day == day))
                },
                refused_files=list(connection.execute(_REFUSED).scalars()),
            )


def _counted(connection: sa.Connection, *columns: sa.ColumnElement[str]) -> dict[Any, int]:
    """Return how many rows have each value of a column, or of several."""
    rows = connection.execute(sa.select(*columns, sa.func.count().label("rows")).group_by(*columns))
    return {(row[0] if len(columns) == 1 else tuple(row[:-1])): int(row.rows) for row in rows}


def _volume_of(account: str, day: date) -> sa.Select[Any]:
    return sa.select(volume.c.bytes).where(volume.c.account == account, volume.c.day == day)
