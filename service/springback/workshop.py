"""Makes the toolbox: rules, senders and letters, read, checked and compiled."""

from pathlib import Path

from springback.classifier import Classifier
from springback.letters import Letters
from springback.library import template_files
from springback.rulebook import load_rules, load_senders
from springback.triage import Toolbox


def load_toolbox(
    rules: Path | None = None, templates: Path | None = None, language: str = "en", *, fresh: bool = False
) -> Toolbox:
    """Return the toolbox; raises RuleError or TemplateError with every problem.

    `fresh` is for who will load it again, whenever a file changes.
    """
    return Toolbox(
        classifier=Classifier(load_rules(rules, fresh=fresh)),
        senders=load_senders(rules),
        letters=load_letters(templates, language),
    )


def load_letters(templates: Path | None = None, language: str = "en") -> Letters:
    """Return the letters; raises TemplateError with every problem of the person's own templates."""
    return Letters(template_files(templates), language, trusted=template_files())
