"""The corpus: every mail comes out as its label says, but for the gaps that are known and told."""

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from springback.classifier import Classifier
from springback.library import rule_files
from springback.message import parse_message, rough_text
from springback.ruleset import parse_rules
from springback.tuning.labelled import Labelled, read_labelled
from springback.tuning.measure import Judged, judge

CORPUS = Path(__file__).parents[1] / "corpus"
LANGUAGES = {"en", "de", "fr", "es", "nl", "it", "pt"}
DETAILS = ("kind", "company", "role", "name")


@cache
def classifier() -> Classifier:
    return Classifier(parse_rules(rule_files()))


@cache
def mails() -> tuple[Labelled, ...]:
    return tuple(read_labelled([CORPUS]))


@cache
def judged() -> dict[str, Judged]:
    return {_name(mail): judge(mail, classifier()) for mail in mails()}


def gaps(kind: str) -> dict[str, str]:
    content: dict[str, dict[str, str]] = tomllib.loads((CORPUS / "gaps.toml").read_text("utf-8"))
    return content.get(kind, {})


def _name(mail: Labelled) -> str:
    path = Path(mail.name)
    return str(path.relative_to(CORPUS)) if path.is_absolute() else f"{Path(mail.source).name}:{mail.name}"


def test_the_corpus_is_what_it_says() -> None:
    whole = [mail for mail in mails() if "short" not in mail.source]
    assert len(whole) >= 250
    assert {mail.language for mail in whole} == LANGUAGES
    assert 0.4 < sum(mail.meaning == "rejection" for mail in whole) / len(whole) < 0.6
    assert all(mail.expected.get("verdict") in ("rejection", "review", "other") for mail in mails())
    assert all((mail.label == "rejection") == (mail.expected["verdict"] == "rejection") for mail in mails())


def test_every_mail_is_labelled_once() -> None:
    named = [path for file in CORPUS.rglob("*.jsonl") for path in _paths(file)]
    assert len(named) == len(set(named))
    assert set(named) == set(CORPUS.rglob("*.eml"))


def _paths(file: Path) -> Iterator[Path]:
    for line in file.read_text("utf-8").splitlines():
        record = json.loads(line)
        if "path" in record:
            yield file.parent / record["path"]


def test_no_draft_where_none_should_be() -> None:
    """The promise that has no gaps."""
    wrong = [
        name
        for name, one in judged().items()
        if one.verdict.name == "rejection" and one.mail.expected["verdict"] != "rejection"
    ]
    assert wrong == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_verdicts(language: str) -> None:
    known = gaps("verdict")
    wrong = {
        name
        for name, one in judged().items()
        if one.mail.language == language and one.verdict.name != one.mail.expected["verdict"]
    }
    mine = {name for name in known if name in judged() and judged()[name].mail.language == language}
    assert wrong - mine == set(), "new gaps"
    assert mine - wrong == set(), "these come out right by now: take them out of gaps.toml"


def test_the_known_gaps_name_mails() -> None:
    assert {name for kind in ("verdict", "detail") for name in gaps(kind)} <= set(judged())


@pytest.mark.parametrize("detail", DETAILS)
def test_a_detail_is_right_or_missing_but_never_wrong(detail: str) -> None:
    wrong = [
        (name, one.mail.expected[detail], one.found[detail])
        for name, one in judged().items()
        if one.mail.meaning == "rejection"
        and one.verdict.name == "rejection"
        and detail in one.mail.expected
        and one.found[detail] is not None
        and one.found[detail] != one.mail.expected[detail]
        and detail not in gaps("detail").get(name, "").split(":")[0].split(", ")
    ]
    assert wrong == []


def test_the_known_gaps_of_details_are_still_there() -> None:
    mended = [
        f"{name}: {detail}"
        for name, reason in gaps("detail").items()
        for detail in reason.split(":")[0].split(", ")
        if judged()[name].found[detail] in (None, judged()[name].mail.expected[detail])
    ]
    assert mended == [], "these come out right by now: take them out of gaps.toml"


def test_the_language_of_a_rejection_is_told() -> None:
    wrong = [
        name
        for name, one in judged().items()
        if one.verdict.name == "rejection" and one.verdict.language != one.mail.language
    ]
    assert wrong == []


def test_the_quick_screen_loses_nothing() -> None:
    lost = [
        name
        for name, one in judged().items()
        if one.verdict.name != "other"
        and not classifier().worth_reading(rough_text(one.mail.raw, classifier().fields))
    ]
    assert lost == []


def test_headers_parse_and_lines_end_as_on_the_wire() -> None:
    for mail in mails():
        if mail.name.endswith(".eml"):
            message = parse_message(mail.raw)
            assert message.sender, mail.name
            assert message.subject or "no-subject" in mail.name, mail.name
