"""What a process needs over time, read from /proc each second, and the curves of it."""

import contextlib
import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

_EVERY = 1.0  # seconds
_COLUMNS = 60  # of a curve
_BARS = "▁▂▃▄▅▆▇█"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process had at a moment; `cpu` is in seconds since its start."""

    at: float
    rss_mb: float
    descriptors: int
    threads: int
    cpu: float


class Sampler:
    """Reads a process each second until the block ends."""

    def __init__(self, pid: int) -> None:
        self.samples: list[Sample] = []
        self._proc = Path(f"/proc/{pid}")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        start = time.monotonic()
        # The process may end while it is read.
        with contextlib.suppress(OSError, KeyError, IndexError):
            while not self._over.wait(_EVERY):
                self.samples.append(read(self._proc, time.monotonic() - start))


def read(proc: Path, at: float) -> Sample:
    """Return what a process has, by its folder in /proc (proc(5)); raises OSError where it is gone."""
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    # The name, in parentheses, may hold spaces.
    times = (proc / "stat").read_text().rpartition(")")[2].split()
    return Sample(
        at=round(at, 1),
        rss_mb=int(status["VmRSS"].split()[0]) / 1024,
        descriptors=len(os.listdir(proc / "fd")),  # noqa: PTH208 - a Path for each would cost more
        threads=int(status["Threads"]),
        cpu=(int(times[11]) + int(times[12])) / _TICKS,
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure over time, and the middle of each quarter."""

    name: str
    values: tuple[float, ...]
    quarters: tuple[float, ...]

    @property
    def growth(self) -> float:
        """Return the last quarter as a share of the second: the first is the warming up."""
        return self.quarters[3] / self.quarters[1] if self.quarters[1] else 1.0

    @property
    def line(self) -> str:
        """Return the curve as a line of bars between its least and its most."""
        least, most = min(self.values), max(self.values)
        width = max(1, len(self.values) / _COLUMNS)
        columns = range(min(_COLUMNS, len(self.values)))
        peaks = [max(self.values[int(one * width) : int((one + 1) * width) or 1]) for one in columns]
        span = (most - least) or 1
        return "".join(_BARS[round((peak - least) / span * (len(_BARS) - 1))] for peak in peaks)


def curves(samples: Sequence[Sample]) -> list[Curve]:
    """Return the curves of memory, descriptors, threads and processor time."""
    pairs = list(pairwise(samples))
    load = [100 * (after.cpu - before.cpu) / (after.at - before.at or 1) for before, after in pairs]
    return [
        _curve("resident memory, MB", samples, lambda one: one.rss_mb),
        _curve("descriptors", samples, lambda one: one.descriptors),
        _curve("threads", samples, lambda one: one.threads),
        Curve("processor, % of one core", tuple(load), _quarters(load, statistics.fmean)),
    ]


def chart(found: Sequence[Curve]) -> str:
    """Return the curves as Markdown: a table of their quarters, and the lines."""
    rows = ["| | 1st quarter | 2nd | 3rd | 4th | most | 4th / 2nd |", "|---|---:|---:|---:|---:|---:|---:|"]
    for one in found:
        figures = [*one.quarters, max(one.values)]
        rows.append(
            f"| {one.name} | {' | '.join(f'{figure:.1f}' for figure in figures)} | {one.growth:.2f} |"
        )
    width = max(len(one.name) for one in found)
    lines = [
        f"{one.name:{width}}  {one.line}  {min(one.values):.0f} to {max(one.values):.0f}" for one in found
    ]
    return "\n".join([*rows, "", "```", *lines, "```"]) + "\n"


def as_rows(samples: Sequence[Sample]) -> list[dict[str, float]]:
    """Return the samples for a file."""
    return [asdict(one) for one in samples]


def _curve(name: str, samples: Sequence[Sample], value: Callable[[Sample], float]) -> Curve:
    values = tuple(float(value(one)) for one in samples)
    return Curve(name, values, _quarters(values))


def _quarters(
    values: Sequence[float], middle: Callable[[Sequence[float]], float] = statistics.median
) -> tuple[float, ...]:
    size = len(values) / 4
    return tuple(
        middle(values[int(number * size) : max(int((number + 1) * size), int(number * size) + 1)])
        for number in range(4)
    )
