"""Writes what the reliability suites found into docs/reliability.md: `make reliability`.

The page holds blocks between `<!-- begin: NAME -->` and `<!-- end: NAME -->`. The block "faults" is
the table made from `tally.jsonl` of a folder; any other is the text of `NAME.md` there, or a table made from
`NAME.json`, a list of rows that name their columns. A block that nothing was made for stays as it is.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
CASES = range(1, 29)

_BLOCK = re.compile(r"(<!-- begin: ([a-z-]+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)
_SUMMED = ("tried", "expected", "found", "changed", "outside")
_HEAD = ("case", "what happens", "tried", "drafts expected", "found", "messages changed", "verbs outside")


@dataclass(frozen=True, slots=True)
class Row:
    """What one fault did in all its tries."""

    case: str
    title: str
    tried: int
    expected: int
    found: int
    changed: int
    outside: int

    @property
    def kept(self) -> bool:
        """Return whether the promise held: each draft there, nothing changed, nothing else said."""
        return self.tried > 0 and self.expected == self.found and not self.changed and not self.outside

    @property
    def order(self) -> tuple[int, str, str]:
        """Return what the table is sorted by."""
        return _number(self.case), self.case, self.title


def read_rows(lines: Iterable[str]) -> list[Row]:
    """Return the rows in the table's order, those of one case and title summed."""
    found: dict[tuple[str, str], Row] = {}
    for line in filter(None, map(str.strip, lines)):
        row = Row(**json.loads(line))
        before = found.get((row.case, row.title))
        found[row.case, row.title] = _sum(before, row) if before else row
    return sorted(found.values(), key=lambda row: row.order)


def fault_table(rows: list[Row]) -> str:
    """Return the table as Markdown, its totals, and the cases that it lacks."""
    cells = [(row.case, row.title, *(_figure(getattr(row, name)) for name in _SUMMED)) for row in rows]
    sums = [sum(getattr(row, name) for row in rows) for name in _SUMMED]
    cells.append(("", "**all**", *(f"**{_figure(one)}**" for one in sums)))
    missing = [str(case) for case in CASES if case not in {_number(row.case) for row in rows}]
    without = f"\nNot in this run: case {', '.join(missing)}.\n" if missing else ""
    return table(_HEAD, cells, numbers=5) + without


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, numbers: int = 0) -> str:
    """Return a Markdown table; its last columns are numbers, set to the right."""
    names = list(head)
    rules = ["---"] * (len(names) - numbers) + ["---:"] * numbers
    lines = [names, rules, *map(list, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """Return the page with these blocks written anew; the others stay."""

    def write(block: re.Match[str]) -> str:
        text = blocks.get(block[2])
        return block[0] if text is None else f"{block[1]}{text.strip()}\n{block[3]}"

    return _BLOCK.sub(write, page)


def read_blocks(folder: Path) -> dict[str, str]:
    """Return the text of each block that a folder has something for."""
    blocks = {file.stem: file.read_text() for file in folder.glob("*.md")}
    for file in folder.glob("*.json"):
        rows = json.loads(file.read_text())
        blocks[file.stem] = table(rows[0], ([_figure(cell) for cell in row.values()] for row in rows))
    tally = folder / "tally.jsonl"
    if tally.exists():
        blocks["faults"] = fault_table(read_rows(tally.read_text().splitlines()))
    return blocks


def _sum(one: Row, other: Row) -> Row:
    return Row(one.case, one.title, *(getattr(one, name) + getattr(other, name) for name in _SUMMED))


def _number(case: str) -> int:
    match = re.match(r"\d+", case)
    return int(match[0]) if match else len(CASES) + 1


def _figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    source = Path(sys.argv[1])
    PAGE.write_text(filled(PAGE.read_text(), read_blocks(source)))
    broken = [row for row in read_rows((source / "tally.jsonl").read_text().splitlines()) if not row.kept]
    if broken:
        sys.exit("\n".join(f"case {row.case}, {row.title}: the promise did not hold" for row in broken))
