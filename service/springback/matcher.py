"""Finds the patterns of a rule set in a document, quickly and in linear time (RE2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import re2

from springback.document import Document
from springback.language import CommonWords, Languages
from springback.phrases import Pattern, options
from springback.prefilter import WordIndex, runs

_MAX_RUNS = 3  # a search costs as much as the sentences between
OwnerKind = Literal["rule", "unless", "guard", "context"]
_ORDER: tuple[OwnerKind, ...] = ("rule", "context", "unless", "guard")


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

    def __init__(self, owned: Iterable[Owned], common_words: CommonWords = ()) -> None:
        # What rules find tells where guards have to be looked for.
        self.owned = tuple(sorted(owned, key=lambda one: _ORDER.index(one.kind)))
        self._index = WordIndex([one.pattern.clauses for one in self.owned])
        self._languages = Languages(common_words)
        self._compiled: dict[int, re2._Regexp] = {}

    def matches(self, document: Document, *, everything: bool = False) -> Iterator[Match]:
        """Yield what is found and may matter, each pattern once for each sentence that holds it.

        A context matters once in the mail's own text, a guard only where a rule hits, an `unless` only
        where its own rule does, and nothing of a language that the mail isn't written in: what looks like
        its words there is chance. `everything` is yielded on request.
        """
        hit: dict[str, int] = {}
        anywhere = 0
        text = document.joined.decode()
        absent = self._languages.absent(set(text.split()))
        for number, bits in self._index.candidates(text) if document.sentences else ():
            owned = self.owned[number]
            if owned.language in absent and not everything:
                continue
            if not everything and owned.kind in ("guard", "unless"):
                bits &= anywhere if owned.kind == "guard" else hit.get(owned.name, 0)  # noqa: PLW2901
            for span in self._spans(number, document, bits):
                yield Match(owned, span)
                if owned.kind == "rule":
                    anywhere |= 1 << span.sentence
                    hit[owned.name] = hit.get(owned.name, 0) | 1 << span.sentence
                elif owned.kind == "context" and not everything and document.sentences[span.sentence].is_own:
                    break

    def _spans(self, number: int, document: Document, bits: int) -> Iterator[Span]:
        bounds = (*document.starts, len(document.joined) + 1)
        regex = self._regex(number)
        found = runs(bits)
        if len(found) > _MAX_RUNS:
            found = [range(found[0].start, found[-1].stop)]  # what is between holds no match either
        for run in found:
            sentence, end = run.start, bounds[run.stop] - 1
            # Goes on at the next sentence: a word that is repeated in one costs no more than once.
            while sentence < run.stop and (match := regex.search(document.joined, bounds[sentence], end)):
                start, behind = match.span()
                sentence = document.sentence_at(start + 1)
                yield Span(sentence, start + 1, behind - 1)  # without the spaces around
                sentence += 1

    def _regex(self, number: int) -> re2._Regexp:
        if number not in self._compiled:
            self._compiled[number] = re2.compile(self.owned[number].pattern.regex.encode(), options())
        return self._compiled[number]
