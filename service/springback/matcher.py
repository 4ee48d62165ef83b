"""Finds the patterns of a rule set in a document, quickly and in linear time (RE2).

The patterns of each language stand in a group. A group is first asked as one alternation, which only
tells whether any of its patterns is found; its patterns are compiled when a mail first holds one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import re2

from springback.document import Document
from springback.phrases import Pattern, options

_NEVER = r"[^\x00-\x{10FFFF}]"  # matches no text
_MEMORY = 64 << 20  # bytes; RE2 is slow where its states don't fit, never wrong
_MAX_SPANS = 20  # of one pattern in one mail

OwnerKind = Literal["rule", "unless", "guard", "context"]


@dataclass(frozen=True, slots=True)
class Owned:
    """A pattern and what it belongs to."""

    kind: OwnerKind
    name: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a sentence: its index, and the bytes from `start` to `end` of the joined document."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found, once in a sentence."""

    owned: Owned
    span: Span


class Matcher:
    """All patterns of a rule set."""

    def __init__(self, groups: Iterable[Sequence[Owned]]) -> None:
        self._groups = [_Group(owned) for owned in groups if owned]

    @property
    def owned(self) -> list[Owned]:
        """Return all patterns with what they belong to."""
        return [owned for group in self._groups for owned in group.owned]

    def matches(self, document: Document) -> Iterator[Match]:
        """Yield every pattern that is found, once for each sentence that holds it."""
        for group in self._groups:
            yield from group.matches(document)


class _Group:
    def __init__(self, owned: Sequence[Owned]) -> None:
        self.owned = owned

    @cached_property
    def _any(self) -> re2._Regexp:
        return alternation(owned.pattern for owned in self.owned)

    @cached_property
    def _filter(self) -> re2.Filter:
        compiled = re2.Filter()
        for owned in self.owned:
            compiled.Add(owned.pattern.regex, options())
        compiled.Compile()
        return compiled

    def matches(self, document: Document) -> Iterator[Match]:
        if not self._any.search(document.joined):
            return
        for number in self._filter.Match(document.joined) or ():
            seen: set[int] = set()
            for found, match in enumerate(self._filter.re(number).finditer(document.joined)):
                if found == _MAX_SPANS:
                    break
                start, end = match.start() + 1, match.end() - 1  # without the spaces around
                sentence = document.sentence_at(start)
                if sentence not in seen:
                    seen.add(sentence)
                    yield Match(self.owned[number], Span(sentence, start, end))


def alternation(patterns: Iterable[Pattern]) -> re2._Regexp:
    """Return one expression that only tells whether any pattern is found: ten times as fast."""
    chosen = options()
    chosen.max_mem = _MEMORY
    chosen.never_capture = True
    alternatives = [f"(?:{pattern.regex})" for pattern in patterns]
    return re2.compile("|".join(alternatives) or _NEVER, chosen)
