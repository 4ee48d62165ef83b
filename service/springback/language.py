"""Which languages a mail is written in, told by their commonest words."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from springback.document import Document
from springback.rule import RuleSet

CommonWords = tuple[tuple[str, frozenset[str]], ...]

_MIN_COMMON_WORDS = 3
_SURE = 6  # different common words of one language from which on others can be told to be absent
_PRESENT = 2  # different common words that a language has at least where it is present


class Languages:
    """The common words that belong to one language alone."""

    def __init__(self, common_words: CommonWords) -> None:
        self._own = [
            (
                language,
                words - {word for other, theirs in common_words if other != language for word in theirs},
            )
            for language, words in common_words
        ]

    def absent(self, words: AbstractSet[str]) -> frozenset[str]:
        """Return the languages that no sentence is written in, of a text with these words.

        In a short text every language may be present.
        """
        counts = {language: len(own & words) for language, own in self._own}
        if max(counts.values(), default=0) < _SURE:
            return frozenset()
        return frozenset(language for language, count in counts.items() if count < _PRESENT)


def common_words(document: Document, rules: RuleSet) -> Mapping[str, int]:
    """Return how many common words of each language the mail's own text holds."""
    words = Counter(
        word
        for line, sentence in zip(document.joined.decode().split("\n"), document.sentences, strict=False)
        if sentence.is_own
        for word in line.split()
    )
    return {language: sum(words[word] for word in common) for language, common in rules.common_words}


def main_language(counts: Mapping[str, int]) -> str | None:
    """Return the language whose common words prevail, or None where there are too few."""
    best = max(counts, key=lambda language: counts[language], default=None)
    return best if best and counts[best] >= _MIN_COMMON_WORDS else None
