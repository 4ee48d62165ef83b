"""Saved mail, wherever a person keeps it: a file, an mbox, a Maildir, a folder, standard input."""

import mailbox
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from springback.errors import InputError
from springback.headers import parse_headers
from springback.parts import MAX_RAW


@dataclass(frozen=True, slots=True)
class Source:
    """A saved mail and how to name it; or why it can't be read."""

    path: str
    raw: bytes
    error: str | None = None


def saved_mails(path: str) -> Iterator[Source]:
    """Yield the mails at a path, "-" for standard input; raises InputError where there is none.

    A mail that can't be read is yielded with its error, and the others go on.
    """
    if path == "-":
        yield _checked("-", sys.stdin.buffer.read(MAX_RAW + 1))
        return
    if not path:
        raise InputError("Can't read '': the path is empty. Name a file or folder; . is the current one")
    place = Path(path)
    try:
        is_folder = stat.S_ISDIR(place.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"Can't read {path}: there is no such file or folder. Check the path") from None
    except OSError as error:
        raise InputError(f"Can't read {path}: {error.strerror}. Check the path, and whose it is") from None
    if not is_folder:
        yield from _of_file(place)
        return
    is_maildir = os.path.isdir(place / "cur") and os.path.isdir(place / "new")  # noqa: PTH112 - it never fails
    for folder in (place / "cur", place / "new") if is_maildir else (place,):
        files, closed = files_below(folder)
        yield from closed
        for file in files:
            yield from _of_file(file, single=is_maildir)


def files_below(folder: Path) -> tuple[list[Path], list[Source]]:
    """Return the files of a folder to its depth, in order, and the folders that can't be read.

    What is hidden isn't looked at.
    """
    closed: list[OSError] = []
    files = [
        Path(place, name)
        for place, _, names in os.walk(folder, onerror=closed.append)
        for name in names
        if not any(part.startswith(".") for part in Path(place, name).relative_to(folder).parts)
    ]
    return (
        [file for file in sorted(files) if not _is_special(file)],
        [Source(str(error.filename), b"", f"can't be read: {error.strerror}") for error in closed],
    )


def _is_special(file: Path) -> bool:
    """Return whether there is no more than a pipe, a socket or a link to nothing."""
    try:
        return not stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # opening it tells why


def _of_file(file: Path, *, single: bool = False) -> Iterator[Source]:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_RAW + 1)
    except OSError as error:
        yield Source(str(file), b"", f"can't be read: {error.strerror}")
        return
    if not single and raw.startswith(b"From "):
        yield from _of_mbox(file)
    else:
        yield _checked(str(file), raw)


def _of_mbox(file: Path) -> Iterator[Source]:
    box = mailbox.mbox(file, create=False)
    try:
        for key in box.iterkeys():
            with box.get_file(key) as stream:
                yield _checked(f"{file}#{int(key) + 1}", stream.read(MAX_RAW + 1))
    finally:
        box.close()


def _checked(path: str, raw: bytes) -> Source:
    if not raw.strip():
        return Source(path, b"", "is empty")
    if not parse_headers(raw).fields:
        return Source(path, b"", "isn't a mail: it doesn't start with a header")
    return Source(path, raw)
