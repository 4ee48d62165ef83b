"""Where a person's files are looked for."""

import os
from pathlib import Path

import platformdirs


def default_config_path() -> Path:
    """Return where the configuration is looked for: $SPRINGBACK_CONFIG, else the user's folder."""
    named = os.environ.get("SPRINGBACK_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("springback"), "config.toml")
