"""Dates and rows of names as each language of the letters writes them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback import wording

LANGUAGES = ["en", "de", "fr", "es", "nl", "it", "pt"]
THIRD = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("language", "day", "long"),
    [
        ("en", "3 November", "3 November 2026"),
        ("de", "3. November", "3. November 2026"),
        ("fr", "3 novembre", "3 novembre 2026"),
        ("es", "3 de noviembre", "3 de noviembre de 2026"),
        ("nl", "3 november", "3 november 2026"),
        ("it", "3 novembre", "3 novembre 2026"),
        ("pt", "3 de novembro", "3 de novembro de 2026"),
    ],
)
def test_days(language: str, day: str, long: str) -> None:
    assert wording.day(THIRD, language) == day
    assert wording.long_date(THIRD, language) == long


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("en", "Ana, Tom and Jo"),
        ("de", "Ana, Tom und Jo"),
        ("fr", "Ana, Tom et Jo"),
        ("es", "Ana, Tom y Jo"),
        ("nl", "Ana, Tom en Jo"),
        ("it", "Ana, Tom e Jo"),
        ("pt", "Ana, Tom e Jo"),
    ],
)
def test_names_in_a_row(language: str, row: str) -> None:
    assert wording.names(["Ana", "Tom", "Jo"], language) == row
    assert wording.names(["Ana", "Jo"], language) == row.replace(", Tom", "")
    assert wording.names(["Ana"], language) == "Ana"
    assert wording.names([], language) == ""


@pytest.mark.parametrize(
    ("last", "row"),
    [
        ("Inés", "Ana e Inés"),
        ("Hilario", "Ana e Hilario"),
        ("Íñigo", "Ana e Íñigo"),
        ("Yolanda", "Ana y Yolanda"),
        ("Hierro", "Ana y Hierro"),
        ("Iago", "Ana y Iago"),
    ],
)
def test_a_spanish_and_before_an_i(last: str, row: str) -> None:
    assert wording.names(["Ana", last], "es") == row


def test_a_name_is_written_as_it_is() -> None:
    assert wording.names(["Ana y Tom", "{0}", "Inés"], "es") == "Ana y Tom, {0} e Inés"
    assert wording.names(["Inés"], "es") == "Inés"


def test_the_time_of_day() -> None:
    assert wording.clock(datetime(2026, 11, 3, 8, 5, tzinfo=UTC)) == "08:05"


@pytest.mark.parametrize("language", ["", "xx", "zz_ZZ", "en-GB", "de_DE", "{}", "x" * 99])
def test_a_language_that_nobody_knows_is_english(language: str) -> None:
    assert "2026" in wording.long_date(THIRD, language)
    assert wording.names(["Ana", "Tom"], "xx") == "Ana and Tom"


@given(st.dates(), st.sampled_from(LANGUAGES), st.lists(st.text(max_size=20), max_size=5))
def test_nothing_raises(value: date, language: str, people: list[str]) -> None:
    assert wording.day(value, language)
    assert wording.long_date(value, language)
    row = wording.names(people, language)
    assert all(name in row for name in people)
