"""What was seen, intended and drafted: the memory that makes a crash or a second run harmless.

An intent is durable before the draft goes to the server, its result after. Nothing here decides;
each method is one transaction.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from springback.errors import LedgerError
from springback.migrations import upgrade
from springback.schema import cursors, drafts, failures, mails, passes
from springback.triage import Outcome

State = Literal["intent", "done", "refused", "parked"]
MAX_TRIES = 3
_FUSE = timedelta(hours=24)  # one draft for a thread and sender in this time


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to which UID a folder has been dealt with."""

    uidvalidity: int
    watermark: int


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft that is intended but not known to be stored."""

    key: str
    message_id: str
    source_id: str | None
    content: bytes
    state: State
    folder: str
    uidvalidity: int
    uidnext: int
    tries: int
    looks: int
    touched_at: datetime


@dataclass(frozen=True, slots=True)
class MailEntry:
    """A rejection or a mail for review, and what became of it."""

    account: str
    key: str
    sender: str
    subject: str
    sent_at: datetime | None
    seen_at: datetime
    verdict: str
    kind: str | None
    stage: str | None
    company: str | None
    role: str | None
    contact: Mapping[str, Any]
    explanation: Mapping[str, Any]
    no_draft: str | None
    draft: str | None
    draft_note: str | None


@dataclass(frozen=True, slots=True)
class PassEntry:
    """How the last pass of an account went."""

    account: str
    started_at: datetime
    succeeded_at: datetime | None
    ok: bool
    error: str | None
    failures: int
    looked_at: int
    drafted: int
    next_at: datetime | None


class Ledger:
    """The ledger in a folder: one SQLite file."""

    def __init__(self, folder: Path) -> None:
        """Open or make the ledger; raises LedgerError."""
        self._folder = folder
        path = folder / "ledger.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._engine = sa.create_engine(f"sqlite:///{path}")
            sa.event.listen(self._engine, "connect", _configure)
            sa.event.listen(self._engine, "begin", _begin)
            with self._engine.begin() as connection:
                upgrade(connection)
        except (OSError, SQLAlchemyError) as error:
            raise LedgerError(
                f"Can't open the ledger {path}: {_reason(error)}. "
                "Check the folder, or restore the file from a backup"
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the ledger for the one process that drafts; raises LedgerError where another does."""
        handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LedgerError(
                    f"Can't start: another springback works with {self._folder}. "
                    "Stop it first, or give this one a paths.state of its own"
                ) from None
            yield
        finally:
            os.close(handle)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def cursor(self, account: str, folder: str) -> Cursor | None:
        """Return where an account's folder was left, or None before the first pass."""
        row = self._one(
            sa.select(cursors.c.uidvalidity, cursors.c.watermark).where(
                cursors.c.account == account, cursors.c.folder == folder
            )
        )
        return Cursor(row.uidvalidity, row.watermark) if row else None

    def move_cursor(self, account: str, folder: str, cursor: Cursor) -> None:
        """Record up to where a folder has been dealt with."""
        keys = {"account": account, "folder": folder}
        self._put(cursors, keys, asdict(cursor))

    def knows(self, account: str, key: str) -> bool:
        """Return whether a mail was recorded before."""
        query = sa.select(mails.c.key).where(mails.c.account == account, mails.c.key == key)
        return self._one(query) is not None

    def drafted_for_thread(self, account: str, outcome: Outcome, now: datetime) -> bool:
        """Return whether this sender's thread got a draft within a day: a reminder or a resend."""
        query = (
            sa.select(drafts.c.key)
            .join_from(
                drafts,
                mails,
                sa.and_(mails.c.account == drafts.c.account, mails.c.key == drafts.c.key),
            )
            .where(
                mails.c.account == account,
                mails.c.sender_domain == _domain(outcome),
                mails.c.thread == _thread(outcome),
                drafts.c.created_at > now - _FUSE,
            )
        )
        return self._one(query) is not None

    def record(self, account: str, outcome: Outcome, rules: str, now: datetime) -> None:
        """Record a mail that gets no draft."""
        with self._transaction() as connection:
            connection.execute(sa.insert(mails).values(_mail_row(account, outcome, rules, now)))

    def intend(
        self,
        account: str,
        outcome: Outcome,
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
        }
        with self._transaction() as connection:
            connection.execute(sa.insert(mails).values(_mail_row(account, outcome, rules, now)))
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
        """Record what became of a draft."""
        self._touch(account, key, now, state=state, uid=uid, note=note)

    def looked(self, account: str, key: str, looks: int, now: datetime) -> None:
        """Record that a draft was looked for and not found."""
        self._touch(account, key, now, looks=looks)

    def intend_again(
        self, account: str, key: str, tries: int, uidvalidity: int, uidnext: int, now: datetime
    ) -> None:
        """Record that a draft is about to be sent once more."""
        self._touch(
            account,
            key,
            now,
            state="intent",
            tries=tries,
            looks=0,
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
        with self._transaction() as connection:
            return [OpenDraft(**_aware(row)) for row in connection.execute(query)]

    def note_failure(
        self, account: str, folder: str, uidvalidity: int, uid: int, error: str, now: datetime
    ) -> int:
        """Record that a mail could not be dealt with; return how often that happened."""
        keys = {"account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": uid}
        with self._transaction() as connection:
            before = connection.execute(
                sa.select(failures.c.tries).where(*(failures.c[k] == v for k, v in keys.items()))
            ).scalar()
            tries = (before or 0) + 1
            _upsert(connection, failures, keys, {"tries": tries, "error": error, "touched_at": now})
        return tries

    def clear_failure(self, account: str, folder: str, uidvalidity: int, uid: int) -> None:
        """Record that a mail was dealt with after all."""
        with self._transaction() as connection:
            connection.execute(
                sa.delete(failures).where(
                    failures.c.account == account,
                    failures.c.folder == folder,
                    failures.c.uidvalidity == uidvalidity,
                    failures.c.uid == uid,
                )
            )

    def to_retry(self, account: str, folder: str, uidvalidity: int) -> list[int]:
        """Return the UIDs of mails worth another try, ascending."""
        query = sa.select(failures.c.uid).where(
            failures.c.account == account,
            failures.c.folder == folder,
            failures.c.uidvalidity == uidvalidity,
            failures.c.tries < MAX_TRIES,
        )
        with self._transaction() as connection:
            return sorted(connection.execute(query).scalars())

    def set_aside(self, account: str) -> int:
        """Return how many mails were given up after several tries."""
        query = sa.select(sa.func.count()).where(failures.c.account == account, failures.c.tries >= MAX_TRIES)
        with self._transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def record_pass(self, entry: PassEntry) -> None:
        """Record how a pass went; a failed one keeps when the last success was."""
        values = asdict(entry)
        account = values.pop("account")
        if entry.succeeded_at is None:
            del values["succeeded_at"]
        self._put(passes, {"account": account}, values)

    def last_passes(self) -> list[PassEntry]:
        """Return the last pass of each account."""
        with self._transaction() as connection:
            rows = connection.execute(sa.select(passes).order_by(passes.c.account))
            return [PassEntry(**_aware(row)) for row in rows]

    def entries(self, limit: int) -> list[MailEntry]:
        """Return the newest mails with what became of them, newest first."""
        columns = [c for c in mails.c if c.name in MailEntry.__dataclass_fields__]
        join = sa.and_(mails.c.account == drafts.c.account, mails.c.key == drafts.c.key)
        query = (
            sa.select(*columns, drafts.c.state.label("draft"), drafts.c.note.label("draft_note"))
            .outerjoin_from(mails, drafts, join)
            .order_by(mails.c.seen_at.desc(), mails.c.key)
            .limit(limit)
        )
        with self._transaction() as connection:
            return [MailEntry(**_aware(row)) for row in connection.execute(query)]

    def draft_counts(self, account: str) -> dict[str, int]:
        """Return how many drafts are in each state."""
        query = (
            sa.select(drafts.c.state, sa.func.count().label("drafts"))
            .where(drafts.c.account == account)
            .group_by(drafts.c.state)
        )
        with self._transaction() as connection:
            return {row.state: row.drafts for row in connection.execute(query)}

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise LedgerError(
                f"Can't write the ledger in {self._folder}: {_reason(error)}. "
                "Nothing is sent that isn't recorded; check the disk"
            ) from None

    def _one(self, query: sa.Select[Any]) -> Any:  # noqa: ANN401 - a row of whatever was selected
        with self._transaction() as connection:
            return connection.execute(query).first()

    def _put(self, table: sa.Table, keys: Mapping[str, object], values: Mapping[str, object]) -> None:
        with self._transaction() as connection:
            _upsert(connection, table, keys, values)

    def _touch(self, account: str, key: str, now: datetime, **values: object) -> None:
        with self._transaction() as connection:
            connection.execute(
                sa.update(drafts)
                .where(drafts.c.account == account, drafts.c.key == key)
                .values(touched_at=now, **values)
            )


def _upsert(
    connection: sa.Connection,
    table: sa.Table,
    keys: Mapping[str, object],
    values: Mapping[str, object],
) -> None:
    where = [table.c[name] == value for name, value in keys.items()]
    changed = connection.execute(sa.update(table).where(*where).values(**values))
    if not changed.rowcount:
        connection.execute(sa.insert(table).values(**keys, **values))


def _mail_row(account: str, outcome: Outcome, rules: str, now: datetime) -> dict[str, object]:
    message, verdict = outcome.message, outcome.verdict
    return {
        "account": account,
        "key": message.fingerprint,
        "message_id": message.message_id,
        "thread": _thread(outcome),
        "sender": str(message.sender or ""),
        "sender_domain": _domain(outcome),
        "subject": message.subject[:500],
        "sent_at": message.date.astimezone(UTC) if message.date else None,
        "seen_at": now,
        "verdict": verdict.name,
        "kind": verdict.kind,
        "stage": verdict.stage,
        "language": verdict.language,
        "company": outcome.details.company,
        "role": outcome.details.role,
        "contact": asdict(outcome.contact),
        "explanation": {
            "line": verdict.line,
            "evidence": [asdict(item) for item in verdict.evidence],
            "against": [asdict(item) for item in verdict.against],
        },
        "rules": rules,
        "no_draft": outcome.no_draft,
    }


def _thread(outcome: Outcome) -> str:
    message = outcome.message
    return next(iter(message.references), None) or message.message_id or message.fingerprint


def _domain(outcome: Outcome) -> str:
    return outcome.message.sender.domain if outcome.message.sender else ""


def _aware(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of whatever was selected
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


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
