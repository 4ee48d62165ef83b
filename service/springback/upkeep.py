"""Rules and templates that change while the daemon runs are taken up; broken ones are told."""

import threading

import structlog
import watchfiles

from springback.errors import LedgerError, ProblemsError, place_of
from springback.rounds import Rounds
from springback.workshop import load_toolbox

_WATCH_AGAIN = 5.0  # seconds until folders that can't be watched are tried again

log = structlog.get_logger()


def follow_files(rounds: Rounds, stop: threading.Event) -> None:
    """Give the rounds the person's rules and templates whenever they change, until told to stop."""
    paths = rounds.config.paths
    folders = [folder for folder in (paths.rules, paths.templates) if folder]
    _note(rounds, ())
    if not folders:
        return
    while not stop.is_set():
        try:
            for _ in watchfiles.watch(*folders, stop_event=stop, step=200, debounce=400):
                _take_up(rounds)
        except Exception as error:  # noqa: BLE001 - a folder that is gone for a moment comes back
            log.warning("files_not_watched", error=place_of(error))
            stop.wait(_WATCH_AGAIN)


def _take_up(rounds: Rounds) -> None:
    paths = rounds.config.paths
    try:
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
        log.warning("problems_not_recorded", error=str(error))
