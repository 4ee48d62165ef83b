"""Where a person's files are looked for, and whether they are there."""

import os
import stat
from pathlib import Path
from typing import Literal

import platformdirs


def default_config_path() -> Path:
    """Return where the configuration is looked for: $SPRINGBACK_CONFIG, else the user's folder."""
    named = os.environ.get("SPRINGBACK_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("springback"), "config.toml")


def out_of_reach(path: Path, what: Literal["file", "folder"]) -> str | None:
    """Return why a file or folder can't be had, or None where it can."""
    try:
        if what == "folder":
            os.scandir(path).close()
        elif not stat.S_ISREG(path.stat().st_mode):
            return "it is no file"
    except (FileNotFoundError, NotADirectoryError):
        return f"there is no such {what}"
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
