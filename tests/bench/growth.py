"""Each expression of the program, attacked: its cost grows as the text does, or it never sees a long one."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

from bench.attacks import attacks
from bench.report import Bound, Report, Table

_SHORT, _LONG = 750, 3_000  # characters: four times as many cost four times as much, or 16 times
_QUADRATIC = 8.0
_NOISE = 0.000_15  # seconds
# Those that grow faster, and why that does no harm.
_BOUNDED = {
    "addresswords.": "lines of 80 characters",
    "applications._REMINDER": "matched once, at the start of a subject of 4,096",
    "config._ADDRESS": "the person's own configuration",
    "config._DURATION": "the person's own configuration",
    "decision._TOKEN": "matched at its place only",
    "examples._MARK": "the person's own rule file",
    "examples._FIELD_MARK": "the person's own rule file",
    "firm._DEPARTMENT": "names of 500 characters",
    "message._COMMENT": "sought up to the last end of a comment only",
    "names._ASIDE": "names of 200 characters",
    "names._FROM": "names of 200 characters",
    "parts._AFTER_DELIMITER": "matched at its place only",
    "phrases._TOKEN": "matched at its place only",
    "senders": "addresses, 64 characters before the @",
}


def growth(report: Report) -> None:
    """Attack each expression with texts of two lengths."""
    rows: list[dict[str, Any]] = []
    unbounded = 0
    found = dict(_patterns())
    for name, pattern in found.items():
        ratio, attack = _worst(pattern)
        if ratio >= _QUADRATIC:
            why = next((told for key, told in _BOUNDED.items() if name.startswith(key)), "UNBOUNDED")
            unbounded += why == "UNBOUNDED"
            rows.append({"expression": name, "times": ratio, "by": ascii(attack[:12]), "but": why})
    report.tables.append(Table(f"Expressions that cost more than four times as much, of {len(found)}", rows))
    report.bounds.append(Bound("expressions that grow too fast and see long texts", unbounded, 0))


def _worst(pattern: "re.Pattern[Any]") -> tuple[float, str]:
    """Return the worst growth that an attack comes to, at once where it is too much."""
    worst, by = 0.0, ""
    for short, long in zip(attacks(pattern, _SHORT), attacks(pattern, _LONG), strict=False):
        before = _cost(pattern, short)
        if before < _NOISE:
            continue
        ratio = _cost(pattern, long) / before
        if ratio > worst:
            worst, by = ratio, short
        if worst >= _QUADRATIC and _cost(pattern, long) / _cost(pattern, short) >= _QUADRATIC:
            break
    return worst, by


def _cost(pattern: "re.Pattern[Any]", text: str) -> float:
    subject: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    costs = []
    for _ in range(3):
        start = time.process_time()
        for _match in pattern.finditer(subject):
            pass
        costs.append(time.process_time() - start)
    return max(min(costs), 1e-9)


def _patterns() -> Iterator[tuple[str, "re.Pattern[Any]"]]:
    import springback  # noqa: PLC0415 - the other cases load it in a child only
    from springback.rulebook import load_senders  # noqa: PLC0415

    for module in pkgutil.iter_modules(springback.__path__):
        if not module.ispkg and module.name != "__main__":
            for name, value in vars(importlib.import_module(f"springback.{module.name}")).items():
                yield from _within(f"{module.name}.{name}", value, 4)
    yield from _within("senders", load_senders(), 4)


def _within(name: str, value: object, depth: int) -> Iterator[tuple[str, "re.Pattern[Any]"]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif depth and isinstance(value, dict):
        for key, one in value.items():
            yield from _within(f"{name}[{key}]", one, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from _within(f"{name}[{number}]", one, depth - 1)
    elif depth and hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for key in value.__dataclass_fields__:
            yield from _within(f"{name}.{key}", getattr(value, key, None), depth - 1)
