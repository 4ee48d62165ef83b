"""Small hand-made mails and rule sets that the unit tests are about."""

from datetime import UTC, datetime
from email.utils import format_datetime

from springback.classifier import Classifier
from springback.message import Message, parse_message
from springback.rule import RuleSet, SourceFile
from springback.ruleset import parse_rules
from springback.tuning.labelled import LABELS, Labelled
from springback.verdict import Verdict

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SENT = datetime(2026, 11, 19, 16, 5, tzinfo=UTC)


def mail(text: str = "Hello.", **fields: str) -> bytes:
    """Return a plain text mail; a field named `reply_to` is Reply-To, an empty one is left out."""
    header = {
        "from": "Ana Ferrer <ana@firm.example>",
        "to": "Robin Ellery <robin@ellery.example>",
        "subject": "Your application",
        "date": format_datetime(SENT),
        "message_id": "<one@firm.example>",
        "content_type": "text/plain; charset=utf-8",
        **fields,
    }
    lines = [f"{key.replace('_', '-').title()}: {value}" for key, value in header.items() if value]
    return ("\n".join(lines) + "\n\n" + text).encode()


def message(text: str = "Hello.", **fields: str) -> Message:
    return parse_message(mail(text, **fields))


def rule_set(*texts: str) -> RuleSet:
    """Return the rule set of files a.toml, b.toml, ... with these texts, `schema` added."""
    return parse_rules(
        [SourceFile(f"{name}.toml", f"schema = 1\n{text}") for name, text in zip("abcd", texts, strict=False)]
    )


def classify(rules: str, text: str, **fields: str) -> Verdict:
    return Classifier(rule_set(rules)).classify(message(text, **fields))


def labelled(text: str, label: str = "rejection", name: str = "one", **more: str | None) -> Labelled:
    """Return a labelled mail of the set "a"; `lang` and what is expected are further keywords."""
    language = more.pop("lang", None)
    raw = mail(text, subject=more.pop("subject", None) or "")
    return Labelled("a", name, label, LABELS[label], language, more, raw)
