"""Runs a piece of work in a process of its own, so that CPU time and memory are of that work alone.

The work is a function named as "module:function"; what it takes and returns travels as JSON.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class TooLongError(Exception):
    """The work took longer than it was given."""


@dataclass
class Stopwatch:
    """Wall and CPU seconds since it was made."""

    def __post_init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()

    def read(self) -> dict[str, float]:
        """Return the seconds so far, and the process's peak of memory."""
        return {
            "wall": time.perf_counter() - self._wall,
            "cpu": _cpu_seconds() - self._cpu,
            "peak_mb": peak_mb(),
        }


def peak_mb() -> float:
    """Return the most memory this process has had in use, in MB.

    Not `ru_maxrss`: a new process inherits that figure from the one that started it.
    """
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1_000_000


def run(work: Callable[..., dict[str, Any]], seconds: float, **arguments: object) -> dict[str, Any]:
    """Return what the work returns; raises TooLongError, or RuntimeError with what it printed."""
    name = f"{work.__module__}:{work.__qualname__}"
    tests = Path(__file__).parents[1]
    paths = os.pathsep.join(filter(None, (str(tests), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.child", name],
            input=json.dumps(arguments).encode(),
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "PYTHONPATH": paths},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooLongError(f"{name} took longer than {seconds:.0f} s") from None
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr.decode()[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _main() -> None:
    module, _, function = sys.argv[1].partition(":")
    work = getattr(importlib.import_module(module), function)
    sys.stdout.write(json.dumps(work(**json.load(sys.stdin))) + "\n")


if __name__ == "__main__":
    _main()
