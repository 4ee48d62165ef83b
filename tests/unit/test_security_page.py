"""SECURITY.md names a test for each promise, and each of them exists."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "SECURITY.md").read_text("utf-8")
PROMISED, _, REST = PAGE.partition("## What is promised")[2].partition("## What is not promised")


def test_every_test_named_exists() -> None:
    written = "\n".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 20
    assert {name for name in named if not re.search(rf"^def {name}\(", written, re.MULTILINE)} == set()


def test_every_promise_names_what_tests_it() -> None:
    promises = [part for part in PROMISED.split("\n\n") if part.strip()]
    assert promises
    assert [part for part in promises if "`test_" not in part and "`make audit`" not in part] == []


def test_the_page_says_what_is_not_promised_and_how_to_report() -> None:
    assert "## Reporting" in REST
    assert "security tab" in REST
