"""The word lists and fragments of rule files, which phrases and expressions use by name.

`{others}` in a phrase stands for any entry of the list `others`; `{title}` in an expression of a
detail for the fragment `title`. Those of a file without a language are for all languages; the lists
of one name in one language add up over the files, so that a word which a person adds is found by the
packaged phrases too. A list or fragment may use those that stand above it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from springback.phrases import Part, PhraseError, compile_list, expand, names_in
from springback.rulefile import RuleFileEntry

Files = Sequence[tuple[str, RuleFileEntry]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the names in the phrases of one language stand for, compiled."""

    lists: Mapping[str, Part]
    fragments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """The vocabulary of each language (None: of files without one), and what is wrong with them."""

    by_language: Mapping[str | None, Vocabulary]
    problems: tuple[str, ...]


@dataclass
class _Making:
    lists: dict[str, Part] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def make_vocabularies(files: Files) -> Vocabularies:
    """Return the vocabularies of these files, in the order of the files."""
    made: dict[str | None, Vocabulary] = {}
    problems: list[str] = []
    common = Vocabulary({}, {})
    for language in (None, *sorted({entry.language for _, entry in files if entry.language})):
        own = [(name, entry) for name, entry in files if entry.language == language]
        made[language], new = _vocabulary(own, common)
        problems += new
        if language is None:
            common = made[None]
    return Vocabularies(made, (*problems, *_unused(files)))


def _vocabulary(files: Files, common: Vocabulary) -> tuple[Vocabulary, list[str]]:
    making = _Making(dict(common.lists), dict(common.fragments))
    entries: dict[str, list[str]] = {}
    for file, entry in files:
        for name, words in entry.words.items():
            known = entries.setdefault(name, [])
            making.problems += [
                f"{file}: words {name!r}: {word!r} stands there already" for word in words if word in known
            ]
            known += words
    for name, said in entries.items():
        try:
            making.lists[name] = compile_list(said, making.lists)
        except PhraseError as error:
            making.problems.append(f"words {name!r}: {error}")
            making.lists[name] = Part("")  # else each phrase that uses it would be told as well
    for file, entry in files:
        for name, source in entry.fragments.items():
            try:
                making.fragments[name] = expand(source, making.fragments)
            except PhraseError as error:
                making.problems.append(f"{file}: fragments: {error}")
                making.fragments[name] = ""
    return Vocabulary(making.lists, making.fragments), making.problems


def _unused(files: Files) -> Iterator[str]:
    """Yield a line for every list and fragment that nothing uses: most often a misspelt name.

    Those that are for all languages wait for the language that needs them.
    """
    used = {name for _, entry in files for source in _sources(entry) for name in names_in(source)}
    for file, entry in files:
        for name in (*entry.words, *entry.fragments) if entry.language else ():
            if name not in used:
                yield f"{file}: {name!r}: no phrase uses it; write {{{name}}} in one"


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
