"""The options that most commands take."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The configuration; default: your config.toml."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line, for machines.")]
