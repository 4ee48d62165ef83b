"""What was made of files, kept in the user's cache folder, so that the next start is quick.

As with Python's own __pycache__, whoever can write there can run code: what is kept is only used where
the file and its folder are the user's and nobody else may write them.
"""

import contextlib
import hashlib
import os
import pickle
import stat
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import platformdirs

T = TypeVar("T")
_KEPT = 8  # states of one kind


def remembered(kind: str, parts: Iterable[str], make: Callable[[], T]) -> T:
    """Return what `make` makes of the parts, or made of the same parts before."""
    digest = hashlib.sha256(_state_of_the_program())
    for part in parts:
        digest.update(hashlib.sha256(part.encode()).digest())
    path = Path(platformdirs.user_cache_dir("springback"), f"{kind}-{digest.hexdigest()[:24]}.pickle")
    with contextlib.suppress(Exception):  # a cache that can't be read is no cache
        if _only_ours(path.parent) and _only_ours(path):
            return cast("T", pickle.loads(path.read_bytes()))  # noqa: S301 - see above
    made = make()
    with contextlib.suppress(OSError):
        _keep(path, pickle.dumps(made))
        _forget(path.parent, kind)
    return made


@cache
def _state_of_the_program() -> bytes:
    """Return what changes with every change of the code or of Python."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    told = [f"{file.name} {(known := file.stat()).st_mtime_ns} {known.st_size}" for file in files]
    return "\n".join([sys.version, *told]).encode()


def _only_ours(path: Path) -> bool:
    known = path.lstat()
    if not hasattr(os, "getuid"):
        return True
    return known.st_uid == os.getuid() and not known.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _only_ours(path.parent):
        return  # somebody could put a link in the way of what is written
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _forget(folder: Path, kind: str) -> None:
    kept = sorted(folder.glob(f"{kind}-*.pickle"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in kept[_KEPT:]:
        file.unlink(missing_ok=True)
