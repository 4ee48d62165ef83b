"""`springback run`: the daemon, one pass, or a pass that changes nothing."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from rich import progress as bars
from rich.console import Console
from rich.text import Text

from springback.cli.common import (
    configuration,
    console,
    count_of,
    evidence_lines,
    facts_line,
    print_json,
    reason_lines,
    safe,
)
from springback.cli.preview import show_draft
from springback.config import Account, Config
from springback.connecting import connect
from springback.daemon import Daemon
from springback.errors import LedgerError, OutputError, SpringbackError, place_of
from springback.escape import escape
from springback.interpreter import repaired_in
from springback.ledger import Ledger
from springback.log import configure_logging
from springback.look import Outcome
from springback.metrics import serve
from springback.passreport import PassReport, Progress
from springback.permissions import require_safe_files
from springback.places import default_config_path
from springback.rounds import Rounds
from springback.streams import tell
from springback.triage import Toolbox
from springback.workshop import load_toolbox

_MAX_TOLD = 4_000  # characters

log = structlog.get_logger()


def run_daemon(path: Path | None, *, since: timedelta | None, verbose: bool) -> None:
    """Run until stopped."""
    config = _trusted(path, verbose=verbose)
    _tell_of_python()
    tools = load_toolbox(config.paths.rules, config.paths.templates, config.reply.language, fresh=True)
    ledger = Ledger(config.state_folder)
    try:
        with ledger.locked():
            close_metrics = serve(ledger, config)
            try:
                ended = Daemon(_rounds(config, ledger, tools)).run(since)
            finally:
                close_metrics()
    finally:
        ledger.close()
    if not ended:
        # A thread that hangs in a handshake can't be told to stop; the ledger allows a sudden end.
        os._exit(0)


def run_once(
    path: Path | None, *, since: timedelta | None, dry_run: bool, as_json: bool, verbose: bool
) -> int:
    """Do one pass over each account; return the highest exit code among them."""
    config = _trusted(path, verbose=verbose)
    tools = load_toolbox(config.paths.rules, config.paths.templates, config.reply.language)
    ledger = Ledger(config.state_folder)
    try:
        with nullcontext() if dry_run else ledger.locked("once"):
            rounds = _rounds(config, ledger, tools)
            codes = [
                one_account(rounds, account, since=since, dry_run=dry_run, as_json=as_json)
                for account in config.account
            ]
    finally:
        ledger.close()
    return max(codes, default=0)


def _trusted(path: Path | None, *, verbose: bool) -> Config:
    """Return the configuration, its files checked; logs are told from here on."""
    config = configuration(path)
    require_safe_files(path or default_config_path(), config)
    configure_logging(config.log, verbose=verbose)
    return config


def _rounds(config: Config, ledger: Ledger, tools: Toolbox) -> Rounds:
    if ledger.tightened:
        log.warning("permissions_tightened", files=ledger.tightened)
    return Rounds(config, ledger, tools, connect=partial(connect, hidden=config.secret_variables))


def _tell_of_python() -> None:
    wanted = repaired_in()
    if wanted:
        log.warning("python_outdated", running=platform.python_version(), wanted=wanted)


def one_account(
    rounds: Rounds, account: Account, *, since: timedelta | None, dry_run: bool, as_json: bool
) -> int:
    """Do one pass over one account and print its report; return its exit code."""
    try:
        with _progress(account.name) as progress:
            report = rounds.once(account, since=since, dry_run=dry_run, progress=progress)
    except SpringbackError as error:
        tell(f"{account.name}: {escape(str(error), _MAX_TOLD)}")
        if not dry_run:
            _note_failure(rounds, account, error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the other accounts go on
        tell(f"{account.name}: Can't finish the pass: {place_of(error)}")
        return 1
    try:
        if as_json:
            _print_json(account, report, dry_run=dry_run)
        else:
            show_report(account.name, report, dry_run=dry_run)
        sys.stdout.flush()
    except OutputError as error:
        tell(f"{account.name}: {error}. The drafts are made; see list")
        return 1
    return 1 if report.failed or report.refused else 0


def _note_failure(rounds: Rounds, account: Account, error: SpringbackError) -> None:
    """Record why a pass failed; where the ledger itself is the reason, that was told."""
    try:
        rounds.note_failure(account, error)
    except LedgerError as unwritten:
        if not isinstance(error, LedgerError):
            tell(f"{account.name}: {unwritten}")


@contextmanager
def _progress(name: str) -> Iterator[Progress]:
    """Show how far a pass is, where somebody watches."""
    watched = Console(stderr=True)
    with bars.Progress(console=watched, transient=True, disable=not watched.is_terminal) as shown:
        task = shown.add_task(f"{name}: looking at mail", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def show_report(name: str, report: PassReport, *, dry_run: bool, texts: bool = False) -> None:
    """Print what a pass found and did."""
    out = console()
    would = "would be " if dry_run else ""
    for outcome in report.drafted:
        _show(f"{would}drafted", "bold green", outcome)
        if (dry_run or texts) and outcome.draft:
            out.print()
            show_draft(outcome.draft)
    for outcome in report.not_drafted:
        _show("no draft", "bold", outcome)
        out.print(f"  because {safe(outcome.no_draft)}", markup=False)
    for outcome in report.review:
        _show("review", "bold yellow", outcome)
    parts = [
        f"{count_of(report.looked_at, 'mail')} looked at",
        f"{len(report.drafted)} {would}drafted",
        f"{len(report.review)} for review",
    ]
    for count, text in (
        (len(report.not_drafted), "rejections without a draft"),
        (report.known, "known already"),
        (report.waiting, "too young for a draft yet"),
        (report.unsettled, "drafts to be looked for at the next pass"),
        (report.refused, "drafts refused by the server, tried again later"),
        (report.failed, "not dealt with"),
    ):
        if count:
            parts.append(f"{count} {text}")
    out.print(Text(f"{name}: ", style="bold") + Text(", ".join(parts)))
    if report.first_start and not report.looked_at:
        out.print(
            "  First start: mail that is here already stays as it is. "
            "For older mail: run --once --since 30d, with --dry-run to see it first.",
            markup=False,
        )


def _show(what: str, style: str, outcome: Outcome) -> None:
    out = console()
    message = outcome.message
    head = Text(f"{what:10}", style=style)
    head.append(f" {safe(message.subject or '(no subject)')}", style="bold")
    head.append(f"  from {safe(message.sender or 'nobody')}")
    out.print(head)
    out.print(facts_line(outcome), markup=False)
    for line in evidence_lines(outcome.verdict):
        out.print(line)
    if outcome.draft:
        for line in reason_lines(outcome):
            out.print(line)


def _print_json(account: Account, report: PassReport, *, dry_run: bool) -> None:
    for what, outcomes in (
        ("drafted", report.drafted),
        ("no-draft", report.not_drafted),
        ("review", report.review),
    ):
        for outcome in outcomes:
            message, draft = outcome.message, outcome.draft
            print_json(
                {
                    "account": account.name,
                    "outcome": what,
                    "dry_run": dry_run,
                    "subject": message.subject,
                    "from": str(message.sender or ""),
                    "message_id": message.message_id,
                    "to": outcome.contact.address,
                    "reason": outcome.no_draft or outcome.contact.reason,
                    "contact_source": outcome.contact.source,
                    "stage": outcome.reached.stage,
                    "stage_reasons": list(outcome.reached.evidence),
                    "company": outcome.details.company,
                    "role": outcome.details.role,
                    "decided_by": outcome.verdict.line,
                    "draft": draft.text if draft else None,
                }
            )
