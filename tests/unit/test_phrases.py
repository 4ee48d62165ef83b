"""The phrase language: what each construct finds, and what its author is told on a mistake."""

import pytest
import re2
from hypothesis import example, given
from hypothesis import strategies as st

from springback.document import Sentence, document_of
from springback.matcher import Matcher, Owned
from springback.normal import normalise
from springback.phrases import (
    Pattern,
    PhraseError,
    compile_list,
    compile_phrase,
    compile_regex,
    expand,
    names_in,
    options,
)
from springback.prefilter import WordIndex

OTHERS = compile_list(["somebody", "(another|other) candidate{*}", "{*}bewerber", "für jemand?"])
LISTS = {"others": OTHERS, "chose-2": compile_list(["(chose|took) {others}", "went"], {"others": OTHERS})}


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
        ("thank {30} applying", f"thank {'you ' * 30} applying"),
        ("{*}absage", "Eine Standardabsage."),
        ("{*}absage", "Die Absage."),
        ("({*}absage|{*}brief) kam", "Der Absagebrief kam"),
        ("{*}wend{*} uns", "Wir verwenden uns"),
        ("{*}größe", "UEBERGROESSE"),
        ("{*}follow-up", "our xfollow up"),
        ("no {*}news?", "no badnews"),
        ("no {*}news? today", "no today"),
        ("{2} {*}absage", "eine sehr Standardabsage"),
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
        ("İstanbul", "İstanbul"),
        ("İstanbul", "istanbul"),
        ("½ tag", "½ Tag"),
        ("½ tag", "1/2 tag"),
        ("⑴ foo", "(1) foo"),
        ("⑴{*} foo", "⑴ foo"),
        ("cho\u200bsen one", "chosen one"),
        ("fu\u0308r uns", "fuer uns"),
        ("n'{*} pas", "Nous n’avons pas"),
        ("n’{*} pas", "n'a pas"),
        ("(n'{*}|ne) {1} pas", "n'etait vraiment pas"),
        ("^ we chose", "We chose Kim."),
        ("we chose $", "Kim we chose."),
        ("^ we chose $", "We chose!"),
        ("  ^ we chose $ ", "We chose!"),
        ("^ {1} chose", "We chose Kim."),
        ("^ (we|they) chose? $", "They."),
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
        ("thank {30} applying", f"thank {'you ' * 31} applying"),
        ("{*}absage", "Die Absagen."),
        ("{*}absage", "Die Absagebriefe."),
        ("{*}follow-up", "follow xup"),
        ("{*}absage kam", "Absage der kam"),
        ("absage{*}", "Standardabsage"),
        ("n'{*} pas", "ne va pas"),
        ("n'{*} pas", "non pas"),
        ("n'{*} pas", "n pas"),
        ("⑴ foo", "11 foo"),
        ("^ we chose", "So we chose"),
        ("we chose $", "We chose Kim"),
        ("^ we chose $", "We chose Kim"),
        ("^ we chose $", "So we chose"),
        ("^ {1} chose", "so we chose"),
    ],
)
def test_phrase_leaves_alone(phrase: str, text: str) -> None:
    assert not found(compile_phrase(phrase), text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="(){}|?*+[]^$\\"), max_size=40))
@example("İstanbul ½ tag ⑴ foo")
@example("µ ŉ ǆ ẞ ﬁ Ǿ ᾳ \u1100\u1161\u11a8 a\u0308\u0304 Ü\u0301")
def test_a_phrase_finds_the_words_it_is_made_of(text: str) -> None:
    words = [word for word in text.split() if normalise(word)]
    try:
        pattern = compile_phrase(f"we {' '.join(words)} chose")
    except PhraseError as error:
        pytest.fail(str(error))
    assert found(pattern, f"we {text} chose")
    laid_out = f" {normalise(f'we {text} chose')} "
    assert [number for number, _ in WordIndex([pattern.clauses]).candidates(laid_out)] == [0]


