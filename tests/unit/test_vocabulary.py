"""Word lists and fragments: for whom they are, how they add up, and what is told of a mistake."""

import tomllib

import pytest
import re2

from springback.normal import normalise
from springback.phrases import ToldError, compile_phrase, options
from springback.rulefile import RuleFileEntry
from springback.vocabulary import Vocabularies, make_vocabularies

PEOPLE = 'language = "en"\n[words]\nothers = ["somebody", "(another|other) candidate"]\n'
USING = '[guard.who]\nany = ["chose {others}"]\n'
EVERYWHERE = '[words]\nboards = ["job board"]\n[fragments]\nname = "[A-Z][a-z]+"\n'


def made(*texts: str, whole: bool = True) -> Vocabularies:
    """Return the vocabularies of files a.toml, b.toml, ... with these texts."""
    return make_vocabularies(
        [
            (f"{name}.toml", RuleFileEntry.model_validate(tomllib.loads(f"schema = 1\n{text}")))
            for name, text in zip("abcd", texts, strict=False)
        ],
        whole=whole,
    )


def finds(known: Vocabularies, language: str | None, phrase: str, text: str) -> bool:
    pattern = compile_phrase(phrase, known.by_language[language].lists)
    return re2.compile(pattern.regex, options()).search(f" {normalise(text)} ") is not None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We chose somebody.", True),
        ("We chose another candidate.", True),
        ("We chose other candidate.", True),
        ("We chose candidate.", False),
        ("We chose others.", False),
        ("Somebody.", False),
    ],
)
def test_a_list_stands_for_any_of_its_entries(text: str, found: bool) -> None:  # noqa: FBT001
    known = made(PEOPLE + USING)
    assert known.problems == ()
    assert finds(known, "en", "chose {others}", text) is found


def test_the_lists_of_one_language_add_up_over_the_files() -> None:
    known = made(PEOPLE + USING, 'language = "en"\n[words]\nothers = ["Kim"]\n')
    assert known.problems == ()
    assert finds(known, "en", "chose {others}", "We chose Kim.")
    assert finds(known, "en", "chose {others}", "We chose somebody.")


def test_a_list_may_use_one_that_stands_above_it() -> None:
    known = made(
        PEOPLE + 'phrases = ["we (chose|took) {others}"]\n' + USING.replace("chose {o", "{phrases} {o")
    )
    assert known.problems == ()
    assert finds(known, "en", "{phrases} now", "We took somebody now")
    assert not finds(known, "en", "{phrases} now", "We saw somebody now")


def test_a_word_that_is_added_is_found_where_a_list_is_used_in_another() -> None:
    known = made(
        PEOPLE + 'phrases = ["took {others}"]\n' + USING.replace("chose {others}", "{phrases}"),
        'language = "en"\n[words]\nothers = ["Kim"]\n',
    )
    assert known.problems == ()
    assert finds(known, "en", "{phrases}", "We took Kim.")


def test_what_a_file_without_language_names_is_for_all() -> None:
    known = made(PEOPLE + USING, 'language = "de"\n', EVERYWHERE)
    assert known.problems == ()
    for language in (None, "en", "de"):
        assert finds(known, language, "a {boards}", "On a job board.")
        assert known.by_language[language].fragments["name"] == "[A-Z][a-z]+"


def test_what_a_language_names_is_for_that_language_only() -> None:
    known = made(PEOPLE + USING, 'language = "de"\n', EVERYWHERE)
    assert set(known.by_language["en"].lists) == {"others", "boards"}
    assert set(known.by_language["de"].lists) == {"boards"}
    assert set(known.by_language[None].lists) == {"boards"}


def test_a_list_of_a_language_may_use_one_that_is_for_all() -> None:
    own = 'language = "en"\n[words]\nplaces = ["the {boards}"]\n[guard.x]\nany = ["on {places}"]\n'
    known = made(own, EVERYWHERE)
    assert known.problems == ()
    assert finds(known, "en", "on {places}", "On the job board")


