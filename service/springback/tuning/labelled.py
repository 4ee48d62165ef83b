"""Labelled mail: JSONL files and folders, read and checked as a whole.

A line of JSONL is an object with `label` and either `path` (a saved mail, relative to the file) or
`subject`, `from` and `body` or `html`. Beside it may stand `id`, `lang`, and what should come out: the
`verdict`, and of `kind`, `stage`, `company`, `role` and `name` what should be found (null: nothing).

In a folder, a mail's label is the name of the nearest folder around it that is a label, or the part of
its own name before two underscores.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from springback.errors import LabelError
from springback.hints import did_you_mean
from springback.places import out_of_reach
from springback.sources import files_below, saved_mails

Meaning = Literal["rejection", "other", "left-out"]
_MAX_TOLD = 20  # problems
_REJECTION: Meaning = "rejection"
_OTHER: Meaning = "other"
_LEFT_OUT: Meaning = "left-out"

# What labels mean: only `rejection` should be drafted; what is left out counts nowhere.
EXPECTED = ("verdict", "kind", "stage", "company", "role", "name")
LABELS: Mapping[str, Meaning] = MappingProxyType(
    {
        **dict.fromkeys(("rejection",), _REJECTION),
        **dict.fromkeys(("ambiguous", "review"), _LEFT_OUT),
        **dict.fromkeys(
            (
                "account",
                "application-received",
                "article",
                "article-about-rejection",
                "assessment",
                "auto-reply",
                "bounce",
                "bulk",
                "cfp-accept",
                "cfp-rejection",
                "credit-denial",
                "forwarded",
                "grant-rejection",
                "ham",
                "hold",
                "interview",
                "interview-invite",
                "job-alert",
                "journal-rejection",
                "newsletter",
                "offer",
                "other",
                "other-domain",
                "own",
                "own-reply",
                "pr-rejection",
                "receipt",
                "recruiter",
                "spam",
                "survey",
                "university-rejection",
                "withdrawn",
            ),
            _OTHER,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail with what a person says it is; `source` names the set it comes from."""

    source: str
    name: str
    label: str
    meaning: Meaning
    language: str | None
    expected: Mapping[str, str | None]
    raw: bytes


def read_labelled(paths: Sequence[Path], treat: Mapping[str, Meaning] | None = None) -> list[Labelled]:
    """Return all labelled mails of the paths; `treat` tells what further labels mean.

    Raises LabelError with every problem: nothing is measured on half a set.
    """
    reader = _Reader({**LABELS, **(treat or {})})
    for path in paths:
        reader.path(path)
    if not reader.problems and not reader.mails:
        reader.problems.append(f"no labelled mail in {', '.join(map(str, paths))}")
    if reader.problems:
        told = reader.problems[:_MAX_TOLD]
        more = len(reader.problems) - len(told)
        raise LabelError("Can't measure", told + ([f"and {more} more"] if more else []))
    return reader.mails


