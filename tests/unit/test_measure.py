"""The figures of a measurement, counted by hand on sets small enough to read at a glance."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.classifier import Classifier
from springback.tuning.labelled import Labelled
from springback.tuning.measure import DetailScore, Measurement, RuleScore, Score, Share, measure
from unit.making import labelled, mail, rule_set

RULES = """
language = "en"
[defaults]
guards = ["maybe"]
[guard.maybe]
any = ["if you"]
hit = ["If you like."]
miss = ["You."]
[[rule]]
id = "rej.chosen"
label = "rejection"
tier = "decisive"
any = ["not chosen"]
hit = ["Not chosen."]
miss = ["Chosen."]
[[rule]]
id = "rej.filled"
label = "rejection"
tier = "decisive"
kind = "closed"
any = ["has been filled"]
hit = ["It has been filled."]
miss = ["Full."]
[[rule]]
id = "rej.sorry"
label = "rejection"
tier = "strong"
any = ["sorry to say"]
hit = ["Sorry to say."]
miss = ["Sorry."]
[[rule]]
id = "offer.made"
label = "offer"
vetoes = ["rejection"]
any = ["offer you"]
hit = ["We offer you."]
miss = ["Offer."]
[[detail]]
id = "company"
regex = ['at (?P<company>[A-Z]\\w+)']
hit = ["You applied at [[company:Firm]]."]
miss = ["At noon."]
[[decide]]
when = "decisive and veto"
then = "review"
[[decide]]
when = "decisive"
then = "rejection"
[[decide]]
when = "strong"
then = "review"
"""
CLASSIFIER = Classifier(rule_set(RULES))
NO = "You were not chosen."

SET = [
    labelled(NO, "rejection", "plain", lang="en"),
    labelled(f"{NO} It has been filled.", "rejection", "both", lang="en"),
    labelled("Leider nein.", "rejection", "missed", lang="de"),
    labelled("Sorry to say.", "rejection", "unsure", lang="en"),
    labelled("Tell us if you were not chosen.", "newsletter", "guarded", lang="en"),
    labelled("The logo was not chosen.", "article", "draft", lang="en"),
    labelled("Hello.", "ham", "hello"),
    labelled(NO, "ambiguous", "left out", lang="en"),
    labelled(f"{NO} But we offer you a place.", "rejection", "vetoed", lang="en"),
]


def measured(*mails: Labelled) -> Measurement:
    return measure(mails, CLASSIFIER)


def figures(score: Score) -> tuple[str, int, int, int, int]:
    return score.name, score.precision.part, score.precision.whole, score.recall.part, score.recall.whole


def rule_score(result: Measurement, rule: str) -> RuleScore:
    (score,) = [score for score in result.rules if score.rule == rule]
    return score


# 3/3, 0/10 and 50/100 by hand: n/(n + z²), z²/(n + z²), ½ ± ½·z/√(n + z²). The others stand in
# R. G. Newcombe: Two-sided confidence intervals for the single proportion (1998), table I, method 3.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (3, 3, 0.4385, 1.0),
        (0, 10, 0.0, 0.2775),
        (50, 100, 0.4038, 0.5962),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (0, 1, 0.0, 0.7935),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert Share(part, whole).interval == pytest.approx((low, high), abs=0.00006)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_bound_is_as_far_away_as_it_may_be(share: tuple[int, int]) -> None:
    """By its definition: from a bound the share is 1.96 of that bound's standard deviations away."""
    part, whole = share
    value = part / whole
    low, high = Share(part, whole).interval
    assert 0.0 <= low <= value + 1e-9
    assert value - 1e-9 <= high <= 1.0
    for bound in (low, high):
        assert abs(value - bound) == pytest.approx(
            1.959964 * sqrt(max(0.0, bound * (1 - bound)) / whole), abs=1e-7
        )
    assert (1 - high, 1 - low) == pytest.approx(Share(whole - part, whole).interval, abs=1e-9)


def test_a_share_of_nothing_may_be_anything() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(1, 4).value == 0.25


def test_the_whole_set() -> None:
    result = measured(*SET)
    assert figures(result.total) == ("all", 2, 3, 2, 5)
    assert result.total.verdicts == {"rejection": 3, "review": 2, "other": 3}
    assert len(result.judged) == 9
    assert result.digest == CLASSIFIER.rules.digest


def test_a_review_is_neither_found_nor_a_false_draft() -> None:
    assert figures(measured(labelled("Sorry to say.", "rejection")).total) == ("all", 0, 0, 0, 1)
    assert figures(measured(labelled("Sorry to say.", "ham")).total) == ("all", 0, 0, 0, 0)


