"""What stands in quotation marks is somebody else's words: no evidence, but told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.cited import split_cited
from springback.verdict import Verdict
from unit.making import classify

RULES = """
[context.job]
any = ["role"]
hit = ["The role."]
miss = ["The roof."]
[[rule]]
id = "rej.chosen"
label = "rejection"
tier = "decisive"
any = ["not been chosen"]
hit = ["You have not been chosen."]
miss = ["You have been chosen."]
[[decide]]
when = "decisive and job"
then = "rejection"
"""
SAID = "You have not been chosen for the role"
MARKS = ("“{}”", "„{}“", "„{}”", "«{}»", "«\u00a0{}\u00a0»", "»{}«", '"{}"')


def verdict_on(text: str) -> Verdict:
    return classify(RULES, text, subject="Hello")


@pytest.mark.parametrize("marks", MARKS)
def test_a_citation_is_taken_out(marks: str) -> None:
    own, cited = split_cited(f"They wrote: {marks.format(SAID)} and that was all.")
    assert own == "They wrote: … and that was all."
    assert cited.strip() == SAID


@pytest.mark.parametrize("marks", MARKS)
def test_a_citation_is_no_evidence_but_told(marks: str) -> None:
    verdict = verdict_on(f"My story about the role.\n\nThey wrote {marks.format(SAID + '.')} What now?")
    assert (verdict.name, verdict.evidence) == ("other", ())
    assert [(one.rule, one.match, one.why) for one in verdict.against] == [
        ("rej.chosen", "not been chosen", "stands in cited text")
    ]
    assert verdict_on(f"{marks.format('Dear Robin, it is a pity.')} {SAID}.").name == "rejection"


def test_a_context_in_a_citation_is_no_context() -> None:
    said = "We have not been chosen, alas."
    assert verdict_on(f"{said} See “all that there is of the role” now").name == "other"
    assert verdict_on(f"{said} See all that there is of the role now").name == "rejection"


@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize(
    "title", ["Engineer", "Senior Data Engineer", "Softwareentwicklungsingenieur (m/w/d)"]
)
def test_the_title_of_a_job_stays(marks: str, title: str) -> None:
    text = f"Your application as {marks.format(title)} to us."
    assert split_cited(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "poste « Développeur » : nous ne pouvons malheureusement pas la retenir pour le poste « Ingénieur »",
        "poste « Développeur », nous ne pouvons malheureusement pas vous retenir, ni comme « Ingénieur »",
        "die Stelle »Ingenieur« können wir Ihnen leider nicht geben, auch nicht die als »Techniker«",
        "die Stelle „Ingenieur“ können wir Ihnen leider nicht geben, auch nicht die als “Techniker”",
        "die Stelle „Ingenieur“ können wir Ihnen leider nicht geben, auch nicht die als „Techniker“",
        "the role “Engineer” has been filled by somebody else, and so has “Technician”",
        "the role “Engineer“ has been filled by somebody else, and so has “Technician“",
        "die Stelle Ingenieur“ können wir Ihnen leider nicht geben, auch nicht die als “Techniker”",
        "la place Ingénieur» n'a malheureusement pas été pour vous, ni celle de «Technicien»",
        'the role "Engineer" has been filled by somebody else, and so has "Technician"',
        "the role of “Engineer has been filled by somebody else, and so has “Technician”",
    ],
)
def test_words_between_two_titles_are_its_writers_own(text: str) -> None:
    assert split_cited(text) == (text, "")


def test_a_closing_mark_does_not_open_behind_a_long_citation() -> None:
    text = f"« {SAID}.\n\nEt voilà. » Nous ne pouvons malheureusement pas vous retenir « Ingénieur »"
    assert split_cited(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        f"They wrote: “{SAID}, and so on.",
        f"They wrote: {SAID}” and so on.",
        f"They wrote: «{SAID}, and so on.",
        f"They wrote: {SAID}» and so on.",
        f"They wrote: „{SAID}, and so on.",
        f'They wrote: "{SAID}, and so on.',
        f'They wrote: {SAID}" and so on.',
        f'A 24" screen: {SAID}, and a 27" screen.',
        f'A 24" screen: {SAID}, and "more" of that.',
        f"They don’t: {SAID}, and we can’t.",
        f"They wrote: “{SAID}«, and so on.",
        SAID,
        "",
    ],
)
def test_a_mark_alone_does_nothing(text: str) -> None:
    assert split_cited(text) == (text, "")


@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize("blank", ["\n\n", "\n \t\n"])
def test_a_blank_line_ends_a_citation(marks: str, blank: str) -> None:
    text = marks.format(f"This is no more than an opening.{blank}{SAID}.")
    assert split_cited(text) == (text, "")


@pytest.mark.parametrize("marks", MARKS)
def test_a_citation_goes_on_in_the_next_line(marks: str) -> None:
    said = SAID.replace("been ", "been\n")
    own, cited = split_cited(f"They wrote {marks.format(said)}.")
    assert own == "They wrote …."
    assert cited.strip() == said


def test_a_whole_letter_is_no_citation() -> None:
    """A mark that is opened by mistake must not swallow the letter up to the next one."""
    text = f"“{'We thank you for your time. ' * 60}{SAID}.”"
    assert split_cited(text) == (text, "")


def test_each_citation_is_a_paragraph_of_its_own() -> None:
    own, cited = split_cited(f"One: “{SAID}.” Two: «We wish you all the best.» Three.")
    assert own == "One: … Two: … Three."
    assert cited == f"{SAID}.\n\nWe wish you all the best."


@pytest.mark.parametrize(
    ("before", "behind", "cited"),
    [("", "", True), ("(", ")", True), ("so:", ".", True), ("x", "", False), ("", "x", False)],
)
def test_straight_marks_stand_around_words(before: str, behind: str, cited: bool) -> None:  # noqa: FBT001
    text = f'Well {before}"{SAID}"{behind} indeed'
    assert bool(split_cited(text)[1]) is cited


@given(st.text("ab .\n\t“”„«»\"'", max_size=120))
def test_nothing_is_lost(text: str) -> None:
    """What is cited and what is not make up the text."""
    own, cited = split_cited(text)
    citations = cited.split("\n\n") if cited else []
    pieces = own.split("…")
    assert len(pieces) == len(citations) + 1
    rebuilt = pieces[0]
    for citation, piece in zip(citations, pieces[1:], strict=True):
        mark = text[len(rebuilt)]
        rebuilt += mark + citation + text[len(rebuilt) + 1 + len(citation)] + piece
    assert rebuilt == text


@pytest.mark.parametrize(
    "unit",
    ["“", "„", "«", "»", '"', ' "', "“a b c d ", "«a ", "»a\n", '"a b\n', "“" + " \t" * 50 + "\n\n", '“„«»"'],
)
def test_a_hostile_mail_still_answers(unit: str) -> None:
    """Two million characters, which would take hours if each mark looked through all of them."""
    text = unit * (2_000_000 // len(unit))
    assert split_cited(text) == (text, "")
