"""The phrase language of rule files, compiled to RE2.

A phrase is a row of words: `(a|b c)` is a choice, `w?` may be left out, `w{*}` is the beginning of
a word, `{3}` stands for up to three words of any kind. Words are compared in normal form
(`normal.normalise`); a phrase written with umlauts also finds their spelling with an e.
Compiled patterns run on text in which each sentence reads " word word word ".
"""

import re
import unicodedata
from dataclasses import dataclass

import re2

from springback.normal import fold

_TOKEN = re.compile(r"\s*(?:(?P<gap>\{\d{1,2}\})|(?P<word>[^\s(){}|?]+)(?P<stem>\{\*\})?|(?P<mark>[()|?]))")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SPELT_WITH_E = {"ä": "ae?", "ö": "oe?", "ü": "ue?", "ø": "oe?"}
_ANY_WORD = r"(?: [^ \n]+)"
_MAX_GAP = 9
_NO_WORD = "*+[]^$\\"  # what regular expressions know, and phrases don't
_PROBES = (" ", " zq ", " the ", " 1 ", " zq zq zq zq zq ")


class PhraseError(ValueError):
    """A phrase or pattern can't be compiled; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase as written and the RE2 pattern that finds it, spaces at both ends included."""

    source: str
    regex: str


def options() -> re2.Options:
    """Return the options under which every pattern of a rule file runs."""
    chosen = re2.Options()
    chosen.log_errors = False
    chosen.never_nl = True
    return chosen


def compile_phrase(source: str) -> Pattern:
    """Return the pattern of a phrase; raises PhraseError where it can't be understood."""
    tokens = _tokens(source)
    body, rest = _sequence(tokens, source)
    if rest:
        raise PhraseError(f"{source!r}: ')' or '|' without '('")
    return _checked(Pattern(source, body + " "))


def compile_regex(source: str) -> Pattern:
    """Return the pattern of a regular expression over normalised words, in RE2 syntax."""
    return _checked(Pattern(source, f" (?:{source}) "))


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


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    text, position = source.strip(), 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise PhraseError(f"{source!r}: can't read {text[position:]!r}; a stem is written 'word{{*}}'")
        if match["word"] and match.end() < len(text) and text[match.end()] == "(":
            raise PhraseError(f"{source!r}: write whole words in the choice, as '(move|moved) on'")
        if match["gap"]:
            tokens.append(("gap", match["gap"][1:-1]))
        elif match["word"]:
            tokens.append(("stem" if match["stem"] else "word", match["word"]))
        else:
            tokens.append(("mark", match["mark"]))
        position = match.end()
    return tokens


def _sequence(tokens: list[tuple[str, str]], source: str) -> tuple[str, list[tuple[str, str]]]:
    parts: list[str] = []
    while tokens:
        (kind, value), rest = tokens[0], tokens[1:]
        if kind == "mark" and value in ")|":
            break
        if kind == "mark" and value == "?":
            raise PhraseError(f"{source!r}: '?' stands behind the word that may be left out")
        if kind == "mark":
            part, tokens = _choice(rest, source)
        else:
            part, tokens = _atom(kind, value, source), rest
        if tokens and tokens[0] == ("mark", "?"):
            part, tokens = f"(?:{part})?", tokens[1:]
        parts.append(part)
    if not parts:
        raise PhraseError(f"{source!r}: an empty phrase or choice; use '?' for what may be left out")
    return "".join(parts), tokens


def _choice(tokens: list[tuple[str, str]], source: str) -> tuple[str, list[tuple[str, str]]]:
    options_: list[str] = []
    while True:
        option, tokens = _sequence(tokens, source)
        options_.append(option)
        if not tokens:
            raise PhraseError(f"{source!r}: '(' is never closed")
        (_, mark), tokens = tokens[0], tokens[1:]
        if mark == ")":
            return f"(?:{'|'.join(options_)})", tokens


def _atom(kind: str, value: str, source: str) -> str:
    if kind == "gap":
        if not 1 <= int(value) <= _MAX_GAP:
            raise PhraseError(f"{source!r}: a gap is {{1}} to {{{_MAX_GAP}}} words")
        return f"{_ANY_WORD}{{0,{value}}}"
    if any(mark in value for mark in _NO_WORD):
        raise PhraseError(f"{source!r}: {value!r} is no word; a stem is written 'word{{*}}'")
    words = _letters(value)
    if not words:
        raise PhraseError(f"{source!r}: {value!r} holds no letter or digit")
    return f" {words}" + (r"[^ \n]*" if kind == "stem" else "")


def _letters(value: str) -> str:
    composed = unicodedata.normalize("NFC", value).casefold().replace("’", "'")
    return " ".join(
        "".join(_SPELT_WITH_E.get(letter, fold(letter)) for letter in word)
        for word in _WORD.findall(composed)
    )
