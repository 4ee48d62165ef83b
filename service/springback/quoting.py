"""The writer's own text set apart from what is quoted and what is forwarded."""

import re
from dataclasses import dataclass

_MAX_LINES = 5_000
_WIDE = re.compile(r"[ \t]{3,}")  # no pattern below has to cross a run of thousands
_QUOTED_LINE = re.compile(r"^[ \t]{0,3}(?:>|\|[ ]|[A-Z]{1,3}>)")
# "On Mon, 2 Nov 2026 at 10:14, Ada <ada@b.example> wrote:" in eight languages, on one line or two.
_ATTRIBUTION = re.compile(
    r"^(?:on|am|le|el|il|em|op|den|w dniu)\b[^\n]{4,200}(?:\n[^\n]{0,120})?"
    r"(?:wrote|writes|schrieb|schreef|a écrit|écrit|escribió|ha scritto|escreveu|skrev|napisał(?:\(a\))?)"
    r"(?:[^\n]{0,40}|[^\n<]{0,80}(?:\n[^\n<]{0,80})?<\n?[^\n<>]{3,120}>[ ]?):[ \t\u00a0]*$"
    # "Ada <ada@b.example> escreveu (segunda, 2/11/2026 à(s) 10:14):", the name first.
    r"|^[^\n<>]{2,80}<[^\n<>]{3,120}>[ \n](?:escreveu|escribió|wrote|schrieb|a écrit|schreef|ha scritto)[ ]"
    r"\([^\n]{4,60}(?:\n[^\n]{0,40})?\):[ \t\u00a0]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FORWARDED = re.compile(
    r"^[ \t>]*(?:-{2,}[ ]?|begin |anfang der |début du |inicio del? |inizio )"
    r"(?:forwarded message|weitergeleitete[nr]? nachricht|message (?:transféré|réexpédié)|"
    r"mensaje reenviado|messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht)[ \t:-]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = re.compile(
    r"^[ \t]*-{3,}[ ]?(?:original message|ursprüngliche nachricht|originalnachricht|message d'origine|"
    r"mensaje original|messaggio originale|mensagem original|"
    r"oorspronkelijk bericht)[ ]?-{3,}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# Outlook's block: "From:" and "Sent:" or "Date:" on the next lines, in seven languages. A rule of
# underscores alone is an ornament.
_BLOCK = re.compile(
    r"^[* \t]*(?:from|von|de|da|van)[* ]*:[^\n]{2,200}\n"
    r"(?:[^\n]{0,200}\n)?[* \t]*"
    r"(?:sent|date|gesendet|datum|envoyé|enviad[oa](?: el| em)?|fecha|inviato|data|verzonden)[* ]*:",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class SplitText:
    """What the sender wrote, what he quoted, and what he forwarded."""

    own: str
    quoted: str
    forwarded: str


def split_quoted(text: str) -> SplitText:
    """Return the text in its three parts; text below a forward mark is forwarded to the end."""
    text = _WIDE.sub("  ", "\n".join(text.split("\n", _MAX_LINES)[:_MAX_LINES]))
    forwarded = ""
    mark = _FORWARDED.search(text)
    if mark:
        text, forwarded = text[: mark.start()], text[mark.end() :]
    rest = ""
    for pattern in (_ORIGINAL, _BLOCK):
        mark = pattern.search(text)
        if mark:
            text, rest = text[: mark.start()], text[mark.start() :] + rest
    text, attributed = _cut_attribution(text)
    own, quoted = _by_line(text)
    return SplitText(own.strip(), "\n".join(filter(None, (quoted, attributed + rest))), forwarded)


def _cut_attribution(text: str) -> tuple[str, str]:
    """Return the text without attribution lines, and what follows one that quotes to the end."""
    for mark in _ATTRIBUTION.finditer(text):
        below = text[mark.end() :].lstrip("\n")
        if _QUOTED_LINE.match(below):
            continue  # the quote marks its own lines, an answer may stand between them
        if mark[0].count("\n") or below:
            return text[: mark.start()], text[mark.start() :]
    return _ATTRIBUTION.sub("", text), ""


def _by_line(text: str) -> tuple[str, str]:
    own: list[str] = []
    quoted: list[str] = []
    for line in text.split("\n"):
        (quoted if _QUOTED_LINE.match(line) else own).append(line)
    return "\n".join(own), "\n".join(quoted)
