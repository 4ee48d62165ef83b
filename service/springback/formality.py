"""Whether a letter says Sie or du: the words of address, counted."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from springback.addresswords import FORMS, Forms

_MAX_TEXT = 20_000  # characters
_MAX_LINES = 6  # that a salutation is sought in
_MAX_LINE = 80  # characters of a salutation or a closing
_TOLD_BY = 8  # words of address: a footer behind them doesn't matter
_FIRST = 3  # of them count twice: a letter begins as it is meant
_CLEAR, _WEAK = 2, 1
_MARGIN = 2  # times as much must speak for one as for the other

# No part of a web address, and not the "u" of "a.u.b."; possessive, so that no text makes it slow.
_WORD = re.compile(r"(?<![\w.@/=])[^\W\d_]++(?:['’](?=\w))?+(?![.@]\w)")
_QUOTES = " \t\r\n\"'“”„‟«»‹›‚‘’(["
_WITHIN = ",)"  # marks after which a sentence goes on


def is_formal(text: str, language: str | None) -> bool | None:
    """Return whether the letter says Sie, vous, usted, u or Lei to its reader; None where it doesn't tell.

    Portuguese "você" is formal here: it is what fits where nobody says "tu".
    """
    forms = FORMS.get((language or "")[:2].lower())
    if forms is None:
        return None
    lines = unicodedata.normalize("NFC", text[:_MAX_TEXT]).split("\n")
    formal = _CLEAR if _greets_formally(lines, forms) else 0
    informal = casual = 0
    for number, weight in enumerate(islice(_evidence(_letter(lines, forms), forms), _TOLD_BY)):
        times = 2 if number < _FIRST else 1
        if weight > 0:
            formal += times * weight
        elif weight:
            informal -= times * weight
        else:
            casual += _WEAK
    if not formal:
        informal += casual
    if max(formal, informal) < _MARGIN * min(formal, informal) or formal == informal:
        return None
    return formal > informal


def _greets_formally(lines: list[str], forms: Forms) -> bool:
    first = islice((line.strip() for line in lines if line.strip()), _MAX_LINES)
    return any(forms.salutation.match(line[:_MAX_LINE].lower()) for line in first)


def _letter(lines: list[str], forms: Forms) -> str:
    """Return the letter up to its closing: teams, slogans and legal notes come after it."""
    seen = 0
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        seen += 1
        if seen > 2 and len(stripped) <= _MAX_LINE and forms.closing.match(stripped.lower()):  # noqa: PLR2004 - some letters open with "Saludos"
            return "\n".join(lines[: number + 1])
    return "\n".join(lines)


def _evidence(text: str, forms: Forms) -> Iterator[int]:
    """Yield a weight for each word of address: above 0 formal, below 0 informal, 0 casual."""
    words = list(_WORD.finditer(text))
    end, before = 0, ""
    for number, found in enumerate(words):
        word, gap = found[0].replace("’", "'"), text[end : found.start()]
        lower, last, end = word.lower(), before, found.end()
        before = lower
        if len(word) > 1 and word.isupper():
            continue  # TI is the department and no pronoun
        if len(word) == 1 and gap.rstrip()[-1:].isdigit():
            continue  # a unit: "14 u"
        if last in forms.not_after.get(lower, ()):
            continue
        following = words[number + 1][0] if number + 1 < len(words) else ""
        weight = _weight(word, following, forms, within=_within_sentence(gap, number))
        if weight is not None:
            yield weight


def _weight(word: str, following: str, forms: Forms, *, within: bool) -> int | None:
    lower, weight = word.lower(), None
    capital = within and word[0].isupper()
    if lower in forms.formal or (capital and lower in forms.capital):
        weight = _CLEAR
    elif lower in forms.informal:
        weight = -_CLEAR
    elif lower in forms.casual:
        weight = 0
    elif (
        (capital and lower in forms.before_lower and following[:1].islower())
        or (forms.formal_weak and forms.formal_weak.fullmatch(word))
        or any(lower in first and following.lower() in second for first, second in forms.pairs)
    ):
        weight = _WEAK
    elif forms.informal_weak and forms.informal_weak.fullmatch(lower):
        weight = -_WEAK
    return weight


def _within_sentence(gap: str, number: int) -> bool:
    """Return whether a word with this in front of it stands within a sentence, where a capital tells."""
    mark = gap.strip(_QUOTES)
    if not mark:
        return number > 0 and gap.count("\n") < 2  # noqa: PLR2004 - a blank line
    return mark[-1] in _WITHIN or mark[-1].isalnum()
