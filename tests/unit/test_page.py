"""The page of a measurement is one file that asks for nothing; the figures have stable names."""

import json
import re
from dataclasses import replace
from typing import Any

import lxml.html
import pytest

from springback.classifier import Classifier
from springback.library import measure_page
from springback.rule import RuleSet
from springback.tuning.labelled import Labelled
from springback.tuning.measure import Measurement, Share, measure
from springback.tuning.page import page
from springback.tuning.report import as_json, share
from unit.making import labelled, rule_set

RULES = """
language = "en"
[[rule]]
id = "rej.chosen"
label = "rejection"
tier = "decisive"
any = ["not chosen"]
unless = ["yet"]
hit = ["Not chosen."]
miss = ["Chosen."]
[[rule]]
id = "rej.silent"
label = "rejection"
any = ["farewell"]
hit = ["Farewell."]
miss = ["Bye."]
[[detail]]
id = "company"
regex = ['at (?P<company>[A-Z]\\w+)']
hit = ["You applied at [[company:Firm]]."]
miss = ["At noon."]
[[decide]]
when = "decisive"
then = "rejection"
"""
NO = "You were not chosen."
HOSTILE = "<script>alert(1)</script><img src='https://evil.example/x.png' onerror=\"a('b')\">&amp;"
SET = [
    labelled(f"{NO} You applied at Acme.", name="right", lang="en", company="Acme"),
    labelled(f"{NO} Bye.", name="right too", lang="en", company="Firm"),
    labelled("Leider nein.", name="missed", lang="de", subject="An answer"),
    labelled("The logo was not chosen.", "article", "draft", lang="en"),
    labelled("Not chosen yet.", "ham", "unless", lang="en"),
    labelled(NO, "ambiguous", "left out", lang="en"),
]


def measured(*mails: Labelled, rules: RuleSet | None = None) -> Measurement:
    return measure(mails, Classifier(rules or rule_set(RULES)))


def made(result: Measurement) -> str:
    return page(result, measure_page())


def text_of(html: str) -> str:
    return " ".join(lxml.html.document_fromstring(html).text_content().split())


def tags(html: str) -> set[str]:
    return {
        element.tag for element in lxml.html.document_fromstring(html).iter() if isinstance(element.tag, str)
    }


def rows(html: str) -> list[list[str]]:
    """Return what stands in the rows of all tables, empty cells left out."""
    found = lxml.html.document_fromstring(html).iter("tr")
    cells = [[" ".join(cell.text_content().split()) for cell in row.iterchildren("td")] for row in found]
    return [[cell for cell in row if cell] for row in cells]


def test_the_page_is_one_file_without_any_outside_reference() -> None:
    html = made(measured(*SET))
    assert not re.search(r"https?:|url\(|@import|javascript:", html)
    document = lxml.html.document_fromstring(html)
    assert not tags(html) & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"}
    names = {name for element in document.iter() for name in element.attrib}
    assert not {
        name for name in names if name in ("src", "href", "srcset", "action") or name.startswith("on")
    }
    (policy,) = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_the_page_is_a_whole_document() -> None:
    html = made(measured(*SET))
    document = lxml.html.document_fromstring(html)
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    assert document.get("lang") == "en"
    assert [element.text_content() for element in document.iter("h1")] == ["Rules measured"]
    assert document.xpath("//meta/@charset") == ["utf-8"]


def test_the_page_holds_the_figures() -> None:
    result = measured(*SET)
    html = made(result)
    text = text_of(html)
    assert "6 labelled mails, 1 of them left out" in text
    assert result.digest in text
    found = rows(html)
    assert ["all", "5", "3", "0", "2/3 66.7 %", "2/3 66.7 %"] in found
    assert ["de", "1", "0", "0", "0/1 0.0 %"] in found
    assert ["a", "5", "3", "0", "2/3 66.7 %", "2/3 66.7 %"] in found
    assert ["article", "1", "1"] in found
    assert ["company", "1", "0", "1", "0"] in found
    (rule,) = [row for row in found if row[:1] == ["rej.chosen"]]
    assert rule[1:5] + rule[6:] == ["rejection", "decisive", "2", "1", "3", "1"]
    assert rule[5] == "20.8 % to 93.9 %"
    assert "1 rule spoke in no mail: rej.silent." in text


