"""Mails that are not dealt with yet: those that failed, and those that are too young for a draft."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from springback.database import Database, in_utc, upsert
from springback.entries import WaitingEntry
from springback.schema import failures, waiting

MAX_TRIES = 3
APART = timedelta(minutes=5)  # between two tries that count: an outage is no fault of a mail
DIED = "the process died over it"


class Gaps:
    """The gap list behind the watermark, each method one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_failure(
        self,
        account: str,
        folder: str,
        uidvalidity: int,
        uid: int,
        error: str,
        now: datetime,
        *,
        counted: bool = True,
        apart: timedelta | None = None,
    ) -> int:
        """Record that a mail could not be dealt with; return how often that happened.

        It counts where the last time that counted is `apart` ago, or several times as long after several.
        """
        keys = {"account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": uid}
        query = sa.select(failures.c.tries, failures.c.touched_at)
        with self._database.transaction() as connection:
            row = connection.execute(query.where(*(failures.c[k] == v for k, v in keys.items()))).first()
            before, touched = (row.tries, in_utc(row)["touched_at"]) if row else (0, now)
            # A clock that was set back must not hold up a count until it has caught up.
            soon = timedelta() <= now - touched < before * (APART if apart is None else apart)
            tries: int = before + (counted and not soon)
            touched = now if tries > before else touched
            upsert(connection, failures, keys, {"tries": tries, "error": error, "touched_at": touched})
        return tries

    def clear_failure(self, account: str, folder: str, uidvalidity: int, uid: int) -> None:
        """Record that a mail was dealt with after all."""
        with self._database.transaction() as connection:
            connection.execute(
                sa.delete(failures).where(
                    failures.c.account == account,
                    failures.c.folder == folder,
                    failures.c.uidvalidity == uidvalidity,
                    failures.c.uid == uid,
                )
            )

    def forget(self, account: str, folder: str, uidvalidity: int) -> None:
        """Forget UIDs that mean nothing any more: those of another UIDVALIDITY."""
        with self._database.transaction() as connection:
            connection.execute(
                sa.delete(failures).where(
                    failures.c.account == account,
                    failures.c.folder == folder,
                    failures.c.uidvalidity != uidvalidity,
                )
            )
            connection.execute(
                sa.delete(waiting).where(
                    waiting.c.account == account,
                    waiting.c.folder == folder,
                    waiting.c.uidvalidity != uidvalidity,
                )
            )

    def failed(self, account: str, folder: str, uidvalidity: int) -> dict[int, int]:
        """Return how often each mail that was not dealt with yet was tried, by UID."""
        query = sa.select(failures.c.uid, failures.c.tries).where(
            failures.c.account == account,
            failures.c.folder == folder,
            failures.c.uidvalidity == uidvalidity,
        )
        with self._database.transaction() as connection:
            return {row.uid: row.tries for row in connection.execute(query)}

    def deadly(self, account: str, folder: str, uidvalidity: int) -> set[int]:
        """Return the UIDs of the mails that were given up because the process dies over them."""
        query = sa.select(failures.c.uid).where(
            failures.c.account == account,
            failures.c.folder == folder,
            failures.c.uidvalidity == uidvalidity,
            failures.c.error == DIED,
            failures.c.tries >= MAX_TRIES,
        )
        with self._database.transaction() as connection:
            return set(connection.execute(query).scalars())

    def set_aside(self, account: str) -> int:
        """Return how many mails were given up after several tries."""
        query = sa.select(sa.func.count()).where(failures.c.account == account, failures.c.tries >= MAX_TRIES)
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def wait(
        self,
        account: str,
        folder: str,
        uidvalidity: int,
        uid: int,
        due: datetime,
        *,
        sender: str = "",
        subject: str = "",
        sent: datetime | None = None,
    ) -> None:
        """Record that a mail is to be looked at again at a time, and what `list` tells of it."""
        keys = {"account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": uid}
        told = {"due": due, "sender": sender, "subject": subject, "sent_at": sent}
        self._database.put(waiting, keys, told)

    def waiting(self, accounts: Sequence[str]) -> list[WaitingEntry]:
        """Return the mails of these accounts that wait, first the one that is due first."""
        columns = [waiting.c[name] for name in WaitingEntry.__dataclass_fields__]
        query = sa.select(*columns).where(waiting.c.account.in_(accounts)).order_by(waiting.c.due)
        with self._database.transaction() as connection:
            return [WaitingEntry(**in_utc(row)) for row in connection.execute(query)]

    def waits(self, account: str, folder: str, uidvalidity: int) -> dict[int, datetime]:
        """Return when each waiting mail is due, by UID."""
        query = sa.select(waiting.c.uid, waiting.c.due).where(
            waiting.c.account == account,
            waiting.c.folder == folder,
            waiting.c.uidvalidity == uidvalidity,
        )
        with self._database.transaction() as connection:
            rows = [in_utc(row) for row in connection.execute(query)]
        return {row["uid"]: row["due"] for row in rows}

    def wait_no_more(self, account: str, folder: str, uidvalidity: int, uid: int) -> None:
        """Record that a mail was looked at when it was due."""
        with self._database.transaction() as connection:
            connection.execute(
                sa.delete(waiting).where(
                    waiting.c.account == account,
                    waiting.c.folder == folder,
                    waiting.c.uidvalidity == uidvalidity,
                    waiting.c.uid == uid,
                )
            )
