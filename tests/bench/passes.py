"""The real pass over a mailbox on a private Dovecot, beside a bare loop that only fetches."""

import statistics
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench import child, work
from bench.mails import SIZE, SMALL, mails
from bench.report import Bound, Report, Table
from support.dovecot import Dovecot

MAX_RATIO = 3.0
MAX_MB = 150.0
_SECONDS = 300  # that one measured pass may take
_DISTINCT = 4_000  # files behind the big inbox; the others are hard links to them
_RECENT = 1_000  # its mails of the last day


def compare_with_bare_loop(report: Report, count: int, rounds: int) -> None:
    """Measure passes and bare loops over the same mails in turns."""
    readings: dict[str, list[dict[str, Any]]] = {"bare": [], "pass": []}
    with Dovecot() as server, tempfile.TemporaryDirectory() as folder:
        server.add_user(work.USER, record=False)
        server.fill(work.USER, mails(count))
        _read_all(server, count)  # so that no one pays for the server's first look
        for number in range(rounds):
            readings["bare"].append(child.run(work.bare_loop, _SECONDS, **_reach(server)))
            state = str(Path(folder, str(number)))
            since = timedelta(days=1).total_seconds()
            readings["pass"].append(
                child.run(work.one_pass, _SECONDS, state=state, since=since, **_reach(server))
            )
            _empty_drafts(server)
        quiet = child.run(work.bare_loop, _SECONDS, debug=0, **_reach(server))
    for reading in (*readings["bare"], *readings["pass"], quiet):
        if reading["mails"] != count:
            raise RuntimeError(f"{reading['mails']} mails were read instead of {count}")
    rows = [
        _row(f"{name} {number}", reading)
        for number in range(rounds)
        for name, reading in (
            ("bare IMAPClient loop", readings["bare"][number]),
            ("springback pass", readings["pass"][number]),
        )
    ]
    rows.append(_row("bare loop without imaplib's debug text", quiet))
    ratio = {
        key: statistics.median(reading[key] for reading in readings["pass"])
        / statistics.median(reading[key] for reading in readings["bare"])
        for key in ("wall", "cpu")
    }
    rows.append({"what": "ratio of medians", "wall s": ratio["wall"], "CPU s": ratio["cpu"]})
    report.tables.append(Table(f"One pass over {count:,} mails of about {SIZE // 1000} kB", rows))
    report.bounds += [
        Bound("wall time of a pass / of the bare loop", ratio["wall"], MAX_RATIO),
        Bound(f"peak MB, {count:,} mails", _peak(readings["pass"]), MAX_MB),
    ]


def big_inbox(report: Report, count: int) -> None:
    """Measure the first start, a day's mail and all mail of an inbox with many mails."""
    rows = []
    readings = []
    with Dovecot() as server, tempfile.TemporaryDirectory() as folder:
        server.add_user(work.USER, record=False)
        _fill_by_links(server, count)
        for what, name, since in (
            ("first start", "one", None),
            (f"--since 1d, {_RECENT:,} mails of the last day", "one", timedelta(days=1)),
            ("--since 60d, all of them", "two", timedelta(days=60)),
        ):
            state = str(Path(folder, name))
            seconds = since.total_seconds() if since else None
            reading = child.run(work.one_pass, _SECONDS, state=state, since=seconds, **_reach(server))
            readings.append(reading)
            rows.append(_row(what, reading))
            _empty_drafts(server)
    report.tables.append(Table(f"An inbox of {count:,} mails of about {SMALL // 1000} kB", rows))
    report.bounds.append(Bound(f"peak MB, inbox of {count:,}", _peak(readings), MAX_MB))


def _reach(server: Dovecot) -> dict[str, object]:
    return {"host": server.host, "port": server.imaps_port, "ca_file": str(server.ca_file)}


def _read_all(server: Dovecot, count: int) -> None:
    reading = child.run(work.bare_loop, _SECONDS, debug=0, **_reach(server))
    if reading["mails"] != count:
        raise RuntimeError(f"the server shows {reading['mails']} mails instead of {count}")


def _empty_drafts(server: Dovecot) -> None:
    """Delete the drafts of a pass, so that the next one has the same work."""
    with work.login(server.host, server.imaps_port, str(server.ca_file)) as client:
        client.select_folder("Drafts")
        client.delete_messages("1:*", silent=True)
        client.expunge()


def _fill_by_links(server: Dovecot, count: int) -> None:
    """Fill the inbox with many mails, most received a month ago, that share their bytes on disk."""
    recent = min(_RECENT, count // 2)
    distinct = min(_DISTINCT, count - recent)
    month_ago = datetime.now(UTC) - timedelta(days=30)
    server.fill(work.USER, mails(distinct, SMALL), received=[month_ago] * distinct)
    box = server.maildir(work.USER) / "cur"
    _link(sorted(box.iterdir()), count - recent - distinct)
    server.fill(work.USER, islice(cycle(mails(distinct, SMALL)), recent))


def _link(files: Iterable[Path], count: int) -> None:
    for number, file in enumerate(islice(cycle(files), count)):
        moment, _, rest = file.name.partition(".")
        name = f"{moment}.L{number:06d}{rest}"
        file.with_name(name).hardlink_to(file)


def _row(what: str, reading: dict[str, Any]) -> dict[str, Any]:
    count, wall = reading["mails"], reading["wall"]
    return {
        "what": what,
        "wall s": wall,
        "CPU s": reading["cpu"],
        "mails": count,
        "mails/s": float(count / wall),
        "peak MB": reading["peak_mb"],
        **({"drafts": reading["drafted"]} if "drafted" in reading else {}),
    }


def _peak(readings: Iterable[dict[str, Any]]) -> float:
    return float(max(reading["peak_mb"] for reading in readings))
