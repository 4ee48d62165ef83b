"""Which words a line must hold for a pattern to be found in it: most patterns needn't be tried at all.

A clause is a set of words of which one at least must stand in the line: "word", "beginning*" or "*end".
A pattern has a row of clauses, and all of them must hold; none at all where it may match any line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_

_MAX_KNOWN = 100_000  # words whose clauses are remembered, none of them longer than
_MAX_WORD = 40  # characters

Clause = frozenset[str]
Clauses = tuple[Clause, ...]
_RUN = re.compile("1+")


def either(options: Iterable[Clauses]) -> Clauses:
    """Return what must hold where one of several options stands in the text."""
    best = [max(clauses, key=_telling) if clauses else None for clauses in options]
    kept = [clause for clause in best if clause is not None]
    return (frozenset().union(*kept),) if len(kept) == len(best) else ()


@lru_cache(maxsize=16_384)
def _telling(clause: Clause) -> tuple[int, int]:
    """Return how seldom a clause will hold: long words are rare, and so are few of them."""
    return min(len(word) for word in clause), -len(clause)


class WordIndex:
    """Patterns filed under their most telling clause."""

    def __init__(self, rows: Sequence[Clauses]) -> None:
        self._rows = rows
        self._always = [number for number, clauses in enumerate(rows) if not clauses]
        self._under: dict[str, list[int]] = {}
        for number, clauses in enumerate(rows):
            if clauses:
                for word in max(clauses, key=_telling):
                    self._under.setdefault(word, []).append(number)
        words = frozenset().union(*{clause for clauses in rows for clause in clauses})
        self._words = {word for word in words if "*" not in word}
        self._beginnings = _by_length(word[:-1] for word in words if word.endswith("*"))
        self._ends = _by_length(word[1:] for word in words if word.startswith("*"))
        self._known: dict[str, tuple[str, ...]] = {}

    def candidates(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield each pattern that may be found in a normalised text, by its number, in order.

        Bit n of what stands beside it is set where that may be in line n.
        """
        lines = text.split("\n")
        found = self._found(lines)
        everywhere = (1 << len(lines)) - 1
        holding: dict[Clause, int] = {}
        numbers = set(self._always)
        for word in found:
            numbers.update(self._under.get(word, ()))
        for number in sorted(numbers):
            bits = everywhere
            for clause in self._rows[number]:
                if clause not in holding:
                    holding[clause] = reduce(or_, (found[word] for word in clause if word in found), 0)
                bits &= holding[clause]
            if bits:
                yield number, bits

    def _found(self, lines: Iterable[str]) -> dict[str, int]:
        """Return what of the clauses stands in the lines: bit n is set for what stands in line n."""
        known = self._known
        found: dict[str, int] = {}
        for number, line in enumerate(lines):
            bit = 1 << number
            for word in set(line.split()):
                parts = known.get(word)
                for part in self._parts(word) if parts is None else parts:
                    found[part] = found.get(part, 0) | bit
        return found

    def _parts(self, word: str) -> tuple[str, ...]:
        """Return what of the clauses a word meets: itself, its beginnings and its ends."""
        parts = [word] if word in self._words else []
        parts += [f"{word[:length]}*" for length, some in self._beginnings if word[:length] in some]
        parts += [f"*{word[-length:]}" for length, some in self._ends if word[-length:] in some]
        if len(word) <= _MAX_WORD and len(self._known) < _MAX_KNOWN:
            self._known[word] = tuple(parts)
        return tuple(parts)


def runs(bits: int) -> list[range]:
    """Return the lines whose bits are set, those that follow each other as one range."""
    return [range(*run.span()) for run in _RUN.finditer(f"{bits:b}"[::-1])]


def _by_length(parts: Iterable[str]) -> list[tuple[int, frozenset[str]]]:
    grouped: dict[int, set[str]] = {}
    for part in parts:
        grouped.setdefault(len(part), set()).add(part)
    return [(length, frozenset(same)) for length, same in sorted(grouped.items())]
