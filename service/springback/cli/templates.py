"""`springback templates test`: every letter in every language, with much known and with little."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from springback.cli.common import configuration_if_any, console, safe
from springback.errors import InputError
from springback.facts import LETTERS
from springback.hints import did_you_mean
from springback.letters import Letters
from springback.library import template_files
from springback.specimens import specimens
from springback.workshop import load_letters

_PAGE = """\
# Templates

{count} letters in {languages} languages, for whoever speaks one of them to look over, printed by
`springback templates test --markdown`. All go to an invented Jane Doe, about a position as Data Analyst at an
invented Nordalpe Energie. *Full* means that all of this is known, and the last conversation too; *sparse*,
that the role alone is; *empty*, that nothing is. "To somebody met before" is the letter to a person who
didn't bring the news herself. How to change them is told in [letters.md](letters.md).
"""


def test_templates(
    path: Path | None, folder: Path | None, *, language: str | None, letter: str | None, markdown: bool
) -> int:
    """Print each letter; return 0, as broken templates raise TemplateError before anything is printed."""
    settings = configuration_if_any(path)
    own = folder or (settings.paths.templates if settings else None)
    letters = load_letters(own, settings.reply.language if settings else "en")
    languages = sorted({name.partition("/")[0] for name in template_files(own)})
    _require("language", language, languages)
    _require("letter", letter, LETTERS)
    chosen = [
        (one, name)
        for one in ([language] if language else languages)
        for name in ([letter] if letter else LETTERS)
    ]
    if markdown:
        sys.stdout.write(_page(letters, chosen))
    else:
        _show(letters, chosen)
    return 0


def _show(letters: Letters, chosen: Sequence[tuple[str, str]]) -> None:
    out = console()
    for language, name in chosen:
        for title, text in _written(letters, language, name):
            out.print(f"[bold]{language}/{name}[/bold], {title}")
            for line in text.split("\n"):
                out.print(f"    {safe(line)}".rstrip(), markup=False)
            out.print()
    tried = sum(1 for language, _ in chosen for _ in specimens(language))
    told = len({language for language, _ in chosen})
    out.print(f"{tried} letters in {told} languages: all can be written", markup=False)


def _page(letters: Letters, chosen: Sequence[tuple[str, str]]) -> str:
    parts: list[str] = []
    count = 0
    for language, name in chosen:
        parts.append(f"\n## {language}/{name}\n")
        for title, text in _written(letters, language, name):
            quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
            parts.append(f"\n**{title}**\n\n{quoted}\n")
            count += 1
    told = len({language for language, _ in chosen})
    return _PAGE.format(count=count, languages=told) + "".join(parts)


def _written(letters: Letters, language: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the letters that show each wording, with their titles."""
    for specimen in specimens(language):
        if specimen.telling:
            yield specimen.title, letters.letter(name, language, specimen.facts)


def _require(what: str, value: str | None, known: Sequence[str]) -> None:
    if value and value not in known:
        raise InputError(f"Can't test the templates: no {what} {value!r}.{did_you_mean(value, known)}")
