"""Mutation of the packaged rules: whatever is left out of them, an example or a mail notices."""

import tomllib
from pathlib import Path

from springback.library import rule_files
from springback.ruleset import parse_rules
from springback.tuning.labelled import read_labelled
from springback.tuning.mutate import mutate

CORPUS = Path(__file__).parents[1] / "corpus"


def test_nothing_can_be_left_out_unnoticed() -> None:
    """But for what survivors.toml lists, each with the reason why it stays."""
    known = tomllib.loads((CORPUS / "survivors.toml").read_text("utf-8"))
    result = mutate(parse_rules(rule_files()), read_labelled([CORPUS]))
    assert result.tried > 4_000
    survivors = {f"{one.owner}: {one.kind}: {one.left_out}" for one in result.survivors}
    assert survivors - set(known) == set(), "pin these with an example, or explain them"
    assert set(known) - survivors == set(), "these are noticed by now: take them out of survivors.toml"
    assert all(known.values())
