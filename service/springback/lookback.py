"""Earlier mail of an account, found for a rejection: a few searches, bounded, and read only."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import structlog

from springback.classifier import Classifier
from springback.errors import CommandRefusedError, FolderError
from springback.firm import Firm
from springback.history import MAX_LETTERS, Query, Trace, shares, worth_reading
from springback.ics import read_invitations
from springback.message import calendar_texts, parse_message
from springback.ports import MailboxPort
from springback.senders import Senders
from springback.stage import stages_in

log = structlog.get_logger()


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

    def find(self, query: Query, firm: Firm, role: str | None) -> tuple[Trace, ...]:
        """Return the earlier mail that a query finds, each mail once; the folder open before is closed.

        One search in each folder, no more than `MAX_HEADERS` headers and `MAX_LETTERS` letters in all.
        A folder that can't be opened or searched is left out and told; raises MailboxUnavailableError.
        """
        found = {folder: uids for folder in self._folders if (uids := self._search(folder, query))}
        traces: dict[str, Trace] = {}
        letters = MAX_LETTERS
        for (folder, uids), share in zip(found.items(), shares([*map(len, found.values())]), strict=True):
            self._mailbox.examine(folder)
            headers = [
                Trace(folder, uid, parse_message(raw, whole=False))
                for uid, raw in self._mailbox.headers(uids[-share:]).items()
            ]
            kept = [one for one in headers if one.is_from(self._own) or one.date < query.before]
            wanted = worth_reading(kept, firm, role, self._senders, self._own, letters)
            letters -= len(wanted)
            whole = {fetched.uid: fetched.raw for fetched in self._mailbox.fetch(wanted)}
            for trace in kept:
                raw = whole.get(trace.uid)
                known = trace.message.message_id or f"{folder} {trace.uid}"
                if raw is not None or known not in traces:
                    traces[known] = (
                        trace if raw is None else read_letter(trace, raw, self._classifier, self._own)
                    )
        return tuple(sorted(traces.values(), key=lambda trace: trace.date))

    def _search(self, folder: str, query: Query) -> list[int]:
        try:
            self._mailbox.examine(folder)
            return self._mailbox.find(query)
        except (FolderError, CommandRefusedError) as error:
            log.warning("history_not_searched", folder=folder, error=str(error))
            return []


def read_letter(trace: Trace, raw: bytes, classifier: Classifier, own: AbstractSet[str]) -> Trace:
    """Return an earlier mail with its letter, its invitations, and what its words tell of the stage."""
    message = parse_message(raw)
    invitations = tuple(one for text in calendar_texts(raw) for one in read_invitations(text))
    stages = frozenset[str]() if trace.is_from(own) else stages_in(message, invitations, classifier)
    return replace(trace, message=message, read=True, invitations=invitations, stages=stages)
