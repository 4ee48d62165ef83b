"""An old Python is told, and no header of a draft depends on it."""

import pytest

from springback.interpreter import repaired_in
from springback.masked import Secret


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ((3, 11, 7), "3.11.15"), ((3, 11, 14), "3.11.15"), ((3, 11, 15), None), ((3, 12, 12), "3.12.13"),
        ((3, 13, 12), None), ((3, 14, 2), "3.14.3"), ((3, 15, 0), None),
    ],
)  # fmt: skip
def test_a_python_without_the_repairs_is_told(version: tuple[int, int, int], wanted: str | None) -> None:
    assert repaired_in(version) == wanted


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter2")
    assert secret == "hunter2"  # noqa: S105 - of nobody
    for shown in (repr(secret), f"{secret}", f"{[secret]}", f"{secret!r:>20}", repr({"a": (secret,)})):
        assert "hunter2" not in shown
