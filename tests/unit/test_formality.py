"""A reply says Sie to who says Sie, and du to who says du; where a letter doesn't tell, nobody guesses."""

import time

import pytest

from springback.formality import is_formal


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wir danken für Ihre Bewerbung."),
        ("de", "Leider können wir Sie nicht berücksichtigen."),
        ("de", "Ihre Bewerbung war leider nicht erfolgreich."),
        ("de", "Guten Tag,\n\nSie waren leider knapp zu spät."),
        ("de", "Sehr geehrte Frau Sommer,\n\ndie Stelle ist vergeben."),
        ("de", "Hallo Frau Sommer,\n\ndie Stelle ist vergeben."),
        ("de", "Sehr geehrte Damen und Herren,\n\nden Zuschlag hat ein anderer Bieter erhalten."),
        ("de", "die Stelle ist besetzt (wir hatten\nIhnen davon geschrieben)"),
        ("fr", "Nous vous remercions de votre intérêt."),
        ("fr", "Votre candidature n’a pas été retenue."),
        ("fr", "Madame,\n\nLe poste est pourvu."),
        ("fr", "Le poste est pourvu. Bien à vous,\nNoé"),
        ("es", "Usted no ha sido seleccionado."),
        ("es", "Informamos a Ud. que el cargo ya fue provisto."),
        ("es", "Le agradecemos su interés."),
        ("es", "Su candidatura no pasará a la siguiente fase."),
        ("es", "Lamentamos informarle de que el puesto está cubierto."),
        ("es", "Estimada Sra. Sommer:\n\nEl puesto está cubierto."),
        ("it", "Gentile Robin,\n\nLa ringraziamo per la Sua candidatura."),
        ("it", "Siamo spiacenti di comunicarLe che la posizione è coperta."),
        ("it", "Gentile Robin, la ringraziamo per l'interesse."),
        ("it", "Abbiamo pensato a Lei, ma la posizione è coperta."),
        ("it", "Egregio Dottore,\n\nla posizione è coperta."),
        ("nl", "Wij danken u voor uw sollicitatie."),
        ("nl", "Geachte heer Sommer,\n\nDe functie is vervuld."),
        ("pt", "Agradecemos a sua candidatura."),
        ("pt", "Você não foi selecionado desta vez."),
        ("pt", "Desejamos-lhe sorte."),
        ("pt", "A candidatura de V. Exa. foi excluída."),
        ("pt", "Exmo. Senhor Robin Sommer,\n\nO lugar está ocupado."),
        ("pt", "Não vamos poder avançar consigo."),
    ],
)
def test_a_formal_letter(language: str, text: str) -> None:
    assert is_formal(text, language) is True


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "danke dir für die bewerbung!"),
        ("de", "Wir haben Deine Unterlagen gelesen und können Dir nichts anbieten."),
        ("de", "Dein Profil passt leider nicht."),
        ("de", "wir haben euch geschrieben, und eure Mappe war toll"),
        ("fr", "Tu n'en fais pas partie cette fois."),
        ("fr", "Je préfère t’écrire moi-même."),
        ("fr", "Bonne chance pour la suite. Bien à toi,\nNoé"),
        ("es", "Gracias por tu tiempo."),
        ("es", "No has sido seleccionado."),
        ("es", "¿Podés el lunes? El feedback sobre vos fue excelente."),
        ("es", "Gracias por el caso que enviaste."),
        ("es", "Lamento comunicaros la noticia: os deseo suerte."),
        ("it", "Ciao Robin, ti ringraziamo per la tua candidatura."),
        ("it", "Ci dispiace informarti che la posizione è coperta."),
        ("it", "In call ci eri piaciuto a tutti."),
        ("nl", "Bedankt voor je sollicitatie."),
        ("nl", "Voor jou eindigt het traject hier."),
        ("nl", "Als ge nog eens in Lokeren zijt: spring binnen."),
        ("pt", "Gostámos da tua energia."),
        ("pt", "Obrigado pela carta que enviaste."),
        ("pt", "Não vamos avançar contigo."),
    ],
)
def test_an_informal_letter(language: str, text: str) -> None:
    assert is_formal(text, language) is False


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", ""),
        ("de", "Die Stelle ist leider vergeben."),
        ("de", "Die Kollegen haben lange beraten. Sie wollen noch warten. Ihr Chef auch."),
        ("de", "da sie einen besseren überblick haben, nehme ich ihren rat an"),
        ("de", "SIE ODER DU?"),
        ("fr", "Merci pour l’appel de mardi, le poste est pourvu."),
        ("fr", "Le rendez-vous de mardi est annulé, et le ton a plu."),
        ("fr", "Y a-t-il une suite ? Y a-t'il une suite ?"),
        ("fr", "Notre équipe TA est en congé."),
        ("es", "Suerte con todo, el puesto está cubierto."),
        ("es", "La empresa ha cambiado su plan, y el equipo le dio la razón. El contraste es grande."),
        ("it", "La posizione è coperta. Le candidature erano tante."),
        ("it", "Il team ha fatto i suoi conti, le parti sono d'accordo."),
        ("it", "Lavoriamo con Banca La Marca e Studio Le Querce."),
        ("nl", "De functie is vervuld. De zaak sluit om 18 u., soms om 18u; bel a.u.b. vooraf."),
        ("pt", "Obrigado pela entrevista. Infelizmente, não foi dessa vez."),
        ("pt", "A vaga na área de TI está fechada; não consigo mais."),
        ("en", "Thank you for your application. Would you like to hear more?"),
    ],
)
def test_a_letter_that_does_not_tell(language: str, text: str) -> None:
    assert is_formal(text, language) is None


