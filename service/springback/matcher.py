"""Finds the patterns of a rule set in a document, quickly and in linear time (RE2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import re2

from springback.document import Document
from springback.phrases import Pattern, options
from springback.prefilter import WordIndex

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
        bounds = (*document.starts, len(document.joined) + 1)
        for number, runs in self._index.candidates(document.joined.decode()) if document.sentences else ():
            regex = self._regex(number)
            for run in runs:
                sentence, end = run.start, bounds[run.stop] - 1
                # Goes on at the next sentence: a word that is repeated in one costs no more than once.
                while sentence < run.stop and (match := regex.search(document.joined, bounds[sentence], end)):
                    start, behind = match.span()
                    sentence = document.sentence_at(start + 1)
                    # Without the spaces around.
                    yield Match(self.owned[number], Span(sentence, start + 1, behind - 1))
                    sentence += 1

    def _regex(self, number: int) -> re2._Regexp:
        if number not in self._compiled:
            self._compiled[number] = re2.compile(self.owned[number].pattern.regex.encode(), options())
        return self._compiled[number]
