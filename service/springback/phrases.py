"""The phrase language of rule files, compiled to RE2.

A phrase is a row of words: `(a|b c)` is a choice, `w?` may be left out, `w{*}` is the beginning
of a word and `{*}w` its end, `{3}` stands for up to three words of any kind, `{others}` for any
entry of the list of that name; a leading `^` and a closing `$` stand for the ends of the
sentence. Words are compared in normal form (`normal.normalise`); a phrase written with umlauts
also finds their spelling with an e. Compiled patterns run on text in which each sentence reads "
word word word ".
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

import re2

from springback.hints import did_you_mean
from springback.normal import fold
from springback.prefilter import Clause, Clauses, either

_TOKEN = re.compile(
    r"\s*(?:(?P<gap>\{\d{1,2}\})|\{(?P<list>[a-z][a-z0-9-]*)\}"
    r"|(?P<tail>\{\*\})?(?P<word>[^\s(){}|?]+)(?P<stem>\{\*\})?|(?P<mark>[()|?]))"
)
_FRAGMENT = re.compile(r"\{([a-z][a-z0-9-]*)\}")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_UMLAUT = re.compile("[aouAOU]\u0308")  # in two signs
_SPELT_WITH_E = {"ä": "ae?", "ö": "oe?", "ü": "ue?", "ø": "oe?"}
_ANY_WORD = r"(?: [^ \n]+)"
_FIRST, _LAST = "(?m:^)", "(?m:$)"  # of a sentence
_REST = r"[^ \n]*"
_MAX_GAP = 30
_MAX_SPELLINGS = 16
_NO_WORD = "*+[]^$\\"  # what regular expressions know, and phrases don't
_PROBES = (" ", " zq ", " the ", " 1 ", " " + "zq " * 40)


T = TypeVar("T")


class PhraseError(ValueError):
    """A phrase or pattern can't be compiled; the text says what to write instead."""


class ToldError(PhraseError):
    """A phrase fails only because a list or fragment in it does, which is told already."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase as written and the RE2 pattern that finds it, spaces at both ends included.

    `clauses` tells which words a text must hold for it (see `prefilter`).
    """

    source: str
    regex: str
    clauses: Clauses = field(default=(), compare=False)

    @property
    def anywhere(self) -> str:
        """Return the RE2 pattern without the ends of a sentence."""
        return self.regex.removeprefix(_FIRST).removesuffix(_LAST)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a phrase, compiled: what finds it, and which words it needs."""

    regex: str
    clauses: Clauses = ()


Lists = Mapping[str, Part | None]  # None: what is wrong with the list is told already
_NO_LISTS: Lists = MappingProxyType({})


def options() -> re2.Options:
    """Return the options under which every pattern of a rule file runs."""
    chosen = re2.Options()
    chosen.log_errors = False
    chosen.never_nl = True
    return chosen


def compile_phrase(source: str, lists: Lists = _NO_LISTS) -> Pattern:
    """Return the pattern of a phrase; raises PhraseError where it can't be understood."""
    used = tuple((name, part) for name in sorted(names_in(source)) if (part := lists.get(name)))
    return _remembered(source, used) if len(used) == len(names_in(source)) else _compiled(source, lists)


@lru_cache(maxsize=32_768)
def _remembered(source: str, used: tuple[tuple[str, Part], ...]) -> Pattern:
    """Return a pattern as it was made before: when one file changes, all others are read again as well."""
    return _compiled(source, dict(used))


def _compiled(source: str, lists: Lists) -> Pattern:
    inner = source.strip()
    first, last = inner.startswith("^ "), inner.endswith(" $")
    body = _body(inner[2 if first else 0 : -2 if last else None], source, lists)
    regex = f"{_FIRST if first else ''}{body.regex} {_LAST if last else ''}"
    return _checked(Pattern(source, regex, body.clauses))


def compile_list(entries: Iterable[str], lists: Lists = _NO_LISTS) -> Part:
    """Return what `{name}` stands for in a phrase: any one of the entries, phrases themselves."""
    return any_of([_body(entry, entry, lists) for entry in entries])


def any_of(parts: Sequence[Part]) -> Part:
    """Return what finds any of the parts."""
    regexes = "|".join(part.regex for part in parts)
    return Part(f"(?:{regexes})", either(part.clauses for part in parts))


def compile_regex(source: str) -> Pattern:
    """Return the pattern of a regular expression over normalised words, in RE2 syntax."""
    return _checked(Pattern(source, f" (?:{source}) "))


def expand(source: str, fragments: Mapping[str, str | None]) -> str:
    """Return a regular expression with each `{name}` replaced; raises PhraseError for unknown ones."""

    def fragment(match: re.Match[str]) -> str:
        return f"(?:{_known(match[1], fragments, source)})"

    return _FRAGMENT.sub(fragment, source)


def names_in(source: str) -> set[str]:
    """Return the names of the lists or fragments that a phrase or expression uses."""
    return set(_FRAGMENT.findall(source))


def _body(text: str, source: str, lists: Lists) -> Part:
    body, rest = _sequence(_tokens(text.strip(), source), source, lists)
    if rest:
        raise PhraseError(f"{source!r}: ')' or '|' without '('")
    return body


def _known(name: str, known: Mapping[str, T | None], source: str) -> T:
    if name not in known:
        hint = did_you_mean(name, known)
        raise PhraseError(f"{source!r}: no list or fragment {name!r}.{hint}")
    value = known[name]
    if value is None:
        raise ToldError(f"{source!r}: uses {name!r}, which has problems of its own")
    return value


