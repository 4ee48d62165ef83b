"""Mails a second through each step of the pure core, beside Python's `re` on the same patterns."""

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from bench import child
from bench.mails import mails
from bench.report import Report, Table

if TYPE_CHECKING:  # the program itself is loaded in the child only
    from springback.classifier import Classifier
    from springback.document import Document

_SECONDS = 300
_ROUNDS = 3
_RE_PART = 20  # one mail in so many is enough to measure the slow loop

T = TypeVar("T")


def throughput(report: Report, count: int) -> None:
    """Measure each step in one process of its own."""
    rows = child.run(measure, _SECONDS, count=count)["rows"]
    report.tables.append(
        Table(f"Throughput on {count:,} mails, best of {_ROUNDS}, one thread, CPU time", rows)
    )


def measure(count: int) -> dict[str, Any]:
    """Return a row for each step."""
    from springback.document import lay_out  # noqa: PLC0415 - loaded in the child only
    from springback.message import parse_message, rough_text  # noqa: PLC0415
    from springback.normal import normalise  # noqa: PLC0415
    from springback.workshop import load_toolbox  # noqa: PLC0415

    classifier = load_toolbox().classifier
    raws = list(mails(count))
    texts = [rough_text(raw) for raw in raws]
    messages = [parse_message(raw) for raw in raws]
    documents = [lay_out(message) for message in messages]
    joined = [document.joined.decode() for document in documents]
    compiled = [re.compile(owned.pattern.regex) for owned in classifier.matcher.owned]
    part = joined[::_RE_PART]
    _require_same_hits(classifier, compiled, documents[::_RE_PART])

    def plain_loop(text: str) -> list[int]:
        return [number for number, pattern in enumerate(compiled) if pattern.search(text)]

    def matcher(document: "Document") -> object:
        return list(classifier.matcher.matches(document))

    patterns = f"{len(compiled)} patterns"
    return {
        "rows": [
            _rate("screen: rough_text", rough_text, raws, raws),
            _rate("screen: worth_reading", classifier.worth_reading, texts, texts),
            _rate("  of it normalise", normalise, texts, texts),
            _rate("parse_message", parse_message, raws, raws),
            _rate("Classifier.classify", classifier.classify, messages, joined),
            _rate("  of it verdicts on normalised text", classifier.judge, documents, joined),
            _rate(f"  of it RE2 alone, {patterns}", matcher, documents, joined),
            _rate(f"loop of Python's re, {patterns}", plain_loop, part, part),
        ]
    }


def _rate(
    what: str, step: Callable[[T], object], values: Sequence[T], texts: Sequence[str | bytes]
) -> dict[str, Any]:
    """Return the speed of a step; `texts` is what its megabytes are counted in."""
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.process_time()
        for value in values:
            step(value)
        best = min(best, time.process_time() - start)
    size = sum(len(text) for text in texts) / 1_000_000
    return {
        "step": what,
        "mails/s": len(values) / best,
        "us/mail": best / len(values) * 1_000_000,
        "MB/s": size / best,
        "kB/mail": size / len(values) * 1_000,
    }


def _require_same_hits(
    classifier: "Classifier", compiled: list[re.Pattern[str]], documents: "list[Document]"
) -> None:
    """Make sure that both engines are asked the same and answer the same."""
    owned = classifier.matcher.owned
    for document in documents:
        ours = {match.owned for match in classifier.matcher.matches(document, everything=True)}
        text = document.joined.decode()
        theirs = {owned[number] for number, pattern in enumerate(compiled) if pattern.search(text)}
        if ours != theirs:
            raise RuntimeError(f"RE2 and Python's re find different patterns: {ours ^ theirs}")
