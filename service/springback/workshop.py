"""Makes the toolbox: rules, senders and letters, read, checked and compiled."""

from pathlib import Path

from springback.classifier import Classifier
from springback.errors import RuleError
from springback.examples import run_examples
from springback.letters import Letters
from springback.library import rule_files, sender_files, template_files
from springback.rule import RuleSet
from springback.ruleset import parse_rules
from springback.senders import Senders, parse_senders
from springback.triage import Toolbox


def load_rules(own: Path | None = None) -> RuleSet:
    """Return the rules in force; raises RuleError with every problem.

    The examples of the person's own rules are run, so that a broken rule never goes live; those of
    the packaged rules were.
    """
    rules = parse_rules(rule_files(own))
    if own:
        failures = [failure for failure in run_examples(rules) if failure.file.startswith(str(own))]
        if failures:
            raise RuleError("Can't use the rules", [str(failure) for failure in failures])
    return rules


def load_senders(own: Path | None = None) -> Senders:
    """Return what is known of senders; raises RuleError with every problem."""
    return parse_senders(sender_files(own))


def load_toolbox(rules: Path | None = None, templates: Path | None = None, language: str = "en") -> Toolbox:
    """Return the toolbox; raises RuleError or TemplateError with every problem."""
    return Toolbox(
        classifier=Classifier(load_rules(rules)),
        senders=load_senders(rules),
        letters=Letters(template_files(templates), language),
    )