def test_as_many_words_for_one_as_for_the_other_tell_nothing() -> None:
    assert is_formal("Bedankt voor je brief. Uw ervaring sluit niet aan.", "nl") is None


@pytest.mark.parametrize("language", [None, "", "en", "sv", "xx"])
def test_other_languages_do_not_tell(language: str | None) -> None:
    assert is_formal("Wir danken Ihnen für Ihre Bewerbung.", language) is None


@pytest.mark.parametrize("language", ["de", "DE", "de-CH", "de_AT"])
def test_a_language_may_name_its_region(language: str) -> None:
    assert is_formal("Wir danken Ihnen.", language) is True


def test_what_stands_below_the_closing_is_not_the_letter() -> None:
    du = (
        "Hallo Robin,\n\nleider können wir dir nichts anbieten.\n\nViele Grüße\nIhr Acme-Team\n\n"
        "Sie erhalten diese Nachricht, weil Sie sich beworben haben. "
        "Wir löschen Ihre Daten, wenn Sie es wünschen."
    )
    assert is_formal(du, "de") is False
    sie = (
        "Hallo,\n\nleider können wir Ihnen nichts anbieten.\n\nMit freundlichen Grüßen\nAcme\n\n"
        "Dein Karriereportal: finde deinen Job, mach dein Ding, sag uns deine Meinung!"
    )
    assert is_formal(sie, "de") is True


def test_a_slogan_in_a_signature_without_closing_counts_for_little() -> None:
    letter = (
        "Hallo,\n\nwir danken Ihnen für Ihre Zeit und wünschen Ihnen Glück.\n\nJana Berg\nDein Karriereportal"
    )
    assert is_formal(letter, "de") is True


def test_a_footer_without_any_mark_does_not_turn_the_letter_round() -> None:
    letter = "Hallo Robin,\n\ndanke dir für deine Bewerbung, leider hat es für dich nicht gereicht.\n\n"
    footer = "Wir löschen Ihre Daten, wenn Sie uns Ihren Wunsch mitteilen und Sie Ihr Konto schließen. " * 20
    assert is_formal(letter + footer, "de") is not True


def test_a_greeting_may_be_a_closing_elsewhere() -> None:
    assert is_formal("Señora\n\nSaludos.\n\nUsted no fue seleccionada.", "es") is True
    assert is_formal("Saludos, Robin:\n\nno has sido seleccionado.", "es") is False


def test_te_beside_voce_is_brazilian() -> None:
    """Who says "você" and "te" is not answered with "tu"."""
    assert is_formal("Vim te dar um retorno: você estava indo bem, mas não vou te pedir para esperar.", "pt")


def test_a_word_in_an_address_on_the_web_is_no_word() -> None:
    for text in ("https://jobs.acme.example/deine/bewerbung", "dein@acme.example", "www.dein.example/du"):
        assert is_formal(f"Die Stelle ist vergeben: {text}", "de") is None


def test_accents_may_be_written_apart() -> None:
    assert is_formal("Voce\u0302 na\u0303o foi selecionado.", "pt") is True


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert is_formal("x " * 10_000 + "Wir danken Ihnen.", "de") is None


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "a." * 500_000,
        "'’" * 500_000,
        "Sie\n" * 200_000,
        "\n" * 1_000_000,
        "e\u0301" * 500_000,
        " ,\u201e" * 300_000,
        "dein " * 200_000 + "team",
    ],
)
def test_no_text_makes_it_slow(text: str) -> None:
    started = time.process_time()
    for language in ("de", "fr", "es", "it", "nl", "pt"):
        is_formal(text, language)
    assert time.process_time() - started < 3
