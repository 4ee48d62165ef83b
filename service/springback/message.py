"""A mail as a value: who wrote it to whom, and what it says."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from springback.headers import Address, Headers, header_is_cut, parse_headers, split_header
from springback.parts import TextPart, text_parts
from springback.quoting import split_quoted
from springback.tags import BLOCKS

_MAX_WORDS_TEXT = 131_072  # characters that rules look at
_MAX_LETTER_PARTS = 8  # text parts that make up a letter, or are attached to it as mails
_MAX_REPLIES = 3  # addresses in Reply-To; nobody asks for answers to more
_STUB = 200  # characters; a plain part shorter than this beside much HTML is no version of it
_TAG = re.compile(r"<[^<>]*>")
# A tag that `visible_text` makes no break of: anything but these.
_BREAKS = "|".join(sorted((*BLOCKS, "br")))
_INLINE = rf"(?!/?(?:{_BREAKS})(?:[\s/>]))/?[a-zA-Z][^<>]*>"
_INLINE_TAG = re.compile(f"<{_INLINE}", re.IGNORECASE)
_LETTER = r"[^\s<>.,:!?()\"]"
_WITHIN_WORD = re.compile(f"<(?<={_LETTER}<){_INLINE}(?:<{_INLINE})*{_LETTER}", re.IGNORECASE)
_ENTITY = re.compile(r"&#?\w{1,32};?")  # unescape() alone raises on a number of 5,000 digits
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_UNSEEN = re.compile(r"<(style|script)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """What the rules, the reply and the ledger need to know of a mail."""

    headers: Headers
    message_id: str | None
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    reply_to: tuple[Address, ...]
    recipients: tuple[Address, ...]
    date: datetime | None
    text: str
    quoted: str
    forwarded: str
    cut: bool
    fingerprint: str


def parse_message(raw: bytes, *, whole: bool = True) -> Message:
    """Return the mail; never raises, and reads no more than the bounds of `headers` and `parts`.

    `whole` is False where the mail is longer than `raw`.
    """
    headers = parse_headers(raw)
    parts = text_parts(raw, whole=whole)
    body, cut = _letter(parts)
    split = split_quoted(body[:_MAX_WORDS_TEXT])
    attached = [part for part in parts if part.embedded][:_MAX_LETTER_PARTS]
    embedded = "\n\n".join(_texts(part)[0] for part in attached)
    ids = headers.ids("message-id")
    senders = headers.addresses("from")
    return Message(
        headers=headers,
        message_id=ids[0] if len(ids) == 1 and headers.count("message-id") == 1 else None,
        references=headers.ids("references") or headers.ids("in-reply-to")[:1],
        subject=headers.text("subject"),
        sender=senders[0] if senders else None,
        reply_to=headers.addresses("reply-to")[:_MAX_REPLIES],
        recipients=headers.addresses("to") + headers.addresses("cc"),
        date=headers.date(),
        text=split.own,
        quoted=split.quoted,
        forwarded="\n\n".join(filter(None, (split.forwarded, embedded))),
        cut=cut or len(body) > _MAX_WORDS_TEXT or header_is_cut(raw),
        fingerprint=fingerprint(raw, headers),
    )


def fingerprint(raw: bytes, headers: Headers) -> str:
    """Return a hash of who, when, what and the first 64 KiB of body: the mail's identity.

    A mail with a known Message-ID and another fingerprint is another mail.
    """
    parts = [headers.raw(name).encode() for name in ("from", "date", "subject", "message-id")]
    body = raw[split_header(raw)[1] :][:65_536].replace(b"\r\n", b"\n").rstrip()
    return hashlib.sha256(b"\0".join([*parts, body])).hexdigest()


def letter_is_cut(raw: bytes) -> bool:
    """Return whether the letter itself, not only an attachment, goes on behind these bytes."""
    return any(part.cut and not part.attached for part in text_parts(raw, whole=False))


def calendar_texts(raw: bytes) -> tuple[str, ...]:
    """Return the calendar parts of a mail itself, each once (invitations carry them twice)."""
    texts = (part.text for part in text_parts(raw) if part.subtype == "calendar" and not part.embedded)
    return tuple(dict.fromkeys(texts))[:_MAX_LETTER_PARTS]


def rough_text(raw: bytes, fields: Iterable[str] = ()) -> str:
    """Return all words of the mail in a crude way, hidden and quoted ones too, at a tenth of the cost.

    `fields` names header fields to be read besides From and Subject. Rules that find nothing here
    find nothing in `parse_message` either.
    """
    names = ("subject", "from", *fields)
    headers = parse_headers(raw, {name.encode() for name in names})
    texts = [headers.text(name) for name in names]
    for part in text_parts(raw):
        if part.attached or part.subtype not in ("plain", "html"):
            continue
        texts += _rough_html(part.text) if part.subtype == "html" else [part.text]
    return "\n".join(texts)


def _rough_html(html: str) -> list[str]:
    """Return the words; where tags stand within words, once more without those tags."""
    # Comments are sought up to the last end of one only: no hostile mail makes this quadratic.
    closed, mark, rest = html.rpartition("-->")
    html = _UNSEEN.sub(" ", _COMMENT.sub("", closed + mark) + rest)
    texts = [_TAG.sub(" ", html)]
    if _WITHIN_WORD.search(html):
        texts.append(_TAG.sub(" ", _INLINE_TAG.sub("", html)))
    return [_ENTITY.sub(lambda entity: unescape(entity[0]), text) for text in texts]


def _letter(parts: Sequence[TextPart]) -> tuple[str, bool]:
    """Return the text of the letter itself, the better of two versions, and whether it was cut."""
    own = [part for part in parts if not part.attached and not part.embedded]
    texts: list[str] = []
    cut = False
    done: set[int] = set()
    for part in own:
        if part.alternatives is not None:
            if part.alternatives in done:
                continue
            done.add(part.alternatives)
            versions = [other for other in own if other.alternatives == part.alternatives]
            text, was_cut = _better(versions)
        elif part.subtype in ("plain", "html"):
            text, was_cut = _texts(part)
        else:
            continue
        texts.append(text)
        cut = cut or was_cut
        if sum(map(len, texts)) > _MAX_WORDS_TEXT or len(texts) == _MAX_LETTER_PARTS:
            return "\n\n".join(filter(None, texts)), True
    return "\n\n".join(filter(None, texts)), cut


def _better(versions: Sequence[TextPart]) -> tuple[str, bool]:
    """Return the plain version, unless it only says that there is an HTML one."""
    plain = [part for part in versions if part.subtype == "plain"]
    html = [part for part in versions if part.subtype == "html"]
    text, cut = _joined(plain)
    is_code = "<html" in text[:500].lower()
    if html and (is_code or len(text) < _STUB):
        seen, seen_cut = _joined(html)
        if seen and (is_code or len(seen) > len(text)):
            return seen, seen_cut
    return text, cut


def _joined(parts: Sequence[TextPart]) -> tuple[str, bool]:
    texts = [_texts(part) for part in parts]
    return "\n\n".join(text for text, _ in texts), any(cut for _, cut in texts)


def _texts(part: TextPart) -> tuple[str, bool]:
    if part.subtype == "html":
        from springback.visible import visible_text  # noqa: PLC0415 - dear, and plain text needs none

        text, cut = visible_text(part.text)
        return text, cut or part.cut
    return part.text, part.cut
