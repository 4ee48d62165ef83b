"""Text laid out as format=flowed (RFC 3676): paragraphs reflow on a phone, quotes stay quotes."""

import textwrap

_WIDTH = 72  # characters, as RFC 3676 4.2 recommends
_QUOTED_WIDTH = 76  # a line of 72 that is quoted stays one line


def flow(text: str) -> str:
    """Return the text with each paragraph's lines joined softly and "From ", ">" and " " stuffed."""
    return "\n".join(_soft(line, "") for line in text.split("\n"))


def flow_quoted(text: str) -> str:
    """Return the text as quoted one level deep."""
    return "\n".join(_soft(line, ">") for line in text.split("\n"))


def _soft(line: str, mark: str) -> str:
    line = line.rstrip()
    if not line:
        return mark
    if line == "--" and not mark:
        return "-- "  # the signature mark is the one fixed line that ends in a space
    width = _QUOTED_WIDTH if mark else _WIDTH
    pieces = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return " \n".join(mark + _stuffed(piece, mark) for piece in pieces)


def _stuffed(piece: str, mark: str) -> str:
    if mark:
        return piece if piece.startswith(">") else f" {piece}"
    return f" {piece}" if piece.startswith((" ", ">", "From ")) else piece
