"""Text and phrases in one normal form, so that spelling variants compare equal."""

import re
import unicodedata

# Letters that Unicode doesn't decompose, and the quotes that stand for an apostrophe.
_LETTERS = str.maketrans(
    {
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
)
# Combining marks, soft hyphens, zero-width and bidirectional controls: seen by nobody.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_STRAY_APOSTROPHE = re.compile(r"(?<![^\W_])'+|'+(?![^\W_])")
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_ASCII[ord("'")] = _ASCII[ord("`")] = "'"


def fold(text: str) -> str:
    """Return the text without case, accents, invisible characters and quote styles.

    The result for a text is that of its characters one after the other.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold()).casefold()
    return _INVISIBLE.sub("", folded.translate(_LETTERS))


def normalise(text: str) -> str:
    """Return the words of the text, folded, one space between two; punctuation is gone."""
    if text.isascii():
        text = text.translate(_ASCII)
        if "'" in text:
            text = _STRAY_APOSTROPHE.sub(" ", text)
        return " ".join(text.split())
    return " ".join(_WORD.findall(fold(text)))


def original_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the part `start:end` of `normalise(text)` stands in `text` itself."""
    folded: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for piece in fold(character):
            folded.append(piece)
            origins.append(index)
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
