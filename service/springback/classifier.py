"""Mail in, verdict with evidence out: rules are matched, weighed, counted and decided."""

from collections import Counter
from collections.abc import Iterator

from springback.document import Document, lay_out
from springback.findings import Findings, Hit, count, kind_of, stage_of, tell_against, tell_evidence
from springback.labels import VerdictName
from springback.language import common_words, main_language
from springback.matcher import Matcher, Owned
from springback.message import Message
from springback.rule import RuleSet
from springback.screen import Screen
from springback.verdict import Verdict
from springback.weighing import weigh


class Classifier:
    """A rule set made ready to judge mail."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.matcher = Matcher(_owned(rules), rules.common_words)
        self.fields = tuple(
            sorted(
                {
                    place.partition(":")[2].lower()
                    for rule in rules.rules
                    for place in rule.where
                    if place.startswith("header:")
                }
            )
        )
        self._screen = Screen(rules)

    def worth_reading(self, rough_text: str) -> bool:
        """Return False where the mail surely is no rejection, told from `rough_text` alone."""
        return self._screen.lets_through(rough_text)

    def classify(self, message: Message) -> Verdict:
        """Return the verdict on a mail."""
        return self.judge(lay_out(message, self.fields), cut=message.cut)

    def judge(self, document: Document, *, cut: bool = False) -> Verdict:
        """Return the verdict on a mail that is laid out; one that was cut is never a rejection."""
        return decide(self.find(document), self.rules, cut=cut)

    def find(self, document: Document) -> Findings:
        """Return every hit of every rule, and why some of them do not count."""
        return weigh(document, self.matcher.matches(document), self.rules)


def decide(findings: Findings, rules: RuleSet, *, cut: bool = False) -> Verdict:
    """Return the verdict that the decision table gives on what was found."""
    name, line = choose(findings, rules, cut=cut)
    active = list(findings.active)
    rejecting = [hit for hit in active if hit.rule.label == "rejection"]
    return Verdict(
        name=name,
        kind=kind_of(rejecting) if name != "other" else None,
        stage=stage_of(active) if name != "other" else None,
        language=_language(findings, rejecting, rules),
        evidence=tuple(tell_evidence(findings)),
        against=tuple(tell_against(findings)),
        line=line,
        feedback_refused=any(hit.rule.label == "no-feedback" for hit in active),
        reply_refused=any(hit.rule.label == "do-not-reply" for hit in active),
    )


def choose(findings: Findings, rules: RuleSet, *, cut: bool = False) -> tuple[VerdictName, str]:
    """Return the name of the verdict and the line of the table that decides: the first that fits."""
    counts = count(findings)
    for decision in rules.decisions:
        if decision.condition.holds(counts):
            line = f"line {decision.number}: {decision.when} -> {decision.then}"
            if decision.then == "rejection" and cut:
                return "review", f"{line}, but the mail was too long to read as a whole"
            return decision.then, line
    return "other", "no line of the decision table"


def _language(findings: Findings, rejecting: list[Hit], rules: RuleSet) -> str | None:
    """Return the mail's main language, of those that spoke of a rejection if any did."""
    counts = common_words(findings.document, rules)
    spoke = Counter(hit.rule.language for hit in rejecting if hit.rule.language)
    if spoke:
        return max(spoke, key=lambda language: (counts.get(language, 0), spoke[language]))
    return main_language(counts)


def _owned(rules: RuleSet) -> Iterator[Owned]:
    for rule in rules.rules:
        if rule.status != "retired":
            yield from (Owned("rule", rule.id, pattern, rule.language) for pattern in rule.patterns)
            yield from (Owned("unless", rule.id, pattern, rule.language) for pattern in rule.unless)
    for guard in rules.guards:
        yield from (Owned("guard", guard.name, pattern, guard.language) for pattern in guard.patterns)
    for context in rules.contexts:
        yield from (Owned("context", context.name, pattern, context.language) for pattern in context.patterns)
