"""Which of the patterns that were found count, and what silences the others."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from springback.document import Document
from springback.findings import TIERS, Findings, Hit, Silence
from springback.matcher import Match, Span
from springback.rule import Rule, RuleSet

_OTHERS_WORDS = ("cited", "quoted", "forwarded")


def weigh(document: Document, matches: Iterable[Match], rules: RuleSet) -> Findings:
    """Return every hit of every rule, in the order of the sentences, silenced or not."""
    by_id = {rule.id: rule for rule in rules.rules}
    guard_why = {phrases.name: phrases.why for phrases in rules.guards if phrases.why}
    hitting: list[tuple[Rule, Match]] = []
    guards: dict[tuple[str, int], Span] = {}
    unless: dict[tuple[str, int], Span] = {}
    contexts: set[tuple[str, str | None]] = set()
    for match in matches:
        owned, span = match.owned, match.span
        if owned.kind == "rule":
            hitting.append((by_id[owned.name], match))
        elif owned.kind == "guard":
            guards.setdefault((owned.name, span.sentence), span)
        elif owned.kind == "unless":
            unless.setdefault((owned.name, span.sentence), span)
        elif document.sentences[span.sentence].is_own:
            contexts.add((owned.name, owned.language))
    hits = []
    for rule, match in hitting:
        silence = _elsewhere(document, rule, match.span)
        if silence is None and not document.sentences[match.span.sentence].stands_in(rule.where):
            continue
        silence = silence or _silence(rule, match.span.sentence, guards, unless, contexts, guard_why)
        if silence is None and rule.label == "rejection" and document.sentences[match.span.sentence].asks:
            silence = Silence(rule.id, None, "asks, and tells nothing", guarded=True)
        hits.append(Hit(rule, match.span, match.owned.pattern, silence))
    hits.sort(key=lambda hit: (hit.span.sentence, TIERS.index(hit.rule.tier)))
    return Findings(document, tuple(hits), frozenset(name for name, _ in contexts))


def _elsewhere(document: Document, rule: Rule, span: Span) -> Silence | None:
    place = document.sentences[span.sentence]
    if place.place in _OTHERS_WORDS and not place.stands_in(rule.where):
        return Silence(rule.id, None, f"stands in {place.place} text")
    return None


def _silence(
    rule: Rule,
    sentence: int,
    guards: Mapping[tuple[str, int], Span],
    unless: Mapping[tuple[str, int], Span],
    contexts: AbstractSet[tuple[str, str | None]],
    guard_why: Mapping[str, str],
) -> Silence | None:
    if rule.status == "experimental":
        return Silence(rule.id, None, "is experimental: it is told, but never acts")
    if (rule.id, sentence) in unless:
        return Silence(rule.id, unless[rule.id, sentence], "doesn't count in a sentence with these words")
    for name in rule.guards:
        if (name, sentence) in guards:
            why = f"{rule.id} doesn't count: {guard_why.get(name, name)}"
            return Silence(f"guard.{name}", guards[name, sentence], why, guarded=True)
    missing = [name for name in rule.needs if not _present(name, rule.language, contexts)]
    if missing:
        return Silence(rule.id, None, f"needs the context {', '.join(missing)}")
    return None


def _present(name: str, language: str | None, contexts: AbstractSet[tuple[str, str | None]]) -> bool:
    """Return whether a context was found in a language: a job in one is a loan in another."""
    return any(name == one and (language is None or other in (language, None)) for one, other in contexts)
