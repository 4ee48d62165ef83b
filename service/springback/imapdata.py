"""What is said to a server, and what it answers, as plain values."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from springback.headers import parse_headers
from springback.kinds import forwards
from springback.ports import Ids
from springback.query import Query

_BATCH_MAILS = 200
_BATCH_BYTES = 4_194_304
_IDS = re.compile(rb"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_FIELD = re.compile(rb"^(message-id|in-reply-to):((?:.*\n?)(?:[ \t].*\n?)*)", re.IGNORECASE | re.MULTILINE)


def literal(data: Mapping[bytes, Any], prefix: bytes) -> bytes | None:
    """Return the literal whose key begins with a prefix in a FETCH answer, or None where there is none."""
    for key, value in data.items():
        if key.startswith(prefix) and isinstance(value, bytes):
            return value
    return None


def criteria_of(query: Query, *, reply_to: bool = True) -> list[object]:
    """Return a query as a server understands it (RFC 3501 6.4.4): SINCE, and one OR of all its words.

    Flat, for OR stands in front of its two keys: what isn't ASCII can be a literal of its own then.
    """
    wanted: list[tuple[str, ...]] = [(field, word) for word in query.anyone for field in ("FROM", "TO", "CC")]
    wanted += [("SUBJECT", word) for word in query.subject]
    if reply_to:  # some servers refuse to look into other fields
        wanted = [*(("HEADER", "REPLY-TO", word) for word in query.anyone), *wanted]
    keys: list[object] = ["SINCE", query.since]
    for number, key in enumerate(wanted, 1):
        keys += ["OR", *key] if number < len(wanted) else key
    return keys


def parse_ids(header: bytes) -> Ids:
    """Return the ids in a header that holds Message-ID, In-Reply-To and Subject."""
    found: dict[bytes, tuple[str, ...]] = {}
    for name, value in _FIELD.findall(header):
        found.setdefault(name.lower(), tuple(one.decode() for one in _IDS.findall(value)))
    message_ids = found.get(b"message-id", ())
    forwarded = forwards(parse_headers(header, {b"subject"}).text("subject"))
    return Ids(message_ids[0] if message_ids else None, found.get(b"in-reply-to", ()), forwarded)


def chunks(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Return the UIDs in rows of a size."""
    return (uids[start : start + size] for start in range(0, len(uids), size))


def batches(
    uids: Sequence[int], sizes: Mapping[int, int], singly: Container[int], bound: int
) -> Iterator[list[int]]:
    """Yield the UIDs that are fetched together: bounded in number and bytes, those in `singly` alone."""
    batch: list[int] = []
    weight = 0
    for uid in uids:
        size = min(sizes[uid], bound)
        alone = uid in singly or (bool(batch) and batch[-1] in singly)
        if batch and (alone or len(batch) == _BATCH_MAILS or weight + size > _BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += size
    if batch:
        yield batch
