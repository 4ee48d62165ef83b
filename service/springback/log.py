"""Structured logs on stderr: events and figures, never content; control characters escaped.

Addresses, logins and folder names only where they are asked for; accounts go by their names. What a
library or an unexpected error says is never told, only where it was said: it may hold mail or a secret.
"""

import logging
import os
import sys
import threading
from collections.abc import Mapping, MutableMapping
from itertools import islice
from typing import Any, TextIO, cast

import structlog

from springback.config import Log
from springback.errors import SpringbackError, place_of
from springback.escape import escape, without_addresses
from springback.streams import Stderr

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_OURS = frozenset({"account", "hanging"})  # names that the person gave to be shown
_PRIVATE = frozenset({"folder"})
_MAX_DEPTH, _MAX_ITEMS, _MAX_KEY = 4, 20, 60
_MAX_NUMBER = 2**63
_MAX_TEXT = 2_000  # characters that are looked through for addresses


def configure_logging(settings: Log, *, verbose: bool = False) -> None:
    """Send every log event to stderr, as JSON where nobody watches, as text on a terminal.

    `verbose` lets addresses, logins and folder names through.
    """
    watched = sys.stderr.isatty()
    as_json = settings.format == "json" or (settings.format == "auto" and not watched)
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=watched and not os.environ.get("NO_COLOR"),  # no-color.org
            pad_event_to=24,
        )
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _Discretion(verbose=verbose),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Stderr())),
        cache_logger_on_first_use=False,
    )
    _hear_libraries()
    threading.excepthook = _tell_of_thread
    sys.unraisablehook = _tell_of_unraisable


class _Discretion:
    """Makes of an event what may stand in a log."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return {
            escape(str(key), _MAX_KEY): self._fit(value, ours=key in _OURS)
            for key, value in event.items()
            if key not in ("exc_info", "stack_info") and (self._verbose or key not in _PRIVATE)
        }

    def _fit(self, value: object, *, ours: bool = False, depth: int = 0) -> Any:  # noqa: ANN401 - what JSON can hold
        """Return a value bounded in length and depth, of nothing but text, numbers, lists and objects."""
        if isinstance(value, BaseException):
            value = self._told(value)
        if isinstance(value, (int, float)):
            return value if abs(value) < _MAX_NUMBER else "(out of bounds)"  # NaN isn't JSON, nor below it
        if depth < _MAX_DEPTH and isinstance(value, Mapping):
            some = islice(value.items(), _MAX_ITEMS)
            return {self._fit(str(key)[:_MAX_KEY]): self._fit(one, depth=depth + 1) for key, one in some}
        if depth < _MAX_DEPTH and isinstance(value, (list, tuple, set, frozenset)):
            return [self._fit(one, ours=ours, depth=depth + 1) for one in islice(value, _MAX_ITEMS)]
        if value is None:
            return None
        # Of any other thing its kind: nobody knows what its text would tell.
        text = format(value) if isinstance(value, str) else type(value).__name__
        return escape(text if self._verbose or ours else without_addresses(text[:_MAX_TEXT]))

    def _told(self, error: BaseException) -> str:
        if isinstance(error, SpringbackError):
            return str(error) if self._verbose else error.discreet
        return place_of(error)


class _Library(logging.Handler):
    """Tells that a library warned, and where; what it said may hold mail or a secret."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning(
            "library_warning", library=record.name, place=f"{record.module}:{record.lineno}"
        )


def _hear_libraries() -> None:
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, _Library)]
    root.addHandler(_Library(logging.WARNING))
    # What the scheduler skips while a pass is still running is no news; a pass reports its own failures.
    scheduler = logging.getLogger("apscheduler")
    scheduler.setLevel(logging.ERROR)
    scheduler.propagate = False
    scheduler.handlers = [logging.NullHandler()]


def _tell_of_thread(raised: threading.ExceptHookArgs) -> None:
    _tell_unexpected(raised.exc_value)


def _tell_of_unraisable(raised: "sys.UnraisableHookArgs") -> None:
    _tell_unexpected(raised.exc_value)


def _tell_unexpected(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):
        structlog.get_logger().error("unexpected_error", error=error)
