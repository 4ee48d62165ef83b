"""Saved mail, wherever a person keeps it: a file, an mbox, a Maildir, a folder, standard input."""

import mailbox
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
    place = Path(path)
    if not place.exists():
        raise InputError(f"Can't read {path}: there is no such file or folder. Check the path")
    if not place.is_dir():
        yield from _of_file(place)
    elif (place / "cur").is_dir() and (place / "new").is_dir():
        for file in sorted([*(place / "cur").iterdir(), *(place / "new").iterdir()]):
            yield from _of_file(file, single=True)
    else:
        for file in sorted(place.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(place).parts)
            if file.is_file() and not hidden:
                yield from _of_file(file)


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