def test_a_figure_is_rounded_once() -> None:
    """The upper bound of 2 in 3 is 0.93851: no 93.8 % by way of 0.9385."""
    text = text_of(made(measured(*SET)))
    assert "93.9 %" in text
    assert "93.8 %" not in text


@pytest.mark.parametrize(
    ("mails", "told"),
    [
        (SET[:1], "1 labelled mail, 0 of them left out"),
        (SET[:1], "1 rule spoke in no mail: rej.silent."),
        (SET[2:3], "2 rules spoke in no mail: rej.chosen, rej.silent."),
    ],
)
def test_one_is_told_as_one(mails: list[Labelled], told: str) -> None:
    assert told in text_of(made(measured(*mails)))


def test_a_remark_has_no_interval() -> None:
    rules = rule_set(
        RULES.replace('id = "rej.silent"\nlabel = "rejection"', 'id = "talk.bye"\nlabel = "farewell"')
    )
    (row,) = [
        row for row in rows(made(measured(labelled("Farewell."), rules=rules))) if row[:1] == ["talk.bye"]
    ]
    assert row == ["talk.bye", "farewell", "weak", "1", "0", "0", "0"]


def test_the_page_shows_the_wrong_mails() -> None:
    html = made(measured(*SET))
    document = lxml.html.document_fromstring(html)
    wrong = [" ".join(mail.text_content().split()) for mail in document.find_class("mail")]
    assert len(wrong) == 2
    assert wrong[0].startswith("draft · article → rejection")
    assert "rej.chosen The logo was not chosen." in wrong[0]
    assert wrong[1].startswith("missed · rejection → other")
    assert wrong[1].endswith("An answer Leider nein.")
    assert [mark.text for mark in document.iter("mark")] == ["not chosen"]
    assert "Wrong: 2" in text_of(html)


def test_a_page_without_wrong_mail_says_so() -> None:
    text = text_of(made(measured(SET[0])))
    assert text.endswith("Wrong: 0 None.")


def test_a_page_of_nothing_can_be_made() -> None:
    assert "0 labelled mails, 0 of them left out" in text_of(made(measured()))


HOSTILE_MAILS = [
    labelled(f"Leider nein {HOSTILE}", subject=HOSTILE),
    labelled(f"The logo {HOSTILE} was not chosen.", "ham"),
    labelled(f"Not <b>{HOSTILE}</b> chosen yet {HOSTILE}"),
    replace(labelled("Leider nein."), name=HOSTILE, source=HOSTILE, label=HOSTILE, language=HOSTILE),
]


@pytest.mark.parametrize("mail", HOSTILE_MAILS)
def test_what_comes_from_mail_is_escaped(mail: Labelled) -> None:
    html = made(measured(mail))
    assert HOSTILE not in html
    assert tags(html) <= tags(made(measured(*SET)))
    assert html.count("<b>") == html.count('<div class="mail')
    assert "alert(1)" in text_of(html)


def test_what_comes_from_rules_is_escaped() -> None:
    rules = rule_set(RULES)
    first, second = rules.rules
    hostile = replace(
        rules,
        digest=HOSTILE,
        rules=(
            replace(first, id=f"a{HOSTILE}", language=HOSTILE),
            replace(first, id=f"b{HOSTILE}", unless=()),
            replace(second, id=f"c{HOSTILE}"),
        ),
        decisions=tuple(replace(line, when=HOSTILE) for line in rules.decisions),
    )
    html = made(measured(*SET, rules=hostile))
    assert HOSTILE not in html
    assert "script" not in tags(html)
    assert "img" not in tags(html)
    text = text_of(html)
    for told in (f"a{HOSTILE}", f"b{HOSTILE}", f"rule spoke in no mail: c{HOSTILE}", f"1: {HOSTILE} -> rej"):
        assert " ".join(told.split()) in text


def test_the_words_that_matched_are_marked_as_written() -> None:
    html = made(measured(labelled("A <b>& you were NOT “chosen”.", "ham")))
    (mark,) = lxml.html.document_fromstring(html).iter("mark")
    assert mark.text == "NOT “chosen"
    assert "A <b>& you were NOT “chosen”." in text_of(html)


