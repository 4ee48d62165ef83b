"""Structured logs on stderr: events and figures, never content; control characters escaped."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from springback.config import Log
from springback.escape import escape
from springback.streams import Stderr

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logging(settings: Log) -> None:
    """Send every log event to stderr, as JSON where nobody watches, as text on a terminal."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    # What the scheduler skips while a pass is still running is no news.
    scheduler = logging.getLogger("apscheduler")
    scheduler.setLevel(logging.ERROR)
    # Its tracebacks could hold mail; a pass reports its own failures.
    scheduler.addHandler(logging.NullHandler())
    scheduler.propagate = False
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _escaped,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Stderr())),
        cache_logger_on_first_use=False,
    )


def _escaped(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = escape(value)
        elif isinstance(value, (list, tuple)):
            event[key] = [escape(str(item)) for item in value]
    return event
