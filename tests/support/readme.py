"""Writes what the commands shown in README.md print today into README.md: `make readme`."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Commands whose output depends on nothing but the checkout; the others are shown without.
REPEATABLE = (
    "springback check",
    "springback preview",
    "springback rules test",
    "springback rules measure",
    "springback templates test",
)


def shown_with_output(readme: str) -> str:
    """Return the text with the output of each repeatable command below it."""

    def filled(block: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", block[1], re.MULTILINE)
        return "```console\n" + "".join(f"$ {line}\n{_output(line)}" for line in commands) + "```"

    return re.sub(r"^```console\n(.*?)^```", filled, readme, flags=re.MULTILINE | re.DOTALL)


def _output(command: str) -> str:
    if not command.startswith(REPEATABLE):
        return ""
    arguments = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "springback", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rstrip() + "\n"


def templates_page() -> str:
    """Return docs/templates.md as the program writes it."""
    return _output("springback templates test --markdown")


if __name__ == "__main__":
    page = ROOT / "README.md"
    page.write_text(shown_with_output(page.read_text()))
    (ROOT / "docs" / "templates.md").write_text(templates_page())
