"""`springback preview`: the draft that would be made of a saved mail."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from springback.cli.common import (
    configuration_if_any,
    console,
    evidence_lines,
    facts_line,
    reason_lines,
    safe,
    show_letter,
)
from springback.config import Config, Reply
from springback.draft import Draft, Style
from springback.errors import InputError
from springback.gate import stop_reason
from springback.history import Trace
from springback.look import Outcome, look
from springback.lookback import read_letter
from springback.message import Message, parse_message
from springback.query import matches
from springback.rounds import replier_for
from springback.sources import Source, saved_mails
from springback.streams import printing
from springback.triage import Replier, Toolbox, reply, search_for
from springback.workshop import load_toolbox


def preview_path(path: str, config: Path | None, *, past: Sequence[str], anyway: bool, raw: bool) -> int:
    """Print the draft; return 1 where none would be made. `past` is saved mail to find people in."""
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
    replier = _replier(message, settings)
    outcome = look(message, tools.classifier, tools.senders, replier.own_addresses)
    drafted = outcome.verdict.name == "rejection"
    stop = stop_reason(message.headers, replier.own_addresses)
    if stop:
        outcome = replace(outcome, no_draft=stop)
    elif drafted or anyway:
        span = settings.reply.history if settings else Reply().history
        traces = _traces(past, outcome, tools, replier, span)
        outcome = reply(outcome, traces, tools, replier, datetime.now(UTC))
    if raw and outcome.draft:
        with printing():
            sys.stdout.buffer.write(outcome.draft.content)
    else:
        _show(outcome, drafted=drafted)
    return 0 if outcome.draft else 1


def _traces(
    paths: Sequence[str], outcome: Outcome, tools: Toolbox, replier: Replier, span: timedelta
) -> tuple[Trace, ...]:
    """Return the earlier mail among saved mail, as the search of a mailbox would find it."""
    search = search_for(outcome, tools, replier, datetime.now(UTC), span)
    if search.query is None:
        return ()
    own = replier.own_addresses
    found: list[Trace] = []
    for source in (one for path in paths for one in saved_mails(path)):
        message = parse_message(source.raw)
        trace = Trace(source.path, len(found), message)
        earlier = trace.date < search.query.before or trace.is_from(own)
        by_topic = search.query.by_topic()
        found_by = matches(search.query, message) or (by_topic and matches(by_topic, message))
        if earlier and found_by:
            found.append(read_letter(trace, source.raw, tools.classifier, own))
    return tuple(sorted(found, key=lambda trace: trace.date))


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
    own = frozenset({address.lower()})
    return Replier("preview", name, address, own, "", "preview", Style(), False)  # noqa: FBT003 - the last of a row


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
    for line in reason_lines(outcome):
        out.print(line)
    if not drafted:
        out.print(f"The daemon would make no draft: the verdict is {outcome.verdict.name!r}")
    out.print()
    show_draft(outcome.draft)


def show_draft(draft: Draft) -> None:
    """Print a draft as a mail program would show it."""
    show_letter(draft.to, draft.subject, draft.text)
