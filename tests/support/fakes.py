"""A mail server in memory, and a power cut at any call."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from springback.errors import (
    CommandRefusedError,
    FetchBrokenError,
    FolderError,
    MailboxUnavailableError,
    ThrottledError,
)
from springback.gaps import Gaps
from springback.history import Trace
from springback.ics import read_invitations
from springback.kinds import forwards
from springback.message import parse_message
from springback.ports import Fetched, FolderState, Ids
from springback.query import Query, matches
from support.mails import mail

_ID = re.compile(rb"^(message-id|in-reply-to): (<[^>]+>)", re.IGNORECASE | re.MULTILINE)


@dataclass
class FakeFolder:
    """Mails by UID under a UIDVALIDITY."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 7
    uidnext: int = 1

    def add(self, raw: bytes) -> int:
        """Store a mail and return its UID."""
        uid = self.uidnext
        self.mails[uid] = raw
        self.uidnext += 1
        return uid


class FakeMailbox:
    """A `MailboxPort` on folders in memory; `append_fault` says what goes wrong with an APPEND."""

    drafts = "Drafts"
    sent: str | None = "Sent"
    trash: str | None = "Trash"
    history: tuple[str, ...] = ("INBOX", "Sent")

    def __init__(self) -> None:
        self.folders = {name: FakeFolder() for name in ("INBOX", "Drafts", "Sent", "Trash")}
        self.append_fault: str | None = None
        self.refuses_drafts = False
        self.untold: set[int] = set()  # mails of any folder whose ids aren't told
        self.silent_uids: set[int] = set()
        self.breaking_uids: set[int] = set()
        self.refused_uids: set[int] = set()
        self.also_found: list[int] = []
        self.fetched: list[int] = []
        self.threads: dict[tuple[str, int], int] = {}
        self.closed_folders: set[str] = set()
        self.refuses_searches = False
        self.asked: Counter[str] = Counter()  # searches, headers and letters for the history
        self._open = "INBOX"

    def examine(self, folder: str) -> FolderState:
        if folder in self.closed_folders:
            raise FolderError(f"Can't open {folder!r}: the server says 'NO'")
        self._open = folder
        return self.status(folder)

    def status(self, folder: str) -> FolderState:
        return FolderState(self.folders[folder].uidvalidity, self.folders[folder].uidnext)

    def uids_after(self, watermark: int) -> list[int]:
        return [*self.also_found, *(uid for uid in self.folders[self._open].mails if uid > watermark)]

    def uids_since(self, day: date) -> list[int]:  # noqa: ARG002 - all mail here is of today
        return sorted(self.folders[self._open].mails)

    def present(self, uids: Sequence[int]) -> set[int]:
        return set(uids) & set(self.folders[self._open].mails)

    def fetch(self, uids: Sequence[int], singly: Container[int] = ()) -> Iterator[Fetched]:
        for uid in uids:
            if uid in self.breaking_uids:
                batch = [uid] if uid in singly else [one for one in uids if one not in singly]
                raise FetchBrokenError("Can't fetch mails: the line is dead", batch)
            mails = self.folders[self._open].mails
            if uid in self.refused_uids:
                refusal = CommandRefusedError("Can't fetch mails: [UNAVAILABLE] later", passing=True)
                yield Fetched(uid, b"", whole=False, refused=refusal)
            elif uid in mails and uid not in self.silent_uids:
                self.fetched.append(uid)
                self.asked["letters"] += 1
                yield Fetched(uid, mails[uid], whole=True)

    def fetch_more(self, uid: int) -> Fetched | None:
        return Fetched(uid, self.folders["INBOX"].mails[uid], whole=True)

    def find(self, query: Query) -> list[int]:
        self.asked["searches"] += 1
        if self.refuses_searches:
            raise CommandRefusedError("Can't search for earlier mail: the server says 'BAD'")
        mails = self.folders[self._open].mails
        return [uid for uid, raw in sorted(mails.items()) if matches(query, parse_message(raw))]

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        mails = self.folders[self._open].mails
        self.asked["headers"] += len(uids)
        return {uid: mails[uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for uid in uids}

    def thread(self, folder: str, uid: int) -> int | None:
        return self.threads.get((folder, uid))

    def ids(self, first_uid: int, newest: int | None = None) -> dict[int, Ids]:  # noqa: ARG002 - few mails
        found = {}
        for uid, raw in self.folders[self._open].mails.items():
            ids = {name.lower(): value.decode() for name, value in _ID.findall(raw)}
            reply = (ids[b"in-reply-to"],) if b"in-reply-to" in ids else ()
            if uid >= first_uid and uid in self.untold:
                found[uid] = Ids(None, (), told=False)
            elif uid >= first_uid:
                subject = parse_message(raw).subject
                found[uid] = Ids(ids.get(b"message-id"), reply, forwards(subject))
        return found

    def append_draft(self, content: bytes) -> int | None:
        fault, self.append_fault = self.append_fault, None
        self.asked["drafts"] += 1
        if fault == "throttled":
            raise ThrottledError("Can't store a draft in 'Drafts' for now: too many of them")
        if fault == "refused" or self.refuses_drafts:
            raise FolderError("Can't store a draft in 'Drafts': the server says '[OVERQUOTA]'")
        if fault != "lost before":
            uid = self.folders["Drafts"].add(content)
        if fault in ("lost before", "lost after"):
            raise MailboxUnavailableError("Can't store a draft: the line is dead")
        return None if fault == "no receipt" else uid


ME = "Robin Ellery <robin@ellery.example>"


def earlier(
    sender: str = "Jane Doe <jane.doe@acme.example>",
    subject: str = "Your application",
    body: str = "Hello.",
    *,
    on: str = "2026-11-03",
    to: str = "robin@ellery.example",
    calendar: str = "",
    stages: str = "",
    read: bool = True,
    work: bool = True,
    applied: bool = False,
    left: bool = False,
    message_id: str | None = None,
    extra: str = "",
) -> Trace:
    """Return an earlier mail as it was read, of a day or without a date; `extra` holds header lines."""
    date = format_datetime(datetime.fromisoformat(on).replace(tzinfo=UTC)) if on else ""
    raw = mail(body, sender=sender, subject=subject, to="", date=date, message_id=message_id, extra=extra)
    raw = raw.replace(b"To: Robin Ellery <>", b"To: " + to.encode(), 1)
    found = read_invitations(calendar) if read else ()
    heard = frozenset(stages.split())
    return Trace("INBOX", 1, parse_message(raw), read, found, heard, work=work, applied=applied, left=left)


def event(
    day: str = "2026-11-03",
    *,
    by: str = "jane.doe@acme.example",
    to: Sequence[str] = ("robin@ellery.example",),
    declined: Sequence[str] = (),
    method: str = "REQUEST",
    summary: str = "Interview",
    uid: str = "1@calendar.example",
    sequence: int = 0,
) -> str:
    """Return the calendar text of an event; nobody invites where `by` is empty."""
    people = [f"ATTENDEE:mailto:{one}" for one in to if one not in declined]
    people += [f"ATTENDEE;PARTSTAT=DECLINED:mailto:{one}" for one in declined]
    lines = [
        "BEGIN:VCALENDAR",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"SEQUENCE:{sequence}",
        f"DTSTART:{day.replace('-', '')}T100000Z",
        f"SUMMARY:{summary}",
        *([f"ORGANIZER:mailto:{by}"] if by else []),
        *people,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\n".join(lines)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 6, tzinfo=UTC)  # before the mails of `support.mails`

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Move the clock."""
        self.now += timedelta(**span)


class PowerCutError(BaseException):
    """The process ends here; nothing may catch it."""


class Fuse:
    """Counts steps and blows at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        """Count a step; raises PowerCutError at the one that was chosen."""
        self.steps += 1
        if self.steps == self.at:
            raise PowerCutError

    def wrap(self, target: Any) -> Any:  # noqa: ANN401 - stands in for whatever it wraps
        """Return a stand-in whose every call is a step before and a step after."""
        return _Fused(target, self)


class _Fused:
    def __init__(self, target: Any, fuse: Fuse) -> None:  # noqa: ANN401 - as above
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        value = getattr(self._target, name)
        if isinstance(value, Gaps):
            return _Fused(value, self._fuse)
        return self._fused(value) if callable(value) else value

    def _fused(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def fused(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
            self._fuse.step()
            result = call(*args, **kwargs)
            self._fuse.step()
            return result

        return fused
