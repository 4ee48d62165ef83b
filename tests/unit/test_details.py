"""What a mail names, and that a name which can't be told for sure is left out."""

from functools import cache

import pytest

from springback.details import Details, clean, find_details
from springback.document import Sentence, document_of
from springback.errors import RuleError
from springback.examples import run_examples
from springback.library import rule_files
from springback.rule import RuleSet
from springback.ruleset import parse_rules
from unit.making import rule_set

SIGNED = r"""
language = "en"
[words]
close = ["regards", "all the best"]
[[detail]]
id = "name.signature"
after = ["^ (kind|best)? {close} $", "^ yours {1} $"]
regex = ['^(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)+)$', '^(?P<company>[A-Z][a-z]+) Inc$']
hit = ["Kind regards\n[[name:Ana Ferrer]]", "Yours\nThe team\n[[company:Norden]] Inc"]
miss = ["Ana Ferrer", "Regards to you\nAna Ferrer", "Regards\nFar below\nIt stands\nAna Ferrer"]
"""
PLAIN = r"""
[[detail]]
id = "company.at"
where = ["text"]
regex = ['at (?P<company>[A-Z]\w+)', 'team (?P<company>[A-Z]\w+)']
hit = ["You were at [[company:Acme]].", "Your team [[company:Acme]]"]
miss = ["At noon."]
"""


@cache
def packaged() -> RuleSet:
    return parse_rules(rule_files())


def details_in(rules: RuleSet, *lines: str, language: str | None = "en") -> Details:
    document = document_of(Sentence("text", line) for line in lines)
    return find_details(document, rules.details, language)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("Kind regards,", "Ana Ferrer"), "Ana Ferrer"),
        (("KIND REGARDS", "Ana Ferrer"), "Ana Ferrer"),
        (("Yours sincerely", "Talent team", "Ana Ferrer"), "Ana Ferrer"),
        (("Regards", "Ana Ferrer", "Kim Low"), "Ana Ferrer"),
        (("Regards", "Ana Ferrer", "All the best!", "Kim Low"), "Kim Low"),
        (("Regards", "All the best", "Kim Low"), "Kim Low"),
        (("Regards", "The", "far", "Ana Ferrer"), None),
        (("Ana Ferrer", "Regards"), None),
        (("Ana Ferrer sends regards", "Kim Low"), None),
        (("Ana Ferrer",), None),
        (("Regards",), None),
        ((), None),
    ],
)
def test_a_name_stands_right_below_a_closing(lines: tuple[str, ...], name: str | None) -> None:
    assert details_in(rule_set(SIGNED), *lines).name == name


def test_the_examples_of_a_detail_are_run_with_what_stands_above() -> None:
    assert run_examples(rule_set(SIGNED)) == []
    (failure,) = run_examples(rule_set(SIGNED.replace("Regards to you", "Regards")))
    assert str(failure).startswith("a.toml: name.signature: must miss, but finds name 'Ana Ferrer'")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{close} $", "{closes} $",
         "a.toml: detail 'name.signature': after: '^ (kind|best)? {closes} $': no list or fragment"),
        ("yours {1}", "yours{1", "a.toml: detail 'name.signature': after: '^ yours{1 $': can't read"),
        ('"^ yours {1} $"', '"^ (best|kind)? {close} $", "^ (best|kind)? {close}  $"',
         "a.toml: detail 'name.signature': after: '^ (best|kind)? {close}  $' says the same as"),
        ('"^ yours {1} $"', '""', "a.toml: detail 'name.signature'.after[2]: is empty; write a text"),
    ],
)  # fmt: skip
def test_a_mistake_in_after_is_told(old: str, new: str, problem: str) -> None:
    assert old in SIGNED
    with pytest.raises(RuleError) as caught:
        rule_set(SIGNED.replace(old, new, 1))
    assert any(line.startswith(problem) for line in caught.value.problems), caught.value.problems


