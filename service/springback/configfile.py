"""config.toml to a configuration; every problem is reported at once, with what to write instead."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from springback.config import Config, Paths
from springback.errors import ConfigError, InputError
from springback.places import out_of_reach
from springback.problems import describe


def load_config(path: Path) -> Config:
    """Return the configuration of a file; relative paths in it start at its folder.

    Raises InputError where there is no such file, ConfigError with every problem in it.
    """
    try:
        text = path.read_text("utf-8-sig")  # some editors begin a file with a mark
    except FileNotFoundError:
        raise InputError(
            f"Can't read the configuration: there is no {path}. "
            "Copy config.example.toml there, or name another with --config"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Can't read the configuration {path}: {error}") from None
    return parse_config(text, str(path), path.parent)


def parse_config(text: str, name: str, folder: Path) -> Config:
    """Return the configuration of a text; raises ConfigError with every problem in it."""
    step = f"Can't use the configuration {name}"
    try:
        content = tomllib.loads(text)
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        raise ConfigError(step, [f"not valid TOML: {error}"]) from None
    except RecursionError:
        raise ConfigError(step, ["not valid TOML: it is nested too deeply"]) from None
    try:
        config = Config.model_validate(content)
    except ValidationError as error:
        raise ConfigError(step, [_hint(line) for line in describe(error, Config)]) from None
    config = _absolute(config, folder)
    problems = list(_missing_paths(config))
    if problems:
        raise ConfigError(step, problems)
    return config


def _hint(line: str) -> str:
    if ".password: input should be a valid dictionary" in line:
        where = line.partition(":")[0]
        return (
            f"{where}: a password is never written here; "
            'write { keyring = true }, { command = ["..."] }, { env = "..." }, '
            '{ file = "..." } or { credential = "..." }'
        )
    return line


def _absolute(config: Config, folder: Path) -> Config:
    """Return the configuration with relative paths taken from the folder of its file."""

    def at(path: Path | None) -> Path | None:
        return folder / path if path else None

    paths = Paths(
        rules=at(config.paths.rules),
        templates=at(config.paths.templates),
        state=at(config.paths.state),
    )
    accounts = tuple(
        account.model_copy(
            update={
                "ca_file": at(account.ca_file),
                "password": account.password.model_copy(update={"file": at(account.password.file)}),
            }
        )
        for account in config.account
    )
    return config.model_copy(update={"paths": paths, "account": accounts})


def _missing_paths(config: Config) -> Iterable[str]:
    for key in ("rules", "templates"):
        folder = getattr(config.paths, key)
        why = folder and out_of_reach(folder, "folder")
        if why:
            yield f"paths.{key}: can't read {folder}: {why}; correct or remove the key"
    for number, account in enumerate(config.account, 1):
        why = account.ca_file and out_of_reach(account.ca_file, "file")
        if why:
            yield f"account[{number}].ca_file: can't read {account.ca_file}: {why}; correct or remove the key"