def test_a_hundred_wrong_mails_are_shown_and_two_hundred_at_most() -> None:
    def count(mails: int) -> int:
        html = made(measured(*[labelled("Nein.", name=str(number)) for number in range(mails)]))
        assert f"Wrong: {mails}" in text_of(html)
        return len(lxml.html.document_fromstring(html).find_class("mail"))

    assert count(100) == 100
    assert count(230) == 200


def keys(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the shape of a JSON value: its keys, and of a list the shape of what it holds first."""
    if isinstance(value, dict):
        return {name: keys(inner) for name, inner in value.items()}
    return [keys(value[0])] if isinstance(value, list) and value else None


def test_names_and_keys_of_the_figures_are_stable() -> None:
    """Scripts of other people read them."""
    figures = json.loads(json.dumps(as_json(measured(*SET[3:], *SET[:3], labelled("Not chosen yet.")))))
    for score in (figures["total"], *figures["languages"], *figures["labels"], *figures["sets"]):
        assert list(score) == ["name", "verdicts", "precision", "recall"]
        assert set(score["verdicts"]) <= {"rejection", "review", "other"}
    shares = {"part": None, "n": None, "value": None, "interval": [None]}
    assert figures["total"]["precision"].keys() == shares.keys()
    assert keys({key: value for key, value in figures.items() if key not in ("languages", "labels")}) == {
        "rules": None,
        "mails": None,
        "left_out": None,
        "total": {
            "name": None,
            "verdicts": {"rejection": None, "other": None},
            "precision": shares,
            "recall": shares,
        },
        "sets": [
            {
                "name": None,
                "verdicts": {"rejection": None, "other": None},
                "precision": shares,
                "recall": shares,
            }
        ],
        "by_rule": [
            {
                "rule": None,
                "label": None,
                "tier": None,
                "language": None,
                "right": None,
                "wrong": None,
                "precision": shares,
                "decisive": None,
                "decisive_wrong": None,
                "overlap": None,
                "overlap_share": None,
            }
        ],
        "details": [{"detail": None, "right": None, "wrong": None, "missing": None, "rightly_none": None}],
        "wrong": [
            {
                "mail": None,
                "set": None,
                "label": None,
                "language": None,
                "verdict": None,
                "line": None,
                "evidence": [{"rule": None, "tier": None, "match": None, "sentence": None}],
                "against": None,
                "sentences": [None],
            }
        ],
    }
    against = [item for one in figures["wrong"] for item in one["against"]]
    assert against == [{"rule": "rej.chosen", "match": "yet", "why": against[0]["why"]}]


def test_the_figures_are_those_of_the_measurement() -> None:
    result = measured(*SET)
    figures = as_json(result)
    assert (figures["rules"], figures["mails"], figures["left_out"]) == (result.digest, 6, 1)
    assert figures["total"]["verdicts"] == {"rejection": 3, "other": 2}
    assert [score["name"] for score in figures["languages"]] == ["de", "en"]
    assert [score["name"] for score in figures["labels"]] == ["ambiguous", "article", "ham", "rejection"]
    assert [score["name"] for score in figures["sets"]] == ["a"]
    assert [(rule["rule"], rule["right"], rule["wrong"]) for rule in figures["by_rule"]] == [
        ("rej.chosen", 2, 1), ("rej.silent", 0, 0),
    ]  # fmt: skip
    assert [(one["mail"], one["verdict"]) for one in figures["wrong"]] == [
        ("draft", "rejection"), ("missed", "other"),
    ]  # fmt: skip
    assert figures["wrong"][1]["sentences"] == ["An answer", "Leider nein."]


def test_a_share_is_told_with_its_interval() -> None:
    told = share(Share(3, 3))
    assert told.pop("interval") == pytest.approx([0.4385, 1.0], abs=0.00005)
    assert told == {"part": 3, "n": 3, "value": 1.0}
    assert share(Share(0, 0)) == {"part": 0, "n": 0, "value": None, "interval": [0.0, 1.0]}
