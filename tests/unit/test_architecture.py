"""The core decides and does nothing: it knows no server, file, clock, setting or command."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import springback

PACKAGE = Path(springback.__file__).parent
CORE = [
    "charsets", "classifier", "contact", "decision", "details", "document", "drafting", "flowed",
    "gate", "headers", "letters", "message", "names", "normal", "parts", "phrases", "problems",
    "quoting", "rulefile", "ruleset", "senders", "sentences", "triage", "verdict", "visible",
]  # fmt: skip
SHELL = {
    "apscheduler", "asyncio", "glob", "http", "imapclient", "imaplib", "importlib", "io", "os",
    "pathlib", "platformdirs", "random", "shutil", "signal", "smtplib", "socket", "sqlalchemy",
    "ssl", "structlog", "subprocess", "tempfile", "threading", "time", "urllib", "watchfiles",
    "springback.cli", "springback.config", "springback.daemon", "springback.demo",
    "springback.ledger", "springback.library", "springback.log", "springback.mailbox",
    "springback.poller", "springback.secret", "springback.sources", "springback.workshop",
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


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


def names_used(path: Path) -> set[str]:
    nodes = list(ast.walk(tree(path)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def importers(module: str) -> set[str]:
    return {str(path.relative_to(PACKAGE)) for path in MODULES if module in imported(path)}


@pytest.mark.parametrize("name", CORE)
def test_the_core_reaches_for_nothing_outside(name: str) -> None:
    path = PACKAGE / f"{name}.py"
    assert not SHELL & set(imported(path))
    assert not {"open", "input", "print", "now", "today", "utcnow", "environ"} & names_used(path)


def test_the_core_depends_on_the_core_alone() -> None:
    allowed = {*(f"springback.{name}" for name in CORE), "springback.errors", "springback"}
    for name in CORE:
        own = {one for one in imported(PACKAGE / f"{name}.py") if one.startswith("springback")}
        modules = {".".join(one.split(".")[:2]) for one in own}
        assert modules <= allowed, name


def test_one_module_speaks_imap() -> None:
    assert importers("imapclient") == {"mailbox.py"}
    assert importers("imaplib") <= {"mailbox.py"}


def test_nothing_can_send_mail() -> None:
    """Springback never sends: there is nothing in it that could."""
    for module in ("smtplib", "aiosmtplib", "http.client", "urllib.request", "requests", "httpx"):
        assert importers(module) == set()


def test_one_module_knows_where_packaged_files_are() -> None:
    assert importers("importlib.resources") <= {"library.py", "demo/samples.py"}
    assert "library.py" in importers("importlib.resources")


def test_one_module_speaks_to_the_database() -> None:
    outside = {name for name in importers("sqlalchemy") if not name.startswith("migrations/")}
    assert outside <= {"ledger.py", "schema.py"}


def test_no_imports_in_a_circle() -> None:
    graph = {
        f"springback.{path.stem}": {
            one for one in imported(path) if (PACKAGE / f"{one.partition('.')[2]}.py").is_file()
        }
        for path in PACKAGE.glob("*.py")
    }
    left = dict(graph)
    while left:
        free = [name for name, needs in left.items() if not needs & left.keys() - {name}]
        assert free, f"in a circle: {sorted(left)}"
        for name in free:
            del left[name]
