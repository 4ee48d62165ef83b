"""Finds the patterns of a rule set in a document, quickly and in linear time (RE2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import re2

from springback.document import Document
from springback.phrases import Pattern, options
from springback.prefilter import WordIndex

_MAX_SPANS = 20  # of one pattern in one mail

OwnerKind = Literal["rule", "unless", "guard", "context"]


@dataclass(frozen=True, slots=True)
class Owned:
    """A pattern, what it belongs to, and the language of its file."""

    kind: OwnerKind
    name: str
    pattern: Pattern
    language: str | None = None


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
    """All patterns of a rule set; each is compiled when a mail first holds the words it needs."""

    def __init__(self, owned: Sequence[Owned]) -> None:
        self.owned = tuple(owned)
        self._index = WordIndex([one.pattern.clauses for one in self.owned])
        self._compiled: dict[int, re2._Regexp] = {}

    def matches(self, document: Document) -> Iterator[Match]:
        """Yield every pattern that is found, once for each sentence that holds it."""
        for number in self._index.candidates(document.joined.decode()):
            seen: set[int] = set()
            for found, match in enumerate(self._regex(number).finditer(document.joined)):
                if found == _MAX_SPANS:
                    break
                start, end = match.start() + 1, match.end() - 1  # without the spaces around
                sentence = document.sentence_at(start)
                if sentence not in seen:
                    seen.add(sentence)
                    yield Match(self.owned[number], Span(sentence, start, end))

    def _regex(self, number: int) -> re2._Regexp:
        if number not in self._compiled:
            self._compiled[number] = re2.compile(self.owned[number].pattern.regex.encode(), options())
        return self._compiled[number]