@pytest.mark.parametrize(
    ("phrase", "sentences"),
    [("^ we chose", {0, 2, 3}), ("we chose $", {1, 2, 3}), ("^ we chose $", {2, 3})],
)
def test_the_ends_of_a_phrase_are_those_of_its_sentence(phrase: str, sentences: set[int]) -> None:
    texts = ["We chose Kim", "So we chose", "We chose", "We chose.", "So we chose Kim"]
    document = document_of(Sentence("text", text) for text in texts)
    matcher = Matcher([Owned("rule", "x", compile_phrase(phrase))])
    assert {match.span.sentence for match in matcher.matches(document)} == sentences


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
        ("move {*}", "a stem is written 'word{*}'"),
        ("move {*}(on|up)", "a stem is written 'word{*}'"),
        ("move {On} on", "a stem is written 'word{*}'"),
        ("move{others}", "a list ' {name}'"),
        ("move mov{others} on", "a list ' {name}'"),
        ("{others}s", "a list ' {name}'"),
        ("{others}{others}", "a list ' {name}'"),
        ("{others}{*}", "a list ' {name}'"),
        ("{others}(move|on)", "a list ' {name}'"),
        ("(move|on){others}", "a list ' {name}'"),
        ("went{*}{others}", "a list ' {name}'"),
        ("won'{others}", "a list ' {name}'"),
        ("move -{others}", "a list ' {name}'"),
        ("move {others} on", "no list or fragment 'others'."),
        ("^", "'^' is no word"),
        ("$", "'$' is no word"),
        ("^ $", "an empty phrase or choice; use '?'"),
        ("^ ", "'^' is no word"),
        ("^we chose", "'^we' is no word"),
        ("we chose$", "'chose$' is no word"),
        ("we ^ chose", "'^' is no word"),
        ("(^ we|they) chose", "'^' is no word"),
        ("^ the", "matches almost anything"),
        ("'{*} on", "holds no letter or digit"),
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
    ("phrase", "text"),
    [
        ("chose {others}", "We chose somebody."),
        ("chose {others}", "We chose other candidates."),
        ("chose {others}", "We chose Mitbewerber."),
        ("chose {others}", "We chose fuer jemand"),
        ("chose {others} now", "We chose für now"),
        ("chose {others}? now", "We chose now"),
        ("chose {others}? now", "We chose somebody now"),
        ("(chose|took) (you|{others})", "took another candidate"),
        ("{others}", "somebody"),
        ("{others} {others}", "somebody somebody"),
        ("we {chose-2} now", "We took another candidate now"),
        ("we {chose-2} now", "We went now"),
        ("{3} {others}", "so we chose somebody"),
    ],
)
def test_a_list_finds_any_of_its_entries(phrase: str, text: str) -> None:
    assert found(compile_phrase(phrase, LISTS), text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("chose {others}", "We chose."),
        ("chose {others}", "We chose others."),
        ("chose {others}", "We chose candidates."),
        ("chose {others}", "We chose somebodys."),
        ("chose {others} now", "We chose now"),
        ("we {chose-2} now", "We took now"),
        ("we {chose-2} now", "We somebody now"),
    ],
)
def test_a_list_leaves_alone(phrase: str, text: str) -> None:
    assert not found(compile_phrase(phrase, LISTS), text)


@pytest.mark.parametrize(
    ("phrase", "hint"),
    [
        ("chose {other}", "no list or fragment 'other'. Did you mean 'others'?"),
        ("chose {chose-3}", "no list or fragment 'chose-3'. Did you mean 'chose-2'?"),
        ("chose {x}", "no list or fragment 'x'. Known: chose-2, others."),
        ("(we|{x}) chose", "no list or fragment 'x'."),
    ],
)
def test_an_unknown_list_is_told_with_the_nearest(phrase: str, hint: str) -> None:
    with pytest.raises(PhraseError) as caught:
        compile_phrase(phrase, LISTS)
    assert str(caught.value).startswith(f"{phrase!r}: {hint}")


@pytest.mark.parametrize("entry", ["", "(some", "some|any", "{nobody}", "some{others}", "..."])
def test_a_mistake_in_a_list_is_told_with_its_entry(entry: str) -> None:
    with pytest.raises(PhraseError) as caught:
        compile_list(["somebody", entry], LISTS)
    assert str(caught.value).startswith(f"{entry!r}: ")


def test_a_list_that_may_be_nothing_is_no_phrase_alone() -> None:
    lists = {"open": compile_list(["some", "any?"])}
    with pytest.raises(PhraseError, match="matches almost anything"):
        compile_phrase("{open}", lists)
    assert found(compile_phrase("not {open} chosen", lists), "not chosen")


@pytest.mark.parametrize(
    ("source", "expanded"),
    [
        ("at {cap}", "at (?:[A-Z]+)"),
        ("{cap}|{low}{cap}", "(?:[A-Z]+)|(?:a|b)(?:[A-Z]+)"),
        ("[A-Z]{2}x{2,3}", "[A-Z]{2}x{2,3}"),
        ("plain", "plain"),
    ],
)
def test_fragments_stand_for_parts_of_an_expression(source: str, expanded: str) -> None:
    assert expand(source, {"cap": "[A-Z]+", "low": "a|b"}) == expanded


def test_an_unknown_fragment_is_told_with_the_nearest() -> None:
    with pytest.raises(PhraseError, match=r"'\{cab\}': no list or fragment 'cab'\. Did you mean 'cap'\?"):
        expand("{cab}", {"cap": "[A-Z]+", "low": "a|b"})


@pytest.mark.parametrize(
    ("source", "names"),
    [("we {a} (or {b-2}|{a}) {3} c{*} {*}d", {"a", "b-2"}), ("we {3} w{*}", set()), ("[A-Z]{2,3}", set())],
)
def test_the_names_in_a_phrase(source: str, names: set[str]) -> None:
    assert names_in(source) == names


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
