"""How the accounts are doing, as named figures with labels (pure); names of accounts, never addresses."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from springback.entries import Counts, PassEntry

TEXTS = {
    "info": "The version that runs.",
    "refused_files": "Problems in changed rules and templates; the last good ones are in force.",
    "failures_in_a_row": "Passes that failed since the last good one.",
    "backlog": "Mails known and not dealt with yet.",
    "mode": "How the account waits for mail: push or poll.",
    "last_success_age_seconds": "Time since the last good pass; without one, since the daemon's start.",
    "last_push_age_seconds": "Time since the last push.",
    "drafts": "Drafts by state: done, intent, refused, parked.",
    "mails": "Mails recorded, by verdict.",
    "set_aside": "Mails given up after several tries.",
    "waiting": "Rejections too young for a draft.",
    "volume_today_bytes": "Bytes taken from the server today (UTC).",
}
Figure = tuple[str, dict[str, str], float]


def figures(
    passes: Iterable[PassEntry],
    counts: Counts,
    accounts: Iterable[str],
    version: str,
    started: datetime,
    now: datetime,
) -> Iterator[Figure]:
    """Yield name, labels and value of each figure of these accounts; what isn't known is left out.

    An account without a good pass counts from when the daemon started, so that an alert on it fires.
    """
    yield "info", {"version": version}, 1
    yield "refused_files", {}, len(counts.refused_files)
    known, entries = frozenset(accounts), tuple(passes)
    good = {entry.account: entry.succeeded_at for entry in entries}
    for account in sorted(known):
        since = good.get(account) or started
        yield "last_success_age_seconds", {"account": account}, (now - since).total_seconds()
    for name, labels, value in (*_of_passes(entries, now), *_of_counts(counts)):
        if labels["account"] in known:
            yield name, labels, value


def _of_passes(passes: Iterable[PassEntry], now: datetime) -> Iterator[Figure]:
    for entry in passes:
        labels = {"account": entry.account}
        yield "failures_in_a_row", labels, entry.failures
        yield "backlog", labels, entry.backlog
        if entry.mode:
            yield "mode", {**labels, "mode": entry.mode}, 1
        if entry.pushed_at:
            yield "last_push_age_seconds", labels, (now - entry.pushed_at).total_seconds()


def _of_counts(counts: Counts) -> Iterator[Figure]:
    for (account, state), count in counts.drafts.items():
        yield "drafts", {"account": account, "state": state}, count
    for (account, verdict), count in counts.mails.items():
        yield "mails", {"account": account, "verdict": verdict}, count
    for name in ("set_aside", "waiting", "volume_today_bytes"):
        for account, count in getattr(counts, name).items():
            yield name, {"account": account}, count