def test_without_after_every_line_is_looked_at() -> None:
    assert details_in(rule_set(PLAIN), "Hello", "You were at Acme.").company == "Acme"
    document = document_of([Sentence("quoted", "You were at Acme.")])
    assert find_details(document, rule_set(PLAIN).details, None) == Details()


def test_the_first_expression_that_finds_one_decides() -> None:
    assert details_in(rule_set(PLAIN), "Your team Norden", "You were at Acme.").company == "Acme"


@pytest.mark.parametrize(("language", "company"), [("de", "Norden"), ("fr", None), (None, "Acme")])
def test_only_expressions_of_the_language_of_the_mail_are_tried(
    language: str | None, company: str | None
) -> None:
    english = f'language = "en"\n{PLAIN}'
    german = PLAIN.replace("company.at", "company.bei").replace("at (", "bei (").replace("at [[", "bei [[")
    rules = rule_set(english, f'language = "de"\n{german}')
    assert details_in(rules, "at Acme bei Norden", language=language).company == company


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Acme", "Acme"),
        (" “Acme”, ", "Acme"),
        ("Acme\u200b\n Ltd.", "Acme Ltd."),
        ("Acme (Berlin)", "Acme (Berlin)"),
        ("Acme (Berlin", "Acme"),
        ("A", None),
        ("A" * 81, None),
        ("12 34", None),
        ("{{company}}", None),
        ("<Acme>", None),
        ("ana@firm.example", None),
        ("see www.firm.example", None),
        ("", None),
    ],
)
def test_only_what_may_stand_in_a_letter_is_told(value: str, told: str | None) -> None:
    assert clean(value) == told


@pytest.mark.parametrize(
    ("language", "line", "company", "role"),
    [
        ("es", "Gracias por optar al puesto de Camarero en Madrid.", None, "Camarero"),
        ("es", "Gracias por optar al puesto de Camarero en Grupo Aldaba.", "Grupo Aldaba", "Camarero"),
        ("it", "Grazie per la candidatura per la posizione di Contabile a Milano.", None, "Contabile"),
        ("it", "Dopo il colloquio a Bologna abbiamo scelto.", None, None),
        ("pt", "Sobre a vaga de Analista no Porto.", None, "Analista"),
        ("pt", "Sobre a vaga de Analista na Porto Azul.", "Porto Azul", "Analista"),
        ("de", "Danke für das Gespräch bei Frau Berg.", None, None),
        (
            "de",
            "Danke für den Test für die Ausbildung zur Bankkauffrau / zum Bankkaufmann.",
            None,
            "Ausbildung zur Bankkauffrau / zum Bankkaufmann",
        ),
        ("de", "Danke für Ihre Bewerbung als Köchin / zum Koch.", None, None),
    ],
)
def test_a_town_or_a_person_is_no_firm_and_half_a_title_is_none(
    language: str, line: str, company: str | None, role: str | None
) -> None:
    assert details_in(packaged(), line, language=language) == Details(company, role)


@pytest.mark.parametrize(
    ("language", "lines", "name"),
    [
        ("en", ("Best,", "Anna"), "Anna"),
        ("de", ("Liebe Grüße,", "Jana"), "Jana"),
        ("fr", ("Bises,", "Clémence"), "Clémence"),
        ("es", ("Un abrazo,", "Marta"), "Marta"),
        ("nl", ("Groetjes,", "Karin"), "Karin"),
        ("it", ("Un abbraccio,", "Elena"), "Elena"),
        ("pt", ("Um abraço,", "Joana"), "Joana"),
        ("de", ("Liebe Grüße,", "Wanderlust"), None),
        ("en", ("Best,", "Recruitment"), None),
        ("pt", ("Cumprimentos,", "Firma"), None),
        ("de", ("Liebe Grüße,", "Anna", "--", "Anna Berg, Engineering Lead"), "Anna Berg"),
    ],
)
def test_one_first_name_signs_where_it_is_known(
    language: str, lines: tuple[str, ...], name: str | None
) -> None:
    """One capitalised word below a closing is as often a firm: an unknown one is nobody."""
    assert details_in(packaged(), *lines, language=language).name == name
