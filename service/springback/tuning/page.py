"""A measurement as one HTML file that needs nothing beside it."""

from typing import Any

import jinja2
from markupsafe import Markup, escape

from springback.tuning.measure import Measurement
from springback.tuning.report import as_json

_MAX_WRONG = 200  # mails shown
_MAX_SENTENCES = 12  # of a mail that was missed


def page(result: Measurement, source: str) -> str:
    """Return the page that a template makes; everything that comes from mail or rules is escaped."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = _percent
    environment.filters["marked"] = _marked
    figures = as_json(result)
    speaking = [rule for rule in figures["by_rule"] if rule["right"] + rule["wrong"]]
    return environment.from_string(source).render(
        **figures,
        speaking=sorted(speaking, key=lambda rule: (-rule["decisive"], -rule["right"])),
        silent=[rule["rule"] for rule in figures["by_rule"] if not rule["right"] + rule["wrong"]],
        shown=figures["wrong"][:_MAX_WRONG],
        max_sentences=_MAX_SENTENCES,
        most=max((rule["right"] + rule["wrong"] for rule in speaking), default=1),
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _marked(item: dict[str, Any]) -> Markup:
    """Return a sentence of evidence with the words that matched marked."""
    before, match, after = item["sentence"].partition(item["match"])
    return Markup("{}<mark>{}</mark>{}").format(escape(before), escape(match), escape(after))
