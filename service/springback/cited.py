"""What stands in quotation marks: somebody else's words, which are no evidence.

A few words in quotation marks are the name of something and stay where they are.
"""

import re
from collections.abc import Iterator

_LENGTH = "{0,1500}"  # characters
_MIN_LENGTH = 20
_MIN_SPACES = 3  # four words: shorter quotes are titles of jobs
_STANDS_FOR = "\u2026"
_LINE_BREAK = r"\n(?![ \t]{0,80}\n)"
_DOUBLE = rf"(?:[^\u201c\u201d\u201e\n]|{_LINE_BREAK})"
_ANGLED = rf"(?:[^\u00ab\u00bb\n]|{_LINE_BREAK})"
_NO_END = r"(?<![\w.,!?;\u2026])"  # where nothing ends, a mark that may open or close opens
# Short quotes are read too, in the order of the text: else the end of one would open the next.
_CITATION = re.compile(
    "|".join(
        [
            rf"(?:\u201e|{_NO_END}\u201c(?=\S)){_DOUBLE}{_LENGTH}(?:\u201d|(?<=\S)\u201c)",
            rf"{_NO_END}\u00ab{_ANGLED}{_LENGTH}\u00bb",
            rf"{_NO_END}\u00bb(?=\w){_ANGLED}{_LENGTH}\u00ab",
            # The same mark at both ends: an opening one stands before a word, a closing one behind it.
            rf'(?<![^\s(\[:])"(?=\S)(?:[^"\n]|{_LINE_BREAK}){_LENGTH}(?<=\S)"(?!\w)',
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
    for match in _CITATION.finditer(text):
        if len(match[0]) >= _MIN_LENGTH + 2 and match[0].count(" ") >= _MIN_SPACES:
            yield match
