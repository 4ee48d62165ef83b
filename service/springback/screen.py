"""The quick look that spares most mail the full reading.

The patterns that a verdict other than `other` needs are searched for as a few large alternations, which
only tell whether any of them is found. Each language has its own: one for all would have more states
than fit, and be a thousand times as slow.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import re2

from springback.errors import RuleError
from springback.language import Languages
from springback.normal import normalise
from springback.phrases import Pattern, options
from springback.rule import RuleSet

_NEVER = r"[^\x00-\x{10FFFF}]"  # matches no text
_MEMORY = 64 << 20  # bytes; RE2 is slow where its states don't fit, never wrong
_FREQUENT = frozenset({"weak", "regret"})  # in much other mail too
_TOGETHER = 150  # patterns in one alternation


class Screen:
    """What tells that a mail surely is no rejection."""

    def __init__(self, rules: RuleSet) -> None:
        self._by_language: dict[str | None, list[Pattern]] = {}
        for language, pattern in _patterns(rules):
            self._by_language.setdefault(language, []).append(pattern)
        self._languages = Languages(rules.common_words)

    @cached_property
    def _alternations(self) -> list[tuple[str | None, re2._Regexp]]:
        return [
            (language, _alternation(patterns[start : start + _TOGETHER]))
            for language, patterns in self._by_language.items()
            for start in range(0, len(patterns), _TOGETHER)
        ]

    def lets_through(self, rough_text: str) -> bool:
        """Return False where the full reading would surely come to `other`."""
        normal = normalise(rough_text)
        absent = self._languages.absent(set(normal.split()))
        text = f" {normal} ".encode()
        return any(
            alternation.search(text) for language, alternation in self._alternations if language not in absent
        )


def _patterns(rules: RuleSet) -> Iterator[tuple[str | None, Pattern]]:
    """Yield patterns of which one at least is found in every mail that isn't `other`, by language."""
    frequent = _FREQUENT | {phrases.name for phrases in rules.contexts}
    acting = [line for line in rules.decisions if line.then != "other"]
    wanted: set[str] = set()
    for line in acting:
        needed = line.condition.needed(frequent)
        if needed is None:
            raise RuleError(
                "Can't use the decision table",
                [f"{line.when!r} -> {line.then}: fits every mail; name what must be there"],
            )
        wanted |= needed
    for rule in rules.rules:
        names: set[str] = {rule.label}
        if rule.label == "rejection":
            names |= {rule.tier, "guarded"} if rule.tier == "decisive" else {rule.tier}
        if "rejection" in rule.vetoes:
            names.add("veto")
        if names & wanted and rule.status == "active":
            yield from ((rule.language, pattern) for pattern in rule.patterns)
    for phrases in rules.contexts:
        if phrases.name in wanted:
            yield from ((phrases.language, pattern) for pattern in phrases.patterns)


def _alternation(patterns: Iterable[Pattern]) -> re2._Regexp:
    chosen = options()
    chosen.max_mem = _MEMORY
    chosen.never_capture = True
    # The rough text knows no sentences, so that their ends are nowhere.
    alternatives = [f"(?:{pattern.anywhere})" for pattern in patterns]
    return re2.compile("|".join(alternatives) or _NEVER, chosen)
