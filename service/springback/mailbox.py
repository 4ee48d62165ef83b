"""Reads mail with PEEK and writes drafts with APPEND: what a pass does with an account's connection."""

import re
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from springback.connection import SEARCHED_AT_ONCE, Connection
from springback.errors import (
    CommandRefusedError,
    FetchBrokenError,
    FolderError,
    MailboxUnavailableError,
    ThrottledError,
)
from springback.headers import MAX_HEADER
from springback.imapdata import batches, chunks, criteria_of, literal, parse_ids
from springback.ports import Fetched, Ids
from springback.query import Query
from springback.step import step

PEEK_BYTES = 262_144  # of a mail, enough for its letter
WHOLE_BYTES = 1_048_576  # of a mail whose letter is longer

_SIZES_AT_ONCE = 1_000  # UIDs asked for their size in one command
_HEADERS_AT_ONCE = 500
_MOOD = 3  # refusals in a row that are about the server, not about a mail
_HEADER_FIELDS = (
    "FROM TO CC REPLY-TO SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES "
    "LIST-ID LIST-POST PRECEDENCE AUTO-SUBMITTED"
)
_APPENDLIMIT = re.compile(rb"APPENDLIMIT=(\d{1,18})$")
_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")


class Mailbox(Connection):
    """A connection, and the mails that are read and written by it."""

    def uids_after(self, watermark: int) -> list[int]:
        """Return the UIDs above the watermark in the open folder, ascending."""
        found = self._search_from(watermark + 1, "search for new mail")
        return [uid for uid in found if uid > watermark]

    def uids_since(self, day: date) -> list[int]:
        """Return the UIDs of mails received on the day or later, ascending."""
        return self._search_from(1, "search for mail by date", b"SINCE", day)

    def find(self, query: Query) -> list[int]:
        """Return the UIDs of the open folder's mails that a query finds, ascending.

        Only its newest mails are searched where it holds very many.
        """
        newest = [f"{self._exists - SEARCHED_AT_ONCE + 1}:*"] if self._exists > SEARCHED_AT_ONCE else []
        try:
            return self._found([*newest, *criteria_of(query)])
        except CommandRefusedError:
            plain = replace(
                query,
                anyone=tuple(word for word in query.anyone if word.isascii()),
                subject=tuple(word for word in query.subject if word.isascii()),
            )
            if not (plain.anyone or plain.subject):
                raise
            # A server without UTF-8 (BADCHARSET), or one that searches few fields.
            return self._found([*newest, *criteria_of(plain, reply_to=False)])

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the header of each of these mails of the open folder, as far as the reply needs it."""
        headers: dict[int, bytes] = {}
        for chunk in chunks(uids, _HEADERS_AT_ONCE):
            with step(self._where, "fetch headers"):
                answer = self._client.fetch(
                    chunk, [f"BODY.PEEK[HEADER.FIELDS ({_HEADER_FIELDS})]<0.{MAX_HEADER}>"]
                )
            for uid in chunk:
                header = literal(answer.get(uid, {}), b"BODY[HEADER.FIELDS")
                if header:
                    headers[uid] = header
        return headers

    def present(self, uids: Sequence[int]) -> set[int]:
        """Return which of the UIDs the open folder still has."""
        found: set[int] = set()
        for chunk in chunks(uids, _HEADERS_AT_ONCE):
            found.update(self._search("search for mail", b"UID", ",".join(map(str, chunk)).encode()))
        return found

    def fetch(self, uids: Sequence[int], singly: Container[int] = ()) -> Iterator[Fetched]:
        """Yield the mails of the open folder in order, no more than a few megabytes at a time.

        A UID that the server doesn't answer for is left out; one that it refuses comes without a
        mail. Those in `singly` are fetched one by one. Raises FetchBrokenError where a mail, or the
        network, breaks the connection, and ThrottledError.
        """
        for chunk in chunks(uids, _SIZES_AT_ONCE):
            sizes = dict.fromkeys(chunk, PEEK_BYTES)
            with suppress(CommandRefusedError), step(self._where, "fetch the sizes of mails"):
                answer = self._client.fetch(chunk, [b"RFC822.SIZE"])
                sizes = {uid: int(data.get(b"RFC822.SIZE") or PEEK_BYTES) for uid, data in answer.items()}
            for batch in batches([uid for uid in chunk if uid in sizes], sizes, singly, PEEK_BYTES):
                yield from self._fetch_batch(batch)

    def fetch_more(self, uid: int) -> Fetched | None:
        """Return up to a megabyte of one mail, or None where it is gone or refused."""
        with suppress(CommandRefusedError):
            return next(self._fetch([uid], WHOLE_BYTES), None)
        return None

    def ids(self, first_uid: int, newest: int | None = None) -> dict[int, Ids]:
        """Return the ids of the mails of the open folder from a UID on, or of its newest ones only.

        A mail that the server has but gives no answer for is there as well, without ids. Raises
        CommandRefusedError where the server finds none of the mails that it has.
        """
        if newest and self._exists > newest:
            found = self._search("search for mail", f"{self._exists - newest + 1}:*".encode())
        else:
            found = self._search_from(first_uid, "search for mail")
        # "n:*" names the last mail at least: nothing found is a folder without mail, or a lie.
        if self._exists and not found and not self._search("search for mail", b"1:*"):
            raise CommandRefusedError(
                f"Can't search for mail at {self._where}: of {self._exists} mails the server finds none"
            )
        ids: dict[int, Ids] = {}
        for chunk in chunks([uid for uid in found if uid >= first_uid], _HEADERS_AT_ONCE):
            with step(self._where, "fetch message ids"):
                answer = self._client.fetch(chunk, [_peek_fields("MESSAGE-ID IN-REPLY-TO SUBJECT")])
            headers = {uid: literal(answer.get(uid, {}), b"BODY[HEADER.FIELDS") for uid in chunk}
            ids |= {uid: parse_ids(header) for uid, header in headers.items() if header is not None}
            silent = [uid for uid, header in headers.items() if header is None]
            if silent and len(found) <= self._exists:  # else searches find what isn't there
                ids |= {uid: Ids(None, (), told=False) for uid in self.present(silent)}
        return ids

    def thread(self, folder: str, uid: int) -> int | None:
        """Return Gmail's id of the conversation that a mail is in, or None where it isn't told."""
        if not self._client.has_capability("X-GM-EXT-1"):
            return None
        self.examine(folder)
        with step(self._where, "ask for the conversation"):
            answer = self._client.fetch([uid], [b"X-GM-THRID"])
        found = answer.get(uid, {}).get(b"X-GM-THRID")
        return int(found) if found else None

    def append_draft(self, content: bytes) -> int | None:
        r"""Store a draft with \Draft and \Seen; return its UID where the server tells it.

        Raises FolderError where the server refuses it or takes none so large (APPENDLIMIT, RFC 7889), and
        ThrottledError where it has had enough, so that nothing was stored; MailboxUnavailableError where
        no answer came: then it may be stored or not.
        """
        limits = [int(found[1]) for one in self._client.capabilities() if (found := _APPENDLIMIT.match(one))]
        if limits and len(content) > min(limits):
            raise FolderError(
                f"Can't store a draft in {self.drafts!r} at {self._where}: it has {len(content)} bytes, and "
                f"the server takes {min(limits)} at most. Lower reply.quote_lines"
            )
        with step(self._where, f"store a draft in {self.drafts!r}", self.drafts):
            answer = self._client.append(self.drafts, content, (b"\\Draft", b"\\Seen"))
        match = _APPENDUID.search(answer if isinstance(answer, bytes) else b"")
        return int(match[2]) if match else None

    def _found(self, criteria: list[object]) -> list[int]:
        plain = all(str(word).isascii() for word in criteria)
        with step(self._where, "search for earlier mail"):
            return sorted(self._client.search(criteria, charset=None if plain else "UTF-8"))

    def _fetch_batch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Yield the mails of a batch; where the server refuses it, one by one, with what it says of each."""
        try:
            yield from self._fetch(uids, PEEK_BYTES)
        except CommandRefusedError as error:
            if len(uids) == 1:
                yield Fetched(uids[0], b"", whole=False, refused=error)
                return
            refused = given = 0
            for uid in uids:
                try:
                    yield from self._fetch([uid], PEEK_BYTES)
                    given += 1
                except CommandRefusedError as refusal:
                    refused += 1
                    if not given and refused == _MOOD:
                        raise
                    yield Fetched(uid, b"", whole=False, refused=refusal)

    def _fetch(self, uids: Sequence[int], limit: int) -> Iterator[Fetched]:
        try:
            with step(self._where, "fetch mails"):
                answer = self._client.fetch(uids, [f"BODY.PEEK[]<0.{limit}>".encode()])
        except (CommandRefusedError, ThrottledError):
            raise
        except MailboxUnavailableError as error:
            raise FetchBrokenError(str(error), uids, private=error.private) from None
        for uid in uids:
            raw = literal(answer.pop(uid, {}), b"BODY[]")
            if raw:
                yield Fetched(uid, raw, whole=len(raw) < limit)


def _peek_fields(names: str) -> str:
    """Return what to fetch of a header: these fields, bounded."""
    return f"BODY.PEEK[HEADER.FIELDS ({names})]<0.{MAX_HEADER}>"
