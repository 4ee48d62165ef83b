"""`springback rules test` and `rules list`."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from springback.cli.common import configuration_if_any, console, print_json, progress
from springback.examples import example_count, run_examples
from springback.library import rule_files
from springback.rule import RuleSet
from springback.ruleset import parse_rules
from springback.tuning.labelled import read_labelled
from springback.tuning.mutate import mutate


def test_rules(config: Path | None, folder: Path | None, *, as_json: bool) -> int:
    """Run every example; print the failures; return 1 where there are some."""
    rules = _rules(config, folder)
    failures = run_examples(rules)
    if as_json:
        for failure in failures:
            print_json(
                {
                    "file": failure.file,
                    "rule": failure.rule,
                    "problem": failure.problem,
                    "text": failure.text,
                }
            )
        return 1 if failures else 0
    out = console()
    for failure in failures:
        out.print(str(failure), markup=False, style="red")
    phrases = sum(len(rule.patterns) for rule in rules.rules)
    out.print(
        f"{len(rules.rules)} rules with {phrases} phrases, {example_count(rules)} examples: "
        + (f"{len(failures)} wrong" if failures else "all as they should be"),
        markup=False,
    )
    return 1 if failures else 0


def mutate_rules(config: Path | None, folder: Path | None, on: list[Path], *, as_json: bool) -> int:
    """Leave each phrase and condition out in turn; print what nothing notices; return 1 if any."""
    rules = _rules(config, folder)
    mails = read_labelled(on) if on else []
    with progress("leaving out", None) as step:
        result = mutate(rules, mails, step)
    if as_json:
        for one in result.survivors:
            print_json({"file": one.file, "rule": one.owner, "kind": one.kind, "left_out": one.left_out})
        return 1 if result.survivors else 0
    out = console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("file", "rule", "kind", "left out, and nothing noticed"):
        table.add_column(name, no_wrap=name != "left out, and nothing noticed")
    for one in result.survivors:
        table.add_row(one.file, one.owner, one.kind, Text(one.left_out))
    if result.survivors:
        out.print(table)
    survived = len(result.survivors)
    out.print(f"{result.tried} tried: {result.tried - survived} noticed, {survived} not", markup=False)
    return 1 if survived else 0


def list_rules(config: Path | None, folder: Path | None, *, as_json: bool) -> None:
    """Print the rules in force, one on a line."""
    rules = _rules(config, folder)
    if as_json:
        for rule in rules.rules:
            print_json(
                {
                    "id": rule.id,
                    "label": rule.label,
                    "tier": rule.tier,
                    "family": rule.family,
                    "status": rule.status,
                    "language": rule.language,
                    "phrases": len(rule.patterns),
                    "hit": len(rule.hit),
                    "miss": len(rule.miss),
                    "file": rule.file,
                }
            )
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("rule", "label", "tier", "family", "phrases", "hit", "miss", "file"):
        right = name in ("phrases", "hit", "miss")
        # The id is what `extends` and `off` need: it is never shortened.
        table.add_column(name, justify="right" if right else "left", no_wrap=name == "rule" or right)
    for rule in rules.rules:
        style = {"retired": "dim", "experimental": "italic"}.get(rule.status, "")
        table.add_row(
            rule.id,
            rule.label,
            rule.tier,
            rule.family,
            str(len(rule.patterns)),
            str(len(rule.hit)),
            str(len(rule.miss)),
            rule.file,
            style=style,
        )
    console().print(table)


def _rules(config: Path | None, folder: Path | None) -> RuleSet:
    settings = configuration_if_any(config)
    own = folder or (settings.paths.rules if settings else None)
    return parse_rules(rule_files(own))
