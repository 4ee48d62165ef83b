"""Stdout and stderr where nobody can be told anything: a full disk costs the text, never the work."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TextIO

from springback.errors import OutputError


class Stdout(TextIOWrapper):
    """Stdout for results; raises OutputError where it takes no more, BrokenPipeError where nobody reads."""

    def write(self, text: str) -> int:
        """Write a text, now or at the next flush."""
        with printing():
            return super().write(text)

    def flush(self) -> None:
        """Write what is held back."""
        with printing():
            super().flush()


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


@contextmanager
def printing() -> Iterator[None]:
    """Raise OutputError where stdout can't be written, BrokenPipeError where its reader has left.

    What comes after is dropped.
    """
    try:
        yield
    except OSError as error:
        give_up(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputError(f"Can't print: {error.strerror}") from None


def tell(text: str) -> None:
    """Write a line to stderr, if that is possible."""
    Stderr().write(f"springback: {text}\n")


def require_streams() -> None:
    """Give a process that was started without stdout or stderr one that nobody reads.

    What stdout can't show is written out, as stderr does by itself.
    """
    if sys.stdout is None:
        sys.stdout = _nowhere()
    elif type(sys.stdout) is TextIOWrapper:
        by_line, encoding = sys.stdout.line_buffering, sys.stdout.encoding
        sys.stdout = Stdout(sys.stdout.detach(), encoding, "backslashreplace", line_buffering=by_line)
    if sys.stderr is None:
        sys.stderr = _nowhere()


def give_up(stream: TextIO) -> None:
    """Drop what a stream still holds, and all that is yet to come: it can't be written."""
    with _nowhere() as nowhere, suppress(OSError, ValueError):
        os.dup2(nowhere.fileno(), stream.fileno())


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it stays open
