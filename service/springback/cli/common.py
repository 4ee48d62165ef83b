"""What several commands need: the configuration, the console, and how things look."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from springback.escape import escape
from springback.look import Outcome
from springback.places import default_config_path
from springback.verdict import Verdict

if TYPE_CHECKING:
    from springback.config import Config

SHORT_KEY = 8  # characters of a key that are shown
_SHOWN = 160  # characters of a sentence
VERDICT_STYLE = {"rejection": "bold red", "review": "bold yellow", "other": "dim"}


def console() -> Console:
    """Return the console for results; plain and unwrapped where nobody watches."""
    watched = sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=not watched, width=None if watched else 1000)


def configuration(path: Path | None) -> "Config":
    """Return the configuration that was named, or the default one; raises SpringbackError."""
    from springback.configfile import load_config  # noqa: PLC0415 - dear to import, and often there is none

    return load_config(path or default_config_path())


def configuration_if_any(path: Path | None) -> "Config | None":
    """Return the configuration, or None where none was named and there is no default one."""
    if path is None:
        try:
            default_config_path().stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            pass  # reading it tells why
    return configuration(path)


@contextmanager
def progress(what: str, count: int | None) -> Iterator[Callable[[], object]]:
    """Show how far the work is, on stderr and only where somebody watches; give what tells a step."""
    from rich.progress import Progress  # noqa: PLC0415 - dear to import, and most commands are short

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=count)
        yield lambda: bar.advance(task)


def print_json(value: dict[str, Any]) -> None:
    """Write one JSON object on a line of its own."""
    # JSON has its own way to write out what stdout can't show.
    sys.stdout.write(json.dumps(value, ensure_ascii=sys.stdout.encoding != "utf-8") + "\n")


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    """Return a value as JSON has it: times as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def count_of(count: int, noun: str) -> str:
    """Return "1 mail", "2 mails"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def safe(text: object) -> str:
    """Return text from a mail fit for a terminal."""
    return escape(str(text))


def evidence_lines(verdict: Verdict) -> list[Text]:
    """Return the evidence, the words that matched highlighted in their sentence."""
    lines = []
    for item in verdict.evidence:
        sentence, match = _around(item.sentence, item.match), safe(item.match)
        text = Text(f"  {item.tier:8} {item.rule:28} ", style="")
        shown = Text(sentence)
        start = sentence.find(match)
        if start >= 0:
            shown.stylize("bold reverse", start, start + len(match))
        text.append("Subject: " if item.where == "subject" else "")
        text.append_text(shown)
        lines.append(text)
    for against in verdict.against:
        line = f"  {'against':8} {against.rule:28} {safe(against.match)!r}: {safe(against.why)}"
        lines.append(Text(line, style="dim"))
    lines.append(Text(f"  decided by {verdict.line}", style="dim"))
    return lines


def _around(sentence: str, match: str) -> str:
    """Return the part of a long sentence that holds the match."""
    if len(sentence) <= _SHOWN:
        return safe(sentence)
    start = max(0, sentence.find(match) - _SHOWN // 3)
    start = sentence.find(" ", start) + 1 if start else 0
    end = sentence.rfind(" ", start, start + _SHOWN) if start + _SHOWN < len(sentence) else None
    part = sentence[start:end]
    return f"{'... ' if start else ''}{safe(part)}{' ...' if end else ''}"


def facts_line(outcome: Outcome) -> str:
    """Return company, role, stage and addressee on a line."""
    verdict, details, contact = outcome.verdict, outcome.details, outcome.contact
    facts = [
        ("kind", verdict.kind),
        ("stage", outcome.reached.stage),
        ("language", verdict.language),
        ("company", details.company),
        ("role", details.role),
    ]
    told = [f"{name}: {safe(value)}" for name, value in facts if value]
    to = contact.address or f"nobody ({contact.reason})"
    return "  " + " · ".join([*told, f"to: {safe(to)}"])


def reason_lines(outcome: Outcome) -> list[Text]:
    """Return why it is this addressee, and why this stage, a line for each reason."""
    contact, reached = outcome.contact, outcome.reached
    lines = [_reason("to", contact.address or "nobody", contact.reason)]
    stage = reached.stage or "application"
    why = reached.evidence or ("nothing tells of more",)
    return [*lines, *(_reason("stage", stage if not number else "", text) for number, text in enumerate(why))]


def _reason(what: str, value: str, why: str) -> Text:
    line = Text(f"  {what if value else '':8} ")
    line.append(f"{safe(value)}: " if value else "  ", style="bold")
    line.append(safe(why))
    return line


def show_letter(to: str | None, subject: str, text: str) -> None:
    """Print a letter as a mail program would show it."""
    out = console()
    to = to or "(empty: nobody is known who could answer; fill it in before sending)"
    for name, value in (("To", to), ("Subject", subject)):
        out.print(f"[bold]{name}:[/bold] ", end="")
        out.print(safe(value), markup=False)
    out.print()
    for line in text.replace(" \n", "\n").split("\n"):
        out.print(safe(line), markup=False, style="dim" if line.startswith(">") else "")