def test_fragments_are_put_into_those_below_them() -> None:
    text = """
    language = "en"
    [fragments]
    word = "[A-Z][a-z]+"
    words = "{word}(?: {word})*"
    [[detail]]
    id = "company"
    regex = ["at (?P<company>{words})"]
    hit = ["at [[company:Acme]]"]
    miss = ["at noon"]
    """
    known = made(text)
    assert known.problems == ()
    assert known.by_language["en"].fragments["words"] == "(?:[A-Z][a-z]+)(?: (?:[A-Z][a-z]+))*"


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ((PEOPLE + USING, 'language = "en"\n[words]\nothers = ["Kim", "somebody"]'),
         "b.toml: words 'others': 'somebody' stands there already"),
        ((PEOPLE.replace('"somebody"', '"somebody", "somebody"') + USING,),
         "a.toml: words 'others': 'somebody' stands there already"),
        (('[words]\nothers = ["somebody"]', PEOPLE + USING),
         "b.toml: words 'others': 'somebody' stands there already"),
        ((PEOPLE + USING, 'language = "en"\n[words]\nothers = ["Kim", "(a"]'),
         "b.toml: words 'others': '(a': '(' is never closed"),
        ((PEOPLE,), "a.toml: 'others': no phrase uses it; write {others} in one"),
        ((PEOPLE + USING + '[fragments]\nfirm = "[A-Z]+"',), "a.toml: 'firm': no phrase uses it"),
        ((PEOPLE.replace('"somebody"', '"the {other}"') + 'more = ["x"]\n'
          + USING.replace("chose", "{other} {more}"),), "a.toml: words 'others': 'the {other}': no list"),
        ((PEOPLE + 'persons = ["some {other}"]\n' + USING.replace("chose", "{persons}"),),
         "a.toml: words 'persons': 'some {other}': no list or fragment 'other'. Did you mean 'others'?"),
        ((PEOPLE + 'all = ["(a"]\n' + USING.replace("chose", "{all}"),),
         "a.toml: words 'all': '(a': '(' is never closed"),
        ((PEOPLE + USING + '[fragments]\na = "{b}c"\nb = "{a}"',),
         "a.toml: fragments: '{b}c': no list or fragment 'b'."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_name(texts: tuple[str, ...], problem: str) -> None:
    assert any(line.startswith(problem) for line in made(*texts).problems)


def test_a_list_may_not_use_itself() -> None:
    (problem,) = made(PEOPLE + USING, 'language = "en"\n[words]\nx = ["no {x}"]').problems
    assert problem.startswith("b.toml: words 'x': 'no {x}': no list or fragment 'x'.")


@pytest.mark.parametrize(
    "using",
    [
        '[guard.x]\nany = ["chose {others}"]',
        '[context.x]\nany = ["chose {others}"]',
        '[[rule]]\nid = "x"\nany = ["chose {others}"]',
        '[[rule]]\nid = "x"\nunless = ["chose {others}"]',
        'more = ["the {others}"]\n[guard.x]\nany = ["chose {more}"]',
    ],
)
def test_a_list_is_used_wherever_phrases_stand(using: str) -> None:
    assert made(PEOPLE + using).problems == ()


def test_a_list_for_all_languages_waits_for_the_one_that_needs_it() -> None:
    assert made(EVERYWHERE).problems == ()
    assert made(EVERYWHERE.replace("[words]", 'language = "en"\n[words]')).problems != ()


def test_a_list_for_all_languages_adds_up_with_that_of_a_language() -> None:
    known = made(PEOPLE + USING, '[words]\nothers = ["Kim"]\n', 'language = "de"\n')
    assert known.problems == ()
    for text in ("We chose Kim.", "We chose somebody."):
        assert finds(known, "en", "chose {others}", text)
    assert finds(known, "de", "chose {others}", "We chose Kim.")
    assert not finds(known, "de", "chose {others}", "We chose somebody.")


@pytest.mark.parametrize(
    "texts",
    [
        (PEOPLE.replace('"somebody"', '"some("') + USING,),
        (PEOPLE + USING, '[words]\nothers = ["some("]\n'),
        (
            PEOPLE.replace('"somebody"', '"some("')
            + 'more = ["the {others}"]\n'
            + USING.replace("{o", "{more} {o"),
        ),
    ],
)
def test_a_broken_list_is_told_once_and_not_with_what_uses_it(texts: tuple[str, ...]) -> None:
    known = made(*texts)
    assert len(known.problems) == 1
    with pytest.raises(ToldError):
        finds(known, "en", "we chose {others}", "We chose.")


def test_where_a_file_is_missing_no_name_is_unknown() -> None:
    lists = 'language = "en"\n[words]\nx = ["a {gone}"]\ny = ["b {y}"]\nz = ["(a"]\nunused = ["a"]\n'
    own = f'{lists}[fragments]\nf = "{{gone}}"\n[guard.x]\nany = ["{{other}} {{x}}"]'
    known = made(own, whole=False)
    assert known.problems == ("a.toml: words 'z': '(a': '(' is never closed",)
    for phrase in ("the {gone}", "the {other}", "the {x}"):
        with pytest.raises(ToldError):
            finds(known, "en", phrase, "the")


def test_no_files_know_no_names() -> None:
    known = make_vocabularies([])
    assert known.problems == ()
    assert known.by_language[None].lists == {}
