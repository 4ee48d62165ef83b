"""What kind of mail an earlier one is, told by its words."""

import pytest

from springback.kinds import forwards, has_left, speaks_of_work


@pytest.mark.parametrize(
    "text",
    [
        "I have left the company.",
        "Jane is no longer with Acme.",
        "Ich bin nicht mehr für die Firma tätig.",
        "Frau Krüger ist zum 31. Oktober ausgeschieden.",
        "Je ne fais plus partie de l'entreprise.",
        "J'ai quitté l'entreprise.",
        "Ya no trabajo aquí.",
        "Ik ben niet meer werkzaam bij Polder.",
        "Non lavoro più qui.",
        "Já não trabalho aqui.",
    ],
)
def test_an_absence_may_be_for_good(text: str) -> None:
    assert has_left(text)


@pytest.mark.parametrize(
    "text",
    [
        "I have left the office for today.",
        "I am no longer at my desk.",
        "Ich bin heute nicht mehr im Büro.",
        "J'ai quitté le bureau.",
        "I am out of the office until Monday.",
        "",
    ],
)
def test_an_absence_of_a_day_is_none_for_good(text: str) -> None:
    assert not has_left(text)


@pytest.mark.parametrize(
    "text", ["Your application", "Ihre Bewerbung", "Vorstellungsgespräch", "the role", "votre candidature"]
)
def test_mail_about_work_says_so(text: str) -> None:
    assert speaks_of_work(text)


@pytest.mark.parametrize(
    "text", ["Ihr Beratungsgespräch zur Baufinanzierung", "Your order", "Climbing on Thursday?", ""]
)
def test_mail_to_a_customer_or_a_friend_does_not(text: str) -> None:
    assert not speaks_of_work(text)


@pytest.mark.parametrize(
    ("subject", "passed_on"),
    [("Fwd: Hello", True), ("WG: Hallo", True), ("Re: Fwd: Hello", True), ("Re: Hello", False)],
)
def test_a_subject_tells_what_is_passed_on(subject: str, passed_on: bool) -> None:  # noqa: FBT001
    assert forwards(subject) == passed_on
