"""Reads rule and template files: the packaged ones, and the person's own beside them.

The only module that knows where packaged files are.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from springback.errors import ProblemsError, RuleError, TemplateError
from springback.places import out_of_reach
from springback.rule import SourceFile

_SENDERS = "senders.toml"
_MAX_FILE = 1_048_576  # bytes


def rule_files(own: Path | None = None) -> list[SourceFile]:
    """Return the packaged rule files, then the person's own, each group in order of name.

    Raises RuleError where a file can't be read.
    """
    packaged = [
        SourceFile(entry.name, entry.read_text("utf-8"))
        for entry in _sorted(resources.files("springback.rules"))
        if entry.name.endswith(".toml") and entry.name != _SENDERS
    ]
    return packaged + [file for path, file in _own_files(own) if path.name != _SENDERS]


def sender_files(own: Path | None = None) -> list[SourceFile]:
    """Return the packaged file of senders, then the person's own; raises RuleError."""
    packaged = resources.files("springback.rules").joinpath(_SENDERS).read_text("utf-8")
    return [SourceFile(_SENDERS, packaged)] + [
        file for path, file in _own_files(own) if path.name == _SENDERS
    ]


def template_files(own: Path | None = None) -> dict[str, str]:
    """Return the text of each template by its name, as "en/interview.txt.j2".

    A file of the person's own replaces the packaged one of that name. Raises TemplateError.
    """
    texts: dict[str, str] = {}
    for language in _sorted(resources.files("springback.templates")):
        if language.is_dir():
            for entry in _sorted(language):
                if entry.name.endswith(".j2"):
                    texts[f"{language.name}/{entry.name}"] = entry.read_text("utf-8")
    texts |= {
        f"{path.parent.name}/{path.name}": text
        for path, text in _own_texts(own, "*/*.j2", TemplateError, "Can't read the templates")
    }
    return texts


def measure_page() -> str:
    """Return the template of the page that shows a measurement."""
    return resources.files("springback.tuning").joinpath("page.html.j2").read_text("utf-8")


def example_config() -> str:
    """Return the text of config.example.toml."""
    packaged = resources.files("springback").joinpath("config.example.toml")
    return packaged.read_text("utf-8")


def _own_files(own: Path | None) -> list[tuple[Path, SourceFile]]:
    texts = _own_texts(own, "*.toml", RuleError, "Can't read the rules")
    return [(path, SourceFile(str(path), text)) for path, text in texts]


def _own_texts(
    own: Path | None, pattern: str, failure: type[ProblemsError], step: str
) -> list[tuple[Path, str]]:
    """Return the person's own files with their texts; raises a failure that tells every problem."""
    if own is None:
        return []
    if why := out_of_reach(own, "folder"):
        raise failure(step, [f"{own}: {why}"])
    texts: list[tuple[Path, str]] = []
    problems: list[str] = []
    for path in sorted(own.glob(pattern)):
        try:
            texts.append((path, _text(path)))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: {error}")
    if problems:
        raise failure(step, problems)
    return texts


def _text(path: Path) -> str:
    data = path.read_bytes()
    if len(data) > _MAX_FILE:
        raise ValueError("is over 1 MiB; a rule or template file is text of a few pages")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"isn't UTF-8 (byte {error.start}); save it as UTF-8") from None


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda entry: entry.name)
