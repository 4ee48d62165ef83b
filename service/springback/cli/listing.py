"""`springback list`: what was found, what became of it, and what still waits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from springback.cli.common import (
    SHORT_KEY,
    VERDICT_STYLE,
    configuration,
    console,
    count_of,
    plain,
    print_json,
    safe,
    show_letter,
)
from springback.entries import MailEntry, StuckEntry, WaitingEntry
from springback.ledger import Ledger

_WIDE = 120  # columns of a terminal that has room for everything
_SHOWN_EVIDENCE = 3
_DRAFT_WORDS = {
    "done": "drafted",
    "intent": "unsettled",
    "refused": "refused by the server",
    "parked": "parked",
}


def list_entries(path: Path | None, *, limit: int, full: bool, as_json: bool) -> None:
    """Print the newest rejections and mails for review; `full` tells the reasons and the letters too."""
    config = configuration(path)
    ledger = Ledger(config.state_folder)
    entries = ledger.entries(limit)
    names = [account.name for account in config.account]
    waiting = ledger.gaps.waiting(names)
    stuck = ledger.retries.stuck(names)
    ledger.close()
    if as_json:
        for entry in entries:
            print_json(plain(asdict(entry)))
        for late in waiting:
            print_json(_waiting_json(late))
        return
    out = console()
    if not entries and not waiting and not stuck:
        out.print("Nothing found yet. `springback status` tells when the last pass was.", markup=False)
    elif full:
        for entry in entries:
            _show_in_full(entry)
    elif entries:
        out.print(_table(entries, wide=out.width >= _WIDE))
    for late in waiting:
        out.print(_waiting_line(late))
    if stuck:
        out.print(_stuck_line(stuck))


def _table(entries: list[MailEntry], *, wide: bool) -> Table:
    several = len({entry.account for entry in entries}) > 1
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("key", no_wrap=True)
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
            Text(entry.key[:SHORT_KEY], style="dim"),
            received.astimezone().strftime("%Y-%m-%d"),
            Text(entry.verdict, VERDICT_STYLE[entry.verdict]),
            Text(safe(_draft_words(entry))),
            *((Text(entry.account),) if several else ()),
            Text(safe(entry.sender)[:40]),
            Text(safe(entry.subject)[:60]),
            *((Text(stage), Text(to)) if wide else ()),
        )
    return table


def _show_in_full(entry: MailEntry) -> None:
    """Print what was found, to whom the answer goes and why, how far it got and why, and the letter."""
    out = console()
    head = Text(f"{entry.verdict:10}", VERDICT_STYLE[entry.verdict])
    head.append(f" {safe(entry.subject or '(no subject)')}", style="bold")
    received = (entry.sent_at or entry.seen_at).astimezone()
    head.append(f"  from {safe(entry.sender or 'nobody')}, {received:%Y-%m-%d}")
    out.print(head)
    facts = (
        ("key", entry.key[:SHORT_KEY]),
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


def _waiting_line(entry: WaitingEntry) -> Text:
    """Return who wrote what waits for its time, and until when."""
    whose = f"{safe(entry.sender)[:40] or 'a rejection'}: {safe(entry.subject)[:60]}".rstrip(": ")
    told = f", too young for a draft until {entry.due.astimezone():%Y-%m-%d %H:%M} (reply.minimum_age)"
    return Text("waiting    ", style="cyan") + Text(whose) + Text(told)


def _waiting_json(entry: WaitingEntry) -> dict[str, Any]:
    """Return a mail that waits, with the keys of those that were dealt with."""
    told = dict.fromkeys(MailEntry.__dataclass_fields__) | plain(asdict(entry))
    return {**told, "key": f"uid{entry.uid}", "verdict": "rejection", "draft": "waiting"}


def _stuck_line(stuck: Sequence[StuckEntry]) -> Text:
    counts = Counter((entry.what, entry.state) for entry in stuck)
    told = ", ".join(f"{count_of(count, what)} {state}" for (what, state), count in sorted(counts.items()))
    return Text(f"{told}: `springback retry` tells more and begins anew", style="yellow")


def _evidence(entry: MailEntry) -> str:
    """Return which words spoke, those that weigh most first, and the line that decided."""
    spoke = [item for item in entry.explanation.get("evidence", ()) if item.get("tier") != "weak"]
    words = [f"{item['rule']} {item['match']!r}" for item in spoke[:_SHOWN_EVIDENCE]]
    return "; ".join([*words, str(entry.explanation.get("line", ""))])


def _stage_reasons(entry: MailEntry) -> str:
    return "; ".join(entry.explanation.get("stage", ())) or "nothing tells of more"


def _draft_words(entry: MailEntry) -> str:
    if entry.draft is None:
        return f"none: {entry.no_draft}" if entry.no_draft else "none"
    words = entry.draft_note or _DRAFT_WORDS[entry.draft]
    return words if entry.contact.get("address") else f"{words}, To is empty"
