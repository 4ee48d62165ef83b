"""Which languages a mail is written in, told by their commonest words."""

from collections import Counter
from collections.abc import Mapping

from springback.document import Document
from springback.rule import RuleSet

_MIN_COMMON_WORDS = 3
_SURE = 8  # common words of a language from which on others can be told to be absent
_SHARE = 0.1  # of its words, which another language has at least where it is present


def common_words(document: Document, rules: RuleSet) -> Mapping[str, int]:
    """Return how many common words of each language the mail's own text holds."""
    words = _words(document)
    return {language: sum(words[word] for word in common) for language, common in rules.common_words}


def main_language(counts: Mapping[str, int]) -> str | None:
    """Return the language whose common words prevail, or None where there are too few."""
    best = max(counts, key=lambda language: counts[language], default=None)
    return best if best and counts[best] >= _MIN_COMMON_WORDS else None


def absent_languages(document: Document, rules: RuleSet) -> frozenset[str]:
    """Return the languages that surely no sentence of the mail is written in.

    Only words that no other language has among its common ones are counted. In a short text every
    language may be present.
    """
    words = _words(document)
    lists = dict(rules.common_words)
    counts: dict[str, int] = {}
    for language, common in lists.items():
        others = {word for other, known in lists.items() if other != language for word in known}
        counts[language] = sum(words[word] for word in common - others)
    best = max(counts.values(), default=0)
    return frozenset(one for one, count in counts.items() if best >= _SURE and count < _SHARE * best)


def _words(document: Document) -> Counter[str]:
    return Counter(
        word
        for line, sentence in zip(document.joined.decode().split("\n"), document.sentences, strict=False)
        if sentence.is_own
        for word in line.split()
    )