def _checked(pattern: Pattern) -> Pattern:
    try:
        compiled = re2.compile(pattern.regex, options())
    except re2.error as error:
        reason = error.args[0]
        reason = reason.decode() if isinstance(reason, bytes) else reason
        raise PhraseError(f"{pattern.source!r}: RE2 refuses it: {reason}") from None
    if any(compiled.search(probe) for probe in _PROBES):
        raise PhraseError(f"{pattern.source!r}: matches almost anything; name the words it needs")
    return pattern


def _tokens(text: str, source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or (match["list"] and not _stands_alone(text, match)):
            rest = text[position:]
            raise PhraseError(
                f"{source!r}: can't read {rest!r}; a stem is written 'word{{*}}', a list ' {{name}}'"
            )
        if match["word"] and match.end() < len(text) and text[match.end()] == "(":
            raise PhraseError(f"{source!r}: write whole words in the choice, as '(move|moved) on'")
        if match["gap"]:
            tokens.append(("gap", match["gap"][1:-1]))
        elif match["list"]:
            tokens.append(("list", match["list"]))
        elif match["word"]:
            kind = ("tail" if match["tail"] else "") + ("stem" if match["stem"] else "")
            tokens.append((kind or "word", match["word"]))
        else:
            tokens.append(("mark", match["mark"]))
        position = match.end()
    return tokens


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before, behind = text[: match.start("list") - 1][-1:], text[match.end() :][:1]
    return (before.isspace() or before in "(|") and (behind.isspace() or behind in ")|?")


def _sequence(tokens: list[tuple[str, str]], source: str, lists: Lists) -> tuple[Part, list[tuple[str, str]]]:
    parts: list[Part] = []
    while tokens:
        (kind, value), rest = tokens[0], tokens[1:]
        if kind == "mark" and value in ")|":
            break
        if kind == "mark" and value == "?":
            raise PhraseError(f"{source!r}: '?' stands behind the word that may be left out")
        if kind == "mark":
            part, tokens = _choice(rest, source, lists)
        elif kind == "list":
            part, tokens = _known(value, lists, source), rest
        else:
            part, tokens = _atom(kind, value, source), rest
        if tokens and tokens[0] == ("mark", "?"):
            part, tokens = Part(f"(?:{part.regex})?"), tokens[1:]
        parts.append(part)
    if not parts:
        raise PhraseError(f"{source!r}: an empty phrase or choice; use '?' for what may be left out")
    clauses = tuple(clause for part in parts for clause in part.clauses)
    return Part("".join(part.regex for part in parts), clauses), tokens


def _choice(tokens: list[tuple[str, str]], source: str, lists: Lists) -> tuple[Part, list[tuple[str, str]]]:
    options_: list[Part] = []
    while True:
        option, tokens = _sequence(tokens, source, lists)
        options_.append(option)
        if not tokens:
            raise PhraseError(f"{source!r}: '(' is never closed")
        (_, mark), tokens = tokens[0], tokens[1:]
        if mark == ")":
            return any_of(options_), tokens


def _atom(kind: str, value: str, source: str) -> Part:
    if kind == "gap":
        if not 1 <= int(value) <= _MAX_GAP:
            raise PhraseError(f"{source!r}: a gap is {{1}} to {{{_MAX_GAP}}} words")
        return Part(f"{_ANY_WORD}{{0,{value}}}")
    if any(mark in value for mark in _NO_WORD):
        raise PhraseError(f"{source!r}: {value!r} is no word; a stem is written 'word{{*}}'")
    part = _words(kind, value)
    if part is None:
        raise PhraseError(f"{source!r}: {value!r} holds no letter or digit")
    return part


@lru_cache(maxsize=16_384)
def _words(kind: str, value: str) -> Part | None:
    """Return the part for a word as written, which may be several in normal form, or None for none."""
    composed = _UMLAUT.sub(lambda umlaut: unicodedata.normalize("NFC", umlaut[0]), value)
    folded = "".join(map(_folded, composed))
    words = _WORD.findall(folded)
    if not words:
        return None
    if "stem" in kind and folded.endswith("'"):
        words[-1] += "'"  # n'{*}: an elided word, whatever follows it
    tail, stem = "tail" in kind, "stem" in kind
    spelt = " ".join("".join(_SPELT_WITH_E.get(letter, letter) for letter in word) for word in words)
    regex = f" {_REST if tail else ''}{spelt}{_REST if stem else ''}"
    clauses = [
        _clause(word, open_before=tail and number == 0, open_behind=stem and number == len(words) - 1)
        for number, word in enumerate(words)
    ]
    return Part(regex, tuple(clause for clause in clauses if clause))


def _folded(letter: str) -> str:
    """Return a letter in normal form, unless it has two."""
    return letter.lower() if letter.lower() in _SPELT_WITH_E else fold(letter)


def _clause(word: str, *, open_before: bool, open_behind: bool) -> Clause:
    """Return the spellings of a word of which one must stand in the text; none where it is open."""
    if open_before and open_behind:
        return frozenset()
    spellings = [""]
    for letter in word:
        plain = fold(letter)
        added = [plain, f"{plain}e"] if letter in _SPELT_WITH_E else [letter]
        spellings = [spelling + one for spelling in spellings for one in added]
        if len(spellings) > _MAX_SPELLINGS:
            return frozenset()
    before, behind = "*" if open_before else "", "*" if open_behind else ""
    return frozenset(f"{before}{spelling}{behind}" for spelling in spellings)
