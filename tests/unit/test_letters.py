"""Templates are checked before any mail is read, and leave no hole where something isn't known."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from springback.errors import TemplateError
from springback.facts import LETTERS, VARIANTS, AttributionFacts, LetterFacts
from springback.formality import is_formal
from springback.letters import Letters
from springback.library import template_files
from springback.specimens import EMPTY, FULL, specimens
from unit.making import SENT

PACKAGED = template_files()
FACTS = LetterFacts("Robin Ellery", "Jane", "Jane Doe", "Acme", "Data Analyst", ask_feedback=True)
UNKNOWN = LetterFacts("Robin Ellery")


def texts(**letters: str) -> dict[str, str]:
    names = (*LETTERS, "attribution")
    return {f"en/{name}.txt.j2": letters.get(name, "Hello.") for name in names}


def problems_of(files: Mapping[str, str], language: str = "en") -> list[str]:
    with pytest.raises(TemplateError) as caught:
        Letters(files, language)
    assert str(caught.value).startswith("Can't load the templates:")
    return list(caught.value.problems)


def letter(text: str, facts: LetterFacts = FACTS) -> str:
    return Letters(texts(final=text)).letter("final", "en", facts)


def test_an_unknown_variable_is_told_with_the_known_ones() -> None:
    (problem,) = problems_of(texts(final="{{ compny }}"))
    assert problem.startswith("en/final.txt.j2: no variable 'compny'. Did you mean 'company'?")
    known = ", ".join(sorted(LetterFacts.__dataclass_fields__))
    assert problem.endswith(f"Known: {known}.")


def test_an_attribution_knows_other_variables() -> None:
    (problem,) = problems_of(texts(attribution="{{ company }}"))
    assert problem.startswith("en/attribution.txt.j2: no variable 'company'.")
    assert problem.endswith("Known: sent, writer.")


def test_every_problem_is_told_at_once() -> None:
    files = texts(final="{{ a }} {{ b }}", closed="\n\n{% if %}", interview="{% include x %}{{")
    del files["en/application.txt.j2"]
    files["en/closing.txt.j2"] = "Hello."
    lines = problems_of(files)
    assert any(line.startswith("en/closed.txt.j2: line 3: ") for line in lines)
    assert any(line.startswith("en/interview.txt.j2: line 1: ") for line in lines)
    assert "en/application.txt.j2: is missing" in lines
    assert "en/closing.txt.j2: no letter of this name is ever written. Did you mean 'closed'?" in lines
    assert len([line for line in lines if line.startswith("en/final.txt.j2: no variable")]) == 2
    assert len(lines) == 6


def test_the_default_language_must_be_complete() -> None:
    lines = problems_of({**texts(), "de/final.txt.j2": "Hallo."}, "de")
    assert lines == [
        f"de/{name}.txt.j2: is missing" for name in ("application", "interview", "closed", "attribution")
    ]  # fmt: skip


def test_a_letter_missing_in_a_language_is_written_in_the_default_one() -> None:
    letters = Letters({**texts(final="Hello."), "de/closed.txt.j2": "Hallo."})
    assert letters.letter("closed", "de", UNKNOWN) == "Hallo."
    assert letters.letter("final", "de", UNKNOWN) == "Hello."
    assert letters.letter("final", None, UNKNOWN) == "Hello."
    assert letters.letter("final", "../../etc", UNKNOWN) == "Hello."


@pytest.mark.parametrize(
    "text",
    [
        "{{ my_name.__class__ }}",
        "{{ my_name.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ my_name['__class__'] }}",
        "{{ my_name|attr('__class__')|attr('mro') }}",
        "{{ '{0.__class__.__mro__}'.format(my_name) }}",
        "{{ ask_feedback.x }}",
        "{{ 1 // 0 }}",
        "{{ my_name + 1 }}",
        "{{ range(10000000)|list }}",
        "{{ 'x'|no_such_filter }}",
        "{% include 'other.txt' %}",
        "{% for n in company %}{{ n.missing.missing }}{% endfor %}",
    ],
)
def test_what_a_template_must_not_or_can_not_do_is_an_error(text: str) -> None:
    """An error is a line for the person; whatever else is raised would end the daemon."""
    with pytest.raises(TemplateError) as caught:
        letter(text)
    assert "en/final.txt.j2: " in str(caught.value)


@pytest.mark.parametrize("data", ["{{ my_name }}", "{% raw %}", "<b>&amp;</b>", "{# x #}", "${x}"])
def test_what_comes_from_a_mail_stays_text(data: str) -> None:
    assert letter("At {{ company }}!", replace(FACTS, company=data)) == f"At {data}!"


def test_blank_lines_are_one_and_ends_are_trimmed() -> None:
    text = "\n\nHello,\n\n\n{% if role %}\nx\n\n{% endif %}\n \n\nBye\n\n"
    assert letter(text, UNKNOWN) == "Hello,\n\nBye"


DOUBLED = "{% set a = 'many words' %}" + "{% set a = A %}" * 40


@pytest.mark.parametrize(
    "text",
    [
        "many words" * 3_000,
        "x" * 50_001,
        "{% for n in range(10**9) %}a{% endfor %}",
        "{% for a in met %}{% for b in met %}{% endfor %}{% endfor %}",
        "{% for n in met recursive %}{{ loop(met) }}{% endfor %}",
        "{% set a = my_name * 1000 %}{% for n in a %}{% endfor %}",
        "{% macro m(n) %}{{ m(n - 1) }}{{ m(n - 1) }}{% endmacro %}{{ m(50) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'en/final.txt.j2' %}",
        "{% extends 'en/final.txt.j2' %}",
        "{% import 'en/final.txt.j2' as own %}",
        "{{ 'a' * 10**9 }}",
        "{{ 10**10**8 }}",
        "{{ 9999999 * 9999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'a'|center(10**9) }}",
        "{{ my_name|indent(10**9) }}",
        "{{ met|map('center', 10**9)|list }}",
        "{{ [1]|batch(10**9, 'x')|list }}",
        "{{ lipsum(n=10**7) }}",
        "{{ my_name.join(met) }}",
        "{{ my_name.replace('', 'b' * 99)" + ".replace('', my_name)" * 9 + " }}",
        "{{ my_name" + "|replace('', my_name)" * 9 + " }}",
        DOUBLED.replace("A", "a ~ a"),
        DOUBLED.replace("A", "a + a"),
        DOUBLED.replace("A", "[a, a]|join"),
        DOUBLED.replace("A", "[a, a]|string"),
        DOUBLED.replace("= A %}", "%}{{ a }}{{ a }}{% endset %}"),
        "{% set a = [1] %}" + "{% set a = a + a %}" * 40,
        "{% set a = a ~ a %}",
        "{{ " + "(" * 5_000,
        "{{ " + "-" * 20_000 + "1 }}",
        "{% if role %}" * 3_000 + "{% endif %}" * 3_000,
        "{{ 5|at }}",
        "{{ my_name|day }}",
        "{{ last_met|with_article }}",
        "{{ my_name[::0] }}",
    ],
    ids=lambda text: text[:40],
)
def test_a_template_costs_no_more_than_a_letter_does(text: str) -> None:
    """Whatever grows, repeats itself or fails is told, and neither memory nor patience runs out over it."""
    with pytest.raises(TemplateError) as caught:
        letter(text)
    assert all(problem.startswith("en/final.txt.j2: ") for problem in caught.value.problems)
    assert len(str(caught.value)) < 5_000


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{% for one in met %}{{ one }}{{ ', ' if not loop.last }}{% endfor %}", "Tom Lindqvist"),
        ("{% for one in met|reverse %}{{ loop.index }} {% endfor %}", "1"),
        ("{% for one in ['a', 'b'] %}{{ one }}{% endfor %}", "ab"),
        ("{{ 'Dear ' ~ first_name ~ ',' }}", "Dear Jane,"),
        ("{{ 'no' ~ none }}", "noNone"),
        ("{{ 'A' + 'B' }}{{ variant % 2 }}{{ conversations * 2 + 1 }}", "AB05"),
        ("{% if role %}{{ role.lower().replace('data', 'Data') }}{% endif %}", "Data analyst"),
        ("{{ role|upper|replace('DATA', 'data')|truncate(6) }}", "dat..."),
        ("{% with x = role %}{{ x|wordcount }}{% endwith %}", "2"),
        ("{% if last_met %}{{ last_met.strftime('%d.%m.') }}{% endif %}", "03.11."),
        ("{% set x %}{{ my_name }}{% endset %}{{ x|trim }}", "Robin Ellery"),
    ],
)
def test_what_a_letter_needs_can_be_written(text: str, written: str) -> None:
    assert letter(text, FULL) == written


OPTIONAL = ("first_name", "company", "role", "last_met", "met", "ask_feedback")
KNOWN_OR_NOT = [
    replace(FULL, **{name: getattr(EMPTY, name) for name in missing})
    for number in range(len(OPTIONAL) + 1)
    for missing in itertools.combinations(OPTIONAL, number)
]
LANGUAGES = sorted({name.partition("/")[0] for name in PACKAGED})
FULL_SPECIMENS = [one.facts for one in specimens("de") if one.facts.role and one.facts.company]
LETTERS_SHIPPED = Letters(PACKAGED, trusted=PACKAGED)
HOLE = re.compile(r"  | [,.;:!?]|[ \t]$|^[ \t]|,,|\.\.|\(\)|''|\"\"|«\s*»", re.MULTILINE)


def test_every_language_has_every_letter() -> None:
    assert LANGUAGES == ["de", "en", "es", "fr", "it", "nl", "pt"]
    assert set(PACKAGED) == {
        f"{one}/{name}.txt.j2" for one in LANGUAGES for name in (*LETTERS, "attribution")
    }


def test_the_packaged_letters_pass_their_own_check() -> None:
    """They are trusted at each start: here they are not."""
    assert Letters(PACKAGED)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_a_packaged_letter_reads_well_whatever_is_known(name: str, language: str) -> None:
    for known, specimen in itertools.product(KNOWN_OR_NOT, FULL_SPECIMENS):
        facts = replace(known, formal=specimen.formal, indirect=specimen.indirect, variant=specimen.variant)
        text = LETTERS_SHIPPED.letter(name, language, facts)
        assert not HOLE.search(text), (facts, text)
        assert not re.search(r"None|True|False|Undefined|[{}\[\]<>!]", text), (facts, text)
        paragraphs = text.split("\n\n")
        assert all(paragraph.strip() for paragraph in paragraphs)
        assert "\n" not in paragraphs[0], "the greeting stands alone"
        assert text.endswith("\nRobin Ellery")
        assert text.count("?") == int(facts.ask_feedback and name != "closed"), (facts, text)
        for fact in (facts.company, facts.role):
            assert fact is None or fact in text, (facts, text)
        assert facts.first_name is None or "Jane" in paragraphs[0]
        assert len(text.split()) <= 125, text
        if facts.last_met and name != "application":
            assert "3" in text, "the day of the conversation is told"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_no_wording_shares_a_sentence_with_another(name: str, language: str) -> None:
    """Who gets three letters reads no sentence twice: only greeting, closing and name may be the same."""
    for formal, indirect in itertools.product((True, False), repeat=2):
        bodies = []
        for variant in range(VARIANTS):
            facts = replace(FULL, formal=formal, indirect=indirect, variant=variant)
            paragraphs = LETTERS_SHIPPED.letter(name, language, facts).split("\n\n")[1:-1]
            bodies.append({part for text in paragraphs for part in re.split(r"(?<=[.?])\s+", text)})
        for one, other in itertools.combinations(bodies, 2):
            assert not one & other


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_who_did_not_bring_the_news_is_not_thanked_for_it(name: str, language: str) -> None:
    for specimen in specimens(language):
        told = LETTERS_SHIPPED.letter(name, language, specimen.facts)
        other = replace(specimen.facts, indirect=not specimen.facts.indirect)
        assert told != LETTERS_SHIPPED.letter(name, language, other)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
@pytest.mark.parametrize("name", LETTERS)
def test_the_address_is_formal_or_not_throughout(name: str, language: str) -> None:
    for specimen in specimens(language):
        formal = is_formal(LETTERS_SHIPPED.letter(name, language, specimen.facts), language)
        assert formal in (specimen.facts.formal, None), specimen


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_packaged_attribution_is_one_line(language: str) -> None:
    facts = AttributionFacts(sent=SENT, writer="Ana Ferrer")
    line = LETTERS_SHIPPED.attribution(language, facts)
    assert "\n" not in line
    assert "  " not in line
    assert line.endswith(":")
    assert all(word in line for word in ("19", "2026", "16:05", "Ana Ferrer"))


def test_a_name_that_is_set_in_a_branch_is_the_templates_own() -> None:
    text = "{% if role %}{% set what = role %}{% else %}{% set what = 'it' %}{% endif %}About {{ what }}."
    assert letter(text, UNKNOWN) == "About it."


def test_what_is_unknown_is_nothing_in_a_template_of_ones_own() -> None:
    assert (
        letter("Hello {{ first_name }}, about {{ role }} at {{ company }}.", UNKNOWN) == "Hello , about  at ."
    )
