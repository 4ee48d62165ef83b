"""Mails made to be expensive, and what each costs: to parse, and from the first look to a draft."""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import child
from bench.report import Bound, Report, Table

MAX_SECONDS = 1.0
_PATIENCE = 20.0  # seconds after which a mail is given up
_MEGABYTE = 1_000_000
_RULE_WORDS = "plain: 1 MB of all words that rules look for"
_BOMBS = "plain: 1 MB, and rules written to blow up"
_BOMB_RULES = """
schema = 1
[[rule]]
id = "my.bomb"
label = "rejection"
any = ["(a|aa) {30} (a|aa) {30} (a|aa) {30} position {30} never"]
regex = ['(?:(?:a|aa)+ )+never', '(?:a?){50}b?(?:a?){50} never', '(?:[^x]*a){20} never']
hit = ["a a a position never", "a never", "aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa never"]
miss = ["Hello."]
"""
_LETTER = (
    "Thank you for applying for the Data Analyst position. "
    "We have decided to move forward with other candidates.\n\n"
)


def hostile(report: Report) -> None:
    """Measure each hostile mail in a process of its own."""
    rows: list[dict[str, Any]] = []
    for what in dict(hostile_mails()):
        try:
            row = child.run(measure, _PATIENCE, what=what)
        except child.TooLongError:
            row = {"parse s": f"> {_PATIENCE:.0f}", "triage s": f"> {_PATIENCE:.0f}"}
            worst = _PATIENCE
        else:
            worst = max(row["parse s"], row["triage s"])
        rows.append({"mail": what, **row})
        report.bounds.append(Bound(f"seconds for {what}", worst, MAX_SECONDS))
    report.tables.append(Table("Hostile mails, each with a rejection in it", rows))


def measure(what: str) -> dict[str, Any]:
    """Return the seconds that a hostile mail takes, and what it was taken for."""
    from springback.config import Account, Reply  # noqa: PLC0415 - loaded in the child only
    from springback.message import parse_message  # noqa: PLC0415
    from springback.rounds import replier_for  # noqa: PLC0415
    from springback.triage import reply, triage  # noqa: PLC0415
    from springback.workshop import load_toolbox  # noqa: PLC0415

    raw = dict(hostile_mails())[what]
    with tempfile.TemporaryDirectory(prefix="springback-bench-") as folder:
        if what == _BOMBS:
            Path(folder, "mine.toml").write_text(_BOMB_RULES, "utf-8")
        tools = load_toolbox(Path(folder))
    account = {
        "name": "bench", "address": "robin@example.test", "full_name": "Robin Ellery",
        "host": "localhost",
    }  # fmt: skip
    replier = replier_for(Account.model_validate(account), Reply())
    start = time.perf_counter()
    parse_message(raw)
    parsed = time.perf_counter()
    outcome = triage(raw, tools, replier)
    if outcome and outcome.verdict.name == "rejection":
        outcome = reply(outcome, (), tools, replier, datetime(2026, 11, 16, tzinfo=UTC))
    return {
        "MB": len(raw) / _MEGABYTE,
        "parse s": parsed - start,
        "triage s": time.perf_counter() - parsed,
        "peak MB": child.peak_mb(),
        "verdict": outcome.verdict.name if outcome else "screened out",
    }


def hostile_mails() -> Iterator[tuple[str, bytes]]:
    """Yield what each mail is made of, and the mail."""
    yield "20,000 encoded words in Subject", _mail(subject="=?utf-8?q?a?= " * 20_000)
    yield "32,000 addresses in To", _mail(to=", ".join(["a@b.example"] * 32_000))
    yield "20,000 quotes in From", _mail(sender='"' * 20_000)
    yield "2,000 parentheses in From", _mail(sender="(" * 2_000)
    yield "200,000 parts", _mixed("--x\n\na\n" * 200_000)
    yield "multiparts nested 3,000 deep", _nested(3_000)
    for what, repeated in (
        ("20,000 times '<a '", "<a " * 20_000),
        ("20,000 times '<!--'", "<!--" * 20_000),
        ("1 MB of '<p>'", _megabyte("<p>")),
        ("1 MB of '<div>'", _megabyte("<div>")),
        ("1 MB of '<table><tr><td>'", _megabyte("<table><tr><td>")),
        ("1 MB of '<style>'", _megabyte("<style>")),
        ("1 MB of '<blockquote>'", _megabyte("<blockquote>a</blockquote>")),
        ("a tag name of 1 MB", "<" + _megabyte("a")),
        ("1 MB of spaces in '<pre>'", f"<pre>a{_megabyte(' ')}a</pre>"),
        ("1 MB of '&lt;'", _megabyte("&lt;")),
    ):
        yield f"HTML: {what}", _mail(f"<p>{_LETTER}</p>{repeated}", subtype="html")
    for what, repeated in (
        ("without spaces", _megabyte("a")),
        ("of '. A'", _megabyte(". A")),
        ("of spaces", _megabyte(" ")),
        ("of line breaks", _megabyte(" \n")),
        ("of apostrophes", _megabyte("'")),
        ("of 'On wrote:'", _megabyte("On Monday she wrote:\n")),
        ("of 'From:'", _megabyte("From: a\nb\n")),
        ("of quoted lines", _megabyte("> a\n")),
        ("of rejections", _megabyte(_LETTER)),
        ("of a forward mark that never ends", "---- Forwarded message" + _megabyte(" ") + "x"),
        ("of ligatures", _megabyte("\ufdfa")[: _MEGABYTE // 3]),
    ):
        yield f"plain: 1 MB {what}", _mail(_LETTER + repeated)
    yield _RULE_WORDS, _mail(_LETTER + _megabyte(_words_of_all_rules()))
    yield _BOMBS, _mail(_LETTER + _megabyte("aa a position "))


def _words_of_all_rules() -> str:
    """Return a text for which every pattern of every rule has to be tried."""
    from springback.rulebook import load_rules  # noqa: PLC0415 - as above

    clauses = [
        clause
        for rule in load_rules().rules
        for pattern in (*rule.patterns, *rule.unless)
        for clause in pattern.clauses
    ]
    words = sorted({word.strip("*") for clause in clauses for word in clause})
    return " ".join(words) + ". "


def _mail(
    body: str = _LETTER,
    *,
    subtype: str = "plain",
    subject: str = "Your application",
    sender: str = "Jane Doe <jane.doe@acme.example>",
    to: str = "robin@example.test",
) -> bytes:
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Mon, 16 Nov 2026 09:00:00 +0100\n"
        f"Message-ID: <1@acme.example>\nContent-Type: text/{subtype}; charset=utf-8\n\n{body}"
    ).encode()


def _mixed(parts: str) -> bytes:
    return (
        "From: Jane Doe <jane.doe@acme.example>\nSubject: Your application\n"
        f"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n{_LETTER}\n{parts}--x--\n"
    ).encode()


def _nested(depth: int) -> bytes:
    inner = "".join(
        f"--{level}\nContent-Type: multipart/mixed; boundary={level + 1}\n\n" for level in range(depth)
    )
    return (
        "From: Jane Doe <jane.doe@acme.example>\nSubject: Your application\n"
        f"Content-Type: multipart/mixed; boundary=0\n\n--0\n\n{_LETTER}\n{inner}"
    ).encode()


def _megabyte(text: str) -> str:
    return text * (_MEGABYTE // len(text))
