"""What the sender wrote himself, apart from what he quotes and what he passes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.normal import normalise
from springback.quoting import split_quoted

ATTRIBUTIONS = [
    "On Thu, 19 Nov 2026 at 10:14, Ana Ferrer <ana@firm.example> wrote:",
    "On 19 November 2026, Ana Ferrer wrote:",
    "Am 19.11.2026 um 10:14 schrieb Ana Ferrer <ana@firm.example>:",
    "Am Do., 19. Nov. 2026 um 10:14 Uhr schrieb Ana Ferrer:",
    "Le jeu. 19 nov. 2026 à 10:14, Ana Ferrer <ana@firm.example> a écrit :",
    "El jue, 19 nov 2026 a las 10:14, Ana Ferrer (<ana@firm.example>) escribió:",
    "Il giorno gio 19 nov 2026 alle ore 10:14 Ana Ferrer <ana@firm.example> ha scritto:",
    "Op do 19 nov 2026 om 10:14 schreef Ana Ferrer <ana@firm.example>:",
    "Am Mo., 16. Feb. 2026 um 12:03 Uhr schrieb Ana Ferrer <\nana@firm.example>:",
    "Ana Ferrer <ana@firm.example> escreveu (segunda, 13/04/2026 à(s)\n09:41):",
    "Ana Ferrer <ana@firm.example> escreveu (quinta, 19/11/2026 à(s) 09:41):",
    "Em qui., 19 de nov. de 2026 às 10:14, Ana Ferrer <ana@firm.example> escreveu:",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
@pytest.mark.parametrize("body", ["> the old mail", "the old mail, not marked\nat all"])
def test_an_attribution_line_opens_the_quoted_mail(line: str, body: str) -> None:
    split = split_quoted(f"My answer.\n\n{line}\n\n{body}\n")
    assert split.own == "My answer."
    assert "the old mail" in split.quoted
    assert split.forwarded == ""


@pytest.mark.parametrize("line", [line for line in ATTRIBUTIONS if "\n" not in line])
def test_an_attribution_wrapped_over_two_lines(line: str) -> None:
    middle = line.rindex(" ", 0, len(line) - 12)
    split = split_quoted(f"My answer.\n\n{line[:middle]}\n{line[middle + 1 :]}\n\n> the old mail\n")
    assert split.own == "My answer."


@pytest.mark.parametrize(
    "block",
    [
        "From: Ana <ana@firm.example>\nSent: Thursday, 19 November 2026\nTo: Robin\nSubject: x",
        "From: Ana <ana@firm.example>\nDate: Thursday, 19 November 2026\nTo: Robin",
        "*From:* Ana <ana@firm.example>\n*Sent:* Thursday\n*To:* Robin",
        "From: Ana\nTo: Robin\nDate: Thursday",
        "Von: Ana <ana@firm.example>\nGesendet: Donnerstag, 19. November 2026\nAn: Robin",
        "De : Ana <ana@firm.example>\nEnvoyé : jeudi 19 novembre 2026\nÀ : Robin",
        "De: Ana <ana@firm.example>\nEnviado el: jueves, 19 de noviembre\nPara: Robin",
        "De: Ana <ana@firm.example>\nEnviada em: segunda-feira, 30 de março de 2026 09:15\nPara: Robin",
        "De: Ana <ana@firm.example>\nEnviado: quinta-feira\nPara: Robin",
        "Da: Ana <ana@firm.example>\nInviato: giovedì 19 novembre\nA: Robin",
        "Van: Ana <ana@firm.example>\nVerzonden: donderdag 19 november\nAan: Robin",
        "-----Original Message-----\nthe mail below",
        "-----Ursprüngliche Nachricht-----\nthe mail below",
        "----- Message d'origine -----\nthe mail below",
    ],
)
def test_outlooks_block_opens_the_quoted_mail(block: str) -> None:
    split = split_quoted(f"My answer.\n\n{block}\n\nthe old mail\n")
    assert split.own == "My answer."
    assert split.quoted.startswith(block.split("\n", maxsplit=1)[0])
    assert "the old mail" in split.quoted


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "-------- Forwarded Message --------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ---------",
        "---------- Mensaje reenviado ---------",
        "---------- Messaggio inoltrato ---------",
        "---------- Mensagem encaminhada ---------",
        "---------- Doorgestuurd bericht ---------",
    ],
)
def test_a_forwarded_mail_is_set_apart(mark: str) -> None:
    split = split_quoted(f"Look at this.\n\n{mark}\nFrom: Ana\nDate: now\n\nthe old mail\n> older\n")
    assert split.own == "Look at this."
    assert split.quoted == ""
    assert "the old mail" in split.forwarded
    assert "older" in split.forwarded


def test_answers_between_quoted_lines_stay_the_writers_own() -> None:
    split = split_quoted(
        "Hi,\n\nOn 19 Nov 2026, Ana wrote:\n> Can you come?\n\nYes.\n\n> On Monday?\n\nNo.\n"
    )
    assert normalise(split.own) == "hi yes no"
    assert "> Can you come?" in split.quoted
    assert "> On Monday?" in split.quoted


@pytest.mark.parametrize(
    "text",
    [
        "We heard from: Ana and Kim, who were glad.\nThe date: not yet known.",
        "From: what we saw, you did well.\nWe have chosen somebody else.",
        "On Monday we met and you wrote well.\nThank you.",
        "Le poste est pourvu.\nMerci.",
        "On behalf of the team I wrote this note.\nBye.",
        "The original message was lost.",
        "The forwarded message below is lost.",
        "Score: 5 > 3 and a|b",
        "-- \nAna",
        "It is - as I said --- over.",
        "Am Ende haben wir uns anders entschieden.\nEr schrieb dazu nichts.",
    ],
)
def test_ordinary_sentences_are_not_cut(text: str) -> None:
    split = split_quoted(text)
    assert (split.own, split.quoted, split.forwarded) == (text, "", "")


@pytest.mark.parametrize("line", ["> old", ">old", " > old", ">> old", "| old", "AF> old"])
def test_a_marked_line_is_quoted(line: str) -> None:
    split = split_quoted(f"mine\n{line}\nmine too")
    assert split.own == "mine\nmine too"
    assert split.quoted == line


@pytest.mark.parametrize(
    "text",
    [
        "On " + "wrote " * 20_000,
        ("On " + "x" * 118 + "\n") * 1_000,
        "-" * 120_000,
        "_" * 120_000 + "x",
        ("From: " + "x" * 20 + "\n") * 4_000,
        " " * 120_000,
        "> " * 60_000,
        "\n" * 120_000,
    ],
)
def test_hostile_text_still_answers(text: str) -> None:
    assert len(split_quoted(text).own) <= len(text)


LINES = st.sampled_from(
    ["> old", "mine", "", "On 19 Nov 2026, Ana wrote:", "From: Ana", "Sent: now", "-- ", "____",
     "-----Original Message-----", "Begin forwarded message:", "Am 1.1.26 schrieb Kim:", "To: x"]
)  # fmt: skip


@given(st.lists(LINES, max_size=15))
def test_every_word_of_ones_own_was_written_in_that_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    left = iter(text.split())
    assert all(word in left for word in split_quoted(text).own.split())


def test_a_rule_of_underscores_alone_quotes_nothing() -> None:
    """Letters are decorated with rules; only Outlook's block below one makes it a quote."""
    letter = "Dear Robin,\n" + "_" * 40 + "\nwe have decided otherwise."
    assert split_quoted(letter).own == letter
    answer = "Thanks.\n" + "_" * 32 + "\nFrom: Ada Brook\nSent: Monday\nTo: Robin\nold words"
    split = split_quoted(answer)
    assert "old words" in split.quoted
    assert "old words" not in split.own


@pytest.mark.parametrize("mark", ["---- Forwarded message", "On Monday", "From: a", "-----Original Message"])
def test_a_run_of_spaces_costs_nothing(mark: str) -> None:
    """A line that nearly is a mark, and goes on for ever, answers at once and stays the writer's own."""
    text = mark + " " * 100_000 + "x"
    assert split_quoted(text).own.split() == text.split()
