"""The phrase language: what each construct finds, and what its author is told on a mistake."""

import pytest
import re2

from springback.normal import normalise
from springback.phrases import Pattern, PhraseError, compile_phrase, compile_regex, options


def found(pattern: Pattern, text: str) -> bool:
    return re2.compile(pattern.regex, options()).search(f" {normalise(text)} ") is not None


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("not selected", "You were NOT\u00a0selected."),
        ("not selected", "not\nselected"),
        ("(move|moving) on", "We are moving on."),
        ("(move|go ahead) with", "We go ahead with Kim."),
        ("(a|b (c|d e)) f", "b d e f"),
        ("move forward? with", "We move forward with Kim."),
        ("move forward? with", "We move with Kim."),
        ("not (yet been)? chosen", "not chosen"),
        ("not (yet been)? chosen", "not yet been chosen"),
        ("(very|so)? sorry we", "so sorry we"),
        ("reschedul{*} it", "We are rescheduling it."),
        ("reschedul{*}", "reschedul"),
        ("(hir{*}|fill{*}) it", "filled it"),
        ("thank {3} applying", "Thank you so much applying"),
        ("thank {3} applying", "thank applying"),
        ("{1} no thanks", "well no thanks"),
        ("won't", "We won’t."),
        ("won’t", "We won't."),
        ("follow-up", "a follow up"),
        ("für uns", "für uns"),
        ("für uns", "fuer uns"),
        ("für uns", "fu\u0308r uns"),
        ("Größe", "GROESSE"),
        ("Größe", "größe"),
        ("candidature n'a pas été retenue", "Votre candidature n’a pas ete retenue"),
        ("ansøgning", "ANSØGNING"),
        ("ansøgning", "ansoegning"),
        ("grüß{*} euch", "Grüßen euch"),
    ],
)
def test_phrase_finds(phrase: str, text: str) -> None:
    assert found(compile_phrase(phrase), text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("not selected", "not preselected"),
        ("not selected", "selected not"),
        ("cv", "the curve"),
        ("(move|moving) on", "moved on"),
        ("move forward? with", "move backward with"),
        ("reschedul{*} it", "re schedule it"),
        ("thank {3} applying", "thank you so very much applying"),
        ("not (yet been)? chosen", "not yet chosen"),
        ("won't", "wont"),
    ],
)
def test_phrase_leaves_alone(phrase: str, text: str) -> None:
    assert not found(compile_phrase(phrase), text)


@pytest.mark.parametrize(
    ("phrase", "remedy"),
    [
        ("", "an empty phrase or choice; use '?'"),
        ("   ", "an empty phrase or choice; use '?'"),
        ("no ()", "an empty phrase or choice; use '?'"),
        ("no (a|)", "an empty phrase or choice; use '?'"),
        ("(move on", "'(' is never closed"),
        ("(move|on", "'(' is never closed"),
        ("move on)", "')' or '|' without '('"),
        ("move|on", "')' or '|' without '('"),
        ("? move", "'?' stands behind the word"),
        ("move (?on)", "'?' stands behind the word"),
        ("move?? on", "'?' stands behind the word"),
        ("mov(e|ed) on", "write whole words in the choice, as '(move|moved) on'"),
        ("move {0} on", "a gap is {1} to {30} words"),
        ("move {31} on", "a gap is {1} to {30} words"),
        ("move { on", "a stem is written 'word{*}'"),
        ("move{x} on", "a stem is written 'word{*}'"),
        ("{*} on", "a stem is written 'word{*}'"),
        ("move ... on", "'...' holds no letter or digit"),
        ("the", "matches almost anything; name the words it needs"),
        ("move? on?", "matches almost anything; name the words it needs"),
        ("{3}", "matches almost anything; name the words it needs"),
        ("{1} {2}", "matches almost anything; name the words it needs"),
    ],
)
def test_a_mistake_is_told_with_the_phrase_and_the_remedy(phrase: str, remedy: str) -> None:
    with pytest.raises(PhraseError) as caught:
        compile_phrase(phrase)
    assert str(caught.value).startswith(f"{phrase!r}: ")
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("we (?:did|do) not", "we do not"),
        ("not [a-z]+ted", "not selected"),
        (r"(?:[^ \n]+ ){0,3}decided", "in the end decided"),
    ],
)
def test_a_regex_runs_over_normal_words(source: str, text: str) -> None:
    assert found(compile_regex(source), text)
    assert not found(compile_regex(source), "something else")


@pytest.mark.parametrize(
    "source", ["(?=selected)not", "(?<!not )selected", r"(not) \1", "(selected", "*", "[a-"]
)
def test_what_re2_can_not_run_in_linear_time_is_refused(source: str) -> None:
    with pytest.raises(PhraseError, match="RE2 refuses it: ") as caught:
        compile_regex(source)
    assert str(caught.value).startswith(f"{source!r}: ")


@pytest.mark.parametrize("source", [".*", "[^x]*", "(?:[^ ]+ ?)+", "a*|the"])
def test_a_regex_that_matches_everything_is_refused(source: str) -> None:
    with pytest.raises(PhraseError, match="matches almost anything"):
        compile_regex(source)


@pytest.mark.parametrize("bomb", ["(a+)+b", "(a|aa)+b", "(?:a?){30}a{30}b"])
def test_a_hostile_regex_still_answers(bomb: str) -> None:
    """No rule, however written, can hang the daemon; a backtracking engine would never return."""
    pattern = compile_regex(bomb)
    assert not found(pattern, "a" * 100_000)
    assert found(pattern, "a" * 50 + "b")
