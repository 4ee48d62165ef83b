"""The text parts of a mail (RFC 2046), found in linear time whatever the mail claims.

The standard library's parser costs seconds on hostile nesting and on many parts, so this reader
bounds size, parts and depth while it reads; tests compare the two on real mail.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as HeaderParameters
from functools import lru_cache

from springback.charsets import decode_base64, decode_text
from springback.headers import split_header

MAX_RAW = 1_048_576  # bytes read of one mail
MAX_PARTS = 200
MAX_DEPTH = 20
MAX_TEXT = 262_144  # bytes of one decoded text part

_HEADER = re.compile(
    rb"^(content-type|content-transfer-encoding|content-disposition)[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_AFTER_DELIMITER = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_MAX_PARAMETER = 2_000  # characters
_NEWLINE = 0x0A


@dataclass(frozen=True, slots=True)
class TextPart:
    """A decoded text part and where it stands."""

    subtype: str  # "plain", "html", "calendar", …
    text: str
    alternatives: int | None  # which multipart/alternative it is a version of
    embedded: bool  # inside an attached or forwarded message
    attached: bool  # a file, not a part of the letter
    cut: bool  # longer than the bound, or the mail ended in it


@dataclass(frozen=True, slots=True)
class _Entity:
    start: int
    end: int
    depth: int
    alternatives: int | None
    embedded: bool
    default_type: str = "text/plain"


def text_parts(raw: bytes, *, whole: bool = True) -> tuple[TextPart, ...]:
    """Return the text parts in their order; never raises. `whole` is False where more was not read."""
    return tuple(_walk(raw[:MAX_RAW], truncated=not whole or len(raw) > MAX_RAW))


def _walk(raw: bytes, *, truncated: bool) -> Iterator[TextPart]:
    stack = [_Entity(0, len(raw), 0, None, embedded=False)]
    seen = 0
    while stack and seen < MAX_PARTS:
        entity = stack.pop()
        seen += 1
        head = raw[entity.start : entity.end]
        head_end, body = (entity.start + offset for offset in split_header(head))
        fields = _content_fields(raw[entity.start : head_end])
        content_type, boundary, charset = _parameters(
            fields.get("content-type", entity.default_type), entity.default_type
        )
        attached = fields.get("content-disposition", "").strip().lower().startswith("attachment")
        is_mail = content_type in ("message/rfc822", "message/global")
        is_tree = content_type.startswith("multipart/") and bool(boundary)
        if (is_tree or is_mail) and entity.depth == MAX_DEPTH:
            yield _left_out(embedded=entity.embedded or is_mail)
        elif is_tree:
            children = _children(raw, body, entity, content_type, boundary, seen)
            stack += reversed(children)
        elif is_mail:
            stack.append(_Entity(body, entity.end, entity.depth + 1, None, embedded=True))
        elif content_type.startswith("text/") or content_type == "application/ics":
            data = _decoded(raw[body : entity.end], fields.get("content-transfer-encoding", ""))
            yield TextPart(
                content_type[5:] if content_type.startswith("text/") else "calendar",
                decode_text(data[:MAX_TEXT], charset).replace("\r\n", "\n").replace("\r", "\n"),
                entity.alternatives,
                entity.embedded,
                attached,
                cut=len(data) > MAX_TEXT or (truncated and entity.end == len(raw)),
            )
    if stack:
        yield _left_out(embedded=all(entity.embedded for entity in stack))


def _left_out(*, embedded: bool) -> TextPart:
    """Return what stands for parts that are too many or too deep: nothing, and that it was cut."""
    return TextPart("plain", "", None, embedded, attached=False, cut=True)


def _children(
    raw: bytes, body: int, entity: _Entity, content_type: str, boundary: bytes, seen: int
) -> list[_Entity]:
    delimiter = b"--" + boundary
    starts: list[int] = []
    ends: list[int] = []
    position = max(entity.start, body - 1)
    while len(starts) <= MAX_PARTS:
        found = raw.find(delimiter, position, entity.end)
        if found < 0:
            break
        position = found + len(delimiter)
        tail = _AFTER_DELIMITER.match(raw, position, entity.end)
        if tail is None or (found > body and raw[found - 1] != _NEWLINE):
            continue
        ends.append(found)
        if tail[1]:
            break
        starts.append(tail.end())
    ends = [*ends[1:], entity.end][: len(starts)]
    alternatives = seen if content_type == "multipart/alternative" else entity.alternatives
    default = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    return [
        _Entity(start, max(start, end), entity.depth + 1, alternatives, entity.embedded, default)
        for start, end in zip(starts, ends, strict=True)
    ]


def _content_fields(head: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in _HEADER.findall(head):
        text = value[:_MAX_PARAMETER].decode("latin-1")
        fields.setdefault(name.decode().lower(), re.sub(r"\r?\n", "", text).strip())
    return fields


@lru_cache(maxsize=512)
def _parameters(value: str, default: str) -> tuple[str, bytes, str | None]:
    header = HeaderParameters()
    header.set_default_type(default)
    try:
        header["Content-Type"] = value
        content_type = header.get_content_type()
        boundary = header.get_boundary() or ""
        charset = header.get_param("charset")
    except (ValueError, TypeError, IndexError, LookupError, RecursionError):
        return default, b"", None
    charset = charset if isinstance(charset, str) else charset[2] if charset else None
    return content_type, boundary.encode("latin-1", "replace"), charset


def _decoded(data: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().strip('"').lower()
    if encoding == "base64":
        return decode_base64(data[: MAX_TEXT * 2])
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data[: MAX_TEXT * 4])
    return data
