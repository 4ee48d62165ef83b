"""The sentences of a text: the unit in which rules and guards look."""

import re

_MAX_SENTENCE = 1000  # characters; a run without full stops must not share one guard
_WRAPPED_LINE = 45  # characters; a shorter line before a capital ends a heading or a list item

_BREAK = re.compile(
    r"""
      \n[ \t]*\n\s*                                  # a blank line
    | \n[ \t]*(?=(?:[-*\u2022\u00b7\u2013>]|\d{1,2}[.)])[ \t])   # a list item
    | (?<=[.!?\u2026:])["'\u201d\u2019)\]]*\s*\n     # a line that ends a sentence
    | (?<=[.!?\u2026])["'\u201d\u2019)\]]*[ \t\u00a0]+(?=["'\u201c\u2018\u00bf\u00a1(\[]?[^\Wa-z_])
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|mr|mrs|ms|dr|prof|st|no|nr|ref|req|vs|etc|eg|ie|inc|ltd|co|corp|dept|approx|"
    r"z\.\s?b|d\.\s?h|u\.\s?a|bzw|ca|ggf|inkl|str|tel|hr|fr|mme|mlle|sr|sra|dott|ing|dhr|mevr|"
    r"avv|prof\.ssa|dott\.ssa|sig|sig\.ra|s\.v|e\.g|i\.e|a\.m|p\.m)\.$",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


def split_sentences(text: str) -> list[str]:
    """Return the sentences in order, white space collapsed, none empty, each bounded in length.

    Lines that a mail program wrapped are joined again; headings, list items and greetings stand
    alone.
    """
    sentences: list[str] = []
    for piece in _pieces(text):
        for line in _unwrap(piece):
            sentence = _SPACE.sub(" ", line).strip()
            while len(sentence) > _MAX_SENTENCE:
                cut = sentence.rfind(" ", 1, _MAX_SENTENCE)
                cut = cut if cut > 0 else _MAX_SENTENCE
                sentences.append(sentence[:cut])
                sentence = sentence[cut:].lstrip()
            if sentence:
                sentences.append(sentence)
    return sentences


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        before = text[start : match.start()]
        if before.endswith(".") and _ABBREVIATION.search(before[-12:]):
            continue
        pieces.append(before)
        start = match.end()
    pieces.append(text[start:])
    return pieces


def _unwrap(piece: str) -> list[str]:
    lines = [stripped for line in piece.split("\n") if (stripped := line.strip())]
    if len(lines) < 2:  # noqa: PLR2004 - one line needs no joining
        return lines
    joined = [lines[0]]
    length = len(lines[0])
    for line in lines[1:]:
        if length < _WRAPPED_LINE and line[0].isupper():
            joined.append(line)
        else:
            joined[-1] += " " + line
        length = len(line)
    return joined
