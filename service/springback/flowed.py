"""Text laid out as format=flowed (RFC 3676): paragraphs reflow on a phone, quotes stay quotes."""

import textwrap

_WIDTH = 72  # characters, as RFC 3676 4.2 recommends
_QUOTED_WIDTH = 76  # with the quote marks; a space before the text and one behind it make 78


def flow(text: str) -> str:
    """Return the text with each paragraph's lines joined softly and "From ", ">" and " " stuffed."""
    return "\n".join(_flowed(line) for line in text.split("\n"))


def flow_quoted(text: str) -> str:
    """Return the text as quoted one level deep; what is quoted in it already, one level deeper."""
    return "\n".join(_quoted(line) for line in text.split("\n"))


def _flowed(line: str) -> str:
    line = line.rstrip()
    if line == "--":
        return "-- "  # the signature mark is the one fixed line that ends in a space
    return " \n".join(map(_stuffed, _wrapped(line, _WIDTH)))


def _quoted(line: str) -> str:
    text = line.rstrip().lstrip(">")
    mark = ">" * (len(line.rstrip()) - len(text) + 1)
    pieces = _wrapped(text.removeprefix(" "), max(_WIDTH // 2, _QUOTED_WIDTH - len(mark)))
    return " \n".join(f"{mark} {piece}".rstrip() for piece in pieces)


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]


def _stuffed(piece: str) -> str:
    return f" {piece}" if piece.startswith((" ", ">", "From ")) else piece
