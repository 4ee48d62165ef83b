"""Texts made from a regular expression to make it slow: what it repeats, again and again, and then no end."""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

op: Any = import_module("re._constants")  # private, and without types
sre: Any = import_module("re._parser")
_MANY = 20  # repetitions from which on a repeat counts as one without a bound
_PROBES = "a1 \n\t\r.,:;>-_@<=?&'\"#([*é漢\u00a0A/|%+\x00\u201c\u00ab"
_MAX_PIECE = 120  # characters that are repeated
_WAYS = 6  # characters tried for what a class of them takes


def attacks(pattern: "re.Pattern[Any]", size: int) -> Iterator[str]:
    """Yield texts of about this size, each of which keeps another part of the pattern busy."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    parsed = sre.parse(
        source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    seen: set[str] = set()
    for before, piece in _repeats(parsed, "", pattern.flags):
        for start in dict.fromkeys(("", before)):
            for unit in dict.fromkeys((piece, before + piece)):
                if not 0 < len(unit) <= _MAX_PIECE:
                    continue
                for end in ("", "\x00", "\n!", " x"):
                    text = start + unit * (size // len(unit)) + end
                    if text not in seen:
                        seen.add(text)
                        yield text


def _repeats(parsed: Any, before: str, flags: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - of the parser
    """Yield what stands before each repeat, and what it repeats."""
    for kind, value in parsed:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, item = value
            if high > _MANY:
                for piece in _spelt(item, flags):
                    yield before, piece
            yield from _repeats(item, before, flags)
            before += next(_spelt(item, flags), "") * max(low, 1 if high else 0)
        elif kind is op.SUBPATTERN:
            yield from _repeats(value[3], before, flags)
            before += next(_spelt(value[3], flags), "")
        elif kind is op.ATOMIC_GROUP:
            yield from _repeats(value, before, flags)
            before += next(_spelt(value, flags), "")
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before, flags)
            before += next(_spelt(value[1][0], flags), "")
        else:
            before += next(_spelt([(kind, value)], flags), "")
    if before:
        yield "", before


def _spelt(parsed: Any, flags: int) -> Iterator[str]:  # noqa: ANN401 - as above
    """Yield some texts that a part of a pattern takes."""
    texts = [""]
    for kind, value in parsed:
        texts = [text + one for text in texts[:_WAYS] for one in _ways(kind, value, flags)][: _WAYS * _WAYS]
    yield from dict.fromkeys(texts)


def _ways(kind: Any, value: Any, flags: int) -> Sequence[str]:  # noqa: ANN401 - as above
    if kind is op.LITERAL:
        return [chr(value)]
    if kind in (op.NOT_LITERAL, op.IN, op.ANY):
        return [probe for probe in _PROBES if _takes(kind, value, probe)][:_WAYS] or [""]
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        low, high, item = value
        once = list(_spelt(item, flags))[:_WAYS]
        return [one * max(low, 1 if high else 0) for one in once]
    if kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
        return list(_spelt(value[3] if kind is op.SUBPATTERN else value, flags))[:_WAYS]
    if kind is op.BRANCH:
        return [next(_spelt(branch, flags), "") for branch in value[1]][:_WAYS]
    return [""]


def _takes(kind: Any, value: Any, probe: str) -> bool:  # noqa: ANN401 - as above
    if kind is op.ANY:
        return probe != "\n"
    if kind is op.NOT_LITERAL:
        return bool(ord(probe) != value)
    negated = False
    for what, one in value:
        if what is op.NEGATE:
            negated = True
        elif (
            (what is op.LITERAL and ord(probe) == one)
            or (what is op.RANGE and one[0] <= ord(probe) <= one[1])
            or (what is op.CATEGORY and _in_category(one, probe))
        ):
            return not negated
    return negated


def _in_category(category: Any, probe: str) -> bool:  # noqa: ANN401 - as above
    name = str(category).rpartition("CATEGORY_")[2].lower()
    inside = {
        "digit": probe.isdigit(), "space": probe.isspace(), "word": probe.isalnum() or probe == "_",
    }[name.removeprefix("not_")]  # fmt: skip
    return inside != name.startswith("not_")
