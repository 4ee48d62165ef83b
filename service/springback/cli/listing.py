"""`springback list` and `springback status`: what the ledger knows."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from springback.cli.common import (
    VERDICT_STYLE,
    configuration,
    console,
    print_json,
    safe,
    show_letter,
)
from springback.entries import MailEntry, PassEntry
from springback.ledger import Ledger

_WIDE = 120  # columns of a terminal that has room for everything
_SHOWN_EVIDENCE = 3
_LATE = timedelta(minutes=30)
_DRAFT_WORDS = {
    "done": "drafted",
    "intent": "unsettled",
    "refused": "refused by the server",
    "parked": "parked: look yourself",
}


def list_entries(path: Path | None, *, limit: int, full: bool, as_json: bool) -> None:
    """Print the newest rejections and mails for review; `full` tells the reasons and the letters too."""
    ledger = Ledger(configuration(path).state_folder)
    entries = ledger.entries(limit)
    ledger.close()
    if as_json:
        for entry in entries:
            print_json(_plain(asdict(entry)))
        return
    out = console()
    if not entries:
        out.print("Nothing found yet. `springback status` tells when the last pass was.", markup=False)
        return
    if full:
        for entry in entries:
            _show_in_full(entry)
        return
    wide = out.width >= _WIDE
    several = len({entry.account for entry in entries}) > 1
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("received", min_width=10, no_wrap=True)
    table.add_column("verdict", min_width=9, no_wrap=True)
    table.add_column("draft", min_width=9, max_width=40 if wide else 20, overflow="ellipsis", no_wrap=True)
    if several:
        table.add_column("account", no_wrap=True)
    for name in ("from", "subject", *(("stage", "to") if wide else ())):
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=None if wide else 22)
    for entry in entries:
        received = entry.sent_at or entry.seen_at
        stage = entry.kind if entry.kind == "closed" else entry.stage or ""
        to = safe(entry.contact.get("address") or "")
        table.add_row(
            received.astimezone().strftime("%Y-%m-%d"),
            Text(entry.verdict, VERDICT_STYLE[entry.verdict]),
            Text(safe(_draft_words(entry))),
            *((Text(entry.account),) if several else ()),
            Text(safe(entry.sender)[:40]),
            Text(safe(entry.subject)[:60]),
            *((Text(stage), Text(to)) if wide else ()),
        )
    out.print(table)


def _show_in_full(entry: MailEntry) -> None:
    """Print what was found, to whom the answer goes and why, how far it got and why, and the letter."""
    out = console()
    head = Text(f"{entry.verdict:10}", VERDICT_STYLE[entry.verdict])
    head.append(f" {safe(entry.subject or '(no subject)')}", style="bold")
    received = (entry.sent_at or entry.seen_at).astimezone()
    head.append(f"  from {safe(entry.sender or 'nobody')}, {received:%Y-%m-%d}")
    out.print(head)
    facts = (
        ("account", entry.account),
        ("company", entry.company),
        ("role", entry.role),
        ("kind", entry.kind),
        ("draft", _draft_words(entry)),
        ("to", f"{entry.contact.get('address') or 'nobody'}: {entry.contact.get('reason')}"),
        ("stage", f"{entry.stage or 'application'}: {_stage_reasons(entry)}"),
        ("because", _evidence(entry)),
    )
    for name, value in facts:
        if value:
            out.print(f"  {name:8} {safe(value)}", markup=False)
    if entry.draft_text:
        out.print()
        show_letter(entry.contact.get("address"), entry.draft_subject or "", entry.draft_text)
    out.print()


def _evidence(entry: MailEntry) -> str:
    """Return which words spoke, those that weigh most first, and the line that decided."""
    spoke = [item for item in entry.explanation.get("evidence", ()) if item.get("tier") != "weak"]
    words = [f"{item['rule']} {item['match']!r}" for item in spoke[:_SHOWN_EVIDENCE]]
    return "; ".join([*words, str(entry.explanation.get("line", ""))])


def _stage_reasons(entry: MailEntry) -> str:
    return "; ".join(entry.explanation.get("stage", ())) or "nothing tells of more"


def show_status(path: Path | None, *, as_json: bool) -> int:
    """Print how each account is doing; return 1 where one needs attention."""
    config = configuration(path)
    ledger = Ledger(config.state_folder)
    passes = {entry.account: entry for entry in ledger.health.last_passes()}
    out = console()
    worst = 0
    for account in config.account:
        entry = passes.get(account.name)
        drafts = ledger.draft_counts(account.name)
        set_aside = ledger.gaps.set_aside(account.name)
        attention = bool(drafts.get("parked") or drafts.get("refused") or set_aside or _overdue(entry))
        worst = max(worst, int(attention))
        if as_json:
            print_json(
                {
                    "account": account.name,
                    "last_pass": _plain(asdict(entry)) if entry else None,
                    "drafts": drafts,
                    "set_aside": set_aside,
                    "attention": attention,
                }
            )
            continue
        out.print(f"[bold]{account.name}[/bold]  {account.address}")
        out.print(f"  {_pass_words(entry)}", markup=False)
        told = ", ".join(f"{count} {_DRAFT_WORDS[state]}" for state, count in sorted(drafts.items()))
        out.print(f"  drafts: {told or 'none yet'}", markup=False)
        if set_aside:
            out.print(f"  {set_aside} mails could not be dealt with and were set aside", style="yellow")
    ledger.close()
    return worst


def _overdue(entry: PassEntry | None) -> bool:
    """Return whether an account was never polled, failed, or waits for a daemon that is gone."""
    if entry is None or not entry.ok:
        return True
    return entry.next_at is not None and datetime.now(UTC) - entry.next_at > _LATE


def _draft_words(entry: MailEntry) -> str:
    if entry.draft is None:
        return f"none: {entry.no_draft}" if entry.no_draft else "none"
    words = entry.draft_note or _DRAFT_WORDS[entry.draft]
    return words if entry.contact.get("address") else f"{words}, To is empty"


def _pass_words(entry: PassEntry | None) -> str:
    if entry is None:
        return "no pass yet"
    if entry.ok:
        return f"last pass {_ago(entry.started_at)}: {entry.looked_at} mails, {entry.drafted} drafted"
    before = f"; the last good one was {_ago(entry.succeeded_at)}" if entry.succeeded_at else ""
    return f"the pass {_ago(entry.started_at)} failed ({entry.failures} in a row){before}: {entry.error}"


def _ago(time: datetime) -> str:
    seconds = int((datetime.now(UTC) - time).total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{max(seconds, 0)} s ago"


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
