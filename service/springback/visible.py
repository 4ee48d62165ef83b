"""What a reader sees of an HTML mail, as text: hidden parts left out, quoted parts marked."""

import re

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from springback.tags import BLOCKS

MAX_HTML = 524_288  # characters
_MAX_TAGS = 20_000
_MAX_DEPTH = 240  # libxml2 drops text silently below 256

_UNSEEN = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "svg"})
# Elements that hold nothing or that the parser closes by itself; a table nests three levels.
_FLAT = frozenset(
    """
    area base br col dd dt embed hr img input li link meta p param source td th tr track wbr
    """.split()  # noqa: SIM905 - as above
)
_TABLE_DEPTH = 3
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|"
    r"(?:font-size|max-height|opacity)\s*:\s*0(?:\.0+)?\s*+(?:px|pt|em|%)?\s*+(?:;|!|$)",
    re.IGNORECASE,
)
_COLOR = re.compile(r"(?:^|;)\s*color\s*:\s*(#?\w+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*(#?\w+)", re.IGNORECASE)
_QUOTE_CLASS = re.compile(r"gmail_quote|yahoo_quoted|protonmail_quote|moz-cite|cite", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^<>]*?(/?)>")  # *+: a name is read once
_ANY_TAG = re.compile(r"<[^<>]*>")
_PROLOG = re.compile(r"<\?xml", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MANY_BREAKS = re.compile(r"(?<![ \t])[ \t]*\n(?:[ \t]*\n)+[ \t]*")


def visible_text(html: str) -> tuple[str, bool]:
    """Return the visible text and whether something had to be left out.

    Blocks are paragraphs, `<br>` is a line break, and what a mail program marked as quoted stands
    behind "> ". HTML that nests more deeply than the parser can follow is flattened first.
    """
    end, depth = _bounds(html)
    cut = end < len(html)
    html = html[:end]
    if depth > _MAX_DEPTH:
        html, cut = _ANY_TAG.sub(" ", html), True
    # Without these two changes the parser warns of what looks like XML, an address or a file name.
    soup = BeautifulSoup("\n" + _PROLOG.sub("<?", html), "lxml")
    pieces: list[str] = []
    _walk(soup, pieces)
    text = _MANY_BREAKS.sub("\n\n", "".join(pieces))
    return text.strip(), cut


def _walk(soup: BeautifulSoup, pieces: list[str]) -> None:
    node: PageElement | None = soup.contents[0] if soup.contents else None
    open_tags: list[tuple[PageElement | None, str]] = []  # (element behind the tag, text to emit)
    quoted_until: PageElement | None = None
    quoting = False
    while node is not None:
        while open_tags and open_tags[-1][0] is node:
            pieces.append(open_tags.pop()[1])
        if quoting and node is quoted_until:
            quoting = False
        if isinstance(node, Tag):
            after = _behind(node)
            if _hidden(node):
                node = after
                continue
            if not quoting and _is_quote(node):
                quoting, quoted_until = True, after
            if node.name == "br":
                pieces.append("\n> " if quoting else "\n")
            elif node.name in BLOCKS:
                edge = "\n\n> " if quoting else "\n\n"
                pieces.append(edge)
                open_tags.append((after, edge if quoting and after is not quoted_until else "\n\n"))
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            pieces.append(_text_of(node, quoting=quoting))
        node = node.next_element


def _behind(tag: Tag) -> PageElement | None:
    """Return the element that follows the tag's last descendant."""
    return tag._last_descendant().next_element  # type: ignore[union-attr]  # noqa: SLF001 - the public walk visits each descendant


def _text_of(node: NavigableString, *, quoting: bool) -> str:
    if node.parent is not None and node.parent.name == "pre":
        return node.replace("\n", "\n> ") if quoting else str(node)
    return _SPACE.sub(" ", node)


def _hidden(tag: Tag) -> bool:
    if tag.name in _UNSEEN or tag.has_attr("hidden"):
        return True
    style = tag.get("style")
    if not isinstance(style, str) or not style:
        return False
    if _HIDDEN_STYLE.search(style):
        return True
    color, background = _COLOR.search(style), _BACKGROUND.search(style)
    return bool(color and background and color[1].lower() == background[1].lower())


def _is_quote(tag: Tag) -> bool:
    if tag.name not in ("blockquote", "div"):
        return False
    classes = tag.get("class")
    names = " ".join(classes) if isinstance(classes, list) else str(classes or "")
    return tag.get("type") == "cite" or (tag.name == "blockquote" and bool(_QUOTE_CLASS.search(names)))


def _bounds(html: str) -> tuple[int, int]:
    """Return how much of the HTML is read, and how deeply that nests at most."""
    deepest = depth = 0
    for number, match in enumerate(_TAG.finditer(html, 0, MAX_HTML)):
        if number == _MAX_TAGS:
            return match.start(), deepest
        name = match[2].lower()
        if name not in _FLAT and not match[3]:
            step = _TABLE_DEPTH if name == "table" else 1
            depth = max(0, depth - step) if match[1] else depth + step
            deepest = max(deepest, depth)
    return min(len(html), MAX_HTML), deepest
