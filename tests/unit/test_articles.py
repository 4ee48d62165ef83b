"""A firm's name stands in a sentence as one says it."""

import pytest

from springback.articles import at_firm, with_article


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [
        ("de", "Acme", "bei Acme"),
        ("de", "Stadt Ulm", "bei der Stadt Ulm"),
        ("de", "Klinikum Ulm", "beim Klinikum Ulm"),
        ("de", "Stadtwerke Ulm", "bei den Stadtwerken Ulm"),
        ("de", "Stadtwerken Ulm", "bei den Stadtwerken Ulm"),
        ("de", "Deutsche Post", "bei der Deutschen Post"),
        ("de", "Volksbank", "bei der Volksbank"),
        ("de", "Möbel Grüneberg", "bei Möbel Grüneberg"),
        ("de", "Museum", "bei Museum"),
        ("en", "Acme", "at Acme"),
        ("en", "University of Leeds", "at the University of Leeds"),
        ("en", "Office", "at Office"),
        ("en", "Center Parcs", "at Center Parcs"),
        ("fr", "Acme", "chez Acme"),
        ("fr", "Ville de Lyon", "à la Ville de Lyon"),
        ("fr", "Université de Lyon", "à l'Université de Lyon"),
        ("fr", "Ateliers du Morvan", "aux Ateliers du Morvan"),
        ("fr", "La Poste", "chez La Poste"),
        ("es", "Ayuntamiento de Vigo", "en el Ayuntamiento de Vigo"),
        ("es", "Acme", "en Acme"),
        ("it", "Studio Rossi", "presso lo Studio Rossi"),
        ("it", "Eni", "presso Eni"),
        ("nl", "Gemeente Ede", "bij Gemeente Ede"),
        ("pt", "Banco do Sul", "no Banco do Sul"),
        ("pt", "Acme", "na empresa Acme"),
        ("sv", "Acme", "at Acme"),
    ],
)
def test_a_firm_takes_its_article(language: str, name: str, said: str) -> None:
    assert at_firm(name, language) == said


@pytest.mark.parametrize(
    ("name", "said"), [("Acme", "Acme"), ("University of Leeds", "the University of Leeds")]
)
def test_an_english_name_takes_its_article(name: str, said: str) -> None:
    assert with_article(name) == said