def test_by_language() -> None:
    result = measured(*SET)
    assert [figures(score) for score in result.languages] == [
        ("de", 0, 0, 0, 1), ("en", 2, 3, 2, 4), ("not told", 0, 0, 0, 0),
    ]  # fmt: skip
    assert [sum(score.verdicts.values()) for score in result.languages] == [1, 6, 1]


def test_by_label() -> None:
    scores = {score.name: score for score in measured(*SET).labels}
    assert list(scores) == ["ambiguous", "article", "ham", "newsletter", "rejection"]
    assert figures(scores["article"]) == ("article", 0, 1, 0, 0)
    assert figures(scores["rejection"]) == ("rejection", 2, 2, 2, 5)
    assert scores["rejection"].verdicts == {"rejection": 2, "review": 2, "other": 1}
    assert figures(scores["ambiguous"]) == ("ambiguous", 0, 0, 0, 0)
    assert scores["ambiguous"].verdicts == {}


def test_by_set() -> None:
    other = Labelled("b", "x", "ham", "other", None, {}, SET[0].raw)
    result = measured(SET[0], SET[2], other)
    assert [figures(score) for score in result.sources] == [("a", 1, 1, 1, 2), ("b", 0, 1, 0, 0)]


def test_wrong_mails_come_with_the_false_drafts_first() -> None:
    result = measured(*SET)
    assert [one.mail.name for one in result.wrong] == ["draft", "missed", "unsure", "vetoed"]
    assert [one.mail.name for one in measured(SET[6], SET[7]).wrong] == []
    assert [one.mail.name for one in result.judged if one.right is None] == ["left out"]


def test_a_rule_is_right_where_the_mail_is_what_it_says() -> None:
    result = measured(*SET)
    assert [score.rule for score in result.rules] == ["rej.chosen", "rej.filled", "rej.sorry", "offer.made"]
    counted = {score.rule: (score.right, score.wrong) for score in result.rules}
    assert counted == {
        "rej.chosen": (3, 1), "rej.filled": (1, 0), "rej.sorry": (1, 0), "offer.made": (0, 1),
    }  # fmt: skip
    offered = measured(labelled("We offer you a place.", "offer"))
    assert (rule_score(offered, "offer.made").right, rule_score(offered, "offer.made").wrong) == (1, 0)
    score = rule_score(result, "rej.chosen")
    assert (score.label, score.tier, score.language) == ("rejection", "decisive", "en")
    assert (score.precision.part, score.precision.whole) == (3, 4)


@pytest.mark.parametrize(
    ("mail", "rule", "decisive", "wrong"),
    [
        (labelled(NO, "rejection"), "rej.chosen", 1, 0),
        (labelled(f"{NO} {NO}", "rejection"), "rej.chosen", 1, 0),
        (labelled(f"{NO} It has been filled.", "rejection"), "rej.chosen", 0, 0),
        (labelled(f"{NO} It has been filled.", "rejection"), "rej.filled", 0, 0),
        (labelled(f"{NO} Sorry to say.", "rejection"), "rej.chosen", 1, 0),
        (labelled(f"{NO} Sorry to say.", "rejection"), "rej.sorry", 0, 0),
        (labelled(NO, "ham"), "rej.chosen", 1, 1),
        (labelled(f"{NO} We offer you a place.", "rejection"), "offer.made", 1, 1),
        (labelled(f"{NO} We offer you a place.", "offer"), "offer.made", 1, 0),
        (labelled("We offer you a place.", "offer"), "offer.made", 0, 0),
        (labelled("Tell us if you were not chosen.", "ham"), "rej.chosen", 0, 0),
        (labelled(NO, "ambiguous"), "rej.chosen", 0, 0),
        (labelled(f"{NO} Sorry to say. We offer you a place.", "ham"), "offer.made", 1, 0),
        (labelled(f"{NO}\n{'Hello. ' * 20_000}", "rejection"), "rej.chosen", 1, 0),
        (labelled(f"{NO} We offer you a place.\n{'Hello. ' * 20_000}", "rejection"), "offer.made", 0, 0),
    ],
)
def test_a_rule_is_decisive_where_the_verdict_changes_without_it(
    mail: Labelled, rule: str, decisive: int, wrong: int
) -> None:
    score = rule_score(measured(mail), rule)
    assert (score.decisive, score.decisive_wrong) == (decisive, wrong)


