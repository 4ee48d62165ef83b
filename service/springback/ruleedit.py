"""A rule as a later file changes it: phrases and examples added and taken away, other keys replaced."""

from dataclasses import replace

from springback.phrases import Pattern
from springback.rule import Rule
from springback.rulefile import RuleEntry

_REPLACED = ("label", "tier", "family", "status", "kind", "stage", "where", "needs", "guards", "vetoes")


def removable(rule: Rule) -> set[str]:
    """Return what `remove` may name: examples, phrases and `unless` phrases as they are written."""
    return {*rule.hit, *rule.miss, *(pattern.source for pattern in (*rule.patterns, *rule.unless))}


def edited(
    rule: Rule, entry: RuleEntry, patterns: tuple[Pattern, ...], unless: tuple[Pattern, ...], file: str
) -> Rule:
    """Return the rule as an entry with `extends` makes it, its new patterns being compiled already."""
    gone = frozenset(entry.remove)
    merged = replace(
        rule,
        patterns=tuple(one for one in rule.patterns if one.source not in gone) + patterns,
        unless=tuple(one for one in rule.unless if one.source not in gone) + unless,
        hit=tuple(text for text in rule.hit if text not in gone) + entry.hit,
        miss=tuple(text for text in rule.miss if text not in gone) + entry.miss,
        todo_hit=rule.todo_hit + entry.todo_hit,
        todo_miss=rule.todo_miss + entry.todo_miss,
        file=file,
    )
    said = {key: value for key in _REPLACED if (value := getattr(entry, key)) is not None}
    return replace(merged, **said)
