"""What may stand in a command: nothing that ends it, and nothing that announces data of its own.

IMAP's arguments are bytes on one line (RFC 3501 4). A line break would begin another command, and a
number in braces at the end of the line would make the server take the next command for data.
"""

import re
from collections.abc import Iterable, Sequence

from springback.errors import ForbiddenCommandError

_BREAKS = (b"\r", b"\n", b"\0")
_ANNOUNCES = re.compile(rb"\{[0-9]+\+?\}\Z")
_SPECIAL = re.compile(rb"[(){%*\]]")
_SEQUENCE = re.compile(rb"(?:\*|[0-9]+)(?::(?:\*|[0-9]+))?(?:,[0-9:*]+)?")


def require_harmless(name: str, args: Iterable[object]) -> None:
    """Raise ForbiddenCommandError where an argument is more than an argument, nested ones too."""
    for arg in args:
        if isinstance(arg, (list, tuple)):
            require_harmless(name, arg)
        elif arg is not None:
            _require_one_word(name, arg)


def quoted_words(criteria: Sequence[bytes]) -> list[bytes]:
    """Return the keys and words of a search, each word quoted that a server would take for syntax."""
    return [_quoted(one) if _is_syntax(one) else one for one in criteria]


def _require_one_word(name: str, arg: object) -> None:
    try:
        # Not by the object's own methods: a class of bytes may call itself whatever it likes.
        text = str.encode(arg) if isinstance(arg, str) else bytes(memoryview(arg))  # type: ignore[arg-type]
    except (TypeError, UnicodeError):
        raise ForbiddenCommandError(f"Can't send {name}: an argument that is no text") from None
    if any(mark in text for mark in _BREAKS):
        raise ForbiddenCommandError(f"Can't send {name}: a line break or NUL in an argument")
    if _ANNOUNCES.search(text):
        raise ForbiddenCommandError(f"Can't send {name}: an argument that announces data")
    original = getattr(arg, "original", None)  # IMAPClient sends it in the place of what it quoted
    if original is not None:
        _require_unbroken(name, original)


def _require_unbroken(name: str, original: object) -> None:
    text = original if isinstance(original, bytes) else str(original).encode("utf-8", "replace")
    if any(mark in text for mark in _BREAKS):
        raise ForbiddenCommandError(f"Can't send {name}: a line break or NUL in an argument")


def _is_syntax(word: bytes) -> bool:
    if not word.isascii() or word.startswith(b'"'):
        return False  # a literal, or quoted already
    return bool(_SPECIAL.search(word)) and not _SEQUENCE.fullmatch(word)


def _quoted(word: bytes) -> bytes:
    return b'"' + word.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
