"""What the rules found in a mail, counted and told."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from springback.document import Document
from springback.labels import Kind, Stage
from springback.matcher import Span
from springback.phrases import Pattern
from springback.rule import Rule
from springback.verdict import Against, Evidence

_MAX_NAMED = 3  # sentences told for one rule
TIERS = ("decisive", "strong", "weak")
_STAGES: tuple[Stage, ...] = ("application", "interview", "final")


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a hit doesn't count: the rule or guard that says so, and the words it goes by."""

    name: str
    span: Span | None
    why: str
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's pattern found in a sentence: active, or silenced for a reason."""

    rule: Rule
    span: Span
    pattern: Pattern
    silenced: Silence | None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the rules found in one document, before anything is decided."""

    document: Document
    hits: tuple[Hit, ...]
    contexts: frozenset[str]

    @property
    def active(self) -> Iterator[Hit]:
        """Return the hits that nothing silenced."""
        return (hit for hit in self.hits if hit.silenced is None)

    def words(self, span: Span) -> str:
        """Return the words of a span as they were written."""
        return self.document.as_written(span.sentence, span.start, span.end)


def count(findings: Findings) -> dict[str, int]:
    """Return what the decision table looks at, by name.

    A family counts once, at its heaviest tier; `guarded` counts decisive rejections that a guard
    silenced and that no other hit of their family makes up for.
    """
    tiers: dict[str, str] = {}
    labels: dict[str, set[str]] = {}
    vetoes: set[str] = set()
    for hit in findings.active:
        rule = hit.rule
        labels.setdefault(rule.label, set()).add(rule.family)
        if "rejection" in rule.vetoes:
            vetoes.add(rule.family)
        if rule.label == "rejection":
            known = tiers.get(rule.family, "weak")
            tiers[rule.family] = min(known, rule.tier, key=TIERS.index)
    guarded = {
        hit.rule.family
        for hit in findings.hits
        if hit.silenced
        and hit.silenced.guarded
        and hit.rule.label == "rejection"
        and hit.rule.tier == "decisive"
    }
    return {
        **{label: len(families) for label, families in labels.items()},
        **dict.fromkeys(findings.contexts, 1),
        **Counter(tiers.values()),
        "veto": len(vetoes),
        "guarded": len(guarded - {family for family, tier in tiers.items() if tier == "decisive"}),
    }


def kind_of(rejecting: Sequence[Hit]) -> Kind | None:
    """Return `closed` where the heaviest evidence only says that there is no such job any more."""
    for tier in TIERS:
        kinds = {hit.rule.kind for hit in rejecting if hit.rule.tier == tier}
        if kinds:
            return "decision" if "decision" in kinds else "closed"
    return None


def stage_of(active: Sequence[Hit]) -> Stage | None:
    """Return the furthest stage that a rule tells."""
    reached = {hit.rule.stage for hit in active if hit.rule.stage}
    return next((stage for stage in reversed(_STAGES) if stage in reached), None)


def tell_evidence(findings: Findings) -> Iterator[Evidence]:
    """Yield what spoke, each rule once a sentence and for a few sentences only."""
    told: Counter[str] = Counter()
    seen: set[tuple[str, int]] = set()
    for hit in findings.active:
        rule, index = hit.rule, hit.span.sentence
        if (rule.id, index) in seen:
            continue
        seen.add((rule.id, index))
        told[rule.id] += 1
        if told[rule.id] <= _MAX_NAMED:
            sentence = findings.document.sentences[index]
            words = findings.words(hit.span)
            yield Evidence(rule.id, rule.label, rule.tier, sentence.place, words, sentence.text, rule.stage)


def tell_against(findings: Findings) -> Iterator[Against]:
    """Yield what spoke against a rejection, and what kept rules from counting, for a few sentences each."""
    told: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, int, str]] = set()
    for hit in findings.hits:
        silence = hit.silenced
        if silence is None and "rejection" in hit.rule.vetoes:
            silence = Silence(hit.rule.id, None, f"speaks of {hit.rule.label} instead")
        if silence is None or (silence.name, hit.span.sentence, silence.why) in seen:
            continue
        seen.add((silence.name, hit.span.sentence, silence.why))
        told[silence.name, silence.why] += 1
        if told[silence.name, silence.why] <= _MAX_NAMED:
            yield Against(silence.name, findings.words(silence.span or hit.span), silence.why)
