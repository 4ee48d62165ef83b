"""Which words a text must hold for a pattern to be found in it: most patterns needn't be tried at all.

A clause is a set of words of which one at least must stand in the text: "word", "beginning*" or "*end".
A pattern has a row of clauses, and all of them must hold; none at all where it may match any text.
"""

from collections.abc import Iterable, Sequence

_MAX_KNOWN = 100_000  # words whose clauses are remembered, none of them longer than
_MAX_WORD = 40  # characters

Clause = frozenset[str]
Clauses = tuple[Clause, ...]


def either(options: Iterable[Clauses]) -> Clauses:
    """Return what must hold where one of several options stands in the text."""
    best = [max(clauses, key=_telling) if clauses else None for clauses in options]
    kept = [clause for clause in best if clause is not None]
    return (frozenset().union(*kept),) if len(kept) == len(best) else ()


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
        words = {word for clauses in rows for clause in clauses for word in clause}
        self._words = {word for word in words if "*" not in word}
        self._beginnings = _by_length(word[:-1] for word in words if word.endswith("*"))
        self._ends = _by_length(word[1:] for word in words if word.startswith("*"))
        self._known: dict[str, tuple[str, ...]] = {}

    def candidates(self, text: str) -> list[int]:
        """Return the numbers of the patterns that may be found in a normalised text, in order."""
        found = self._found(text)
        numbers = set(self._always)
        for word in found:
            numbers.update(self._under.get(word, ()))
        rows = self._rows
        return sorted(
            number for number in numbers if not any(clause.isdisjoint(found) for clause in rows[number])
        )

    def _found(self, text: str) -> set[str]:
        found: set[str] = set()
        known = self._known
        for word in set(text.split()):
            told = known.get(word)
            if told is None:
                told = self._tell(word)
            if told:
                found.update(told)
        return found

    def _tell(self, word: str) -> tuple[str, ...]:
        """Return what of all clauses a word fulfils, and remember it: most words come again."""
        told = [word] if word in self._words else []
        told += [f"{word[:n]}*" for n, beginnings in self._beginnings if word[:n] in beginnings]
        told += [f"*{word[-n:]}" for n, ends in self._ends if word[-n:] in ends]
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        if len(word) <= _MAX_WORD:
            self._known[word] = tuple(told)
        return tuple(told)


def _by_length(parts: Iterable[str]) -> list[tuple[int, frozenset[str]]]:
    grouped: dict[int, set[str]] = {}
    for part in parts:
        grouped.setdefault(len(part), set()).add(part)
    return [(length, frozenset(same)) for length, same in sorted(grouped.items())]
