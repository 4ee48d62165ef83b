"""Precision and recall of a rule set on labelled mail, and what each rule contributes.

A rejection counts as found where the verdict is `rejection`: only then a draft is made. Mail that is
left for review is counted by itself, since a person looks at it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from types import MappingProxyType

from springback.classifier import Classifier, choose, decide
from springback.details import find_details
from springback.document import lay_out
from springback.findings import Findings
from springback.gate import no_letter
from springback.labels import VerdictName
from springback.message import parse_message
from springback.tuning.labelled import Labelled
from springback.verdict import Verdict

_DETAILS = ("kind", "stage", "company", "role", "name")
_REMARKS = frozenset({"regret", "farewell", "stage", "no-feedback", "do-not-reply"})
_Z = 1.959964  # of the normal distribution: 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole with its 95 % interval."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Return the share, or None where there is nothing to have a share of."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return the Wilson score interval (E. B. Wilson, JASA 22, 1927)."""
        if not self.whole:
            return 0.0, 1.0
        n, p = self.whole, self.part / self.whole
        centre = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled mail, what was found in it, and the verdict."""

    mail: Labelled
    findings: Findings
    verdict: Verdict
    found: dict[str, str | None]
    cut: bool

    @property
    def right(self) -> bool | None:
        """Return whether a draft is made exactly where one should be; None where it is left out."""
        return None if self.mail.meaning == "left-out" else self.would_be_right(self.verdict.name)

    def would_be_right(self, verdict: VerdictName) -> bool:
        """Return whether this verdict would make a draft exactly where one should be made."""
        return (verdict == "rejection") == (self.mail.meaning == "rejection")

    @property
    def own_sentences(self) -> list[str]:
        """Return what its writer wrote, subject first."""
        sentences = self.findings.document.sentences
        return [one.text for one in sentences if one.is_own]


@dataclass(frozen=True, slots=True)
class Score:
    """How a group of mails was judged."""

    name: str
    verdicts: Mapping[str, int]
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class RuleScore:
    """What a rule did: `right` and `wrong` count mails it speaks in, for or against its label.

    A remark (on the stage, on regret, on replying) stands in mail of every kind: it is never wrong, and
    has no precision. `decisive` counts mails whose verdict changes without the rule, `decisive_wrong`
    those of them that are wrong with it and would be right then. `overlap` names the rule that most
    often speaks in the same mails, and in what share of them.
    """

    rule: str
    label: str
    tier: str
    language: str | None
    right: int
    wrong: int
    decisive: int
    decisive_wrong: int
    overlap: str | None
    overlap_share: float

    @property
    def precision(self) -> Share:
        """Return the share of mails in which the rule was right to speak, of none for a remark."""
        return Share(0, 0) if self.label in _REMARKS else Share(self.right, self.right + self.wrong)


@dataclass(frozen=True, slots=True)
class DetailScore:
    """How often a detail of a rejection that gets a draft was found right, found wrong, or not found."""

    detail: str
    right: int
    wrong: int
    missing: int
    rightly_none: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """All figures of one run."""

    digest: str
    judged: tuple[Judged, ...]
    total: Score
    languages: tuple[Score, ...]
    labels: tuple[Score, ...]
    sources: tuple[Score, ...]
    rules: tuple[RuleScore, ...]
    details: tuple[DetailScore, ...]

    @property
    def wrong(self) -> Iterator[Judged]:
        """Yield the mails that get a draft and shouldn't, then those that should and don't."""
        yield from (one for one in self.judged if one.right is False and one.verdict.name == "rejection")
        yield from (one for one in self.judged if one.right is False and one.verdict.name != "rejection")


def measure(
    mails: Sequence[Labelled], classifier: Classifier, step: Callable[[], object] = lambda: None
) -> Measurement:
    """Return the figures; `step` is called after each mail, to show progress."""
    judged = []
    for mail in mails:
        judged.append(judge(mail, classifier))
        step()
    return Measurement(
        digest=classifier.rules.digest,
        judged=tuple(judged),
        total=_score("all", judged),
        languages=_scores(judged, lambda one: one.mail.language or "not told"),
        labels=_scores(judged, lambda one: one.mail.label),
        sources=_scores(judged, lambda one: one.mail.source),
        rules=tuple(_rule_scores(judged, classifier)),
        details=tuple(_detail_scores(judged)),
    )


def judge(mail: Labelled, classifier: Classifier) -> Judged:
    """Return what the rules make of a labelled mail."""
    message = parse_message(mail.raw)
    document = lay_out(message, classifier.fields)
    findings = classifier.find(document)
    verdict = decide(findings, classifier.rules, cut=message.cut)
    machine = no_letter(message.headers)
    if machine:
        verdict = replace(verdict, name="other", kind=None, stage=None, line=f"gate: {machine}")
    details = find_details(document, classifier.rules.details, verdict.language)
    found = {
        "kind": verdict.kind,
        "stage": verdict.stage,
        "company": details.company,
        "role": details.role,
        "name": details.name,
    }
    return Judged(mail, findings, verdict, found, message.cut)


def _score(name: str, judged: Iterable[Judged]) -> Score:
    counted = [one for one in judged if one.right is not None]
    drafted = [one for one in counted if one.verdict.name == "rejection"]
    true = [one for one in counted if one.mail.meaning == "rejection"]
    both = sum(one.mail.meaning == "rejection" for one in drafted)
    verdicts: Counter[str] = Counter(one.verdict.name for one in counted)
    return Score(name, MappingProxyType(dict(verdicts)), Share(both, len(drafted)), Share(both, len(true)))


def _scores(judged: Sequence[Judged], group: Callable[[Judged], str]) -> tuple[Score, ...]:
    names = sorted({group(one) for one in judged})
    return tuple(_score(name, [one for one in judged if group(one) == name]) for name in names)


def _rule_scores(judged: Sequence[Judged], classifier: Classifier) -> Iterator[RuleScore]:
    speaks: dict[str, set[int]] = {}
    decides: dict[str, list[bool]] = {}
    for number, one in enumerate(judged):
        if one.right is None or one.verdict.line.startswith("gate"):
            continue
        for rule_id in {hit.rule.id for hit in one.findings.active}:
            speaks.setdefault(rule_id, set()).add(number)
            name, _ = choose(_without(one.findings, rule_id), classifier.rules, cut=one.cut)
            if name != one.verdict.name:
                decides.setdefault(rule_id, []).append(not one.right and one.would_be_right(name))
    for rule in classifier.rules.rules:
        mails = speaks.get(rule.id, set())
        rejections = sum(judged[number].mail.meaning == "rejection" for number in mails)
        right = rejections if rule.label == "rejection" else len(mails) - rejections
        right = len(mails) if rule.label in _REMARKS else right
        other, shared = _overlap(rule.id, speaks)
        changed = decides.get(rule.id, [])
        yield RuleScore(
            rule.id,
            rule.label,
            rule.tier,
            rule.language,
            right,
            len(mails) - right,
            len(changed),
            sum(changed),
            other,
            shared / len(mails) if mails else 0.0,
        )


def _without(findings: Findings, rule_id: str) -> Findings:
    return replace(findings, hits=tuple(hit for hit in findings.hits if hit.rule.id != rule_id))


def _overlap(rule_id: str, speaks: dict[str, set[int]]) -> tuple[str | None, int]:
    mails = speaks.get(rule_id, set())
    shared = {name: len(mails & others) for name, others in speaks.items() if name != rule_id}
    best = max(sorted(shared), key=lambda name: shared[name], default=None)
    return (best, shared[best]) if best and shared[best] else (None, 0)


def _detail_scores(judged: Sequence[Judged]) -> Iterator[DetailScore]:
    for detail in _DETAILS:
        outcomes = Counter(
            _outcome(one.mail.expected[detail], one.found[detail])
            for one in judged
            if detail in one.mail.expected
            and one.mail.meaning == "rejection"
            and one.verdict.name == "rejection"
        )
        if outcomes:
            yield DetailScore(
                detail, outcomes["right"], outcomes["wrong"], outcomes["missing"], outcomes["rightly none"]
            )


def _outcome(expected: str | None, found: str | None) -> str:
    if found is None:
        return "rightly none" if expected is None else "missing"
    return "right" if expected and expected.casefold() == found.casefold() else "wrong"
