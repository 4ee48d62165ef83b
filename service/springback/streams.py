"""Stdout and stderr where nobody can be told anything: a full disk costs the text, never the work."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


class Stderr:
    """Stderr for a log: what can't be written there is left out."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is held back, where that is possible."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def tell(text: str) -> None:
    """Write a line to stderr, if that is possible."""
    Stderr().write(f"springback: {text}\n")


def require_streams() -> None:
    """Give a process that was started without stdout or stderr one that nobody reads.

    What stdout can't show is written out, as stderr does by itself.
    """
    if sys.stdout is None:
        sys.stdout = _nowhere()
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stderr is None:
        sys.stderr = _nowhere()


def give_up(stream: TextIO) -> None:
    """Drop what a stream still holds, and all that is yet to come: it can't be written."""
    with _nowhere() as nowhere, suppress(OSError, ValueError):
        os.dup2(nowhere.fileno(), stream.fileno())


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it stays open
