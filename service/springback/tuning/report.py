"""A measurement as plain values, for `--json` and for the page."""

from typing import Any

from springback.tuning.measure import Judged, Measurement, RuleScore, Score, Share


def as_json(result: Measurement) -> dict[str, Any]:
    """Return the figures and the wrong mails as JSON values; names and keys stay stable."""
    return {
        "rules": result.digest,
        "mails": len(result.judged),
        "left_out": sum(one.right is None for one in result.judged),
        "total": _score(result.total),
        "languages": [_score(score) for score in result.languages],
        "labels": [_score(score) for score in result.labels],
        "sets": [_score(score) for score in result.sources],
        "by_rule": [_rule(rule) for rule in result.rules],
        "details": [
            {
                "detail": one.detail,
                "right": one.right,
                "wrong": one.wrong,
                "missing": one.missing,
                "rightly_none": one.rightly_none,
            }
            for one in result.details
        ],
        "wrong": [_wrong(one) for one in result.wrong],
    }


def share(value: Share) -> dict[str, Any]:
    """Return a share with its interval."""
    return {"part": value.part, "n": value.whole, "value": value.value, "interval": [*value.interval]}


def _score(score: Score) -> dict[str, Any]:
    return {
        "name": score.name,
        "verdicts": dict(score.verdicts),
        "precision": share(score.precision),
        "recall": share(score.recall),
    }


def _rule(rule: RuleScore) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "label": rule.label,
        "tier": rule.tier,
        "language": rule.language,
        "right": rule.right,
        "wrong": rule.wrong,
        "precision": share(rule.precision),
        "decisive": rule.decisive,
        "decisive_wrong": rule.decisive_wrong,
        "overlap": rule.overlap,
        "overlap_share": rule.overlap_share,
    }


def _wrong(one: Judged) -> dict[str, Any]:
    return {
        "mail": one.mail.name,
        "set": one.mail.source,
        "label": one.mail.label,
        "language": one.mail.language,
        "verdict": one.verdict.name,
        "line": one.verdict.line,
        "evidence": [
            {"rule": item.rule, "tier": item.tier, "match": item.match, "sentence": item.sentence}
            for item in one.verdict.evidence
        ],
        "against": [
            {"rule": item.rule, "match": item.match, "why": item.why} for item in one.verdict.against
        ],
        "sentences": one.own_sentences,
    }
