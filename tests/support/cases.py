"""Replies from end to end: a mailbox, a rejection and the draft that should stand there, in one text file.

A `.case` file starts with a comment on what it shows; then come sections, in any order:

    === INBOX 2026-10-28 10:00 +0100                  a whole mail; or === Sent, === Archive
    === INBOX 2026-10-01 06:00 +0200 repeated 40 daily    with {n} and {date} in it
    === arrives 2026-11-16 09:12 +0100                what arrives in INBOX before the pass
    === arrives later 2026-11-19 10:05 +0100          what arrives before a second one
    === now 2026-11-20 09:00 +0100                    when the pass runs, if not right after
    === config                                        TOML lines of [reply], else of the account
    === draft                                         From, To, Subject, In-Reply-To, References, and the text
    === no draft                                      words of the reason; " | " stands between alternatives
    === why                                           of the draft or no draft above, one each line:

`contact` (from, reply-to, history, none) · `contact reason`, words of it · `stage`, the letter · `greeting`,
the whole first line · `greets`, the name that ends it · `asks`, whether the letter asks anything (yes, no) ·
`says`, `says not` of the letter and `quotes`, `quotes not` of what stands below it: words within one line.

The ids are compared as bytes, the text as a mail program shows it. "(text)" stands for a letter that nobody
has reviewed yet. `PYTHONPATH=tests python -m support.cases --write [NAME...]` writes the letters of today
into the files, below the headers that stay as they were predicted, for a person to review the diff.
"""

import argparse
import email
import email.policy
import json
import logging
import re
import sqlite3
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import structlog

from springback.config import Account, Config, Reply
from springback.configfile import parse_config
from springback.ledger import Ledger
from springback.rounds import Rounds
from springback.triage import Toolbox
from springback.wire import ALLOWED
from springback.workshop import load_toolbox
from support.dovecot import Dovecot

FOLDER = Path(__file__).parents[1] / "integration" / "replies"
UNWRITTEN = "(text)"  # stands for a letter that nobody has reviewed yet

_WATCHED = ("INBOX", "Sent", "Archive")
_DELAY = timedelta(minutes=10)  # from the arrival of a mail to the pass that finds it
_INTERVAL = timedelta(minutes=2)
_HEAD = re.compile(r"=== (.+)")
_DATED = re.compile(
    r"(?P<name>arrives later|arrives|now|[A-Z][\w/ ]*?) (?P<when>\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d{4})"
    r"(?: repeated (?P<times>\d{1,3}) daily)?"
)
_FIELD = re.compile(r"([A-Za-z-]+):(?: (.*))?")
_PREDICTED = ("From", "To", "Subject", "In-Reply-To", "References")
_ALWAYS = (
    "message-id",
    "from",
    "subject",
    "date",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
)
_WHY = frozenset(
    {"contact", "contact reason", "stage", "greeting", "greets", "asks"}
    | {"says", "says not", "quotes", "quotes not"}
)
_OF_ACCOUNT = Account.model_fields.keys() - Reply.model_fields.keys()
# Controls, soft hyphens, zero-width and bidirectional marks, line separators, tags.
_UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


class CaseError(Exception):
    """A case file can't be read; holds every problem in it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and when the server got it."""

    folder: str
    received: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Expected:
    """A draft that should be made, or none for a reason; `lines` are where its text stands in the file."""

    drafted: bool
    fields: Mapping[str, str]
    text: str
    why: tuple[tuple[str, str], ...]
    lines: tuple[int, int]


