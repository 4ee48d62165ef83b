"""Mutation of a rule set: what can be taken out of it without anybody noticing?

Each phrase of a rule, an `unless`, a guard or a context, each context that a rule needs, each veto, each
guard that the rules of a file heed, and each condition of the decision table is left out in turn; an
example or a labelled mail must notice. What nothing notices is not needed, or pinned by no example
(R. A. DeMillo, R. J. Lipton, F. G. Sayward: Hints on test data selection, 1978).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from springback.classifier import Classifier, choose
from springback.decision import Term
from springback.document import Document, Sentence, document_of, lay_out
from springback.examples import awake, example_document, hit_problem, miss_problem
from springback.matcher import Match, Owned, OwnerKind
from springback.message import parse_message
from springback.rule import DecisionLine, Phrases, Rule, RuleSet
from springback.sentences import split_sentences
from springback.tuning.labelled import Labelled
from springback.weighing import weigh


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule set with one thing left out: what, and of what."""

    kind: str
    owner: str
    left_out: str
    file: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """All that was tried, and what nobody noticed."""

    tried: int
    survivors: tuple[Mutant, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """An example or a mail: what is matched in it, and whether it comes out as it should."""

    matches: tuple[Match, ...]
    holds: Callable[[Sequence[Match], RuleSet], bool]

    def notices(self, rules: RuleSet, without: Owned | None = None) -> bool:
        """Return whether the case fails under these rules, or without a pattern."""
        return not self.holds([match for match in self.matches if match.owned != without], rules)


class _Bench:
    """The cases, and for each pattern and each rule those that it matters to."""

    def __init__(self, rules: RuleSet, mails: Iterable[Labelled]) -> None:
        self.rules = rules
        classifier = Classifier(rules)
        # What fails as it is can prove nothing.
        self.mails = [case for case in _mail_cases(classifier, mails) if not case.notices(rules)]
        examples = (*_rule_cases(classifier), *_phrase_cases(classifier))
        cases = [*(case for case in examples if not case.notices(rules)), *self.mails]
        self.by_owned: dict[Owned, list[_Case]] = {}
        self.by_rule: dict[str, list[_Case]] = {}
        for case in cases:
            for owned in {match.owned for match in case.matches}:
                self.by_owned.setdefault(owned, []).append(case)
            for rule_id in {match.owned.name for match in case.matches if match.owned.kind == "rule"}:
                self.by_rule.setdefault(rule_id, []).append(case)
        self.owned = tuple(dict.fromkeys(classifier.matcher.owned))


def mutate(rules: RuleSet, mails: Sequence[Labelled], step: Callable[[], object] = lambda: None) -> Mutation:
    """Return what was left out in turn and what of it no example and no mail noticed."""
    bench = _Bench(rules, mails)
    tried, survivors = 0, []
    for mutant, noticed in _trials(bench):
        tried += 1
        if not noticed:
            survivors.append(mutant)
        step()
    return Mutation(tried, tuple(survivors))


def _trials(bench: _Bench) -> Iterator[tuple[Mutant, bool]]:
    rules = bench.rules
    files = {rule.id: rule.file for rule in rules.rules}
    shared = {owned: phrases.file for phrases, owned in _shared(rules)}
    for owned in bench.owned:
        mutant = Mutant(
            "phrase" if owned.kind == "rule" else owned.kind,
            owned.name,
            owned.pattern.source,
            shared[owned] if owned in shared else files[owned.name],
        )
        yield mutant, any(case.notices(rules, owned) for case in bench.by_owned.get(owned, ()))
    for rule in rules.rules:
        cases = bench.by_rule.get(rule.id, ())
        for kind, left_out, changed in _changes(rule):
            changed_rules = _with_rule(rules, changed)
            yield (
                Mutant(kind, rule.id, left_out, rule.file),
                any(case.notices(changed_rules) for case in cases),
            )
    acting = [rule for rule in rules.rules if rule.status == "active"]
    for file, name in sorted({(rule.file, name) for rule in acting for name in rule.guards}):
        changed_rules = _without_guard(rules, file, name)
        cases = [case for rule in rules.rules if rule.file == file for case in bench.by_rule.get(rule.id, ())]
        mutant = Mutant("guards", name, f"{name} in all rules of {file}", file)
        yield mutant, any(case.notices(changed_rules) for case in cases)
    for left_out, decisions in _tables(rules.decisions):
        changed_rules = replace(rules, decisions=decisions)
        mutant = Mutant("condition", "decision table", left_out, "decision table")
        yield mutant, any(case.notices(changed_rules) for case in bench.mails)


def _changes(rule: Rule) -> Iterator[tuple[str, str, Rule]]:
    """Yield the rule with each of its conditions left out in turn."""
    if rule.status != "active":
        return
    for name in rule.needs:
        yield "needs", name, replace(rule, needs=tuple(one for one in rule.needs if one != name))
    if rule.vetoes:
        yield "vetoes", ", ".join(rule.vetoes), replace(rule, vetoes=())


def _without_guard(rules: RuleSet, file: str, name: str) -> RuleSet:
    changed = (
        replace(rule, guards=tuple(one for one in rule.guards if one != name)) if rule.file == file else rule
        for rule in rules.rules
    )
    return replace(rules, rules=tuple(changed))


def _with_rule(rules: RuleSet, changed: Rule) -> RuleSet:
    return replace(rules, rules=tuple(changed if one.id == changed.id else one for one in rules.rules))


def _tables(lines: Sequence[DecisionLine]) -> Iterator[tuple[str, tuple[DecisionLine, ...]]]:
    """Yield the table without each of its lines, and without each operand of a condition."""
    for number, line in enumerate(lines):
        before, after = tuple(lines[:number]), tuple(lines[number + 1 :])
        yield f"{line.when} -> {line.then}", before + after
        for told, condition in _terms(line.condition):
            yield f"{told} in {line.when!r}", (*before, replace(line, condition=condition), *after)


def _terms(term: Term) -> Iterator[tuple[str, Term]]:
    for number, operand in enumerate(term.operands):
        rest = term.operands[:number] + term.operands[number + 1 :]
        if rest:
            yield _told(operand), rest[0] if len(rest) == 1 else replace(term, operands=rest)
        for told, changed in _terms(operand):
            operands = (*term.operands[:number], changed, *term.operands[number + 1 :])
            yield told, replace(term, operands=operands)


def _told(term: Term) -> str:
    if term.operator == "count":
        return term.name if term.least == 1 else f"{term.name}>={term.least}"
    if term.operator == "not":
        return f"not {_told(term.operands[0])}"
    return f"({f' {term.operator} '.join(map(_told, term.operands))})"


def _rule_cases(classifier: Classifier) -> Iterator[_Case]:
    for rule in classifier.rules.rules:
        if rule.status != "retired":
            for text in rule.hit:
                yield _hit_case(classifier, rule, text)
            for text in rule.miss:
                yield _miss_case(classifier, rule, text)


def _hit_case(classifier: Classifier, rule: Rule, text: str) -> _Case:
    document, acting = example_document(rule, text), _acting(rule)
    return _Case(
        tuple(classifier.matcher.matches(document)),
        lambda matches, rules: hit_problem(rule, text, weigh(document, matches, acting(rules))) is None,
    )


def _miss_case(classifier: Classifier, rule: Rule, text: str) -> _Case:
    document, acting = example_document(rule, text), _acting(rule)
    return _Case(
        tuple(classifier.matcher.matches(document)),
        lambda matches, rules: miss_problem(rule, weigh(document, matches, acting(rules))) is None,
    )


def _acting(rule: Rule) -> Callable[[RuleSet], RuleSet]:
    """Return what makes the rules those that an example of this rule is run with."""
    return awake if rule.status == "experimental" else lambda rules: rules


def _shared(rules: RuleSet) -> Iterator[tuple[Phrases, Owned]]:
    """Yield the guards and the contexts with each of their patterns."""
    kinds: tuple[tuple[OwnerKind, tuple[Phrases, ...]], ...] = (
        ("guard", rules.guards),
        ("context", rules.contexts),
    )
    for kind, owners in kinds:
        for phrases in owners:
            for pattern in phrases.patterns:
                yield phrases, Owned(kind, phrases.name, pattern, phrases.language)


def _phrase_cases(classifier: Classifier) -> Iterator[_Case]:
    """Yield the examples of guards and contexts: one of their phrases must be found."""
    for phrases, shared in groupby(_shared(classifier.rules), key=itemgetter(0)):
        own = {owned for _, owned in shared}
        for text in phrases.hit:
            document = document_of(Sentence("text", line) for line in split_sentences(text))
            yield _Case(tuple(classifier.matcher.matches(document, everything=True)), _finds(own))


def _finds(own: AbstractSet[Owned]) -> Callable[[Sequence[Match], RuleSet], bool]:
    return lambda matches, _: any(match.owned in own for match in matches)


def _mail_cases(classifier: Classifier, mails: Iterable[Labelled]) -> Iterator[_Case]:
    for mail in mails:
        if mail.meaning != "left-out" or mail.expected.get("verdict"):
            message = parse_message(mail.raw)
            document = lay_out(message, classifier.fields)
            yield _Case(
                tuple(classifier.matcher.matches(document)), _comes_out(mail, document, cut=message.cut)
            )


def _comes_out(
    mail: Labelled, document: Document, *, cut: bool
) -> Callable[[Sequence[Match], RuleSet], bool]:
    expected = mail.expected.get("verdict")

    def holds(matches: Sequence[Match], rules: RuleSet) -> bool:
        name, _ = choose(weigh(document, matches, rules), rules, cut=cut)
        return name == expected if expected else (name == "rejection") == (mail.meaning == "rejection")

    return holds
