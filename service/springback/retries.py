"""A way out for what was given up: parked and refused drafts, and mails that were set aside.

Nothing is stored here: a draft is looked for in the mailbox before it is stored again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from springback.database import Database, in_utc
from springback.entries import StuckEntry
from springback.gaps import MAX_TRIES
from springback.schema import cursors, drafts, failures, mails

_STUCK = ("parked", "refused")
_AHEAD = timedelta(hours=1)  # a clock that is put right by less makes no mail old


class Retries:
    """What is stuck in a ledger, each method one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stuck(self, accounts: Sequence[str]) -> list[StuckEntry]:
        """Return the drafts and the mails of these accounts that want a person's word, oldest first."""
        join = sa.and_(mails.c.account == drafts.c.account, mails.c.key == drafts.c.key)
        parked = (
            sa.select(drafts, mails.c.sender, mails.c.subject.label("about"))
            .outerjoin_from(drafts, mails, join)
            .where(drafts.c.account.in_(accounts), drafts.c.state.in_(_STUCK))
        )
        aside = sa.select(failures).where(failures.c.account.in_(accounts), failures.c.tries >= MAX_TRIES)
        with self._database.transaction() as connection:
            found = [_draft(in_utc(row)) for row in connection.execute(parked)]
            found += [_mail(in_utc(row)) for row in connection.execute(aside)]
        return sorted(found, key=lambda entry: (entry.since, entry.account, entry.key))

    def retry(self, entry: StuckEntry) -> bool:
        """Record that the next pass begins anew with an entry; return whether it was still stuck."""
        if entry.what == "draft":
            # touched_at stays: the draft is looked for by the next pass, not after another wait.
            change: sa.Update = (
                sa.update(drafts)
                .where(
                    drafts.c.account == entry.account, drafts.c.key == entry.key, drafts.c.state.in_(_STUCK)
                )
                .values(state="intent", tries=0, looks=0, note=None)
            )
        else:
            change = (
                sa.update(failures)
                .where(
                    failures.c.account == entry.account,
                    failures.c.uid == _uid(entry.key),
                    failures.c.tries >= MAX_TRIES,
                )
                .values(tries=0)
            )
        with self._database.transaction() as connection:
            return connection.execute(change).rowcount > 0

    def undo_future(self, account: str, since: datetime, now: datetime) -> bool:
        """Let a pass look again at mails, sent since then, that a clock ahead of now took for old.

        Return whether there were any.
        """
        drafted = sa.select(drafts.c.key).where(drafts.c.account == account)
        change = sa.delete(mails).where(
            mails.c.account == account,
            mails.c.seen_at > now + _AHEAD,
            mails.c.sent_at >= since,
            ~mails.c.answered,
            mails.c.key.not_in(drafted),
        )
        with self._database.transaction() as connection:
            undone = connection.execute(change).rowcount > 0
            if undone:
                # As where UIDs lose their meaning: until a pass has been through all that mail.
                connection.execute(
                    sa.update(cursors).where(cursors.c.account == account).values(uidvalidity=-1)
                )
        return undone


def _draft(row: dict[str, Any]) -> StuckEntry:
    return StuckEntry(
        account=row["account"],
        key=row["key"],
        what="draft",
        state=row["state"],
        since=row["touched_at"],
        reason=row["note"] or "",
        sender=row["sender"],
        subject=row["about"],
    )


def _mail(row: dict[str, Any]) -> StuckEntry:
    return StuckEntry(
        account=row["account"],
        key=f"uid{row['uid']}",
        what="mail",
        state="set aside",
        since=row["touched_at"],
        reason=f"{row['folder']}: {row['error']}",
    )


def _uid(key: str) -> int:
    return int(key.removeprefix("uid"))