class _Reader:
    def __init__(self, labels: Mapping[str, Meaning]) -> None:
        self.labels = labels
        self.mails: list[Labelled] = []
        self.problems: list[str] = []
        self.known: dict[str, str] = {}  # the label of each mail, by where it really stands

    def path(self, path: Path) -> None:
        why = out_of_reach(path, "folder")
        if why is None:
            self._folder(path)
        elif path.suffix == ".jsonl":
            self._jsonl(path)
        else:
            self.problems.append(
                f"{path}: {why}; give a .jsonl file, or a folder with one folder for each label"
            )

    def _folder(self, folder: Path) -> None:
        named: set[Path] = set()
        files, closed = files_below(folder)
        self.problems += [f"{one.path}: {one.error}" for one in closed]
        for path in files:
            if path.suffix == ".jsonl":
                named |= self._jsonl(path)
        for path in files:
            if path.suffix != ".jsonl" and path.resolve() not in named:
                self._file(folder, path, optional=bool(named))

    def _file(self, folder: Path, path: Path, *, optional: bool) -> None:
        prefix, mark, _ = path.name.partition("__")
        around = [parent.name for parent in path.relative_to(folder).parents if parent.name]
        candidates = [*([prefix] if mark else []), *around, folder.name]
        label = next((name for name in candidates if _plain(name) in self.labels), None)
        if label is None and optional:
            return  # the mails of this folder are named in its .jsonl files
        label = label or candidates[0]
        for source in saved_mails(str(path)):
            if source.error:
                self.problems.append(f"{source.path}: {source.error}")
            else:
                place = source.path.replace(str(path), str(path.resolve()), 1)
                self._add(str(folder), source.path, place, label, {}, source.raw)

    def _jsonl(self, path: Path) -> set[Path]:
        """Read a JSONL file; return where the mails really stand that its lines name."""
        named: set[Path] = set()
        try:
            lines = path.read_text("utf-8").split("\n")  # U+2028 may stand in a text
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{path}: {error}")
            return named
        for number, line in enumerate(lines, 1):
            if line.strip():
                named |= self._line(path, number, line)
        return named

    def _line(self, path: Path, number: int, line: str) -> set[Path]:
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            self.problems.append(f"{where}: no JSON: {error}")
            return set()
        if not isinstance(record, dict) or not isinstance(record.get("label"), str):
            self.problems.append(f'{where}: no label; write {{"label": "rejection", ...}}')
            return set()
        if isinstance(record.get("path"), str):
            mail = path.parent / _text(record, "path")
            try:
                raw = mail.read_bytes()
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                self.problems.append(f"{where}: {why}: {mail}")
                return set()
            place = mail.resolve()
            self._add(str(path), str(mail), str(place), _text(record, "label"), record, raw)
            return {place}
        if not any(isinstance(record.get(key), str) for key in ("body", "html")):
            self.problems.append(f"{where}: no mail; give `path`, `body` or `html`")
            return set()
        name = _sound(str(record.get("id") or where))
        self._add(
            str(path), name, f"{path.resolve()}:{number}", _text(record, "label"), record, _mail_of(record)
        )
        return set()

    def _add(
        self, source: str, name: str, place: str, label: str, record: Mapping[str, object], raw: bytes
    ) -> None:
        if place in self.known:  # counted already
            if _plain(self.known[place]) != _plain(label):
                self.problems.append(f"{name}: is labelled {self.known[place]!r} and {label!r}; keep one")
            return
        self.known[place] = label
        meaning = self.labels.get(_plain(label))
        if meaning is None:
            hint = did_you_mean(_plain(label), self.labels)
            self.problems.append(
                f"{name}: no label {label!r}.{hint} Or say what it is: --treat {label}=other"
            )
            return
        expected = {key: _text(record, key) or None for key in EXPECTED if key in record}
        language = _text(record, "lang") or None
        self.mails.append(Labelled(source, name, _plain(label), meaning, language, expected, raw))


def _plain(label: str) -> str:
    return label.strip().lower().replace("_", "-")


def _mail_of(record: Mapping[str, object]) -> bytes:
    """Return a mail made of the parts in a record."""
    subject, sender = (" ".join(_text(record, key).split()) for key in ("subject", "from"))
    html, body = _text(record, "html"), _text(record, "body")
    subtype = "html" if html or body.lstrip().startswith("<") else "plain"
    # Written as it stands: the email package refuses what real senders put into their headers.
    return (
        f"Subject: {subject}\nFrom: {sender or 'unknown@sender.example'}\nTo: me@reader.example\n"
        f"Content-Type: text/{subtype}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{html or body}"
    ).encode()


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    return _sound(value) if isinstance(value, str) else ""


def _sound(text: str) -> str:
    """Return the text with a "?" for half of a pair of surrogates, which JSON can say and no mail."""
    return text.encode("utf-8", "replace").decode()


def treatments(lines: Iterable[str]) -> dict[str, Meaning]:
    """Return what further labels mean, told as `NAME=MEANING`; raises LabelError."""
    meanings: dict[str, Meaning] = {one: one for one in get_args(Meaning)}
    told: dict[str, Meaning] = {}
    for line in lines:
        name, _, meaning = line.partition("=")
        if meaning not in meanings or not name.strip():
            known = " or ".join(f"{name.strip() or 'NAME'}={one}" for one in meanings)
            raise LabelError(f"Can't use --treat {line}", [f"write {known}"])
        told[_plain(name)] = meanings[meaning]
    return told
