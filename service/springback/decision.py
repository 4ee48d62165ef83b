"""The decision table: conditions over counted evidence, the first line that fits wins."""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(?:(?P<at_least>>=)|(?P<number>\d+)|(?P<name>[a-z][a-z-]*)|(?P<mark>[()]))")
_WORDS = {"and", "or", "not"}


class ConditionError(ValueError):
    """A condition of the decision table can't be read."""


@dataclass(frozen=True, slots=True)
class Term:
    """One operator of a condition: `count`, `not`, `and` or `or`, with its operands."""

    operator: str
    name: str = ""
    least: int = 1
    operands: "tuple[Term, ...]" = ()

    def holds(self, counts: Mapping[str, int]) -> bool:
        """Return whether the condition is true for these counts; a name not counted is 0."""
        if self.operator == "count":
            return counts.get(self.name, 0) >= self.least
        if self.operator == "not":
            return not self.operands[0].holds(counts)
        check = all if self.operator == "and" else any
        return check(operand.holds(counts) for operand in self.operands)

    def needed(self, dear: AbstractSet[str]) -> frozenset[str] | None:
        """Return names of which one at least must be counted for the condition to hold.

        None where it may hold with nothing counted. Of several ways the one with the fewest `dear`
        names is chosen: those that nearly every mail has.
        """
        if self.operator == "count":
            return frozenset({self.name})
        if self.operator == "not":
            return None
        ways = [operand.needed(dear) for operand in self.operands]
        if self.operator == "or":
            found = [way for way in ways if way is not None]
            return frozenset().union(*found) if len(found) == len(ways) else None
        return min(
            (way for way in ways if way is not None),
            key=lambda way: (len(way & dear), len(way)),
            default=None,
        )

    def names(self) -> set[str]:
        """Return every name that the condition looks at."""
        found = {self.name} if self.name else set()
        return found.union(*(operand.names() for operand in self.operands))


def parse_condition(text: str) -> Term:
    """Return the condition of e.g. "decisive and job and not veto" or "strong>=2".

    Raises ConditionError; `not` binds more closely than `and`, `and` more closely than `or`.
    """
    tokens: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if not match:
            raise ConditionError(f"can't read {text[position:].strip()!r} in {text!r}")
        tokens.append(match[0].strip())
        position = match.end()
    term, rest = _any_of(tokens, text)
    if rest:
        raise ConditionError(f"{rest[0]!r} is out of place in {text!r}")
    return term


def _any_of(tokens: list[str], text: str) -> tuple[Term, list[str]]:
    return _joined("or", _all_of, tokens, text)


def _all_of(tokens: list[str], text: str) -> tuple[Term, list[str]]:
    return _joined("and", _single, tokens, text)


def _joined(
    word: str,
    operand: Callable[[list[str], str], tuple[Term, list[str]]],
    tokens: list[str],
    text: str,
) -> tuple[Term, list[str]]:
    term, rest = operand(tokens, text)
    operands = [term]
    while rest and rest[0] == word:
        term, rest = operand(rest[1:], text)
        operands.append(term)
    return (operands[0] if len(operands) == 1 else Term(word, operands=tuple(operands))), rest


def _single(tokens: list[str], text: str) -> tuple[Term, list[str]]:
    if not tokens:
        raise ConditionError(f"{text!r} ends too early")
    head, rest = tokens[0], tokens[1:]
    if head == "not":
        term, rest = _single(rest, text)
        return Term("not", operands=(term,)), rest
    if head == "(":
        term, rest = _any_of(rest, text)
        if not rest or rest[0] != ")":
            raise ConditionError(f"'(' is never closed in {text!r}")
        return term, rest[1:]
    if not head[0].isalpha() or head in _WORDS:
        raise ConditionError(f"{head!r} is out of place in {text!r}")
    if rest[:1] == [">="]:
        if len(rest) < 2 or not rest[1].isdigit() or int(rest[1]) < 1:  # noqa: PLR2004 - ">= n"
            raise ConditionError(f"'>=' needs a number of at least 1 behind it in {text!r}")
        return Term("count", name=head, least=int(rest[1])), rest[2:]
    return Term("count", name=head), rest
