"""What the command line refuses before anything is done."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from springback.cli import app
from springback.errors import InputError
from support.settings import ONE_ACCOUNT


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--limit", "99999999999999999999999"],
        ["list", "--limit", "0"],
        ["run", "--since", "99999999w"],
        ["run", "--since", "9" * 5_000 + "d"],
        ["demo", "--port", "65536"],
        ["demo", "--port", "-1"],
        ["rules", "measure", "x", "--wrong", "-1"],
    ],
)
def test_a_number_out_of_bounds_is_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text(ONE_ACCOUNT)
    named = [] if arguments[0] == "demo" else ["--config", str(config)]
    done = CliRunner().invoke(app, [*arguments, *named])
    assert done.exit_code == 2
    assert not (tmp_path / "state").exists()


def test_the_daemon_takes_no_json(tmp_path: Path) -> None:
    """It prints no results; its log has a form of its own."""
    done = CliRunner().invoke(app, ["run", "--json", "--config", str(tmp_path / "config.toml")])
    assert isinstance(done.exception, InputError)
    assert "--json goes with --once or --dry-run" in str(done.exception)
