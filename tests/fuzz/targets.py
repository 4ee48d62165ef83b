"""What is fuzzed: each target takes any bytes and raises where something that must hold doesn't."""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import process_time
from traceback import extract_tb

import springback
from springback.phrases import PhraseError, compile_phrase
from support.invariants import (
    check_answer,
    check_calendar,
    check_mail,
    check_parsed,
    check_rules,
    check_template,
)

MAX_SECONDS = 3.0  # of CPU for one input; the longest mail takes a third, uninstrumented
_RULE = """schema = 1
[[rule]]
id = "my.rule"
label = "rejection"
tier = "strong"
any = [{phrase}]
hit = [{phrase}]
miss = ["Hello."]
"""

Target = Callable[[bytes], object]


class SlowError(AssertionError):
    """An input took longer than any may."""


def rules(data: bytes) -> None:
    """Read a rule file, or a rule of one phrase, that works or tells its problems."""
    text = data.decode("utf-8", "replace")
    check_rules(text)
    line = text.partition("\n")[0]
    phrase = '"' + "".join(one for one in line if one.isprintable() and one not in '"\\') + '"'
    check_rules(_RULE.format(phrase=phrase))
    with suppress(PhraseError):
        compile_phrase(line)


def templates(data: bytes) -> None:
    """Load a template, and render it."""
    check_template(data.decode("utf-8", "replace"))


def answers(data: bytes) -> None:
    """Read the header that a server sends, and a calendar."""
    check_answer(data)
    check_calendar(data.decode("utf-8", "replace"))


TARGETS: dict[str, Target] = {
    "parser": check_parsed,
    "story": check_mail,
    "rules": rules,
    "templates": templates,
    "answers": answers,
}


def run(target: str, data: bytes) -> None:
    """Run one input; raises whatever is wrong with it, SlowError where it takes too long."""
    start = process_time()
    TARGETS[target](data)
    taken = process_time() - start
    if taken > MAX_SECONDS:
        raise SlowError(f"{target} took {taken:.1f} s of CPU for {len(data)} bytes")


class Watch:
    """Runs inputs of a target, counts them, and keeps one of each kind that fails."""

    def __init__(self, target: str, folder: Path) -> None:
        self.count = 0
        self._target = target
        self._folder = folder
        self._known: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Run one input; one that fails is written to the folder, unless its kind is known."""
        self.count += 1
        try:
            run(self._target, data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            own = str(Path(springback.__file__).parent)
            frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.startswith(own)]
            place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(error)[:30]
            kind = f"{type(error).__name__} {place}"
            if kind not in self._known:
                self._known.add(kind)
                (self._folder / f"crash-{sha256(data).hexdigest()[:16]}").write_bytes(data)
                print(f"{kind}: {error}", flush=True)  # noqa: T201 - the log of this process is read
