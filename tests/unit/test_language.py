"""Which languages a mail is written in: the rules of the others must not speak in it."""

import pytest

from springback.classifier import Classifier
from springback.document import Sentence, document_of
from springback.language import Languages, common_words, main_language
from unit.making import rule_set

ENGLISH = "the and you your for with our have that"
GERMAN = "und die der das wir nicht für mit"
LISTS = (
    ("en", frozenset(ENGLISH.split())),
    ("de", frozenset({*GERMAN.split(), "for"})),
)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        (ENGLISH, {"de"}),
        (GERMAN, {"en"}),
        (f"{ENGLISH} die", {"de"}),
        (f"{ENGLISH} und wir", set()),
        (f"{ENGLISH} {GERMAN}", set()),
        ("the and you", set()),
        ("bonjour", set()),
        ("", set()),
    ],
)
def test_a_language_is_absent_where_a_text_holds_hardly_a_word_of_it(text: str, absent: set[str]) -> None:
    assert Languages(LISTS).absent(set(text.split())) == absent


def test_a_word_of_two_languages_tells_neither() -> None:
    assert Languages(LISTS).absent(set(f"{ENGLISH} for und".split())) == {"de"}


RULES = """
language = "de"
common_words = ["und", "wir", "nicht", "die", "der", "das", "haben"]
[[rule]]
id = "de.gone"
label = "rejection"
tier = "decisive"
any = ["absage"]
hit = ["Absage."]
miss = ["Zusage."]
"""
TABLE = """
language = "en"
common_words = ["the", "and", "you", "your", "for", "with", "our"]
[[decide]]
when = "decisive"
then = "rejection"
"""


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Absage.", "rejection"),
        ("Wir haben die Stelle besetzt und senden der Form halber das: Absage.", "rejection"),
        ("The song Absage is for you and your friends with our love.", "other"),
        ("The song is for you and your friends with our love. Wir haben nicht: Absage.", "rejection"),
    ],
)
def test_rules_of_an_absent_language_say_nothing(text: str, verdict: str) -> None:
    classifier = Classifier(rule_set(RULES, TABLE))
    document = document_of([Sentence("text", text)])
    assert classifier.judge(document).name == verdict
    assert classifier.worth_reading(text) or verdict == "other"


def test_the_main_language_has_the_most_common_words() -> None:
    document = document_of([Sentence("text", "We and you. Und wir, die der das haben nicht.")])
    counts = common_words(document, rule_set(RULES, TABLE))
    assert (counts["en"], counts["de"]) == (2, 7)
    assert main_language(counts) == "de"
    assert main_language({"en": 2}) is None
    assert main_language({}) is None
