"""`springback status`: how each account and the daemon are doing, for people and for monitors."""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.text import Text

from springback.cli.common import configuration, console, count_of, plain, print_json, safe
from springback.config import Account
from springback.entries import Holder, PassEntry
from springback.ledger import Ledger
from springback.standing import (
    Problem,
    Standing,
    account_problems,
    daemon_problems,
    exit_code,
    missed,
    watches,
)

_DRAFT_WORDS = {"done": "drafted", "intent": "unsettled", "refused": "refused", "parked": "parked"}
_LEFT_OUT = re.compile(r"\((?:a folder|its folders|folder|login)\)|\ba folder\b")  # as `discreet` leaves out
_WAITS = {"push": "the server tells of new mail (push)", "poll": "looks again and again (poll)"}


@dataclass(frozen=True, slots=True)
class _Whole:
    """What concerns every account."""

    holder: Holder | None
    refused_files: list[str]
    problems: list[Problem]


def show_status(path: Path | None, *, as_json: bool) -> int:
    """Print how each account is doing; return the exit code of the gravest problem."""
    config = configuration(path)
    now = datetime.now(UTC)
    ledger = Ledger(config.state_folder)
    holder = ledger.last_holder()
    # What a daemon refused means nothing once it is gone: the next one reads the files anew.
    refused = ledger.health.refused_files() if watches(holder) else []
    standings = _standings(ledger, [account.name for account in config.account], now)
    ledger.close()
    whole = _Whole(holder, refused, daemon_problems(holder, refused))
    worst = exit_code(whole.problems)
    if not as_json:
        _show_daemon(whole, now)
    for account, standing in zip(config.account, standings, strict=True):
        problems = account_problems(standing, holder, now)
        worst = max(worst, exit_code(problems))
        if as_json:
            print_json(_json(standing, whole, problems))
        else:
            _show_account(account, standing, problems, now)
    return worst


def _standings(ledger: Ledger, names: list[str], now: datetime) -> list[Standing]:
    passes = {entry.account: entry for entry in ledger.health.last_passes()}
    counts, waiting = ledger.health.counts(now.date()), ledger.gaps.waiting(names)
    return [
        Standing(
            name,
            passes.get(name),
            {state: count for (account, state), count in counts.drafts.items() if account == name},
            counts.set_aside.get(name, 0),
            [entry for entry in waiting if entry.account == name],
        )
        for name in names
    ]


def _show_daemon(whole: _Whole, now: datetime) -> None:
    holder, gone = whole.holder, missed(whole.holder)
    if watches(holder):
        _line("daemon", _holder_words("running", holder, now), "green")
    elif holder and holder.alive:
        _line("daemon", _holder_words("not running; one pass is", holder, now))
    elif gone:
        _line("daemon", _holder_words("not running; the last one was", gone, now), "bold red")
    else:
        _line("daemon", "not running")
    for number, problem in enumerate(whole.refused_files):
        _line("" if number else "files", safe(problem), "yellow")
    if whole.refused_files:
        _line("", "the last good rules and templates are in force", "yellow")


def _show_account(account: Account, standing: Standing, problems: list[Problem], now: datetime) -> None:
    out = console()
    out.print()
    head = Text(f"{account.name:9} ", style="bold")
    head.append(account.address, style="not bold")
    head.append("  needs a look" if problems else "  fine", style="bold red" if problems else "green")
    out.print(head)
    entry = standing.last_pass
    if entry:
        if entry.mode:
            pushed = f"; the last push was {_ago(entry.pushed_at, now)}" if entry.pushed_at else ""
            _line("waits", _WAITS[entry.mode] + pushed)
        _line("last pass", _pass_words(entry, now), "" if entry.ok else "yellow")
        if entry.error:
            _line("error", f"failure {entry.failures} in a row: {safe(entry.error)}", "yellow")
            if _LEFT_OUT.search(entry.error):
                _line("", "`springback run --dry-run` tells the names that are left out here", "yellow")
        if entry.next_at:
            _line("next", _when(entry.next_at, now))
        if entry.backlog:
            _line("backlog", f"{count_of(entry.backlog, 'mail')} not dealt with yet")
    drafts = ", ".join(f"{count} {_DRAFT_WORDS[state]}" for state, count in sorted(standing.drafts.items()))
    _line("drafts", drafts or "none yet")
    if standing.waiting:
        first = standing.waiting[0].due.astimezone()
        told = "too young for a draft (reply.minimum_age)"
        _line("waiting", f"{len(standing.waiting)} {told}, the first until {first:%Y-%m-%d %H:%M}")
    for problem in problems:
        _line("look", problem.text, "yellow")


def _line(name: str, text: str, style: str = "") -> None:
    console().print(Text(f"{name:10}", style="dim") + Text(text, style=style))


def _holder_words(what: str, holder: Holder | None, now: datetime) -> str:
    if holder is None or holder.started_at is None:
        return what
    since = f"started {holder.started_at.astimezone():%Y-%m-%d %H:%M}, {_ago(holder.started_at, now)}"
    return f"{what} pid {safe(holder.pid)}, version {safe(holder.version)}, {since}"


def _pass_words(entry: PassEntry, now: datetime) -> str:
    if entry.ok:
        return f"{_ago(entry.started_at, now)}: {count_of(entry.looked_at, 'mail')}, {entry.drafted} drafted"
    before = f"; the last good one was {_ago(entry.succeeded_at, now)}" if entry.succeeded_at else ""
    return f"failed {_ago(entry.started_at, now)}{before}"


def _ago(time: datetime, now: datetime) -> str:
    return f"{_span(now - time)} ago"


def _when(time: datetime, now: datetime) -> str:
    return f"in {_span(time - now)}" if time > now else f"due since {_span(now - time)}"


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _json(standing: Standing, whole: _Whole, problems: list[Problem]) -> dict[str, Any]:
    """Return the object of an account; what concerns every account is in each."""
    entry, holder = standing.last_pass, whole.holder
    everything = [*whole.problems, *problems]
    return {
        "account": standing.account,
        "attention": bool(everything),
        "exit_code": exit_code(everything),
        "problems": [problem.text for problem in everything],
        "mode": entry.mode if entry else None,
        "last_pass": plain(asdict(entry)) if entry else None,
        "last_push": plain(entry.pushed_at) if entry else None,
        "next_try": plain(entry.next_at) if entry else None,
        "backlog": entry.backlog if entry else 0,
        "failures": entry.failures if entry else 0,
        "error": {"kind": entry.kind, "text": entry.error} if entry and entry.error else None,
        "drafts": dict(standing.drafts),
        "set_aside": standing.set_aside,
        "waiting": len(standing.waiting),
        "waiting_until": plain(standing.waiting[0].due) if standing.waiting else None,
        "daemon": {
            "running": watches(holder),
            "pid": holder.pid if holder and holder.alive else None,
            "since": plain(holder.started_at) if holder and holder.alive else None,
            "version": holder.version if holder and holder.alive else None,
        },
        "refused_files": whole.refused_files,
    }
