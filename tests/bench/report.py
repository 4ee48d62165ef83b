"""Figures as tables a person reads and a file a program reads, with the bounds they must keep."""

import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.reliability import table

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one case; each row names its columns."""

    title: str
    rows: list[dict[str, Cell]]

    def __str__(self) -> str:
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        lines = [columns, *([_shown(row.get(name, "")) for name in columns] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        texts = [
            "  ".join(
                # The first column names the row, the others are figures.
                cell.rjust(width) if number else cell.ljust(width)
                for number, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *(f"  {text}" for text in texts)])

    def as_markdown(self) -> str:
        """Return the rows as a table of Markdown."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        cells = [[_shown(row.get(name, "")) for name in columns] for row in self.rows]
        return table(columns, cells, numbers=len(columns) - 1)


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure and what it must not exceed."""

    what: str
    measured: float
    limit: float

    @property
    def kept(self) -> bool:
        """Return whether the figure is within its bound."""
        return self.measured <= self.limit


@dataclass
class Report:
    """All tables and bounds of a run."""

    tables: list[Table] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)

    @property
    def broken(self) -> list[Bound]:
        """Return the bounds that don't hold."""
        return [bound for bound in self.bounds if not bound.kept]

    def bounds_table(self) -> Table:
        """Return all bounds as a table."""
        return Table(
            "Bounds",
            [
                {
                    "what": bound.what,
                    "measured": bound.measured,
                    "at most": bound.limit,
                    "": "kept" if bound.kept else "BROKEN",
                }
                for bound in self.bounds
            ],
        )

    def write(self, path: Path) -> None:
        """Write everything as one JSON object."""
        content = {
            "python": platform.python_version(),
            "machine": platform.platform(),
            "tables": [asdict(table) for table in self.tables],
            "bounds": [{**asdict(bound), "kept": bound.kept} for bound in self.bounds],
        }
        path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if cell >= 1_000 else f"{cell:.2f}" if cell < 100 else f"{cell:.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
