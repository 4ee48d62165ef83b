"""What fuzzing found once, run again: nothing of it may come back."""

from pathlib import Path

import pytest

from fuzz.targets import TARGETS

FOUND = sorted(
    path for path in (Path(__file__).parents[1] / "fuzz" / "regressions").glob("*/*") if path.is_file()
)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once_stays_mended(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_there_is_something_to_run() -> None:
    assert {path.parent.name for path in FOUND} <= set(TARGETS)
    assert FOUND
