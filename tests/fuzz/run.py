"""Fuzzes parser, rules, templates and answers: python tests/fuzz/run.py [--seconds N] [--quick] [TARGET ...].

Guided by coverage where Atheris is installed (`pip install --group fuzz`; Linux on x86-64), else by plain
mutation of the seeds. What is found is written to tests/fuzz/regressions/TARGET/, where a unit test runs
it again from then on.
"""

import argparse
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

# A file that is run has its own folder on the path, not the one above.
sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.seeds import MAX_BYTES, seeds
from fuzz.targets import TARGETS, Watch

HERE = Path(__file__).parent
REGRESSIONS = HERE / "regressions"
_QUICK_SECONDS = 12  # for each target
_PATIENCE = 30  # seconds after which an input is given up as one that hangs
_MEMORY = 2_048  # MB
_DICTIONARY = (
    "=?utf-8?q?", "?=", "\r\n\r\n", "--x", "Content-Type: multipart/mixed; boundary=x", "base64", "\0",
    "<!--", "<a ", "&lt;", "\u202e", "\u200b", "\x1b[31m", "On Monday she wrote:", "> ", "BEGIN:VEVENT",
    "{{ ", "{% for x in met %}", "{% set a = a ~ a %}", "[[rule]]", "any = [", "(a|b)", "{*}", "{30}",
    "other candidates", "unfortunately", "position", "charset=utf-16", "zlib_codec", "message/rfc822",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Fuzz, print how much was tried, and return 1 where something was found."""
    options = _parser().parse_args(arguments)
    if options.child:
        _child(options.child, options.folder, options.corpus, options.seconds, options.seed)
        return 0
    seconds = _QUICK_SECONDS if options.quick else options.seconds
    found = 0
    for target in options.targets or TARGETS:
        with tempfile.TemporaryDirectory(prefix="springback-fuzz-") as folder:
            corpus = Path(folder, "corpus") if options.quick else options.corpus / target
            corpus.mkdir(parents=True, exist_ok=True)
            report = fuzz(target, Path(folder), corpus, seconds, options.seed)
            findings = [str(_keep(target, data)) for data in _findings(Path(folder))]
        report["findings"] = findings
        found += len(findings) + ("failed" in report)
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
    return 1 if found else 0


def fuzz(target: str, folder: Path, corpus: Path, seconds: float, seed: int) -> dict[str, object]:
    """Fuzz a target in a process of its own; return what was tried."""
    (folder / "seeds").mkdir()
    (folder / "found").mkdir()
    for number, data in enumerate(seeds(target)):
        (folder / "seeds" / f"{number:03}").write_bytes(data)
    (folder / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in _DICTIONARY))
    start = time.monotonic()
    command = [
        sys.executable,
        str(HERE / "run.py"),
        "--child",
        target,
        "--folder",
        str(folder),
        "--corpus",
        str(corpus),
    ]
    with (folder / "log").open("wb") as log:
        done = subprocess.run(
            [*command, "--seconds", str(seconds), "--seed", str(seed)],
            stdout=log, stderr=log, check=False, timeout=seconds * 2 + 600,
        )  # fmt: skip
    told = (folder / "log").read_text("utf-8", "replace")
    tried = [int(one) for one in re.findall(r"(?:^#|execut\w+: |Done )(\d+)", told, re.MULTILINE)]
    report: dict[str, object] = {
        "target": target,
        "by": "atheris" if find_spec("atheris") else "mutation",
        "executions": max(tried, default=0),
        "seconds": round(time.monotonic() - start),
    }
    if done.returncode:
        report["failed"] = told[-3_000:]
    return report


def _child(target: str, folder: Path, corpus: Path, seconds: float, seed: int) -> None:
    if find_spec("atheris"):
        from fuzz.guided import guided  # noqa: PLC0415 - where it can be had

        guided(target, folder, corpus, seconds, seed, max_bytes=MAX_BYTES, patience=_PATIENCE, memory=_MEMORY)
    _mutate(target, folder, seconds, seed)


def _mutate(target: str, folder: Path, seconds: float, seed: int) -> None:
    """Try mutations of the seeds until the time is over."""
    chance = random.Random(seed)  # noqa: S311 - chooses inputs, guards nothing
    known = [path.read_bytes() for path in sorted((folder / "seeds").iterdir())]
    watch, end = Watch(target, folder / "found"), time.monotonic() + seconds
    for data in mutations(known, chance):
        if time.monotonic() > end:
            break
        watch(data)
    sys.stdout.write(f"Done {watch.count}\n")


def mutations(known: list[bytes], chance: random.Random) -> Iterator[bytes]:
    """Yield the seeds, then mutations of them without end."""
    yield from known
    words = [word.encode() for word in _DICTIONARY]
    changes: tuple[Callable[[bytes, int, int], bytes], ...] = (
        lambda data, start, end: data[:start] + data[end:],
        lambda data, start, end: data[:end] + data[start:end] * chance.randint(1, 200) + data[end:],
        lambda data, start, end: data[:start] + chance.choice(words) + data[end:],
        lambda data, start, _end: data[:start] + chance.choice(words) * chance.randint(1, 500) + data[start:],
        lambda data, start, end: data[:start] + chance.randbytes(end - start) + data[end:],
        lambda data, start, end: data[:start] + chance.choice(known)[start:end] + data[end:],
        lambda data, start, _end: data[:start],
    )
    while True:
        data = chance.choice(known)
        for _ in range(chance.randint(1, 5)):
            start = chance.randint(0, len(data))
            end = min(len(data), start + int(chance.paretovariate(0.6)))
            data = chance.choice(changes)(data, start, end)[:MAX_BYTES]
        yield data


def _findings(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((folder / "found").iterdir())]


def _keep(target: str, data: bytes) -> Path:
    kept = REGRESSIONS / target / hashlib.sha256(data).hexdigest()[:16]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    return kept.relative_to(HERE.parents[1])


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS)
    )
    parser.add_argument("--seconds", type=float, default=600, help="for each target (default: 600)")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_SECONDS} seconds for each target")
    parser.add_argument("--corpus", type=Path, default=HERE / "corpus", help="where what was reached is kept")
    parser.add_argument("--seed", type=int, default=1, help="of the choices that chance makes")
    parser.add_argument("--child", choices=TARGETS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
