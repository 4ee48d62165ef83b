"""The quick look at a text's words: it spares work, and never loses a pattern that would be found."""

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from springback.document import Sentence, document_of
from springback.matcher import Matcher, Owned
from springback.normal import fold, normalise
from springback.phrases import Pattern, compile_list, compile_phrase, compile_regex, options
from springback.prefilter import WordIndex, either, runs

ENTRIES = {
    "others": ["somebody", "{*}bewerber", "(an|one) other{*}", "für jemand?"],
    "open": ["kim", "{*}a{*}"],
}
LISTS = {name: compile_list(entries) for name, entries in ENTRIES.items()}

WORDS = ("we", "chosen", "für", "größe", "ansøgning", "weiß", "n'a", "follow-up", "übergrößenträger", "été")
NOISE = ("lorem", "we", "fur", "chosen", "grosse", "one", "x1", "somebody", "a")
Made = tuple[str, str]  # a part of a phrase, and words that it finds


def index_of(*phrases: str) -> WordIndex:
    return WordIndex([compile_phrase(phrase, LISTS).clauses for phrase in phrases])


def numbers_in(index: WordIndex, text: str) -> list[int]:
    return [number for number, _ in index.candidates(text)]


def laid_out(text: str) -> str:
    return f" {normalise(text)} "


def found(pattern: Pattern, text: str) -> bool:
    return re2.compile(pattern.regex, options()).search(laid_out(text)) is not None


def spelt(word: str) -> st.SearchStrategy[str]:
    """Return the spellings of a word that mean the same."""
    with_e = word
    for letter in "äöüø":
        with_e = with_e.replace(letter, f"{fold(letter)}e")
    return st.sampled_from((word, word.upper(), fold(word), with_e, with_e.title()))


@st.composite
def atoms(draw: st.DrawFn) -> Made:
    word = draw(st.sampled_from(WORDS))
    before, behind = draw(st.sampled_from((("", ""), ("{*}", ""), ("", "{*}"), ("{*}", "{*}"))))
    text = draw(spelt(word))
    more = st.text("abxyzü", max_size=4)
    return (
        f"{before}{word}{behind}",
        (draw(more) if before else "") + text + (draw(more) if behind else ""),
    )


@st.composite
def gaps(draw: st.DrawFn) -> Made:
    most = draw(st.integers(1, 30))
    return f"{{{most}}}", " ".join(draw(st.lists(st.sampled_from(NOISE), max_size=most)))


@st.composite
def choices(draw: st.DrawFn, parts: st.SearchStrategy[Made]) -> Made:
    options_ = draw(st.lists(st.lists(parts, min_size=1, max_size=2), min_size=1, max_size=3))
    chosen = draw(st.sampled_from(options_))
    return (
        f"({'|'.join(' '.join(source for source, _ in option) for option in options_)})",
        " ".join(text for _, text in chosen),
    )


@st.composite
def optional(draw: st.DrawFn, parts: st.SearchStrategy[Made]) -> Made:
    source, text = draw(parts.filter(lambda made: not made[0].endswith("?")))
    return f"{source}?", draw(st.sampled_from((text, "")))


NAMED = st.sampled_from(
    (
        ("{others}", "somebody"), ("{others}", "Mitbewerber"), ("{others}", "one others"),
        ("{others}", "fuer"), ("{others}", "FÜR jemand"), ("{open}", "Kim"), ("{open}", "xaz"),
    )
)  # fmt: skip
PARTS = st.recursive(atoms() | NAMED, lambda inner: choices(inner) | optional(inner), max_leaves=4)


@st.composite
def phrases(draw: st.DrawFn) -> Made:
    """Return a phrase and a text that holds it."""
    parts = draw(st.lists(PARTS | gaps(), max_size=3))
    parts.insert(draw(st.integers(0, len(parts))), draw(atoms()))
    before, behind = draw(st.lists(st.sampled_from(NOISE), min_size=2, max_size=2))
    text = " ".join([before, *(text for _, text in parts), behind])
    return " ".join(source for source, _ in parts), text


@settings(max_examples=300)
@given(phrases())
@example(("follow-up{*}", "our follow ups"))
@example(("{*}follow-up", "our xfollow up"))
@example(("{*}follow-up{*}", "our xfollow ups"))
@example(("{*}größe{*}", "die Übergroessen"))
@example(("übergrößenträger", "UEBERGROSSENTRAEGER"))
def test_a_phrase_that_stands_in_the_text_is_looked_for(made: Made) -> None:
    phrase, text = made
    pattern = compile_phrase(phrase, LISTS)
    assert found(pattern, text)
    assert numbers_in(WordIndex([pattern.clauses]), laid_out(text)) == [0]


@given(
    st.lists(phrases(), min_size=1, max_size=5),
    st.lists(st.sampled_from((*WORDS, *NOISE)).flatmap(spelt), max_size=10),
)
def test_no_phrase_of_many_is_lost(many: list[Made], words: list[str]) -> None:
    patterns = [compile_phrase(phrase, LISTS) for phrase, _ in many]
    index = WordIndex([pattern.clauses for pattern in patterns])
    for text in (" ".join(words), " ".join([*words, many[0][1]]), "\n".join(text for _, text in many)):
        candidates = numbers_in(index, laid_out(text))
        assert {number for number, pattern in enumerate(patterns) if found(pattern, text)} <= set(candidates)
        assert candidates == sorted(set(candidates))


