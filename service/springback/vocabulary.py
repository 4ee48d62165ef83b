"""The word lists and fragments of rule files, which phrases and expressions use by name.

`{others}` in a phrase stands for any entry of the list `others`; `{title}` in an expression of a
detail for the fragment `title`. Those of a file without a language are for all languages; the lists
of one name in one language add up over the files, and with the one for all languages, so that a word
which a person adds is found by the packaged phrases too. A list or fragment may use those that stand
above it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from springback.phrases import Lists, PhraseError, ToldError, any_of, compile_list, expand, names_in
from springback.rulefile import RuleFileEntry

T = TypeVar("T")
Files = Sequence[tuple[str, RuleFileEntry]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the names in the phrases of one language stand for, compiled; None for those with problems."""

    lists: Lists
    fragments: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """The vocabulary of each language (None: of files without one), and what is wrong with them."""

    by_language: Mapping[str | None, Vocabulary]
    problems: tuple[str, ...]


def make_vocabularies(files: Files, *, whole: bool = True) -> Vocabularies:
    """Return the vocabularies of these files, in their order; `whole` is False where some can't be read."""
    made: dict[str | None, Vocabulary] = {}
    problems = [*_repeated(files)]
    missing = () if whole else _used(files)  # what only seems to be unknown
    common = Vocabulary(dict.fromkeys(missing), dict.fromkeys(missing))
    for language in (None, *sorted({entry.language for _, entry in files if entry.language})):
        own = [(name, entry) for name, entry in files if entry.language == language]
        made[language], new = _vocabulary(own, common)
        problems += new
        if language is None:
            common = made[None]
    return Vocabularies(made, (*problems, *(_unused(files) if whole else ())))


def _vocabulary(files: Files, common: Vocabulary) -> tuple[Vocabulary, list[str]]:
    problems: list[str] = []
    lists, fragments = dict(common.lists), dict(common.fragments)
    for name in dict.fromkeys(name for _, entry in files for name in entry.words):
        parts = [common.lists[name]] if name in common.lists else []
        for file, entry in files:
            if name in entry.words:
                words = partial(compile_list, entry.words[name], lists)
                parts.append(_compiled(words, problems, f"{file}: words {name!r}"))
        sound = [part for part in parts if part is not None]
        lists[name] = any_of(sound) if len(sound) == len(parts) else None
    for file, entry in files:
        for name, source in entry.fragments.items():
            fragments[name] = _compiled(partial(expand, source, fragments), problems, f"{file}: fragments")
    return Vocabulary(lists, fragments), problems


def _compiled(compiler: Callable[[], T], problems: list[str], where: str) -> T | None:
    try:
        return compiler()
    except ToldError:
        return None
    except PhraseError as error:
        problems.append(f"{where}: {error}")
        return None


def _repeated(files: Files) -> Iterator[str]:
    """Yield a line for every word that is added to a list that has it already."""
    known: set[tuple[str | None, str, str]] = set()
    for file, entry in files:
        for name, words in entry.words.items():
            for word in words:
                if known & {(entry.language, name, word), (None, name, word)}:
                    yield f"{file}: words {name!r}: {word!r} stands there already"
                known.add((entry.language, name, word))


def _unused(files: Files) -> Iterator[str]:
    """Yield a line for every list and fragment that nothing uses: most often a misspelt name.

    Those that are for all languages wait for the language that needs them.
    """
    used = _used(files)
    for file, entry in files:
        for name in (*entry.words, *entry.fragments) if entry.language else ():
            if name not in used:
                yield f"{file}: {name!r}: no phrase uses it; write {{{name}}} in one"


def _used(files: Files) -> set[str]:
    return {name for _, entry in files for source in _sources(entry) for name in names_in(source)}


def _sources(entry: RuleFileEntry) -> Iterator[str]:
    for phrases in (*entry.guard.values(), *entry.context.values()):
        yield from phrases.any
    for rule in entry.rule:
        yield from (*rule.any, *rule.unless)
    for detail in entry.detail:
        yield from (*detail.regex, *detail.after)
    for words in entry.words.values():
        yield from words
    yield from entry.fragments.values()
