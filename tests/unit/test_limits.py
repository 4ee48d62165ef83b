"""docs/limits.md names every bound of the code, and each as it is."""

import importlib
import re
from pathlib import Path

import pytest

import springback

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| [^|]+ \| ([\d,]+) \| `(\w+)\.(\w+)` \| [^|]+ \|$", re.MULTILINE)
NAMED = ROW.findall((ROOT / "docs" / "limits.md").read_text("utf-8"))
# Bounds of what a person configures, of numbers that a file format has, and of tries at a broken history.
NO_MAIL = {
    "secret._MAX_SECRET",
    "log._MAX_NUMBER",
    "inhand._MAX_NUMBER",
    "ics._MAX_SEQUENCE",
    "answering._MAX_BREAKS",
}


def bounds() -> set[str]:
    """Return the bounds that the modules of the package set."""
    found = set()
    for path in sorted(Path(springback.__file__).parent.glob("*.py")):
        names = re.findall(
            r"^(_?MAX_\w+|PEEK_BYTES|WHOLE_BYTES|_BATCH_\w+) = ", path.read_text("utf-8"), re.MULTILINE
        )
        found |= {f"{path.stem}.{name}" for name in names}
    return found


@pytest.mark.parametrize(("number", "module", "name"), NAMED, ids=[f"{one[1]}.{one[2]}" for one in NAMED])
def test_a_limit_is_as_documented(number: str, module: str, name: str) -> None:
    assert getattr(importlib.import_module(f"springback.{module}"), name) == int(number.replace(",", ""))


def test_every_limit_is_documented() -> None:
    told = [f"{module}.{name}" for _, module, name in NAMED]
    assert len(told) == len(set(told))
    assert bounds() - NO_MAIL == set(told)
