"""The rows of the ledger as values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from springback.applications import Application
from springback.look import Outcome
from springback.subject import bare_subject

State = Literal["intent", "done", "refused", "parked"]
Task = Literal["daemon", "once"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to which UID a folder has been dealt with; mail from before `floor` stays as it is."""

    uidvalidity: int
    watermark: int
    floor: datetime


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
    created_at: datetime
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
    draft_subject: str | None
    draft_text: str | None


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A rejection that is too young for a draft, and when it is old enough."""

    account: str
    uid: int
    due: datetime
    sender: str
    subject: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class StuckEntry:
    """A draft or a mail that was given up, or is tried less and less often."""

    account: str
    key: str
    what: Literal["draft", "mail"]
    state: Literal["parked", "refused", "set aside"]
    since: datetime
    reason: str
    sender: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class PassEntry:
    """How the last pass of an account went, and how many failed since the last good one."""

    account: str
    started_at: datetime
    succeeded_at: datetime | None
    ok: bool
    error: str | None
    failures: int
    looked_at: int
    drafted: int
    next_at: datetime | None
    mode: Literal["push", "poll"] | None = None
    pushed_at: datetime | None = None
    kind: str | None = None
    backlog: int = 0
    refused_logins: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of what, by account; what there is none of is left out."""

    drafts: Mapping[tuple[str, str], int]  # by state
    mails: Mapping[tuple[str, str], int]  # by verdict
    set_aside: Mapping[str, int]
    waiting: Mapping[str, int]
    volume_today_bytes: Mapping[str, int]
    refused_files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that works with a ledger, or last did; of one that has only begun nothing else is known."""

    alive: bool
    pid: int | None = None
    started_at: datetime | None = None
    version: str | None = None
    task: Task | None = None
    missed: "Holder | None" = None  # the daemon that ran before a single pass, and has not come back


def mail_row(
    account: str, outcome: Outcome, application: Application, rules: str, now: datetime
) -> dict[str, object]:
    """Return the row of a mail that was judged."""
    message, verdict = outcome.message, outcome.verdict
    return {
        "account": account,
        "key": message.fingerprint,
        "message_id": message.message_id,
        "thread": application.thread,
        "sender": str(message.sender or ""),
        "sender_domain": message.sender.domain if message.sender else "",
        "subject": message.subject[:500],
        "sent_at": message.date.astimezone(UTC) if message.date else None,
        "seen_at": now,
        "verdict": verdict.name,
        "kind": verdict.kind,
        "stage": outcome.reached.stage,
        "language": verdict.language,
        "company": application.company,
        "role": application.role,
        "contact": asdict(outcome.contact),
        "explanation": {
            "line": verdict.line,
            "stage": list(outcome.reached.evidence),
            "evidence": [asdict(item) for item in verdict.evidence],
            "against": [asdict(item) for item in verdict.against],
        },
        "rules": rules,
        "no_draft": outcome.no_draft,
        "domain": application.domain,
        "notice": application.notice,
        "words": application.words,
        "reminds": application.reminds,
        "answered": outcome.answered,
    }


def application_in(row: Mapping[str, Any]) -> Application:
    """Return the application that a recorded mail is about."""
    return Application(
        company=row["company"],
        domain=row["domain"],
        notice=row["notice"],
        role=row["role"],
        thread=row["thread"],
        subject=bare_subject(row["subject"]),
        words=row["words"],
        reminds=row["reminds"],
        sent=min(row["sent_at"] or row["seen_at"], row["seen_at"]),
    )
