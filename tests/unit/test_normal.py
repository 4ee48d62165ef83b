"""Texts that read the same compare equal, and what was found is shown as it was written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.normal import fold, normalise, original_span

LETTERS = st.text(
    st.one_of(
        st.sampled_from("aAzZ09 _-'`’‘´\t\n.,ßæŒøıİŁéüÜﬁŉ\u00ad\u00a0\u200b\u0301\u202f½ǅ"),
        st.characters(),
    ),
    max_size=60,
)


def by_character(text: str) -> str:
    folded = "".join(fold(character) for character in text)
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", folded))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("We Regret", "we regret"),
        ("not\u00a0selected", "not selected"),
        ("not\u202fselected", "not selected"),
        ("un\u00adfor\u00adtu\u00adnate\u00adly", "unfortunately"),
        ("un\u200bfortunately\ufeff", "unfortunately"),
        ("we\u200d re\u2060gret", "we regret"),
        ("won’t", "won't"),
        ("won‘t", "won't"),
        ("won`t", "won't"),
        ("won´t", "won't"),
        ("‘selected’", "selected"),
        ("'selected'", "selected"),
        ("''we'll''", "we'll"),
        ("a''b", "a b"),
        ("“other” — candidates…", "other candidates"),
        ("we're", "we're"),
        ("ﬁlled oﬀer", "filled offer"),
        ("für Köln", "fur koln"),
        ("u\u0308ber", "uber"),
        ("Straße STRASSE", "strasse strasse"),
        ("retenue à l’été", "retenue a l'ete"),
        ("Łódź, Ærø, Đorđe", "lodz aero dorde"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("snake_case", "snake case"),
        ("\u202ereversed\u202c", "reversed"),
        ("", ""),
        (" \t\r\n", ""),
        ("—…!", ""),
    ],
)
def test_words(written: str, words: str) -> None:
    assert normalise(written) == words


@given(LETTERS)
def test_every_text_has_the_words_of_its_characters(text: str) -> None:
    """The quick way for ASCII and the whole-text way agree with the definition."""
    assert normalise(text) == by_character(text)


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_an_ascii_text_has_the_same_words_beside_an_accent(text: str) -> None:
    assert f"{normalise(text)} e".split() == normalise(f"{text} é").split()


@given(LETTERS)
def test_normal_form_is_stable(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(LETTERS, st.data())
def test_found_words_lie_within_the_text_as_written(text: str, data: st.DataObject) -> None:
    words = normalise(text).split()
    first = data.draw(st.integers(0, max(0, len(words) - 1)))
    last = data.draw(st.integers(first, max(first, len(words) - 1)))
    asked = " ".join(words[first : last + 1])
    start = len(" ".join(words[:first])) + (1 if first else 0)
    begin, end = original_span(text, start, start + len(asked))
    assert 0 <= begin <= end <= len(text)
    assert f" {asked} " in f" {normalise(text[begin:end])} "


@pytest.mark.parametrize(
    ("text", "asked", "written"),
    [
        ("Sadly, you have NOT\u00a0been “selected”.", "not been selected", "NOT\u00a0been “selected"),
        ("Leider für Sie", "fur sie", "für Sie"),
        ("the ﬁlled role", "filled", "ﬁlled"),
        ("We won’t, alas.", "won't", "won’t"),
        ("un\u00adfortunately we", "unfortunately", "un\u00adfortunately"),
        ("A – B – C", "b c", "B – C"),
    ],
)
def test_words_are_shown_as_written(text: str, asked: str, written: str) -> None:
    start = normalise(text).index(asked)
    begin, end = original_span(text, start, start + len(asked))
    assert text[begin:end] == written
