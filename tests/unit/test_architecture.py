"""The core decides and does nothing: it knows no server, file, clock, setting or command."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import springback

PACKAGE = Path(springback.__file__).parent
OUTSIDE = {
    "apscheduler", "asyncio", "glob", "http", "imapclient", "imaplib", "importlib", "io", "os",
    "pathlib", "platformdirs", "random", "shutil", "signal", "smtplib", "socket", "sqlalchemy",
    "ssl", "structlog", "subprocess", "tempfile", "threading", "time", "urllib", "watchfiles",
    "springback.answering", "springback.backlog", "springback.cli", "springback.config",
    "springback.connection", "springback.daemon", "springback.demo", "springback.draftstore",
    "springback.gaps", "springback.health", "springback.inhand", "springback.ledger", "springback.library",
    "springback.listening", "springback.lock", "springback.log", "springback.lookback",
    "springback.mailbox", "springback.metrics", "springback.notify", "springback.poller",
    "springback.pulse", "springback.retries", "springback.rounds", "springback.secret", "springback.session",
    "springback.sources", "springback.upkeep", "springback.watch", "springback.wire", "springback.workshop",
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, and each package above it."""
    for node in ast.walk(tree(path)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def used(path: Path) -> set[str]:
    """Return every plain name that a file reads, and every attribute as ".name"."""
    nodes = list(ast.walk(tree(path)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        f".{node.attr}" for node in nodes if isinstance(node, ast.Attribute)
    }


def importers(module: str) -> set[str]:
    return {str(path.relative_to(PACKAGE)) for path in MODULES if module in imported(path)}


def siblings(name: str) -> set[str]:
    """Return the modules of the package, by their short names, that one of them imports."""
    names = {one.partition(".")[2] for one in imported(PACKAGE / f"{name}.py") if "springback." in one}
    return {one for one in names if (PACKAGE / f"{one}.py").is_file()}


def reached(name: str) -> set[str]:
    found: set[str] = set()
    left = {name}
    while left:
        one = left.pop()
        found.add(one)
        left |= siblings(one) - found
    return found


# What tells the story of a message, what makes its rules, and all that they need; the error texts
# know paths by type only.
CORE = sorted(
    {
        one
        for name in ("triage", "applications", "ics", "ruleset", "examples", "idle", "standing", "figures")
        for one in reached(name)
    }
    - {"errors"}
)


def test_the_core_is_what_it_is_meant_to_be() -> None:
    assert {
        "message", "headers", "parts", "charsets", "visible", "quoting", "normal", "sentences",
        "phrases", "decision", "document", "classifier", "details", "names", "gate", "contact",
        "senders", "flowed", "letters", "drafting", "triage", "verdict", "ruleset", "rulefile",
        "cited", "prefilter", "matcher", "weighing", "findings", "vocabulary", "look", "draft",
        "firm", "ties", "query", "history", "kinds", "people", "stage", "reached", "addressee",
        "invitations", "formality", "facts", "wording", "articles", "subject",
    } <= set(CORE)  # fmt: skip


@pytest.mark.parametrize("name", CORE)
def test_the_core_reaches_for_nothing_outside(name: str) -> None:
    path = PACKAGE / f"{name}.py"
    assert not OUTSIDE & set(imported(path))
    assert not {"open", "input", "print", ".open", ".now", ".today", ".utcnow"} & used(path)


def test_only_the_mailbox_and_its_wire_speak_imap() -> None:
    users = importers("imapclient") | importers("imaplib")
    assert users
    assert users <= {"wire.py", "login.py", "step.py"}


def test_nothing_can_send_mail() -> None:
    """Springback never sends: there is nothing in it that could."""
    for module in ("smtplib", "aiosmtplib", "http.client", "urllib.request", "requests", "httpx"):
        assert importers(module) == set()


def test_one_module_knows_where_packaged_files_are() -> None:
    users = importers("importlib.resources")
    assert "library.py" in users
    assert users <= {"library.py", "demo/samples.py"}


def test_only_the_ledger_speaks_to_the_database() -> None:
    users = {name for name in importers("sqlalchemy") if not name.startswith("migrations/")}
    assert users
    assert users <= {"ledger.py", "gaps.py", "health.py", "retries.py", "schema.py", "database.py"}


def test_no_module_imports_itself_in_a_circle() -> None:
    for path in PACKAGE.glob("*.py"):
        for needed in siblings(path.stem):
            assert path.stem not in reached(needed), f"{path.stem} and {needed} need each other"
