"""Who may read and write the files that Springback trusts, each problem with the command that mends it.

Whoever can write the configuration can run a command, and who can write the rules and templates decides
what stands in the drafts. A group that has nobody but the person in it counts as the person.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from springback.config import Config
from springback.errors import ConfigError, LedgerError

_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH


def require_safe_files(path: Path, config: Config) -> None:
    """Raise ConfigError with every file of a configuration that others could have changed or read."""
    problems = [
        *_problems_of(path, secret=config.reply.id_secret is not None),
        *_problems_of_folders(config),
        *(one for account in config.account if account.ca_file for one in _problems_of(account.ca_file)),
        *_problems_of_secret_files(config),
    ]
    if problems:
        raise ConfigError("Can't trust the files of the configuration", [*dict.fromkeys(problems)])


def require_safe_folders(config: Config) -> None:
    """Raise ConfigError where others could have changed the person's own rules or templates."""
    problems = list(_problems_of_folders(config))
    if problems:
        raise ConfigError("Can't trust the rules and templates", [*dict.fromkeys(problems)])


def problem_of_secret_file(path: Path, known: os.stat_result) -> str | None:
    """Return why a file isn't fit to hold a password, with the remedy, or None."""
    if known.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"others may read it. Run: chmod 600 {quote(str(path))}"
    return next(_problems_of(path), None)


def secured(ledger: Path) -> tuple[str, ...]:
    """Make the ledger's files the person's alone; return the names of those that weren't.

    Raises LedgerError where the folder isn't theirs, or others may write into it.
    """
    folder = ledger.parent
    try:
        owners = {path: path.stat().st_uid for path in (folder, *_files_of(ledger))}
    except OSError:
        return ()  # whoever opens it tells
    for path, owner in owners.items():
        if owner not in (os.geteuid(), 0):
            # A chown would take it from the service that works with it.
            told = f"{path}: it belongs to {_name_of(owner)}. Run springback as that user"
            raise LedgerError(f"Can't trust the ledger: {told}")
        for problem in _problems_of(path):
            raise LedgerError(f"Can't trust the ledger: {problem}")
    opened = [path for path in _files_of(ledger) if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for path in opened:
        path.chmod(0o600)
    return tuple(path.name for path in opened)


def _files_of(ledger: Path) -> list[Path]:
    return sorted(path for path in ledger.parent.glob(f"{ledger.name}*") if path.exists())


def _problems_of_folders(config: Config) -> Iterator[str]:
    for folder, pattern in ((config.paths.rules, "*.toml"), (config.paths.templates, "*/*.j2")):
        if folder:
            files = sorted(folder.glob(pattern))
            for path in dict.fromkeys((folder, *(file.parent for file in files), *files)):
                yield from _problems_of(path)


def _problems_of_secret_files(config: Config) -> Iterator[str]:
    for path in dict.fromkeys(account.password.file for account in config.account):
        try:
            problem = path and problem_of_secret_file(path, path.stat())
        except OSError:
            continue  # whoever opens it tells
        if problem:
            yield f"{path}: {problem}" if problem.startswith("others may read") else problem


def _problems_of(path: Path, *, secret: bool = False) -> Iterator[str]:
    """Yield what is wrong with a file or folder that only the person, or the system, may write."""
    try:
        known, places = path.stat(), (path.resolve(), path.parent.resolve() / path.name)
    except OSError:
        return  # whoever opens it tells
    if known.st_uid not in (os.geteuid(), 0):
        yield f"{path}: it belongs to another user. Run: chown {os.geteuid()} {quote(str(path))}"
    yield from _others_write(path)
    # Who may write a folder may put another file, or link, in the place of one in it, unless it is like /tmp.
    for folder in dict.fromkeys(folder for place in places for folder in place.parents):
        if not folder.stat().st_mode & stat.S_ISVTX:
            yield from _others_write(folder)
    if secret and known.st_mode & _OTHERS_READ:
        yield f"{path}: it holds id_secret, and others may read it. Run: chmod 600 {quote(str(path))}"


def _others_write(path: Path) -> Iterator[str]:
    known = path.stat()
    by_group = known.st_mode & stat.S_IWGRP and not _is_own_group(known.st_gid)
    if by_group or known.st_mode & stat.S_IWOTH:
        yield f"{path}: others may write it. Run: chmod go-w {quote(str(path))}"


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_own_group(gid: int) -> bool:
    """Return whether a group is the person's private one, as many systems make for everybody."""
    try:
        me, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return gid == me.pw_gid and group.gr_name == me.pw_name and set(group.gr_mem) <= {me.pw_name}
