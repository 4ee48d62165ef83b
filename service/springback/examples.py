"""The examples that rules carry, run: what must hit hits, what must miss misses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import re2

from springback.classifier import Classifier
from springback.details import captures
from springback.document import Document, Sentence, document_of
from springback.findings import Findings, Hit
from springback.normal import normalise
from springback.phrases import Pattern, options
from springback.rule import Detail, Phrases, Rule, RuleSet
from springback.sentences import split_sentences

_MARK = re.compile(r"\[\[(.*?)\]\]")
_FIELD_MARK = re.compile(r"\[\[(\w+):(.*?)\]\]")


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that isn't as its author said, or a phrase that no example exercises."""

    file: str
    rule: str
    text: str
    problem: str

    def __str__(self) -> str:
        shown = f": {self.text!r}" if self.text else ""
        return f"{self.file}: {self.rule}: {self.problem}{shown}"


def run_examples(rules: RuleSet, *, only: str | None = None, within: str = "") -> list[Failure]:
    """Return every failure; `only` limits the run to one rule id, `within` to files whose names begin so."""
    classifier = Classifier(awake(rules))
    failures: list[Failure] = []
    for rule in rules.rules:
        if rule.status != "retired" and only in (None, rule.id) and rule.file.startswith(within):
            failures += _run_rule(classifier, rule)
    if only is None:
        for phrases in (*rules.guards, *rules.contexts):
            if phrases.file.startswith(within):
                failures += _run_phrases(phrases)
    for detail in rules.details:
        if only in (None, detail.id) and detail.file.startswith(within):
            failures += _run_detail(detail)
    return failures


def awake(rules: RuleSet) -> RuleSet:
    """Return the rules with the experimental ones acting: their examples are run as if they did."""
    changed = (
        replace(rule, status="active") if rule.status == "experimental" else rule for rule in rules.rules
    )
    return replace(rules, rules=tuple(changed))


def example_count(rules: RuleSet) -> int:
    """Return how many examples the rule set carries."""
    owners: list[Rule | Phrases | Detail] = [*rules.rules, *rules.guards, *rules.contexts]
    owners += rules.details
    return sum(len(owner.hit) + len(owner.miss) for owner in owners)


def _run_rule(classifier: Classifier, rule: Rule) -> Iterator[Failure]:
    exercised: set[Pattern] = set()
    for text in rule.hit:
        findings = classifier.find(example_document(rule, text))
        exercised.update(hit.pattern for hit in _hits(rule, findings))
        problem = hit_problem(rule, text, findings)
        if problem:
            yield Failure(rule.file, rule.id, text, problem)
    for text in rule.miss:
        problem = miss_problem(rule, classifier.find(example_document(rule, text)))
        if problem:
            yield Failure(rule.file, rule.id, text, problem)
    for pattern in rule.patterns:
        if pattern not in exercised:
            yield Failure(rule.file, rule.id, pattern.source, "no `hit` example uses this phrase")


def hit_problem(rule: Rule, text: str, findings: Findings) -> str | None:
    """Return what is wrong with what was found in an example that must hit, or None."""
    hits = _hits(rule, findings)
    if not hits:
        return f"must hit, but {_why_not(rule, findings)}"
    found = {normalise(findings.words(hit.span)) for hit in hits}
    if any(normalise(mark[1]) not in found for mark in _MARK.finditer(text)):
        return f"hits on {', '.join(sorted(found))!r}, not on the marked words"
    return None


def miss_problem(rule: Rule, findings: Findings) -> str | None:
    """Return what is wrong with what was found in an example that must miss, or None."""
    hit = next(iter(_hits(rule, findings)), None)
    return f"must miss, but hits on {findings.words(hit.span)!r}" if hit else None


def _hits(rule: Rule, findings: Findings) -> list[Hit]:
    return [hit for hit in findings.active if hit.rule.id == rule.id]


def _why_not(rule: Rule, findings: Findings) -> str:
    for hit in findings.hits:
        if hit.rule.id == rule.id and hit.silenced:
            return f"{hit.silenced.why} ({findings.words(hit.silenced.span or hit.span)!r})"
    return "no phrase is found in it"


def example_document(rule: Rule, example: str) -> Document:
    """Return an example laid out: a "Subject: ..." line, then text; or text alone.

    For a rule that looks elsewhere only, the example stands there.
    """
    text = _MARK.sub(r"\1", example)
    first, _, rest = text.partition("\n")
    sentences: list[Sentence] = []
    if first.startswith("Subject: "):
        sentences += [Sentence("subject", line) for line in split_sentences(first[9:])]
        text = rest
    own = {"subject", "text", "opening"}
    place = "text" if own & set(rule.where) else rule.where[0]
    sentences += [Sentence(place, line, opening=place == "text") for line in split_sentences(text)]
    return document_of(sentences)


def _run_phrases(phrases: Phrases) -> Iterator[Failure]:
    name = f"[{phrases.name}]"
    compiled = [(pattern, re2.compile(pattern.regex, options())) for pattern in phrases.patterns]
    exercised: set[Pattern] = set()
    for text in phrases.hit:
        found = {pattern for pattern, regex in compiled if _found(regex, text)}
        exercised |= found
        if not found:
            yield Failure(phrases.file, name, text, "must hit, but no phrase is found in it")
    for text in phrases.miss:
        for pattern, regex in compiled:
            if _found(regex, text):
                problem = f"must miss, but hits on {pattern.source!r}"
                yield Failure(phrases.file, name, text, problem)
    for pattern, _ in compiled:
        if pattern not in exercised:
            yield Failure(phrases.file, name, pattern.source, "no `hit` example uses this phrase")


def _found(regex: re2._Regexp, text: str) -> bool:
    lines = (normalise(line) for line in split_sentences(_MARK.sub(r"\1", text)))
    return any(regex.search(f" {line} ") for line in lines)


def _run_detail(detail: Detail) -> Iterator[Failure]:
    exercised: set[str] = set()
    for text in detail.hit:
        wanted = {(field, value.strip()) for field, value in _FIELD_MARK.findall(text)}
        found = captures(detail, split_sentences(_FIELD_MARK.sub(r"\2", text)))
        exercised.update(capture.regex for capture in found)
        got = {(capture.field, capture.value) for capture in found}
        if not wanted:
            problem = "mark what must be found, as [[company:Acme]]"
            yield Failure(detail.file, detail.id, text, problem)
        elif not wanted <= got:
            yield Failure(detail.file, detail.id, text, f"must find {wanted}, but finds {got}")
    for text in detail.miss:
        found = captures(detail, split_sentences(text))
        if found:
            problem = f"must miss, but finds {found[0].field} {found[0].value!r}"
            yield Failure(detail.file, detail.id, text, problem)
    for regex in detail.regexes:
        if regex.source not in exercised:
            yield Failure(detail.file, detail.id, regex.source, "no `hit` example uses this expression")
