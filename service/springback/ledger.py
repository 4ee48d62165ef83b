"""What was seen, intended and drafted: the memory that makes a crash or a second run harmless.

An intent is durable before the draft goes to the server, its result after. Nothing here decides;
each method is one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog

from springback.applications import Application
from springback.database import Database, in_utc
from springback.entries import (
    Cursor,
    Holder,
    MailEntry,
    OpenDraft,
    State,
    Task,
    application_in,
    mail_row,
)
from springback.gaps import DIED, Gaps
from springback.health import Health
from springback.inhand import InHand
from springback.lock import hold, last_holder
from springback.look import Outcome
from springback.retries import Retries
from springback.schema import cursors, drafts, mails

log = structlog.get_logger()


class Ledger:
    """The ledger in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open or make the ledger; raises LedgerError."""
        self._folder = folder
        self._database = Database(folder / "ledger.sqlite")
        self.tightened = self._database.tightened  # files that others could read until now
        self.gaps = Gaps(self._database)
        self.health = Health(self._database)
        self.in_hand = InHand(folder)
        self.retries = Retries(self._database)

    @contextmanager
    def locked(self, task: Task = "daemon") -> Iterator[None]:
        """Hold the ledger for the one process that drafts; raises LedgerError where another does.

        It is read through before, for what is damaged would be taken for mail that nobody has answered.
        A mail that the process before died over counts as tried.
        """
        with hold(self._folder, task):
            try:
                self._database.check()
                self._note_deaths()
                yield
            finally:
                self.in_hand.close()

    def last_holder(self) -> Holder | None:
        """Return which process holds the ledger, or last did; None where there was none."""
        return last_holder(self._folder)

    def _note_deaths(self) -> None:
        marks = self.in_hand.open()
        for mark in marks:
            # Over which of several it died is found out when each is looked at alone.
            tries = self.gaps.note_failure(
                mark.account,
                mark.folder,
                mark.uidvalidity,
                mark.uid,
                DIED,
                datetime.now(UTC),
                counted=len(marks) == 1,
                apart=timedelta(),
            )
            log.warning("died_over_mail", account=mark.account, uid=mark.uid, tries=tries)
        self.in_hand.wipe()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def cursor(self, account: str, folder: str) -> Cursor | None:
        """Return where an account's folder was left, or None before the first pass."""
        row = self._database.first(
            sa.select(cursors.c.uidvalidity, cursors.c.watermark, cursors.c.floor).where(
                cursors.c.account == account, cursors.c.folder == folder
            )
        )
        return Cursor(**in_utc(row)) if row else None

    def move_cursor(self, account: str, folder: str, cursor: Cursor) -> None:
        """Record up to where a folder has been dealt with."""
        keys = {"account": account, "folder": folder}
        self._database.put(cursors, keys, asdict(cursor))

    def knows(self, account: str, key: str) -> bool:
        """Return whether a mail was recorded before."""
        query = sa.select(mails.c.key).where(mails.c.account == account, mails.c.key == key)
        return self._database.first(query) is not None

    def applications(self, account: str, since: datetime) -> list[Application]:
        """Return the rejections sent since then that have a draft, or were answered by the person."""
        join = sa.and_(mails.c.account == drafts.c.account, mails.c.key == drafts.c.key)
        sent = sa.func.coalesce(mails.c.sent_at, mails.c.seen_at)
        query = (
            sa.select(mails)
            .outerjoin_from(mails, drafts, join)
            .where(
                mails.c.account == account,
                sent >= since,
                sa.or_(mails.c.answered, drafts.c.state.is_not(None) & (drafts.c.state != "parked")),
            )
        )
        with self._database.transaction() as connection:
            return [application_in(in_utc(row)) for row in connection.execute(query)]

    def made(self, account: str, message_id: str) -> bool:
        """Return whether a draft is one that was made here."""
        query = sa.select(drafts.c.key).where(drafts.c.account == account, drafts.c.message_id == message_id)
        return self._database.first(query) is not None

    def letters_to(self, account: str, address: str) -> int:
        """Return how many drafts went to an address."""
        join = sa.and_(mails.c.account == drafts.c.account, mails.c.key == drafts.c.key)
        query = (
            sa.select(sa.func.count())
            .select_from(drafts.join(mails, join))
            .where(
                mails.c.account == account,
                sa.func.lower(mails.c.contact["address"].as_string()) == address.lower(),
            )
        )
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def record(
        self, account: str, outcome: Outcome, application: Application, rules: str, now: datetime
    ) -> None:
        """Record a mail that gets no draft."""
        row = mail_row(account, outcome, application, rules, now)
        with self._database.transaction() as connection:
            connection.execute(sa.insert(mails).values(row))

    def intend(
        self,
        account: str,
        outcome: Outcome,
        application: Application,
        rules: str,
        folder: str,
        uidvalidity: int,
        uidnext: int,
        now: datetime,
    ) -> None:
        """Record a mail and the draft that is about to be stored, durably, before it is sent."""
        draft = outcome.draft
        if draft is None:
            raise ValueError("an outcome without a draft intends nothing")
        row = {
            "account": account,
            "key": outcome.message.fingerprint,
            "message_id": draft.message_id,
            "source_id": outcome.message.message_id,
            "template": draft.template,
            "content": draft.content,
            "state": "intent",
            "folder": folder,
            "uidvalidity": uidvalidity,
            "uidnext": uidnext,
            "tries": 1,
            "looks": 0,
            "created_at": now,
            "touched_at": now,
            "subject": draft.subject,
            "text": draft.text,
        }
        mail = mail_row(account, outcome, application, rules, now)
        with self._database.transaction() as connection:
            connection.execute(sa.insert(mails).values(mail))
            connection.execute(sa.insert(drafts).values(row))

    def settle(
        self,
        account: str,
        key: str,
        state: State,
        now: datetime,
        *,
        uid: int | None = None,
        note: str | None = None,
    ) -> None:
        """Record what became of a draft; the bytes of one that is stored are needed no more."""
        done = {"content": b""} if state == "done" else {}
        self._touch(account, key, now, state=state, uid=uid, note=note, **done)

    def looked(self, account: str, key: str, looks: int, now: datetime) -> None:
        """Record that a draft was looked for and not found."""
        self._touch(account, key, now, looks=looks)

    def intend_again(
        self,
        account: str,
        key: str,
        tries: int,
        folder: str,
        uidvalidity: int,
        uidnext: int,
        now: datetime,
    ) -> None:
        """Record that a draft is about to be sent once more."""
        self._touch(
            account,
            key,
            now,
            state="intent",
            tries=tries,
            looks=0,
            folder=folder,
            uidvalidity=uidvalidity,
            uidnext=uidnext,
        )

    def open_drafts(self, account: str) -> list[OpenDraft]:
        """Return the drafts that aren't known to be stored, oldest first."""
        query = (
            sa.select(*(drafts.c[name] for name in OpenDraft.__dataclass_fields__))
            .where(drafts.c.account == account, drafts.c.state.in_(("intent", "refused")))
            .order_by(drafts.c.created_at)
        )
        with self._database.transaction() as connection:
            return [OpenDraft(**in_utc(row)) for row in connection.execute(query)]

    def entries(self, limit: int) -> list[MailEntry]:
        """Return the newest mails with what became of them, newest first."""
        columns = [c for c in mails.c if c.name in MailEntry.__dataclass_fields__]
        join = sa.and_(mails.c.account == drafts.c.account, mails.c.key == drafts.c.key)
        query = (
            sa.select(
                *columns,
                drafts.c.state.label("draft"),
                drafts.c.note.label("draft_note"),
                drafts.c.subject.label("draft_subject"),
                drafts.c.text.label("draft_text"),
            )
            .outerjoin_from(mails, drafts, join)
            .order_by(sa.func.coalesce(mails.c.sent_at, mails.c.seen_at).desc(), mails.c.key)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [MailEntry(**in_utc(row)) for row in connection.execute(query)]

    def _touch(self, account: str, key: str, now: datetime, **values: object) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                sa.update(drafts)
                .where(drafts.c.account == account, drafts.c.key == key)
                .values(touched_at=now, **values)
            )