@dataclass
class Case:
    """A mailbox, what arrives in it, and what should come of it."""

    about: str = ""
    before: list[Mail] = field(default_factory=list)
    arrives: list[Mail] = field(default_factory=list)
    later: list[Mail] = field(default_factory=list)
    now: datetime | None = None
    config: str = ""
    expected: list[Expected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger says of a mail."""

    subject: str
    contact: Mapping[str, str | None]
    no_draft: str | None
    draft_id: str | None
    template: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """What the program did: the drafts, the ledger, and what it should have left undone."""

    drafts: tuple[bytes, ...]
    records: tuple[Record, ...]
    wrongs: tuple[str, ...]


# ------------------------------------------------------------------------------------------- reading


def parse_case(text: str) -> Case:
    """Return the case of a file; raises CaseError with every problem in it."""
    case, problems = Case(), []
    sections = list(_sections(text))
    case.about = " ".join(line.lstrip("# ") for line in sections[0][2])
    for number, head, lines in sections[1:]:
        try:
            _add(case, number, head, lines)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    if not case.about:
        problems.append("line 1: say in a comment what the case shows")
    if not case.arrives:
        problems.append("nothing arrives")
    if not case.expected:
        problems.append("nothing is expected")
    ids = {
        value
        for mail in (*case.before, *case.arrives, *case.later)
        for value in re.findall(rb"(?im)^message-id:\s*(<[^>]+>)", mail.raw)
    }
    for one in case.expected:
        answered = one.fields.get("In-Reply-To", "")
        if answered and answered.encode() not in ids:
            problems.append(f"line {one.lines[0]}: no mail here has the id {answered}")
    if problems:
        raise CaseError(problems)
    return case


def _sections(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Yield line number, head and lines of each section; what stands above the first has the head ""."""
    number, head, lines = 1, "", list[str]()
    for count, line in enumerate(text.split("\n"), 1):
        match = _HEAD.fullmatch(line)
        if match:
            yield number, head, lines
            number, head, lines = count, match[1].strip(), []
        else:
            lines.append(line)
    yield number, head, lines


def _add(case: Case, number: int, head: str, lines: list[str]) -> None:
    dated = _DATED.fullmatch(head)
    if dated:
        _add_mail(case, dated, "\n".join(lines).strip("\n") + "\n")
    elif head == "config":
        tomllib.loads("\n".join(lines))
        case.config = "\n".join(lines)
    elif head in ("draft", "no draft"):
        case.expected.append(_expected(number, lines, drafted=head == "draft"))
    elif head == "why":
        if not case.expected or case.expected[-1].why:
            raise ValueError("why of what? it follows a draft or no draft")
        case.expected[-1] = _with_why(case.expected[-1], lines)
    else:
        raise ValueError(f"no section is called {head!r}")


def _add_mail(case: Case, head: re.Match[str], text: str) -> None:
    when, name = datetime.strptime(head["when"], "%Y-%m-%d %H:%M %z"), head["name"]
    if name == "now":
        case.now = when
        return
    if not re.match(r"[A-Za-z-]+:", text):
        raise ValueError("a mail starts with its header")
    if name in ("arrives", "arrives later"):
        (case.arrives if name == "arrives" else case.later).append(Mail("INBOX", when, _raw(text)))
        return
    for count in range(int(head["times"] or 1)):
        day = when + timedelta(days=count)
        one = text.replace("{n}", str(count + 1)).replace("{date}", format_datetime(day))
        case.before.append(Mail(name, day, _raw(one if head["times"] else text)))


def _raw(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _expected(number: int, lines: list[str], *, drafted: bool) -> Expected:
    fields: dict[str, str] = {}
    start = 0
    while drafted and start < len(lines) and lines[start]:
        match = _FIELD.fullmatch(lines[start])
        if not match or match[1] not in _PREDICTED or match[1] in fields:
            raise ValueError(f"{lines[start]!r} is no field of a draft")
        fields[match[1]] = match[2] or ""
        start += 1
    missing = [name for name in ("From", "To", "Subject") if drafted and name not in fields]
    if missing:
        raise ValueError(f"the draft has no {', '.join(missing)} (an empty To is written as such)")
    text = "\n".join(lines[start:]).strip("\n")
    if drafted and not text:
        raise ValueError(f"the draft has no text; write {UNWRITTEN}")
    return Expected(drafted, fields, text, (), (number + 1 + start, number + len(lines)))


def _with_why(one: Expected, lines: list[str]) -> Expected:
    pairs = []
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon or name not in _WHY or not value.strip():
            raise ValueError(f"{line!r} tells nothing known; known: {', '.join(sorted(_WHY))}")
        pairs.append((name, value.strip()))
    return Expected(one.drafted, one.fields, one.text, tuple(pairs), one.lines)


# ------------------------------------------------------------------------------------------- running


@cache
def toolbox(language: str) -> Toolbox:
    """Return the packaged rules and letters, loaded once."""
    return load_toolbox(language=language)


def run_case(case: Case, dovecot: Dovecot, user: str, folder: Path) -> Made:
    """Return what the real program does with the mailbox of a case, on a real server."""
    config = _config(case, dovecot, user, folder)
    now = case.now or case.arrives[-1].received + _DELAY
    for name in _WATCHED:
        mails = [mail for mail in case.before if mail.folder == name]
        dovecot.fill(user, [mail.raw for mail in mails], name, [mail.received for mail in mails])
    ledger = Ledger(config.state_folder)
    try:
        passes = _Passes(config, ledger)
        passes.at(now - _DELAY - _INTERVAL)  # the first start, which leaves alone what is there
        wrongs = ["the first start made a draft"] * bool(dovecot.messages(user, "Drafts"))
        _arrive(dovecot, user, case.arrives)
        before = [dovecot.snapshot(user, name) for name in _WATCHED]
        dovecot.clear_commands(user)
        passes.at(now)
        if case.later:
            _arrive(dovecot, user, case.later)
            before = [dovecot.snapshot(user, name) for name in _WATCHED]
            passes.at(now := case.later[-1].received + _DELAY)
        made = dovecot.snapshot(user, "Drafts")
        passes.at(now + _INTERVAL)
    finally:
        ledger.close()
    if dovecot.snapshot(user, "Drafts") != made:
        wrongs.append("another pass changes Drafts")
    for name, was in zip(_WATCHED, before, strict=True):
        if dovecot.snapshot(user, name) != was:
            wrongs.append(f"{name} was changed")
    wrongs += [f"the server was told {verb}" for verb in sorted(dovecot.verbs(user) - ALLOWED)]
    wrongs += [f"a mail failed: {error}" for error in _failures(config.state_folder)]
    flags = {uid: entry.partition(":2,")[2].split(" ")[0] for uid, entry in made.items() if uid.isdigit()}
    wrongs += [f"draft {uid} has the flags {one!r}, not DS" for uid, one in flags.items() if one != "DS"]
    records = tuple(_records(config.state_folder))
    return Made(tuple(dovecot.messages(user, "Drafts")), records, tuple(wrongs))


class _Passes:
    """Passes of the real daemon over one account, at times that are told."""

    def __init__(self, config: Config, ledger: Ledger) -> None:
        self._account = config.account[0]
        self._now = datetime.now(UTC)
        tools = toolbox(config.reply.language)
        self._rounds = Rounds(config, ledger, tools, clock=lambda: self._now)

    def at(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._rounds.once(self._account)


def _config(case: Case, dovecot: Dovecot, user: str, folder: Path) -> Config:
    password = folder / "password"
    password.write_text("secret\n")
    password.chmod(0o600)
    lines = [line for line in case.config.splitlines() if "=" in line]
    of_reply = [line for line in lines if line.partition("=")[0].strip() not in _OF_ACCOUNT]
    of_account = [line for line in lines if line not in of_reply]
    text = "\n".join(
        [
            "[[account]]",
            'name = "personal"',
            'address = "robin@ellery.example"',
            'full_name = "Robin Ellery"',
            f'host = "{dovecot.host}"',
            f"port = {dovecot.imap_port}",
            "tls = false",
            f'login = "{user}"',
            f'password = {{ file = "{password}" }}',
            *of_account,
            "[paths]",
            f'state = "{folder / "state"}"',
            "[reply]",
            *of_reply,
        ]
    )
    return parse_config(text, "of the case", folder)


def _arrive(dovecot: Dovecot, user: str, mails: Sequence[Mail]) -> None:
    dovecot.fill(user, [mail.raw for mail in mails], "INBOX", [mail.received for mail in mails])


def _records(state: Path) -> Iterator[Record]:
    query = (
        "SELECT m.subject, m.contact, m.no_draft, d.message_id, d.template FROM mails m "
        "LEFT JOIN drafts d ON d.account = m.account AND d.key = m.key WHERE m.verdict = 'rejection'"
    )
    for subject, contact, *rest in _rows(state, query):
        yield Record(subject, json.loads(contact), *rest)


def _failures(state: Path) -> list[str]:
    return [error for (error,) in _rows(state, "SELECT error FROM failures")]


def _rows(state: Path, query: str) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(state / "ledger.sqlite")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# ------------------------------------------------------------------------------------------- comparing


def differences(case: Case, made: Made) -> list[str]:
    """Return how what was made differs from what a case expects, each on a line of its own."""
    found = list(made.wrongs)
    wanted = [one for one in case.expected if one.drafted]
    if len(wanted) != len(made.drafts):
        found.append(f"{len(made.drafts)} drafts were made, not {len(wanted)}")
        found += [f"  made: {raw.partition(b'Subject')[0].decode()!r}" for raw in made.drafts]
    pairs = _paired(wanted, made.drafts)
    for one, raw in pairs:
        record = next((r for r in made.records if r.draft_id == _fields(raw).get("message-id")), None)
        found += [f"draft: {problem}" for problem in _differences_of_draft(one, raw, record)]
    left = [record for record in made.records if record.draft_id is None]
    for one in case.expected:
        if one.drafted:
            continue
        words = list(filter(None, one.text.split("\n")))
        fits = [record for record in left if all(_found(word, record.no_draft or "") for word in words)]
        if fits:
            left.remove(fits[0])
            found += [f"no draft: {problem}" for problem in _differences_of_record(one, fits[0])]
        elif words:
            told = "; ".join(f"{record.subject!r}: {record.no_draft}" for record in left) or "nothing"
            found.append(f"no draft: no reason holds {' and '.join(words)!r}; told: {told}")
    if not wanted or len(wanted) > len(made.drafts):
        found += [f"  reason for none: {record.no_draft}" for record in left if found and record.no_draft]
    return found


def _paired(wanted: list[Expected], drafts: Sequence[bytes]) -> list[tuple[Expected, bytes]]:
    """Return each expected draft with the one that it must be: of the same thread, else the next."""
    left, pairs = list(drafts), []
    for one in sorted(wanted, key=lambda one: not any(_same_thread(one, raw) for raw in drafts)):
        raw = next((raw for raw in left if _same_thread(one, raw)), left[0] if left else None)
        if raw is not None:
            left.remove(raw)
            pairs.append((one, raw))
    return pairs


def _same_thread(one: Expected, raw: bytes) -> bool:
    return _fields(raw).get("in-reply-to") == one.fields.get("In-Reply-To")


def _fields(raw: bytes) -> dict[str, str]:
    """Return the header unfolded, not decoded, names in lower case; a field that repeats is told apart."""
    head = re.sub(r"\r\n(?=[ \t])", "", raw.partition(b"\r\n\r\n")[0].decode("ascii", "backslashreplace"))
    fields: dict[str, str] = {}
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        key = name.lower()
        fields[key if key not in fields else f"{key} (again)"] = value.strip()
    return fields


def _differences_of_draft(one: Expected, raw: bytes, record: Record | None) -> Iterator[str]:
    yield from _differences_of_fields(one, raw)
    if re.search(rb"(?<!\r)\n|\r(?!\n)|[^\r\n]{999}", raw):
        yield "a line is too long or has no proper end"
    shown = shown_text(raw)
    if _UNSEEN.search(shown):
        yield f"its text holds what nobody sees: {shown!a}"
    if one.text not in (UNWRITTEN, shown):
        yield f"its text is\n{shown}\n--- not\n{one.text}"
    yield from _differences_of_words(one, shown)
    if record is None:
        yield "the ledger doesn't know it"
    else:
        yield from _differences_of_record(one, record)


def _differences_of_fields(one: Expected, raw: bytes) -> Iterator[str]:
    fields, draft = _fields(raw), email.message_from_bytes(raw, policy=email.policy.default)
    for name in ("In-Reply-To", "References"):
        if fields.get(name.lower(), "") != one.fields.get(name, ""):
            yield f"{name} is {fields.get(name.lower())}, not {one.fields.get(name)}"
    for name in ("From", "To", "Subject"):
        shown = str(draft[name] or "")
        if shown != one.fields[name]:
            yield f"{name} is {shown!r}, not {one.fields[name]!r}"
    names = {*_ALWAYS, *(name.lower() for name, value in one.fields.items() if value)}
    if set(fields) != names:
        yield f"its fields are {sorted(fields)}, not {sorted(names)}"
    if _UNSEEN.search("".join(str(value) for value in draft.values())):
        yield f"its header holds what nobody sees: {list(draft.values())!r}"


def _differences_of_words(one: Expected, shown: str) -> Iterator[str]:
    letter, quoted = split_letter(shown)
    first = letter.split("\n", 1)[0]
    named = re.sub(r"[,:!.]+$", "", first)
    checks: dict[str, Callable[[str], bool]] = {
        "greeting": lambda value: first == value,
        "greets": lambda value: named == value or named.endswith(f" {value}"),
        "asks": lambda value: ("?" in letter) == (value == "yes"),
        "says": lambda value: _says(value, letter),
        "says not": lambda value: not _says(value, letter),
        "quotes": lambda value: _says(value, quoted),
        "quotes not": lambda value: not _says(value, quoted),
    }
    for name, value in one.why:
        if name in checks and not checks[name](value):
            yield f"{name}: {value}: not so"
    if any(name in checks and not checks[name](value) for name, value in one.why):
        yield f"its text is\n{shown}"


def _says(value: str, text: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) for words in value.split(" | "))


def _differences_of_record(one: Expected, record: Record) -> Iterator[str]:
    for name, value in one.why:
        if name == "contact" and (record.contact.get("source") or "none") != value:
            yield f"the contact is from {record.contact}, not {value}"
        elif name == "contact reason" and not _found(value, record.contact.get("reason") or ""):
            yield f"the contact's reason is {record.contact.get('reason')!r}: it lacks {value!r}"
        elif name == "stage" and record.template != value:
            yield f"its letter is {record.template!r}, not {value!r}"


def _found(value: str, text: str) -> bool:
    return any(words.lower() in text.lower() for words in value.split(" | "))


def shown_text(raw: bytes) -> str:
    """Return the text of a draft as a mail program shows it: flowed lines joined (RFC 3676 4.1)."""
    draft = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(draft, EmailMessage)
    lines: list[str] = []
    flowing = -1
    for line in draft.get_content().replace("\r\n", "\n").split("\n"):
        text = line.lstrip(">")
        depth = len(line) - len(text)
        text = text.removeprefix(" ")
        if depth == flowing:
            lines[-1] += text
        else:
            lines.append(f"{'>' * depth} {text}" if depth else text)
        flowing = depth if text.endswith(" ") and text != "-- " else -1
    return "\n".join(line if line == "-- " else line.rstrip() for line in lines).strip("\n")


def split_letter(shown: str) -> tuple[str, str]:
    """Return the letter itself, and what it quotes with the line above it."""
    lines = shown.split("\n")
    first = next((number for number, line in enumerate(lines) if line.startswith(">")), len(lines))
    if first and first < len(lines) and lines[first - 1].endswith(":"):
        first -= 1
    return "\n".join(lines[:first]).strip(), "\n".join(lines[first:])


# ------------------------------------------------------------------------------------------- writing


def rewritten(text: str, made: Made) -> tuple[str, list[str]]:
    """Return a file with the letters that were made, and why others stay as they are."""
    case = parse_case(text)
    lines, kept = text.split("\n"), []
    pairs = _paired([one for one in case.expected if one.drafted], made.drafts)
    if len(pairs) != len([one for one in case.expected if one.drafted]):
        kept.append(f"{len(made.drafts)} drafts were made")
    for one, raw in sorted(pairs, key=lambda pair: -pair[0].lines[0]):
        problems = list(_differences_of_fields(one, raw))
        if problems:
            kept += problems
            continue
        start, end = one.lines
        lines[start:end] = [*shown_text(raw).split("\n"), ""]
    return "\n".join(lines), kept


def main(arguments: Sequence[str]) -> int:
    """Write the letters of today into the named case files, or into all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m support.cases", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="change the files; without it only tell")
    parser.add_argument("name", nargs="*", help="a file's name, or how it starts")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    stays = 0
    with Dovecot() as dovecot, tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(sorted(FOLDER.glob("*.case"))):
            if given.name and not path.name.startswith(tuple(given.name)):
                continue
            user = f"w{number}@example.test"
            dovecot.add_user(user)
            place = Path(folder) / path.stem
            place.mkdir()
            before = path.read_text("utf-8")
            after, kept = rewritten(before, run_case(parse_case(before), dovecot, user, place))
            stays += bool(kept)
            print(path.name, "changed" if after != before else "as it was", *kept, sep="\n  ")  # noqa: T201 - a tool
            if given.write:
                path.write_text(after, "utf-8")
    return 1 if stays else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
