"""Rules as values: what a rule set is made of."""

from dataclasses import dataclass, replace

from springback.decision import Term
from springback.labels import Kind, Label, Stage, Status, Tier, VerdictName
from springback.phrases import Pattern


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text of one rule file and the name under which problems in it are told."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """A guard or a context: its name, why it exists, its patterns and its examples."""

    name: str
    why: str
    language: str | None
    patterns: tuple[Pattern, ...]
    hit: tuple[str, ...]
    miss: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as evidence, for which label, and how heavily."""

    id: str
    label: Label
    tier: Tier
    family: str
    status: Status
    kind: Kind
    stage: Stage | None
    language: str | None
    where: tuple[str, ...]
    needs: tuple[str, ...]
    guards: tuple[str, ...]
    vetoes: tuple[Label, ...]
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    hit: tuple[str, ...]
    miss: tuple[str, ...]
    todo_hit: tuple[str, ...]
    todo_miss: tuple[str, ...]
    note: str
    file: str


@dataclass(frozen=True, slots=True)
class Detail:
    """Regular expressions that name the company, the role or a person in the text as written.

    Where there are patterns in `after`, only the lines below one that they find are looked at.
    """

    id: str
    language: str | None
    where: tuple[str, ...]
    after: tuple[Pattern, ...]
    regexes: tuple[Pattern, ...]
    hit: tuple[str, ...]
    miss: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One line of the decision table."""

    number: int
    when: str
    condition: Term
    then: VerdictName


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that a verdict is made of; `digest` names this state of the files."""

    rules: tuple[Rule, ...]
    guards: tuple[Phrases, ...]
    contexts: tuple[Phrases, ...]
    details: tuple[Detail, ...]
    decisions: tuple[DecisionLine, ...]
    common_words: tuple[tuple[str, frozenset[str]], ...]
    digest: str


def without_examples(rules: RuleSet) -> RuleSet:
    """Return the rules without what only tests of them look at, which is more than half of their bulk."""
    return replace(
        rules,
        rules=tuple(replace(one, hit=(), miss=(), todo_hit=(), todo_miss=(), note="") for one in rules.rules),
        guards=tuple(replace(one, hit=(), miss=()) for one in rules.guards),
        contexts=tuple(replace(one, hit=(), miss=()) for one in rules.contexts),
        details=tuple(replace(one, hit=(), miss=()) for one in rules.details),
    )
