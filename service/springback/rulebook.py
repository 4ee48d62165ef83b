"""The rules and senders in force, read and checked, or as they were the last time."""

from pathlib import Path

from springback.errors import RuleError
from springback.library import rule_files, sender_files
from springback.memory import remembered
from springback.rule import RuleSet, without_examples
from springback.senders import Senders


def load_rules(own: Path | None = None, *, fresh: bool = False) -> RuleSet:
    """Return the rules in force, without their examples; raises RuleError with every problem.

    The examples of the person's own rules are run, so that a broken rule never goes live; those of
    the packaged rules were. `fresh` reads the files in any case: the next reading is quick then.
    """
    files = rule_files(own)

    def read() -> RuleSet:
        # Loaded where files have to be read only: what they need is dear to import.
        from springback.examples import run_examples  # noqa: PLC0415
        from springback.ruleset import parse_rules  # noqa: PLC0415

        rules = parse_rules(files)
        if own:
            failures = run_examples(rules, within=str(own))
            if failures:
                raise RuleError("Can't use the rules", [str(failure) for failure in failures])
        return without_examples(rules)

    if fresh:
        return read()
    return remembered("rules", [f"{file.name}\0{file.text}" for file in files], read)


def load_senders(own: Path | None = None) -> Senders:
    """Return what is known of senders; raises RuleError with every problem."""
    files = sender_files(own)

    def read() -> Senders:
        from springback.senderfile import parse_senders  # noqa: PLC0415 - as above

        return parse_senders(files)

    return remembered("senders", [f"{file.name}\0{file.text}" for file in files], read)
