"""`springback preview`: the draft that would be made of a saved mail."""

import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from springback.cli.common import configuration_if_any, console, evidence_lines, facts_line, safe
from springback.config import Config
from springback.daemon import replier_for
from springback.draft import Draft, Style
from springback.errors import InputError
from springback.look import Outcome, look
from springback.message import Message, parse_message
from springback.sources import Source, saved_mails
from springback.triage import Replier, reply
from springback.workshop import load_toolbox


def preview_path(path: str, config: Path | None, *, anyway: bool, raw: bool) -> int:
    """Print the draft; return 1 where none would be made."""
    settings = configuration_if_any(config)
    tools = (
        load_toolbox(settings.paths.rules, settings.paths.templates, settings.reply.language)
        if settings
        else load_toolbox()
    )
    source, *others = [*islice(saved_mails(path), 2)] or [Source(path, b"", "holds no mail")]
    if source.error or others:
        raise InputError(f"Can't preview {path}: it {source.error or 'holds several mails; name one file'}")
    message = parse_message(source.raw)
    outcome = look(message, tools.classifier, tools.senders)
    drafted = outcome.verdict.name == "rejection"
    if drafted or anyway:
        outcome = reply(outcome, tools, _replier(message, settings), datetime.now(UTC))
    if raw and outcome.draft:
        sys.stdout.buffer.write(outcome.draft.content)
    else:
        _show(outcome, drafted=drafted)
    return 0 if outcome.draft else 1


def _replier(message: Message, settings: Config | None) -> Replier:
    """Return whose draft it would be: the account that the mail went to, else its addressee."""
    if settings:
        to = {recipient.address.lower() for recipient in message.recipients}
        accounts = settings.account
        chosen = next((one for one in accounts if one.own_addresses & to), accounts[0])
        return replier_for(chosen, settings.reply)
    to_me = message.recipients[0] if message.recipients else None
    address = to_me.address if to_me else "you@your-address.example"
    name = (to_me.name if to_me else "") or "(your name)"
    return Replier("preview", name, address, frozenset(), "", "preview", Style(), False)  # noqa: FBT003 - the last of a row


def _show(outcome: Outcome, *, drafted: bool) -> None:
    out = console()
    out.print(f"{outcome.verdict.name}", style="bold", markup=False)
    out.print(facts_line(outcome), markup=False)
    for line in evidence_lines(outcome.verdict):
        out.print(line)
    if outcome.draft is None:
        why = outcome.no_draft or f"the verdict is {outcome.verdict.name!r}"
        out.print(f"No draft is made: {safe(why)}", markup=False)
        return
    if not drafted:
        out.print(f"The daemon would make no draft: the verdict is {outcome.verdict.name!r}")
    out.print()
    show_draft(outcome.draft)


def show_draft(draft: Draft) -> None:
    """Print a draft as a mail program would show it."""
    out = console()
    to = draft.to or "(empty: nobody is known who could answer; fill it in before sending)"
    for name, value in (("To", to), ("Subject", draft.subject)):
        out.print(f"[bold]{name}:[/bold] ", end="")
        out.print(safe(value), markup=False)
    out.print()
    for line in draft.text.replace(" \n", "\n").split("\n"):
        out.print(safe(line), markup=False, style="dim" if line.startswith(">") else "")
