"""Fuzzing that Atheris guides: inputs that reach a new line of the program are mutated further."""

import sys
from pathlib import Path

import atheris


def guided(
    target: str,
    folder: Path,
    corpus: Path,
    seconds: float,
    seed: int,
    *,
    max_bytes: int,
    patience: int,
    memory: int,
) -> None:
    """Fuzz a target until the time is over, or something is found; ends the process."""
    with atheris.instrument_imports(include=["springback"]):
        for name in [
            one for one in sys.modules if one.partition(".")[0] in ("springback", "support", "fuzz")
        ]:
            del sys.modules[name]  # what was imported before the instruments were set is read anew
        from fuzz.targets import Watch, run  # noqa: PLC0415 - instrumented
    run(target, b"")  # rules are read and compiled before anything is timed
    watch = Watch(target, folder / "found")  # it tells what is slow, by the processor's time
    options = [
        f"-max_total_time={int(seconds)}", f"-seed={seed}", f"-max_len={max_bytes}", f"-timeout={patience}",
        f"-rss_limit_mb={memory}", f"-artifact_prefix={folder / 'found'}/", f"-dict={folder / 'words'}",
        "-print_final_stats=1", "-report_slow_units=3600", str(corpus), str(folder / "seeds"),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], lambda data: watch(bytes(data)))
    atheris.Fuzz()
