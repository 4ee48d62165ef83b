"""`springback check`: saved mail in, verdicts with evidence out."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from springback.classifier import Classifier
from springback.cli.common import (
    VERDICT_STYLE,
    configuration_if_any,
    console,
    evidence_lines,
    facts_line,
    print_json,
    safe,
)
from springback.errors import InputError
from springback.escape import escape
from springback.look import Outcome, look
from springback.message import parse_message
from springback.rulebook import load_rules, load_senders
from springback.senders import Senders
from springback.sources import Source, saved_mails
from springback.streams import tell

_MAX_TOLD = 4_000  # characters of an error


def check_paths(paths: list[str], config: Path | None, *, as_json: bool) -> int:
    """Print a verdict for each mail; return 1 where one could not be read."""
    settings = configuration_if_any(config)
    own = settings.paths.rules if settings else None
    classifier, senders = Classifier(load_rules(own)), load_senders(own)
    out = console()
    counts = {"rejection": 0, "review": 0, "other": 0, "unreadable": 0}
    worst = 0
    for path in paths:
        try:
            for source in saved_mails(path):
                counts[_check(source, classifier, senders, out, as_json=as_json)] += 1
        except InputError as error:
            tell(escape(str(error), _MAX_TOLD))
            worst = error.exit_code
    total = sum(counts.values())
    if not as_json and total != 1:
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        out.print(f"{total} mails{': ' if told else ''}{told}")
    return worst or (1 if counts["unreadable"] else 0)


def _check(source: Source, classifier: Classifier, senders: Senders, out: Console, *, as_json: bool) -> str:
    """Print the verdict on a mail; return what to count it as."""
    if source.error:
        if as_json:
            print_json(_json(source.path, None, source.error))
        else:
            out.print(Text(f"{safe(source.path)}: {source.error}", style="red"))
        return "unreadable"
    outcome = look(parse_message(source.raw), classifier, senders)
    if as_json:
        print_json(_json(source.path, outcome, None))
    else:
        _show(out, source.path, outcome)
    return outcome.verdict.name


def _show(out: Console, path: str, outcome: Outcome) -> None:
    verdict = outcome.verdict
    head = Text(f"{verdict.name:9}", style=VERDICT_STYLE[verdict.name])
    head.append(f" {safe(path)}", style="bold")
    if outcome.message.subject:
        head.append(f"  {safe(outcome.message.subject)}", style="italic")
    out.print(head)
    if verdict.name != "other":
        out.print(facts_line(outcome), markup=False)
    if verdict.name != "other" or verdict.evidence or verdict.against:
        for line in evidence_lines(verdict):
            out.print(line)


def _json(path: str, outcome: Outcome | None, error: str | None) -> dict[str, Any]:
    """Return the object of the command-line contract."""
    if outcome is None:
        return {
            "path": path,
            "verdict": None,
            "kind": None,
            "stage": None,
            "language": None,
            "company": None,
            "role": None,
            "contact": None,
            "evidence": [],
            "against": [],
            "error": error,
        }
    verdict, contact = outcome.verdict, outcome.contact
    return {
        "path": path,
        "verdict": verdict.name,
        "kind": verdict.kind,
        "stage": verdict.stage,
        "language": verdict.language,
        "company": outcome.details.company,
        "role": outcome.details.role,
        "contact": {
            "name": contact.name,
            "address": contact.address,
            "source": contact.source,
            "reason": contact.reason,
        },
        "evidence": [
            {
                "rule": item.rule,
                "tier": item.tier,
                "where": "subject" if item.where == "subject" else "text",
                "match": item.match,
                "sentence": item.sentence,
            }
            for item in verdict.evidence
        ],
        "against": [{"rule": item.rule, "match": item.match, "why": item.why} for item in verdict.against],
        "error": None,
    }