@pytest.mark.parametrize("label", ["regret", "farewell", "stage", "no-feedback", "do-not-reply"])
def test_a_remark_is_never_wrong_and_has_no_precision(label: str) -> None:
    stage = '\nstage = "final"' if label == "stage" else ""
    remark = f'[[rule]]\nid = "talk"\nlabel = "{label}"{stage}\nany = ["by the way"]\n'
    classifier = Classifier(rule_set(RULES, f'{remark}hit = ["By the way."]\nmiss = ["Way."]'))
    text = "By the way, hello."
    result = measure([labelled(text, "rejection"), labelled(text, "ham")], classifier)
    score = rule_score(result, "talk")
    assert (score.right, score.wrong, score.precision.value) == (2, 0, None)


def test_what_is_no_letter_gets_no_draft_and_makes_no_rule_decisive() -> None:
    raw = mail(NO, auto_submitted="auto-replied")
    result = measured(Labelled("a", "x", "auto-reply", "other", None, {}, raw))
    assert (result.judged[0].verdict.name, result.judged[0].right) == ("other", True)
    assert result.judged[0].verdict.line == "gate: it is an automatic reply"
    assert rule_score(result, "rej.chosen").right + rule_score(result, "rej.chosen").wrong == 0


def test_of_rules_that_speak_together_as_often_the_first_by_name_is_told() -> None:
    both = measured(labelled(f"{NO} It has been filled. Sorry to say."))
    told = {score.rule: score.overlap for score in both.rules}
    assert told == {
        "rej.chosen": "rej.filled", "rej.filled": "rej.chosen", "rej.sorry": "rej.chosen", "offer.made": None,
    }  # fmt: skip


def test_rules_that_speak_in_the_same_mails() -> None:
    result = measured(
        labelled(NO),
        labelled(f"{NO} It has been filled."),
        labelled(f"{NO} It has been filled. Sorry to say."),
        labelled("Sorry to say.", "ambiguous"),
    )
    told = {score.rule: (score.overlap, round(score.overlap_share, 3)) for score in result.rules}
    assert told["rej.chosen"] == ("rej.filled", 0.667)
    assert told["rej.filled"] == ("rej.chosen", 1.0)
    assert told["offer.made"] == (None, 0.0)
    assert rule_score(measured(labelled(NO)), "rej.chosen").overlap is None


@pytest.mark.parametrize(
    ("text", "expected", "score"),
    [
        ("You applied at Acme.", "Acme", DetailScore("company", 1, 0, 0, 0)),
        ("You applied at Acme.", "ACME", DetailScore("company", 1, 0, 0, 0)),
        ("You applied at Acme.", "Firm", DetailScore("company", 0, 1, 0, 0)),
        ("You applied at Acme.", None, DetailScore("company", 0, 1, 0, 0)),
        ("You applied here.", "Acme", DetailScore("company", 0, 0, 1, 0)),
        ("You applied here.", None, DetailScore("company", 0, 0, 0, 1)),
    ],
)
def test_a_detail_is_right_wrong_or_missing(text: str, expected: str | None, score: DetailScore) -> None:
    mail = labelled(f"{NO} {text}", company=expected)
    assert measured(mail).details == (score,)
    assert measured(mail, mail).details == (
        DetailScore("company", 2 * score.right, 2 * score.wrong, 2 * score.missing, 2 * score.rightly_none),
    )


@pytest.mark.parametrize(
    "mail",
    [
        labelled(f"{NO} You applied at Acme."),
        labelled(f"{NO} You applied at Acme.", "ham", company="Acme"),
        labelled(f"{NO} You applied at Acme.", "ambiguous", company="Acme"),
        labelled("You applied at Acme.", company="Acme"),
    ],
)
def test_details_count_in_a_right_draft_that_tells_what_to_find(mail: Labelled) -> None:
    assert measured(mail).details == ()


def test_kind_and_stage_are_details_too() -> None:
    result = measured(
        labelled("It has been filled.", kind="closed"),
        labelled(NO, kind="closed", stage=None),
        labelled(NO, kind="decision", stage="final"),
    )
    assert result.details == (DetailScore("kind", 2, 1, 0, 0), DetailScore("stage", 0, 0, 1, 1))


def test_each_mail_is_a_step() -> None:
    steps: list[int] = []
    measure(SET, CLASSIFIER, lambda: steps.append(1))
    assert len(steps) == len(SET)


def test_a_set_without_mail_has_no_figures() -> None:
    result = measured()
    assert figures(result.total) == ("all", 0, 0, 0, 0)
    assert (result.languages, result.labels, result.details, list(result.wrong)) == ((), (), (), [])
    assert all(score.right == score.wrong == 0 for score in result.rules)
