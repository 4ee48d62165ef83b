"""Bytes of a mail to text, whatever charset they claim."""

import binascii
import codecs
import re
from functools import lru_cache

# Codecs that aren't charsets of any mail, or whose cost a sender could choose.
_REFUSED = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]+\?[bBqQ]\?)")


@lru_cache(maxsize=256)
def _codec(charset: str) -> str | None:
    try:
        name = codecs.lookup(charset.strip(" \"'")).name
        b"\0\0\0\0".decode(name)  # refuses zlib, rot13 and other codecs that make no text
    except (LookupError, ValueError, TypeError):
        return None
    if name == "iso8859-1":  # declared where Windows-1252 is written, its quotes and dashes above all
        return "cp1252"
    return None if name in _REFUSED else name


def decode_text(data: bytes, charset: str | None) -> str:
    """Return the text of the bytes; never raises.

    The declared charset is tried first, unless it is a one-byte charset and the bytes are valid
    UTF-8, which hardly happens by accident; then UTF-8, then the declared charset, Windows-1252
    where none is known, with replacements.
    """
    if data.isascii() and not (charset and _is_stateful(charset)):
        return data.decode("ascii")
    declared = _codec(charset) if charset else None
    if declared is None or not declared.startswith(("utf", "gb", "big5", "euc", "iso2022", "shift")):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in (declared, "utf-8"):
        if name:
            try:
                return _storable(data.decode(name))
            except (UnicodeDecodeError, ValueError):
                continue
    guess = "cp1252" if declared in (None, "ascii") else declared
    return _storable(data.decode(guess, errors="replace"))


def _storable(text: str) -> str:
    """Return the text without the half letters that UTF-7 can hold and that nothing can store."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_stateful(charset: str) -> bool:
    """Return whether ASCII bytes may mean other letters: UTF-7, UTF-16, ISO-2022, HZ."""
    name = _codec(charset) or ""
    return name.startswith(("utf-7", "utf-16", "utf-32", "iso2022", "hz"))


def decode_words(value: str) -> str:
    """Return a header value with its encoded words (RFC 2047) decoded; broken ones stay as is."""
    if "=?" not in value:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value)
    pieces: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        charset, data = match[1].lower(), _word_bytes(match[2], match[3])
        between = value[end : match.start()]
        if between or charset != pending_charset:
            pieces += [decode_text(pending, pending_charset), between]
            pending = b""
        # Some mailers cut a letter in two words: adjacent words are decoded together.
        pending, pending_charset, end = pending + data, charset, match.end()
    return "".join([*pieces, decode_text(pending, pending_charset), value[end:]])


def _word_bytes(encoding: str, data: str) -> bytes:
    raw = data.encode("utf-8")
    return decode_base64(raw) if encoding in "bB" else binascii.a2b_qp(raw, header=True)


def decode_base64(data: bytes) -> bytes:
    """Return what base64 data holds; foreign characters and a broken end are passed over."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        whole = clean[: len(clean) - (len(clean) % 4 == 1)]
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
