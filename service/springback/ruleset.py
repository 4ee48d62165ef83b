"""The parser that makes a rule set of rule files and reports every problem in them.

Files are merged in the order given: a later file adds rules, changes earlier ones (`extends`) or
switches them off (`off`). Guards and contexts of the same name add up over the files, and so do the
word lists of one language: a word that a person adds is found by the packaged phrases too.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import get_args

import re2
from pydantic import ValidationError

from springback.decision import ConditionError, parse_condition
from springback.errors import RuleError
from springback.hints import did_you_mean
from springback.labels import Label
from springback.phrases import (
    Pattern,
    PhraseError,
    ToldError,
    compile_phrase,
    compile_regex,
    expand,
    options,
)
from springback.problems import describe
from springback.rule import DecisionLine, Detail, Phrases, Rule, RuleSet, SourceFile
from springback.ruleedit import edited, removable
from springback.rulefile import (
    DetailEntry,
    PhrasesEntry,
    RuleEntry,
    RuleFileEntry,
)
from springback.vocabulary import Vocabularies, make_vocabularies

COUNTED = ("decisive", "strong", "weak", "veto", "guarded")
DETAIL_FIELDS = ("company", "role", "name")


def parse_rules(files: Sequence[SourceFile]) -> RuleSet:
    """Return the rule set that the files make together; raises RuleError with every problem."""
    merge = _Merge()
    entries = [(file.name, merge.read(file)) for file in files]
    readable = [(name, entry) for name, entry in entries if entry]
    whole = len(readable) == len(entries)  # else names only seem to be missing
    merge.vocabularies = make_vocabularies(readable, whole=whole)
    merge.problems += merge.vocabularies.problems
    for name, entry in readable:
        merge.add(name, entry)
    if whole:
        merge.check_references()
    if merge.problems:
        raise RuleError("Can't load the rules", merge.problems)
    digest = hashlib.sha256("\0".join(f"{f.name}\0{f.text}" for f in files).encode()).hexdigest()
    return RuleSet(
        rules=tuple(merge.rules.values()),
        guards=tuple(phrases for _, phrases in merge.guards),
        contexts=tuple(phrases for _, phrases in merge.contexts),
        details=tuple(merge.details),
        decisions=tuple(merge.decisions),
        common_words=tuple(merge.common_words.items()),
        digest=digest[:12],
    )


@dataclass
class _Merge:
    """The state of one parse: what the files have said so far, and what is wrong with it."""

    rules: dict[str, Rule] = field(default_factory=dict)
    guards: list[tuple[str, Phrases]] = field(default_factory=list)
    contexts: list[tuple[str, Phrases]] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    decisions: list[DecisionLine] = field(default_factory=list)
    common_words: dict[str, frozenset[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    vocabularies: Vocabularies = field(default_factory=lambda: make_vocabularies(()))

    def read(self, file: SourceFile) -> RuleFileEntry | None:
        """Return the file's content, or None with its problems noted."""
        try:
            return RuleFileEntry.model_validate(tomllib.loads(file.text))
        except tomllib.TOMLDecodeError as error:
            self.problems.append(f"{file.name}: not valid TOML: {error}")
        except RecursionError:
            self.problems.append(f"{file.name}: not valid TOML: it is nested too deeply")
        except ValidationError as error:
            content = tomllib.loads(file.text)
            for line in describe(error, RuleFileEntry):
                self.problems.append(f"{file.name}: {_with_id(line, content)}")
        return None

    def add(self, file: str, entry: RuleFileEntry) -> None:
        """Add what one file says."""
        for known, said in ((self.guards, entry.guard), (self.contexts, entry.context)):
            for name, phrases in said.items():
                kind = "guard" if known is self.guards else "context"
                where = f"{kind} {name!r}"
                known.append((name, self._phrases(file, where, name, phrases, entry.language)))
        for number, rule in enumerate(entry.rule, 1):
            self._rule(file, number, rule, entry)
        for rule_id in entry.off:
            if self.rules.pop(rule_id, None) is None:
                hint = did_you_mean(rule_id, self.rules)
                self.problems.append(f"{file}: off: no rule {rule_id!r}.{hint}")
        for detail in entry.detail:
            self._detail(file, detail, entry.language)
        if entry.decide:
            self._decide(file, entry)
        if entry.language and entry.common_words:
            before = self.common_words.get(entry.language, frozenset())
            self.common_words[entry.language] = before | frozenset(entry.common_words)

    def check_references(self) -> None:
        """Note every guard, context and condition name that nothing defines."""
        guards, contexts = dict(self.guards), dict(self.contexts)
        for rule in self.rules.values():
            for kind, names, known in (
                ("guard", rule.guards, guards),
                ("context", rule.needs, contexts),
            ):
                for name in names:
                    if name not in known:
                        hint = did_you_mean(name, known)
                        self.problems.append(f"{rule.file}: rule {rule.id!r}: no {kind} {name!r}.{hint}")
        known_names = {*COUNTED, *contexts, *get_args(Label)}
        for line in self.decisions:
            for name in sorted(line.condition.names() - known_names):
                hint = did_you_mean(name, known_names)
                self.problems.append(f"decision table: {line.when!r}: no {name!r}.{hint}")

    def _phrases(
        self, file: str, where: str, name: str, entry: PhrasesEntry, language: str | None
    ) -> Phrases:
        patterns = self._patterns(f"{file}: {where}", entry.any, entry.regex, language)
        if not (entry.any or entry.regex):
            self.problems.append(f"{file}: {where}: no phrases; give `any` or `regex`")
        self._need_examples(f"{file}: {where}", entry.hit, entry.miss)
        return Phrases(name, entry.why, language, patterns, entry.hit, entry.miss, file)

    def _need_examples(self, where: str, hit: Sequence[str], miss: Sequence[str]) -> None:
        if not hit:
            self.problems.append(f"{where}: no examples that must hit; add `hit = [...]`")
        if not miss:
            self.problems.append(f"{where}: no examples that must miss; add `miss = [...]`")

    def _patterns(
        self, where: str, phrases: Iterable[str], regexes: Iterable[str], language: str | None
    ) -> tuple[Pattern, ...]:
        lists = self.vocabularies.by_language[language].lists
        patterns: dict[str, Pattern] = {}
        compilers: tuple[tuple[Iterable[str], Callable[[str], Pattern]], ...] = (
            (phrases, lambda source: compile_phrase(source, lists)),
            (regexes, compile_regex),
        )
        for sources, compiler in compilers:
            for source in sources:
                try:
                    pattern = compiler(source)
                except ToldError:
                    continue
                except PhraseError as error:
                    self.problems.append(f"{where}: {error}")
                    continue
                twin = patterns.setdefault(pattern.regex, pattern)
                if twin is not pattern:
                    self.problems.append(f"{where}: {source!r} says the same as {twin.source!r}")
        return tuple(patterns.values())

    def _rule(self, file: str, number: int, entry: RuleEntry, whole: RuleFileEntry) -> None:
        if entry.id and entry.extends:
            self.problems.append(f"{file}: rule {entry.id!r}: has `id` and `extends`; keep one")
        elif entry.extends:
            self._extend(file, entry.extends, entry)
        elif not entry.id:
            self.problems.append(f"{file}: rule[{number}]: no `id`; name it, as 'my.short-name'")
        elif entry.id in self.rules:
            other = self.rules[entry.id].file
            self.problems.append(
                f"{file}: rule {entry.id!r}: the id is taken in {other}; "
                f"choose another, or write `extends` to change that rule"
            )
        else:
            self._new_rule(file, entry.id, entry, whole)

    def _new_rule(self, file: str, rule_id: str, entry: RuleEntry, whole: RuleFileEntry) -> None:
        where = f"{file}: rule {rule_id!r}"
        patterns = self._patterns(where, entry.any, entry.regex, whole.language)
        if not (entry.any or entry.regex):
            self.problems.append(f"{where}: no phrases; give `any` or `regex`")
        if not entry.label:
            self.problems.append(f"{where}: no `label`; say what it is evidence of")
        if entry.remove:
            self.problems.append(f"{where}: `remove` goes with `extends`")
        if entry.label == "stage" and not entry.stage:
            self.problems.append(f"{where}: a rule of label 'stage' needs `stage`")
        self._need_examples(where, entry.hit, entry.miss)
        self.rules[rule_id] = Rule(
            id=rule_id,
            label=entry.label or "rejection",
            tier=entry.tier or "weak",
            family=entry.family or rule_id.rpartition(".")[2],
            status=entry.status or "active",
            kind=entry.kind or "decision",
            stage=entry.stage,
            language=whole.language,
            where=entry.where if entry.where is not None else whole.defaults.where,
            needs=entry.needs or (),
            guards=entry.guards if entry.guards is not None else whole.defaults.guards,
            vetoes=entry.vetoes or (),
            patterns=patterns,
            unless=self._patterns(f"{where}: unless", entry.unless, (), whole.language),
            hit=entry.hit,
            miss=entry.miss,
            todo_hit=entry.todo_hit,
            todo_miss=entry.todo_miss,
            note=entry.note,
            file=file,
        )

    def _extend(self, file: str, rule_id: str, entry: RuleEntry) -> None:
        base = self.rules.get(rule_id)
        if base is None:
            hint = did_you_mean(rule_id, self.rules)
            self.problems.append(f"{file}: extends: no rule {rule_id!r}.{hint}")
            return
        where = f"{file}: rule {rule_id!r} (extended)"
        known = removable(base)
        for gone in entry.remove:
            if gone not in known:
                hint = did_you_mean(gone, known)
                self.problems.append(f"{where}: remove: {gone!r} isn't there.{hint}")
        if (entry.any or entry.regex) and not entry.hit:
            self.problems.append(f"{where}: new phrases need examples; add `hit = [...]`")
        patterns = self._patterns(where, entry.any, entry.regex, base.language)
        unless = self._patterns(f"{where}: unless", entry.unless, (), base.language)
        self.rules[rule_id] = edited(base, entry, patterns, unless, file)

    def _detail(self, file: str, entry: DetailEntry, language: str | None) -> None:
        where = f"{file}: detail {entry.id!r}"
        regexes: list[Pattern] = []
        for source in entry.regex:
            try:
                pattern = Pattern(source, expand(source, self.vocabularies.by_language[language].fragments))
                groups = set(re2.compile(pattern.regex, options()).groupindex)
            except ToldError:
                continue
            except PhraseError as error:
                self.problems.append(f"{where}: {error}")
                continue
            except re2.error as error:
                self.problems.append(f"{where}: {source!r}: RE2 refuses it: {error.args[0]!r}")
                continue
            regexes.append(pattern)
            if not groups or groups - set(DETAIL_FIELDS):
                known = ", ".join(f"(?P<{name}>...)" for name in DETAIL_FIELDS)
                self.problems.append(f"{where}: {source!r}: name what it finds: {known}")
        self._need_examples(where, entry.hit, entry.miss)
        self.details.append(
            Detail(
                id=entry.id,
                language=language,
                where=entry.where,
                after=self._patterns(f"{where}: after", entry.after, (), language),
                regexes=tuple(regexes),
                hit=entry.hit,
                miss=entry.miss,
                file=file,
            )
        )

    def _decide(self, file: str, entry: RuleFileEntry) -> None:
        self.decisions = []  # a later table replaces the earlier one as a whole
        for number, line in enumerate(entry.decide, 1):
            try:
                condition = parse_condition(line.when)
            except ConditionError as error:
                self.problems.append(f"{file}: decide[{number}]: {error}")
                continue
            self.decisions.append(DecisionLine(number, line.when, condition, line.then))


def _with_id(line: str, content: dict[str, object]) -> str:
    """Return the line with `rule[7]` told as the rule's id, which is what its author knows."""
    head, bracket, rest = line.partition("[")
    number, closing, tail = rest.partition("]")
    entries = content.get(head)
    if not (bracket and closing and number.isdigit() and isinstance(entries, list)):
        return line
    entry = entries[int(number) - 1]
    name = entry.get("id") or entry.get("extends") if isinstance(entry, dict) else None
    return f"{head} {name!r}{tail}" if name else line
