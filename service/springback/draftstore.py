"""Exactly one draft: the intent is durable before APPEND, the result after, and doubt is looked into.

An APPEND without an answer is unknown, never failed. A draft that vanished was taken by a person: it
is never made again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from springback.applications import Application
from springback.draft import Draft
from springback.entries import OpenDraft
from springback.errors import CommandRefusedError, FolderError, ThrottledError
from springback.gaps import MAX_TRIES
from springback.headers import parse_headers
from springback.ledger import Ledger
from springback.look import Outcome
from springback.ports import FolderState, Ids, MailboxPort

_NEWEST_DRAFTS, _NEWEST_SENT = 5_000, 1_000  # stored mails whose ids are compared
_REFUSED_REST, _DAY = timedelta(minutes=15), timedelta(days=1)
_LOOKS = 2  # searches that find nothing before a draft is stored again
_READINGS = 4  # of Drafts before one draft is stored, where others store there all the while
_DOUBTS = 20  # searches that can't tell before a draft is left to the person

log = structlog.get_logger()


class DraftStore:
    """The drafts of one account during one pass."""

    def __init__(
        self, mailbox: MailboxPort, ledger: Ledger, account: str, *, clock: Callable[[], datetime]
    ) -> None:
        self._mailbox = mailbox
        self._ledger = ledger
        self._account = account
        self._clock = clock
        self._stored: _Stored | None = None
        self._known = FolderState(0, 0)  # Drafts, as far as its mails are known
        self._log = log.bind(account=account)

    def answered(self, outcome: Outcome, draft: Draft) -> bool:
        """Return whether the mailbox holds an answer already: this draft, or one that a person wrote.

        Another folder is open afterwards.
        """
        stored = self._stored_mail()
        if stored.answers(draft.message_id, outcome.message.message_id):
            return True
        return self._is_begun(stored, draft.answers, draft.to, 0)

    def store(self, outcome: Outcome, draft: Draft, application: Application, rules: str) -> int | None:
        """Record the intent, store the draft, record the result; `answered` was asked right before.

        Return its UID, 0 where the server doesn't tell it, or None where the server refused it.
        """
        state = self._known
        self._ledger.intend(
            self._account,
            outcome,
            application,
            rules,
            self._mailbox.drafts,
            state.uidvalidity,
            state.uidnext,
            self._clock(),
        )
        return self._append(outcome.message.fingerprint, draft.content)

    def settle_open(self, after: timedelta) -> None:
        """Find out what became of drafts whose answer never came, and store again what is absent.

        A draft is left alone until `after` has passed since it was last touched. Another folder is open
        afterwards.
        """
        now = self._clock()
        for draft in self._ledger.open_drafts(self._account):
            # A clock that was set back must not hold up a draft until it has caught up.
            rested = now - draft.touched_at if now >= draft.touched_at else _DAY
            if draft.state == "refused":
                if rested >= _rest_after_refusal(draft):
                    self._try_again(draft)
            elif rested >= after:
                self._look_for(draft)

    def _is_begun(self, stored: "_Stored", answered: str | None, to: str | None, open_drafts: int) -> bool:
        """Return whether Drafts holds an answer to a mail that isn't one of the ledger's.

        A draft that a mail program saved again has another id, and the ledger may be lost as well; so many as
        went to that address before, the open ones aside, may be about other rejections.
        """
        begun = stored.begun.get(answered or "", ())
        unknown = sum(not self._ledger.made(self._account, one) for one in begun)
        letters = self._ledger.letters_to(self._account, to) - open_drafts if unknown and to else 0
        return unknown > letters

    def _append(self, key: str, content: bytes) -> int | None:
        """Store a draft whose intent is durable; an answer that never comes leaves the intent open.

        A refused draft is surely not stored. It is tried again, less and less often, while the
        other mails go on: a mailbox that is full today has room another day.
        """
        try:
            uid = self._mailbox.append_draft(content)
        except (FolderError, ThrottledError) as error:
            self._ledger.settle(self._account, key, "refused", self._clock(), note=error.discreet)
            self._log.warning("draft_refused", key=key[:12], error=error)
            if isinstance(error, ThrottledError):
                raise
            return None
        self._ledger.settle(self._account, key, "done", self._clock(), uid=uid)
        if uid == self._known.uidnext:
            self._known = replace(self._known, uidnext=uid + 1)
        return uid or 0

    def _try_again(self, draft: OpenDraft) -> None:
        """Store a refused draft, unless the person has answered since, or the ledger is an old backup."""
        settled, _ = self._settle_stored(draft)
        if not settled:
            self._store_again(draft, draft.tries)

    def _look_for(self, draft: OpenDraft) -> None:
        now = self._clock()
        settled, untold = self._settle_stored(draft)
        if settled:
            return
        if untold and draft.looks + 1 >= _DOUBTS:
            note = f"may be one of {untold} mails in Drafts for which the server gives no answer"
            self._park(draft, note)
        elif untold or draft.looks + 1 < _LOOKS:
            # The server may still be finishing the first try: only a second look decides.
            self._ledger.looked(self._account, draft.key, draft.looks + 1, now)
        elif draft.tries >= MAX_TRIES:
            self._park(draft, f"stored {draft.tries} times without an answer and never found")
        else:
            self._store_again(draft, draft.tries + 1)

    def _settle_stored(self, draft: OpenDraft) -> tuple[bool, int]:
        """Record that a draft is or was stored; return whether, and how many mails may be it besides."""
        uid, untold = self._find(draft)
        if uid is not None:
            self._ledger.settle(self._account, draft.key, "done", self._clock(), uid=uid or None)
            self._log.info("draft_found", key=draft.key[:12])
        elif self._is_taken(draft):
            note = "taken from Drafts already"
            self._ledger.settle(self._account, draft.key, "done", self._clock(), note=note)
        else:
            return False, untold
        return True, 0

    def _park(self, draft: OpenDraft, note: str) -> None:
        """Leave to the person what can't be decided."""
        self._ledger.settle(self._account, draft.key, "parked", self._clock(), note=note)
        self._log.warning("draft_parked", key=draft.key[:12], note=note)

    def _is_taken(self, draft: OpenDraft) -> bool:
        """Return whether a draft was stored after all, and was edited, sent or deleted since."""
        stored = self._stored_mail()
        headers = parse_headers(draft.content)
        answered = next(iter(headers.ids("in-reply-to")), None)
        to = next((one.address for one in headers.addresses("to")), None)
        taken = stored.answers(draft.message_id, draft.source_id)
        return taken or self._is_begun(stored, answered, to, 1)

    def _find(self, draft: OpenDraft) -> tuple[int | None, int]:
        """Return the UID of a stored draft, told by its Message-ID, or None, and how many it may be besides.

        It is looked for where it was sent to, and in Drafts if that is another folder by now.
        """
        untold = 0
        for folder in dict.fromkeys((draft.folder, self._mailbox.drafts)):
            if not self._can_open(folder):
                continue
            state = self._mailbox.examine(folder)
            same = folder == draft.folder and state.uidvalidity == draft.uidvalidity
            found = self._mailbox.ids(max(draft.uidnext, 1) if same else 1)
            for uid, ids in found.items():
                if ids.message_id == draft.message_id:
                    return uid, 0
            untold += sum(not ids.told for ids in found.values())
        return None, untold

    def _store_again(self, draft: OpenDraft, tries: int) -> None:
        state = self._mailbox.status(self._mailbox.drafts)
        self._ledger.intend_again(
            self._account,
            draft.key,
            tries,
            self._mailbox.drafts,
            state.uidvalidity,
            state.uidnext,
            self._clock(),
        )
        self._append(draft.key, draft.content)

    def _stored_mail(self) -> "_Stored":
        """Return the ids in Drafts, Sent and Trash, read once a pass and only when needed.

        What another program, or a Springback elsewhere, has put into Drafts since is read as well, until
        nothing is new: what may still come is what comes between this look and APPEND.
        """
        drafts = self._mailbox.drafts
        for _ in range(_READINGS):
            state = self._mailbox.status(drafts)
            if self._stored and state == self._known:
                break
            if self._stored is None:
                self._stored = _Stored()
                self._read(drafts, 1, _NEWEST_DRAFTS)
                for folder in (self._mailbox.sent, self._mailbox.trash):
                    if folder:
                        self._read(folder, 1, _NEWEST_SENT)
            else:
                grown = state.uidvalidity == self._known.uidvalidity and state.uidnext > self._known.uidnext
                self._read(drafts, max(self._known.uidnext, 1) if grown else 1, _NEWEST_DRAFTS)
            self._known = state
        return self._stored or _Stored()

    def _read(self, folder: str, first_uid: int, newest: int) -> None:
        """Take up the ids of a folder's mails."""
        if self._stored is None or not self._can_open(folder):
            return
        found = self._mailbox.ids(first_uid, newest if first_uid == 1 else None).values()
        if found and not any(ids.told for ids in found):
            raise FolderError(
                f"Can't read {folder!r}: the server gives no answer for any of its mails. "
                "Nothing is drafted until it does"
            )
        is_drafts, is_trash = folder == self._mailbox.drafts, folder == self._mailbox.trash
        self._stored.add(found, deleted=is_trash, drafts=is_drafts)

    def _can_open(self, folder: str) -> bool:
        """Open a folder; without Drafts nothing may be drafted, without Sent or Trash it may."""
        try:
            self._mailbox.examine(folder)
        except (CommandRefusedError, FolderError) as error:
            if folder == self._mailbox.drafts:
                raise
            self._log.warning("folder_not_read", folder=folder, error=error)
            return False
        return True


def _rest_after_refusal(draft: OpenDraft) -> timedelta:
    """Return how long a refused draft is left alone: as long as it has been refused, within bounds."""
    return min(max(draft.touched_at - draft.created_at, _REFUSED_REST), _DAY)


@dataclass
class _Stored:
    """The ids of what stands in Drafts, Sent and Trash."""

    ids: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    begun: dict[str, list[str]] = field(default_factory=dict)  # drafts by the mail that they answer

    def add(self, found: Iterable[Ids], *, deleted: bool, drafts: bool) -> None:
        for ids in found:
            if ids.message_id:
                self.ids.add(ids.message_id)
            if not deleted and not ids.forwarded:
                self.answered.update(ids.in_reply_to)
            for one in ids.in_reply_to if drafts and not ids.forwarded else ():
                self.begun.setdefault(one, []).append(ids.message_id or "")

    def answers(self, draft_id: str, source_id: str | None) -> bool:
        """Return whether the draft itself, or another answer to the mail, was ever stored."""
        return draft_id in self.ids or source_id in self.answered
