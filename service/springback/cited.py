"""What stands in quotation marks: somebody else's words, which are no evidence.

A few words in quotation marks are the name of something and stay where they are.
"""

import re
from collections.abc import Iterator

_LENGTH = "{20,1500}"  # characters
_MIN_SPACES = 3  # four words: shorter quotes are titles of jobs
_STANDS_FOR = "\u2026"
_CITATION = re.compile(
    "|".join(
        [
            rf"[\u201c\u201e](?:[^\u201c\u201d\u201e\n]|\n(?![ \t]{{0,80}}\n)){_LENGTH}[\u201d\u201c]",
            rf"\u00ab(?:[^\u00ab\u00bb\n]|\n(?![ \t]{{0,80}}\n)){_LENGTH}\u00bb",
            rf"\u00bb(?:[^\u00ab\u00bb\n]|\n(?![ \t]{{0,80}}\n)){_LENGTH}\u00ab",
            # The same mark at both ends: an opening one stands before a word, a closing one behind it.
            rf'(?<![^\s(\[:])"(?=\S)(?:[^"\n]|\n(?![ \t]{{0,80}}\n)){_LENGTH}(?<=\S)"(?!\w)',
        ]
    )
)


def split_cited(text: str) -> tuple[str, str]:
    """Return the text without what is cited in it, and the citations, one paragraph each."""
    if not any(mark in text for mark in '\u201c\u201e\u00ab\u00bb"'):
        return text, ""
    citations = list(_citations(text))
    own, start = [], 0
    for match in citations:
        own.append(text[start : match.start()] + _STANDS_FOR)
        start = match.end()
    return "".join([*own, text[start:]]), "\n\n".join(match[0][1:-1] for match in citations)


def _citations(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _CITATION.finditer(text) if match[0].count(" ") >= _MIN_SPACES)
