"""What holds of any mail, rule file, template and answer of a server, whatever is in it."""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache

from springback.classifier import Classifier
from springback.draft import Draft, Style
from springback.errors import RuleError, TemplateError
from springback.examples import run_examples
from springback.history import Trace
from springback.ics import read_invitations
from springback.imapdata import parse_ids
from springback.invitations import settled
from springback.letters import Letters
from springback.library import template_files
from springback.look import Outcome, look
from springback.lookback import read_letter
from springback.message import Message, calendar_texts, letter_is_cut, parse_message, rough_text
from springback.phrases import PhraseError, compile_phrase, compile_regex
from springback.rule import SourceFile
from springback.ruleset import parse_rules
from springback.senderfile import parse_senders
from springback.specimens import EMPTY, FULL
from springback.triage import Replier, Toolbox, reply, triage
from springback.workshop import load_toolbox
from support.mails import rejection

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
REPLIER = Replier(
    account="personal",
    full_name="Robin Ellery",
    address="robin@ellery.example",
    own_addresses=frozenset({"robin@ellery.example"}),
    signature="Robin",
    secret="pepper",  # noqa: S106 - of no account
    style=Style(),
    skip_unreachable=False,
)
LETTER = parse_message(rejection(1))
MAX_TEXT = 600_000  # characters that any mail may come to, in all its parts
MAX_LETTER = 120_000  # bytes of a draft
MAX_WORDS = 1_100  # characters of a sentence that is told
_FIELDS = {
    "message-id", "in-reply-to", "references", "from", "to", "subject", "date",
    "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip
_ONCE = ("message-id", "from", "subject", "date")
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, formats, half letters, line ends


@cache
def tools() -> Toolbox:
    """Return the packaged rules, senders and templates."""
    return load_toolbox()


def hidden(text: str) -> str:
    """Return the characters that no reader sees, and that steer a terminal or the direction of text."""
    return "".join(sorted({one for one in text if one != "\n" and unicodedata.category(one) in _FORBIDDEN}))


def steering(text: str) -> str:
    """Return the characters that steer a terminal, or turn the direction of what is shown."""
    turning = {"LRE", "LRO", "PDF", "RLE", "RLO", "LRI", "RLI", "FSI", "PDI"}
    marks = "\u061c\u200e\u200f"
    return "".join(
        one
        for one in hidden(text)
        if unicodedata.category(one) != "Cf" or unicodedata.bidirectional(one) in turning or one in marks
    )


def check_mail(raw: bytes) -> Outcome | None:
    """Take a mail from its bytes to a draft, and check what must hold at each step."""
    message = check_parsed(raw)
    seen = look(message, tools().classifier, tools().senders, REPLIER.own_addresses)
    _check_evidence(seen)
    outcome = triage(raw, tools(), REPLIER)
    if outcome is None:
        assert seen.verdict.name == "other", "the quick look spared a mail that the full one would answer"
        return None
    assert outcome.verdict == seen.verdict
    trace = read_letter(Trace("INBOX", 1, message), raw, tools().classifier, REPLIER.own_addresses)
    answered = reply(outcome, (trace,), tools(), REPLIER, NOW)
    answered = answered if answered.draft else reply(outcome, (), tools(), REPLIER, NOW)
    if answered.draft:
        check_draft(answered.draft, raw)
    return answered


def check_parsed(raw: bytes) -> Message:
    """Parse a mail, and what is left of it where it is cut off; check what must hold of its parts."""
    message = parse_message(raw)
    assert message == parse_message(raw), "the same bytes are two mails"
    _check_message(message)
    for cut in (raw[: len(raw) // 2], raw[: len(raw) * 9 // 10]):
        parse_message(cut, whole=False)
        letter_is_cut(cut)
    for text in calendar_texts(raw):
        check_calendar(text)
    rough_text(raw)
    return message


def _check_message(message: Message) -> None:
    text = message.text + message.quoted + message.forwarded
    assert len(text) <= MAX_TEXT
    text.encode()  # no half letters, which no ledger can store
    assert len(message.subject) <= 4_096
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", message.subject)
    assert len(message.recipients) <= 16_384
    assert len(message.reply_to) <= 3
    for one in (message.sender, *message.reply_to, *message.recipients):
        if one:
            assert one.address.isascii()
            assert not set(one.address) & set('\r\n\0 <>,;"')
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", one.name)
    for known in (message.message_id, *message.references):
        assert known is None or re.fullmatch(r"<[!-;=?-~]{1,900}>", known)


def _check_evidence(outcome: Outcome) -> None:
    message = outcome.message
    sender = str(message.sender or "")
    texts = (message.subject, message.text, message.quoted, message.forwarded, sender)
    squeezed = "".join("".join(texts).split())
    for item in outcome.verdict.evidence:
        assert item.match in item.sentence
        assert len(item.sentence) <= MAX_WORDS
        for piece in item.sentence.split("\u2026"):  # stands for a citation
            if not item.where.startswith("header:"):
                assert "".join(piece.split()) in squeezed, f"{piece!r} doesn't stand in the mail"
    for value in (outcome.details.company, outcome.details.role, outcome.details.name):
        assert value is None or (len(value) <= 80 and not hidden(value))


def check_draft(draft: Draft, raw: bytes) -> None:
    """Check the bytes of a draft, and that what it answers stands in the mail."""
    assert len(draft.content) <= MAX_LETTER
    head, _, body = draft.content.partition(b"\r\n\r\n")
    for part in (head, body):
        assert b"\r" not in part.replace(b"\r\n", b""), "a CR alone"
        assert b"\n" not in part.replace(b"\r\n", b""), "an LF alone"
    assert all(len(line) <= 998 for line in draft.content.split(b"\r\n"))
    assert not re.search(rb"[^\x20-\x7e\r\n]", head), "a header is printable ASCII"
    fields = [field.partition(b":") for field in re.split(rb"\r\n(?![ \t])", head)]
    names = [name.decode().lower() for name, _, _ in fields]
    assert set(names) <= _FIELDS
    assert all(names.count(name) == 1 for name in _ONCE)
    assert all(names.count(name) <= 1 for name in _FIELDS)
    values = {name: value.strip().decode() for name, (_, _, value) in zip(names, fields, strict=True)}
    assert values["from"] == "Robin Ellery <robin@ellery.example>"
    assert ("to" in values) == (draft.to is not None)
    if draft.to:
        assert draft.to in values["to"]
        assert values["to"].count("<") <= 1
    threaded = [values.get("in-reply-to", ""), *values.get("references", "").split()]
    for known in filter(None, threaded):
        assert known.encode() in raw, f"{known} isn't in the mail as it is written here"
    assert draft.answers is None or draft.answers == values["in-reply-to"]
    assert not hidden(draft.text), f"hidden characters: {hidden(draft.text)!r}"
    assert not hidden(draft.subject)
    assert len(draft.subject) <= 310


def check_rules(text: str) -> None:
    """Load any text as a rule file, as a phrase and as a file of senders: problems are told, or it works."""
    try:
        rules = parse_rules([SourceFile("mine.toml", text)])
        run_examples(rules)
        verdict = Classifier(rules).classify(LETTER)
    except RuleError as error:
        _check_problems(error.problems)
    else:
        assert verdict.name in ("rejection", "review", "other")
    try:
        parse_senders([SourceFile("senders.toml", text)])
    except RuleError as error:
        _check_problems(error.problems)
    for compiled in (compile_phrase, compile_regex):
        with suppress(PhraseError):
            compiled(text[:2_000])


def _check_problems(problems: object) -> None:
    assert isinstance(problems, (tuple, list))
    assert problems
    assert all(isinstance(one, str) and one for one in problems)


def check_template(text: str) -> None:
    """Load any text as a template: problems are told, or it writes bounded letters."""
    try:
        letters = Letters({**template_files(), "en/final.txt.j2": text}, trusted=template_files())
    except TemplateError as error:
        _check_problems(error.problems)
        return
    for facts in (FULL, EMPTY):
        try:
            letter = letters.letter("final", "en", facts)
        except TemplateError as error:
            _check_problems(error.problems)
        else:
            assert len(letter) <= 20_000


def check_calendar(text: str) -> None:
    """Read any text as a calendar: its events are bounded and printable."""
    found = read_invitations(text)
    assert found == read_invitations(text)
    assert len(found) <= 10
    for one in (*found, *settled(found)):
        assert len(one.summary) <= 200
        assert len(one.description) <= 4_000
        assert len(one.attendees) <= 50
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", one.summary + one.uid)
        assert one.start is None or one.start.tzinfo


def check_answer(data: bytes) -> None:
    """Read any bytes as the header that a server sends for one of ours."""
    ids = parse_ids(data)
    assert ids == parse_ids(data)
    for known in filter(None, (ids.message_id, *ids.in_reply_to)):
        assert re.fullmatch(r"<[!-;=?-~]{1,900}>", known)
