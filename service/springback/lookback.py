"""Earlier mail of an account, found for a rejection: a few searches, bounded, and read only."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import structlog

from springback.classifier import Classifier
from springback.errors import CommandRefusedError, FolderError
from springback.firm import Firm
from springback.history import MAX_HEADERS, MAX_LETTERS, Trace, shares, worth_reading
from springback.ics import read_invitations
from springback.kinds import has_left, is_absence
from springback.message import calendar_texts, parse_message
from springback.ports import MailboxPort
from springback.query import Query
from springback.senders import Senders
from springback.stage import hear

_LEAST_LETTERS = 6  # that every folder may have read
_FOR_TOPICS = 30  # headers that are left for mail about the role
_MAX_CALENDARS = 2  # parts of one mail

log = structlog.get_logger()

Hold = Callable[[], AbstractContextManager[None]]


class LookBack:
    """Looks through the folders of one account."""

    def __init__(
        self,
        mailbox: MailboxPort,
        folders: Sequence[str],
        classifier: Classifier,
        senders: Senders,
        own: AbstractSet[str],
    ) -> None:
        self._mailbox = mailbox
        self._folders = folders
        self._classifier = classifier
        self._senders = senders
        self._own = own

    def find(self, query: Query, firm: Firm, role: str | None, hold: Hold = nullcontext) -> tuple[Trace, ...]:
        """Return the earlier mail that a query finds, each mail once; the folder open before is closed.

        At most two searches in each folder, for the firm and then for the role with what room is left, no
        more than `MAX_HEADERS` headers and `MAX_LETTERS` letters in all. A folder that can't be opened,
        searched or read is left out and told; raises MailboxUnavailableError. It runs in `hold` where it
        parses mail, not where it waits for the server.
        """
        traces: dict[str, Trace] = {}
        letters = MAX_LETTERS
        chosen = self._choose(query)
        for left, (folder, uids) in zip(range(len(chosen) - 1, -1, -1), chosen.items(), strict=True):
            bound = max(letters - _LEAST_LETTERS * left, letters // (left + 1))
            read = 0
            for known, trace in self._read_folder(folder, uids, query, firm, role, bound, hold):
                read += trace.read
                if trace.read or known not in traces:
                    traces[known] = trace
            letters -= read
        return tuple(sorted(traces.values(), key=lambda trace: trace.date))

    def _choose(self, query: Query) -> dict[str, list[int]]:
        """Return which mails of each folder are looked at, the newest of those that were found."""
        by_topic = query.by_topic()
        people = {folder: self._search(folder, query) for folder in self._folders}
        topics: dict[str, list[int]] = {}
        if by_topic:
            for folder, uids in people.items():
                found_already = set(uids)
                topics[folder] = [one for one in self._search(folder, by_topic) if one not in found_already]
        first = shares([*map(len, people.values())], MAX_HEADERS - (_FOR_TOPICS if topics else 0))
        then = shares([*map(len, topics.values())], MAX_HEADERS - sum(first))
        chosen: dict[str, list[int]] = {folder: [] for folder in self._folders}
        for found, bounds in ((people, first), (topics, then)):
            for (folder, uids), bound in zip(found.items(), bounds, strict=True):
                chosen[folder] += uids[len(uids) - bound :]
        return {folder: sorted(uids) for folder, uids in chosen.items() if uids}

    def _read_folder(
        self,
        folder: str,
        uids: Sequence[int],
        query: Query,
        firm: Firm,
        role: str | None,
        letters: int,
        hold: Hold,
    ) -> list[tuple[str, Trace]]:
        """Return the mails of a folder with what tells each from others, the likeliest of them read."""
        kept: list[Trace] = []
        whole: dict[int, bytes] = {}
        try:
            self._mailbox.examine(folder)
            headers = self._mailbox.headers(uids)
            with hold():
                for uid, raw in headers.items():
                    trace = Trace(folder, uid, parse_message(raw, whole=False))
                    if trace.is_from(self._own) or trace.date < query.before:
                        kept.append(trace)
                wanted = worth_reading(kept, firm, role, self._senders, self._own, letters)
            fetched = self._mailbox.fetch(wanted)
            whole = {one.uid: one.raw for one in fetched if not one.refused}
        except (FolderError, CommandRefusedError) as error:
            log.warning("history_not_read", folder=folder, error=error)
        read = []
        for trace in kept:
            known = trace.message.message_id or f"{folder} {trace.uid}"
            if trace.uid in whole:
                with hold():
                    read.append((known, read_letter(trace, whole[trace.uid], self._classifier, self._own)))
            else:
                read.append((known, trace))
        return read

    def _search(self, folder: str, query: Query) -> list[int]:
        if not query.anyone and not query.subject:
            return []
        try:
            self._mailbox.examine(folder)
            return self._mailbox.find(query)
        except (FolderError, CommandRefusedError) as error:
            log.warning("history_not_searched", folder=folder, error=error)
            return []


def read_letter(trace: Trace, raw: bytes, classifier: Classifier, own: AbstractSet[str]) -> Trace:
    """Return an earlier mail with its letter, its invitations, and what its words tell."""
    message = parse_message(raw)
    texts = calendar_texts(raw)[:_MAX_CALENDARS]
    read = [one for text in texts for one in read_invitations(text)]
    # An event without an id is no other mail's.
    known = message.message_id or f"{trace.folder} {trace.uid}"
    invitations = tuple(replace(one, uid=one.uid or f"{known} {number}") for number, one in enumerate(read))
    heard = hear(message, invitations, classifier)
    return replace(
        trace,
        message=message,
        read=True,
        invitations=invitations,
        stages=frozenset() if trace.is_from(own) else heard.stages,
        work=heard.work,
        applied=heard.applied,
        left=is_absence(message) and has_left(message.text),
    )
