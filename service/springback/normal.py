"""Text and phrases in one normal form, so that spelling variants compare equal."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

# Letters that Unicode doesn't decompose, and the quotes that stand for an apostrophe.
_LETTERS = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "＇": "'",
}
# Marks that are frequent in mail: replaced first, since most text is ASCII then, and ASCII is quick.
_FREQUENT = {"’": "'", "‘": "'"} | dict.fromkeys("\u00a0“”–—•…", " ")
# Combining marks, soft hyphens, zero-width and bidirectional controls: seen by nobody.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MARK = re.compile(r"[^\x00-\x7f\w]+")  # such as emoji and bullets
_STRAY_APOSTROPHE = re.compile(rb"(?<![0-9a-z])'+|'+(?![0-9a-z])")
_KEPT = "abcdefghijklmnopqrstuvwxyz0123456789'"
_ASCII = bytes(
    ord("'" if mark == "`" else mark.lower() if mark.lower() in _KEPT else " ")
    for mark in map(chr, range(256))
)


def fold(text: str) -> str:
    """Return the text without case, accents, invisible characters and quote styles.

    The result for a text is that of its characters one after the other.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = unicodedata.normalize("NFKD", _replace(text, _LETTERS).casefold()).casefold()
    return _INVISIBLE.sub("", _replace(folded, _LETTERS))


def normalise(text: str) -> str:
    """Return the words of the text, folded, one space between two; punctuation is gone."""
    if not text.isascii():
        text = _replace(text, _FREQUENT)
    if not text.isascii():
        text = _MARK.sub(" ", fold(text))
    if not text.isascii():
        return " ".join(_WORD.findall(text))
    words = text.encode().translate(_ASCII)
    if b"'" in words:
        words = _without_stray_apostrophes(b" %b " % words)
    return b" ".join(words.split()).decode()


def original_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the part `start:end` of `normalise(text)` stands in `text` itself."""
    origins: Sequence[int]
    if text.isascii():  # folds letter by letter
        folded, origins = list(fold(text)), range(len(text))
    else:
        pairs = [(piece, at) for at, letter in enumerate(text) for piece in fold(letter)]
        folded, origins = [piece for piece, _ in pairs], [at for _, at in pairs]
    first = last = None
    position = 0
    for word in _WORD.finditer("".join(folded)):
        length = word.end() - word.start()
        if first is None and start < position + length:
            first = origins[word.start() + max(0, start - position)]
        if position < end:
            last = origins[word.start() + min(length, end - position) - 1]
        position += length + 1
    if first is None or last is None:
        return 0, len(text)
    return first, last + 1


def _without_stray_apostrophes(words: bytes) -> bytes:
    """Return the words with apostrophes only between letters; the expression is five times as slow."""
    if b"''" in words:
        return _STRAY_APOSTROPHE.sub(b" ", words)
    return words.replace(b" '", b"  ").replace(b"' ", b"  ")


def _replace(text: str, plain: Mapping[str, str]) -> str:
    for letter, instead in plain.items():
        if letter in text:  # str.translate costs ten times as much for the few that there are
            text = text.replace(letter, instead)
    return text
