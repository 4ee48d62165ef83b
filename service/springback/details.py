"""The company, the role and the person that a mail names; null beats a guess."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import re2

from springback.document import Document
from springback.normal import normalise
from springback.phrases import options
from springback.rule import Detail

_MAX_DETAIL = 80  # characters
_LINES_BELOW = 2
_EDGES = " \t.,;:!?-–—*_\"'“”‘’|"
# What stands in a template's place for a name, and what a mail may hold to be run or to hide.
_PLACEHOLDER = re.compile(r"[{}<>\[\]$%|\\]|https?:|www\.|@")
_ABBREVIATED = re.compile(r"(?:\b[A-Za-z]|\b(?:Ltda|Ltd|Inc|Co|Corp|Cie|Asst))\.$")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Capture:
    """What one expression found."""

    field: str
    value: str
    regex: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a reply may say about the application; None where the mail doesn't tell."""

    company: str | None = None
    role: str | None = None
    name: str | None = None


def find_details(document: Document, details: Sequence[Detail], language: str | None) -> Details:
    """Return the details of a mail, the first expression that finds one deciding.

    Only expressions of the mail's language are tried, and those of files without one: what names a firm
    in one language is any word in another.
    """
    found: dict[str, str] = {}
    for detail in details:
        if language and detail.language not in (language, None):
            continue
        texts = [s.text for s in document.sentences if s.stands_in(detail.where)]
        for capture in captures(detail, texts):
            found.setdefault(capture.field, capture.value)
    company, role = found.get("company"), found.get("role")
    if company and role and normalise(company) in normalise(role):
        company = None  # what is called as the job is no firm: "Analytics Engineer application"
    return Details(company, role, found.get("name"))


def captures(detail: Detail, sentences: Iterable[str]) -> list[Capture]:
    """Return what a detail's expressions find in sentences as written, best expression first."""
    texts = list(sentences)
    if detail.after:
        texts = _below(detail, texts)
    plain = [text.translate(_QUOTES) for text in texts]  # letter by letter, so that places are the same
    found: list[Capture] = []
    for pattern in detail.regexes:
        regex = _compiled(pattern.regex)
        for written, text in zip(texts, plain, strict=True):
            match = regex.search(text)
            if match:
                for field, group in regex.groupindex.items():
                    start, end = match.span(group)
                    value = clean(written[start:end]) if start >= 0 else None
                    if value:
                        found.append(Capture(field, value, pattern.source))
    return found


def _below(detail: Detail, texts: list[str]) -> list[str]:
    """Return the lines that stand right below one that a pattern of `after` finds, the last first."""
    regexes = [_compiled(pattern.regex) for pattern in detail.after]
    found: list[str] = []
    for number, text in enumerate(texts[:-1]):
        words = f" {normalise(text)} "
        if any(regex.search(words) for regex in regexes):
            found = [*texts[number + 1 : number + 1 + _LINES_BELOW], *found]
    return found


def clean(value: str) -> str | None:
    """Return the value fit to be written in a letter, or None where it isn't."""
    value = " ".join(_INVISIBLE.sub(" ", value).split())
    dot = "." if _ABBREVIATED.search(value) else ""  # the firm "Halden & Co.", the role "Asst. Manager"
    value = value.strip(_EDGES) + dot
    for opening, closing in ("()", "[]"):
        if value.count(opening) != value.count(closing):
            value = value.partition(opening)[0].strip(_EDGES + opening + closing)
    if not 2 <= len(value) <= _MAX_DETAIL or _PLACEHOLDER.search(value):  # noqa: PLR2004
        return None
    return value if any(letter.isalpha() for letter in value) else None


@lru_cache(maxsize=1024)
def _compiled(source: str) -> re2._Regexp:
    return re2.compile(source, options())