@given(
    st.lists(phrases(), min_size=1, max_size=4),
    st.lists(st.lists(st.sampled_from((*WORDS, *NOISE)), max_size=6), max_size=3),
)
def test_the_matcher_finds_what_re2_finds_in_each_sentence(many: list[Made], own: list[list[str]]) -> None:
    owned = [
        Owned("rule", str(number), compile_phrase(phrase, LISTS)) for number, (phrase, _) in enumerate(many)
    ]
    sentences = [text for _, text in many] + [" ".join(words) for words in own]
    document = document_of(Sentence("text", text) for text in sentences)
    matched = {(match.owned.name, match.span.sentence) for match in Matcher(owned).matches(document)}
    assert matched == {
        (one.name, number)
        for one in owned
        for number, text in enumerate(sentences)
        if found(one.pattern, text)
    }


def test_a_pattern_is_found_in_every_sentence_once() -> None:
    sentences = ["we chose, we chose", "", "not us", "!", "we chose", *["chose we"] * 50, "we chose"]
    for pattern in (compile_phrase("we chose"), compile_phrase("we chose $"), compile_regex("we ch[o]se")):
        matcher = Matcher([Owned("rule", "x", pattern)])
        document = document_of(Sentence("text", text) for text in sentences)
        found_in = [match.span.sentence for match in matcher.matches(document)]
        assert found_in == [0, 4, 55]
    assert list(matcher.matches(document_of([]))) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("We have not chosen you.", [0]),
        ("Someone else.", [1]),
        ("You were not chosen: someone else was.", [0, 1]),
        ("chosen", []),
        ("knot chosen", []),
        ("Die Bewerber und die Mitbewerber", [2, 3]),
        ("Die Bewerberin", [2]),
        ("Die Mitbewerber", [3]),
        ("Der Mitbewerb", []),
        ("Fuer uns", [4]),
        ("FÜR uns", [4]),
        ("fur uns", [4]),
        ("furt uns", []),
        ("moved on", [5]),
        ("went on", [5]),
        ("saw on", []),
        ("", []),
    ],
)
def test_only_phrases_whose_words_stand_there_are_looked_for(text: str, numbers: list[int]) -> None:
    index = index_of(
        "not chosen", "someone else", "bewerber{*}", "{*}bewerber", "für uns", "(moved|went) {2} on"
    )
    assert numbers_in(index, laid_out(text)) == numbers


def test_the_words_of_a_phrase_stand_in_one_line() -> None:
    index = index_of("not chosen", "someone{*}", "{2} chosen")
    text = " not chosen \n chosen not x \n chosen \n\n someones not \n not \n chosen "
    assert [(number, runs(bits)) for number, bits in index.candidates(text)] == [
        (0, [range(2)]), (1, [range(4, 5)]), (2, [range(3), range(6, 7)]),
    ]  # fmt: skip


def test_only_what_may_matter_is_looked_for() -> None:
    """A guard counts beside a rule, an `unless` beside its own, a context once in the mail's own text."""
    owned = [
        Owned("guard", "maybe", compile_phrase("if")),
        Owned("unless", "chosen", compile_phrase("yet")),
        Owned("unless", "other", compile_phrase("yet")),
        Owned("context", "job", compile_phrase("role")),
        Owned("rule", "chosen", compile_phrase("chosen")),
    ]
    texts = ["If it rains, yet.", "A role.", "If not chosen yet for a role.", "Role."]
    document = document_of([Sentence("quoted", "A role."), *(Sentence("text", text) for text in texts)])
    matcher = Matcher(owned)

    def told(*, everything: bool) -> set[tuple[str, int]]:
        found = matcher.matches(document, everything=everything)
        return {(match.owned.name, match.span.sentence) for match in found}

    assert told(everything=False) == {("chosen", 3), ("maybe", 3), ("job", 0), ("job", 2)}
    assert told(everything=True) == {
        ("chosen", 1), ("chosen", 3), ("other", 1), ("other", 3), ("maybe", 1), ("maybe", 3),
        ("job", 0), ("job", 2), ("job", 3), ("job", 4),
    }  # fmt: skip


def test_an_optional_word_needs_not_stand_there() -> None:
    index = index_of("not yet? chosen", "no (good|bad)? news")
    assert numbers_in(index, laid_out("not chosen, no news")) == [0, 1]


def test_a_list_needs_one_of_its_words() -> None:
    index = index_of("chose {others}", "chose {open}")
    assert numbers_in(index, laid_out("We chose wood")) == [1]
    assert numbers_in(index, laid_out("We chose somebody")) == [0, 1]


def test_an_expression_is_always_tried() -> None:
    index = WordIndex([compile_phrase("not chosen").clauses, compile_regex("we (?:did|do) not").clauses])
    assert numbers_in(index, laid_out("Hello")) == [1]


def test_a_choice_with_an_open_option_asks_for_nothing() -> None:
    assert either([(frozenset({"moved"}),), ()]) == ()
    assert either([(frozenset({"moved"}),), (frozenset({"a"}), frozenset({"went"}))]) == (
        frozenset({"moved", "went"}),
    )
