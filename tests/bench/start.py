"""What `springback check` on one saved mail costs: a start of the program, and nothing else worth telling."""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.mails import rejection
from bench.report import Bound, Cell, Report, Table

MAX_SECONDS = 0.4
_ROUNDS = 5


def start(report: Report) -> None:
    """Measure the first start, which reads all rule files, and the best of five after it."""
    with tempfile.TemporaryDirectory(prefix="springback-bench-") as folder:
        mail = Path(folder, "mail.eml")
        mail.write_bytes(rejection(1))
        seconds = [_check(mail, Path(folder)) for _ in range(_ROUNDS + 1)]
    best = min(seconds[1:])
    python = min(_cpu_of(sys.executable, "-c", "") for _ in range(_ROUNDS))
    rows: list[dict[str, Cell]] = [
        {"start": "first, all rule files read", "CPU s": seconds[0]},
        {"start": f"best of {_ROUNDS} more, rules remembered", "CPU s": best},
        {"start": "Python itself", "CPU s": python},
    ]
    report.tables.append(Table("springback check on one file, user and system time", rows))
    report.bounds.append(Bound("CPU seconds to check one file", best, MAX_SECONDS))


def _check(mail: Path, home: Path) -> float:
    return _cpu_of(sys.executable, "-m", "springback", "check", str(mail), home=home)


def _cpu_of(*command: str, home: Path | None = None) -> float:
    """Return the processor time of a command, all its children included."""
    environment = {**os.environ, **({"HOME": str(home), "XDG_CACHE_HOME": str(home)} if home else {})}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
