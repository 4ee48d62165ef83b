"""The table in docs/reliability.md says what the suites found, no more and no less."""

import json
from pathlib import Path

import pytest

from support.reliability import fault_table, filled, read_blocks, read_rows
from support.tally import record


def row(case: str, title: str = "the line is cut", **changed: int) -> str:
    values = {"tried": 2, "expected": 3, "found": 3, "changed": 0, "outside": 0, **changed}
    return json.dumps({"case": case, "title": title, **values})


def test_rows_of_one_case_are_summed_and_sorted_by_number() -> None:
    rows = read_rows([row("10"), row("6b"), row("6"), "", row("6", tried=5)])
    assert [(one.case, one.tried, one.expected) for one in rows] == [("6", 7, 6), ("6b", 2, 3), ("10", 2, 3)]


@pytest.mark.parametrize("broken", [{"found": 2}, {"changed": 1}, {"outside": 1}, {"tried": 0}])
def test_a_broken_promise_is_told(broken: dict[str, int]) -> None:
    kept, lost = read_rows([row("1"), row("2", "it lies", **broken)])
    assert kept.kept
    assert not lost.kept


def test_the_table_has_totals_and_names_what_it_lacks() -> None:
    text = fault_table(read_rows([row(str(case), tried=1000) for case in range(1, 28)]))
    assert "| 7 | the line is cut | 1,000 | 3 | 3 | 0 | 0 |" in text
    assert "| **27,000** | **81** | **81** | **0** | **0** |" in text
    assert "case 28." in text


def test_what_is_recorded_is_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come from the tests' file, other blocks from theirs; a block without one stays."""
    monkeypatch.setenv("SPRINGBACK_TALLY", str(tmp_path / "tally.jsonl"))
    for _ in range(2):
        record(case="7", title="the server ends IDLE", tried=4, expected=1, found=1, changed=0, outside=0)
    (tmp_path / "soak.md").write_text("flat\n")
    (tmp_path / "idle.json").write_text('[{"accounts": 300, "memory": "40 MB"}]')
    page = "".join(
        f"# {name}\n\n<!-- begin: {name} -->\nold\n<!-- end: {name} -->\n"
        for name in ("faults", "soak", "idle", "fuzzing")
    )
    page = filled(page, read_blocks(tmp_path))
    assert "| 7 | the server ends IDLE | 8 | 2 | 2 | 0 | 0 |" in page
    assert "<!-- begin: soak -->\nflat\n<!-- end: soak -->" in page
    assert "| accounts | memory |\n| --- | --- |\n| 300 | 40 MB |" in page
    assert "<!-- begin: fuzzing -->\nold\n<!-- end: fuzzing -->" in page


def test_without_a_file_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPRINGBACK_TALLY", raising=False)
    monkeypatch.chdir(tmp_path)
    record(case="7", title="the server ends IDLE", tried=4, expected=1, found=1, changed=0, outside=0)
    assert list(tmp_path.iterdir()) == []
