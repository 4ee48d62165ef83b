"""Rules and templates that change while the daemon runs are taken up; broken ones are told."""

import threading
from contextlib import suppress
from pathlib import Path

import structlog
import watchfiles

from springback.demo.samples import sample_messages
from springback.errors import LedgerError, ProblemsError, TemplateError, place_of
from springback.permissions import require_safe_folders
from springback.rounds import Rounds, replier_for
from springback.triage import reply, search_for, triage
from springback.workshop import load_toolbox

_WATCH_AGAIN = 5.0  # seconds until folders that can't be watched are tried again

log = structlog.get_logger()


def warm_up(rounds: Rounds, stop: threading.Event) -> None:
    """Judge and answer sample mails, so that the first real rejection isn't the one that waits.

    Patterns are compiled and words looked up where they are first needed.
    """
    account = rounds.config.account[0]
    replier = replier_for(account, rounds.config.reply)
    now = rounds.clock()
    for raw in sample_messages():
        if stop.is_set():
            return
        outcome = triage(raw, rounds.tools, replier)
        if outcome and outcome.verdict.name == "rejection" and outcome.no_draft is None:
            search_for(outcome, rounds.tools, replier, now, rounds.config.reply.history)
            reply(outcome, (), rounds.tools, replier, now, lambda _address: 0)


def follow_files(rounds: Rounds, stop: threading.Event) -> None:
    """Give the rounds the person's rules and templates whenever they change, until told to stop."""
    paths = rounds.config.paths
    folders = [folder for folder in (paths.rules, paths.templates) if folder]
    known = _stamps(folders)
    _note(rounds, ())
    with suppress(TemplateError):  # told where it fails on a real mail
        warm_up(rounds, stop)
    if not folders:
        return
    while not stop.is_set():
        try:
            # Looked at every other second too: what changed before it was watched is told by nobody.
            for _ in watchfiles.watch(
                *folders, stop_event=stop, step=200, debounce=400, yield_on_timeout=True, rust_timeout=2_000
            ):
                found = _stamps(folders)
                if found != known:
                    known = found
                    _take_up(rounds)
        except Exception as error:  # noqa: BLE001 - a folder that is gone for a moment comes back
            log.warning("files_not_watched", error=error)
            stop.wait(_WATCH_AGAIN)


def _stamps(folders: list[Path]) -> dict[Path, tuple[int, ...]]:
    """Return what changes when a file does."""
    found: dict[Path, tuple[int, ...]] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            with suppress(OSError):
                told = path.stat()
                found[path] = (told.st_mtime_ns, told.st_size, told.st_mode, told.st_ino)
    return found


def _take_up(rounds: Rounds) -> None:
    paths = rounds.config.paths
    try:
        require_safe_folders(rounds.config)
        tools = load_toolbox(paths.rules, paths.templates, rounds.config.reply.language, fresh=True)
    except Exception as error:  # noqa: BLE001 - whatever a file holds, the last good ones stay
        problems = error.problems if isinstance(error, ProblemsError) else (place_of(error),)
        for problem in problems:
            log.error("files_refused", problem=problem, kept="the last good ones")  # noqa: TRY400 - the text says all
        _note(rounds, problems)
    else:
        rounds.tools = tools
        log.info("files_taken_up", rules=tools.classifier.rules.digest)
        _note(rounds, ())


def _note(rounds: Rounds, problems: tuple[str, ...]) -> None:
    """Leave the problems where `status` finds them."""
    try:
        rounds.ledger.health.note_files(problems)
    except LedgerError as error:
        log.warning("problems_not_recorded", error=error)
