"""Runs the benchmarks: run.py [--quick] [--json FILE] [--page] [--no-bounds] [CASE ...]."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

# A file that is run has its own folder on the path, not the one above.
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.growth import growth
from bench.history import history
from bench.hostile import hostile
from bench.passes import big_inbox, compare_with_bare_loop
from bench.report import Report
from bench.start import start
from bench.throughput import throughput
from bench.waiting import idle, push, restart
from support.dovecot import Dovecot
from support.reliability import PAGE, filled

Case = Callable[[Report], None]


def main(arguments: list[str] | None = None) -> int:
    """Run the cases asked for, print their tables, and return 1 where a bound is broken."""
    options = _parser().parse_args(arguments)
    quick: bool = options.quick
    cases: dict[str, Case] = {
        "pass": lambda report: compare_with_bare_loop(report, 1_000 if quick else 10_000, 3),
        "inbox": lambda report: big_inbox(report, 100_000),
        "history": lambda report: history(report, 10_000 if quick else 100_000),
        "throughput": lambda report: throughput(report, 200 if quick else 2_000),
        "start": start,
        "hostile": hostile,
        "push": lambda report: push(report, 5 if quick else 40),
        "idle": lambda report: idle(report, (1, 10) if quick else (1, 50, 300), 10 if quick else 120),
        "restart": lambda report: restart(report, 1 if quick else 5),
        "growth": growth,
    }
    chosen: list[str] = options.cases or [
        name for name in cases if not (quick and name in ("inbox", "restart"))
    ]
    unknown = set(chosen) - set(cases)
    if unknown:
        sys.stderr.write(f"there is no case {', '.join(unknown)}; the cases are {', '.join(cases)}\n")
        return 2
    if {"pass", "inbox", "history", "push", "idle", "restart"} & set(chosen) and not Dovecot.available():
        sys.stderr.write("install dovecot-imapd (apt-get install dovecot-imapd) to measure a pass\n")
        return 2
    report = Report()
    blocks: dict[str, str] = {}
    for name in chosen:
        told = len(report.tables)
        cases[name](report)
        for table in report.tables[told:]:
            sys.stdout.write(f"{table}\n\n")
            sys.stdout.flush()
            blocks[name] = f"{table.title}:\n\n{table.as_markdown()}"
    if options.page:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), blocks), "utf-8")
    sys.stdout.write(f"{report.bounds_table()}\n")
    if options.json:
        report.write(options.json)
    return 1 if report.broken and not options.no_bounds else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "cases",
        nargs="*",
        metavar="CASE",
        help="pass, inbox, history, throughput, start, hostile, growth, push, idle, restart",
    )
    parser.add_argument("--quick", action="store_true", help="1,000 or 10,000 mails, and no big inbox")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--page", action="store_true", help="write push, idle and restart into docs/reliability.md"
    )
    parser.add_argument("--no-bounds", action="store_true", help="exit 0 where a bound is broken")
    return parser


if __name__ == "__main__":
    sys.exit(main())
