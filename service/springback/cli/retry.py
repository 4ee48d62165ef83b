"""`springback retry`: begin anew with drafts that are parked or refused, and with mails set aside."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from springback.cli.common import SHORT_KEY, configuration, console, plain, print_json, safe
from springback.entries import StuckEntry
from springback.errors import InputError, RetryError
from springback.hints import did_you_mean
from springback.ledger import Ledger

_LEAST = 4  # characters of a key that name an entry


def retry_entries(
    path: Path | None, keys: Sequence[str], *, account: str | None, everything: bool, as_json: bool
) -> None:
    """Begin anew with the entries named, or list what there is; raises RetryError where a key fits none."""
    config = configuration(path)
    names = [one.name for one in config.account]
    if account and account not in names:
        raise InputError(f"Can't retry: there is no account {account!r}.{did_you_mean(account, names)}")
    if keys and everything:
        raise InputError("Can't retry: give keys or --all, not both")
    ledger = Ledger(config.state_folder)
    try:
        stuck = ledger.retries.stuck([account] if account else names)
        chosen = stuck if everything else chosen_by(keys, stuck)
        shown = chosen if keys or everything else stuck
        begun = [entry for entry in chosen if ledger.retries.retry(entry)]
    finally:
        ledger.close()
    if as_json:
        for entry in shown:
            print_json({**plain(asdict(entry)), "retried": entry in begun})
        return
    _show(shown, begun, only_listed=not keys and not everything)


def chosen_by(keys: Sequence[str], stuck: Sequence[StuckEntry]) -> list[StuckEntry]:
    """Return the entries that keys, or their beginnings, name; raises RetryError with every problem."""
    chosen: list[StuckEntry] = []
    problems = []
    for key in keys:
        exact = [entry for entry in stuck if entry.key == key]
        found = exact or [entry for entry in stuck if entry.what == "draft" and entry.key.startswith(key)]
        if len(found) == 1 and (exact or len(key) >= _LEAST):
            chosen += [entry for entry in found if entry not in chosen]
        elif not found:
            problems.append(f"{key!r}: nothing that is parked, refused or set aside has this key")
        else:
            problems.append(f"{key!r}: fits more than one, or is too short; write more of it, or --account")
    if problems:
        raise RetryError("Can't retry; `springback retry` lists the keys", problems)
    return chosen


def _show(shown: Sequence[StuckEntry], begun: Sequence[StuckEntry], *, only_listed: bool) -> None:
    out = console()
    if not shown:
        out.print("Nothing to retry: no draft is parked or refused, no mail is set aside.", markup=False)
        return
    widths = [max(len(value) for value in column) for column in zip(*map(_columns, shown), strict=True)]
    for entry in shown:
        cells = [f"{value:{width}}" for value, width in zip(_columns(entry), widths, strict=True)]
        line = Text("  ".join(cells[:2]), style="bold") + Text("  " + "  ".join(cells[2:]), style="yellow")
        out.print(line + Text(f"  {safe(entry.subject or '')[:60]}"))
        if entry.reason:
            out.print(Text(f"{'':{widths[0]}}  {safe(entry.reason)}", style="dim"))
    if only_listed:
        out.print("Name keys to begin anew with them, or --all.", markup=False)
    else:
        out.print(f"{len(begun)} begun anew: the next pass takes them up.", markup=False)


def _columns(entry: StuckEntry) -> tuple[str, str, str, str]:
    key = entry.key[:SHORT_KEY] if entry.what == "draft" else entry.key
    return key, entry.account, f"{entry.what} {entry.state}", f"{entry.since.astimezone():%Y-%m-%d %H:%M}"
