"""A reply greets a person by name, and nobody else."""

import pytest

from springback.names import first_name, person_name


@pytest.mark.parametrize(
    ("display", "name"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Doe, Jane", "Jane Doe"),
        ("Doe, Jane (Acme)", "Jane Doe"),
        ("Jane Doe (Acme)", "Jane Doe"),
        ("Jane Doe [Acme]", "Jane Doe"),
        ("Jane Doe | Acme", "Jane Doe"),
        ("Jane Doe / Acme", "Jane Doe"),
        ("Jane Doe - Acme Recruiting", "Jane Doe"),
        ("Jane Doe – Acme", "Jane Doe"),
        ("Jane Doe @ Acme", "Jane Doe"),
        ("Jane Doe via Greenhouse", "Jane Doe"),
        ("Jane from Acme", "Jane"),
        ("Jane Doe bei Acme", "Jane Doe"),
        ("Dr. Jane Doe", "Jane Doe"),
        ("Frau Dr. Jane Doe", "Jane Doe"),
        ("Mr Miro Vale", "Miro Vale"),
        ("JANE DOE", "Jane Doe"),
        ("jane doe", "Jane Doe"),
        ('"Jane Doe"', "Jane Doe"),
        ("Zoë O’Neill-Řezáč", "Zoë O’Neill-Řezáč"),
        ("Jane M. Doe", "Jane M. Doe"),
        ("Ana María de la Cruz", "Ana María de la Cruz"),
        ("Jane", "Jane"),
        ("李 明", "李 明"),
    ],
)
def test_the_person_in_a_display_name(display: str, name: str) -> None:
    assert person_name(display) == name


@pytest.mark.parametrize(
    "display",
    [
        "",
        "Acme Recruiting Team",
        "Talent Acquisition",
        "The Acme Team",
        "Acme Careers",
        "Jobs",
        "Acme HR",
        "Human Resources",
        "no-reply",
        "noreply",
        "Workday",
        "Acme GmbH",
        "Acme Inc.",
        "Bewerbermanagement",
        "Karriere bei Acme",
        "Recrutement Acme",
        "jane.doe@acme.example",
        "+49 170 000",
        "Jane <b>Doe</b>",
        "{{ name }}",
        "A" * 51,
        "one two three four five six",
        "(Acme)",
        ",",
    ],
)
def test_no_person_in_a_display_name(display: str) -> None:
    assert person_name(display) is None


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Jane Doe", "Jane"),
        ("Jane M. Doe", "Jane"),
        ("J. Doe", None),
        ("J Doe", None),
        ("Acme", None),
        ("", None),
        (None, None),
    ],
)
def test_the_name_to_greet_by(name: str | None, first: str | None) -> None:
    """One word may be a firm, and an initial is no name: better no name than a wrong one."""
    assert first_name(name) == first
