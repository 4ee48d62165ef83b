"""Mails made to be expensive, and what each costs: to parse, and from the first look to a draft."""

import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import child
from bench.report import Bound, Report, Table

MAX_SECONDS = 2.0  # of CPU, for a mail that is read twice: as what arrived, and as earlier mail
MAX_TIMES = 8.0  # what an ordinary mail of the same size costs
_LEAST = 0.05  # seconds; below it nothing is dear
_PATIENCE = 20.0  # seconds after which a mail is given up
_MEGABYTE = 1_000_000
_RULE_WORDS = "plain: 1 MB of all words that rules look for"
_BOMBS = "plain: 1 MB, and rules written to blow up"
_BOMB_RULES = """
schema = 1
[[rule]]
id = "my.bomb"
label = "rejection"
any = ["(a|aa) {30} (a|aa) {30} (a|aa) {30} position {30} never"]
regex = ['(?:(?:a|aa)+ )+never', '(?:a?){50}b?(?:a?){50} never', '(?:[^x]*a){20} never']
hit = ["a a a position never", "a never", "aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa never"]
miss = ["Hello."]
"""
WHOLE_BYTES = 1_048_576  # as `mailbox` fetches at most
_EMBEDDED = b"Content-Type: message/rfc822\n\n"
_SAME_BOUNDARY = b"--x\nContent-Type: multipart/mixed; boundary=x\n\n"
_LANGUAGES = (
    "We have decided otherwise. Wir haben uns anders entschieden. Nous avons choisi un autre. "
    "Hemos elegido a otro. Abbiamo scelto un altro. We hebben anders besloten. Escolhemos outro. "
)
_CALENDAR = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nDTSTART:20261103T090000Z\n"
_ZONE = (
    "BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:16010101T000000\nRRULE:FREQ=SECONDLY\n"
    "TZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
)
_LETTER = (
    "Thank you for applying for the Data Analyst position. "
    "We have decided to move forward with other candidates.\n\n"
)


def hostile(report: Report) -> None:
    """Measure each hostile mail in a process of its own."""
    rows: list[dict[str, Any]] = []
    for what in dict(hostile_mails()):
        try:
            row = child.run(measure, _PATIENCE, what=what)
        except child.TooLongError:
            row = {"parse s": f"> {_PATIENCE:.0f}", "triage s": f"> {_PATIENCE:.0f}"}
            seconds, times = _PATIENCE, _PATIENCE / _LEAST
        else:
            seconds, times = row["parse s"] + row["triage s"], row["times"]
        rows.append({"mail": what, **row})
        # A mail is too dear where it costs more than one of its size may, whatever machine this is.
        report.bounds.append(Bound(f"times an ordinary mail: {what}", times, MAX_TIMES))
        if times > MAX_TIMES:
            report.bounds.append(Bound(f"seconds of CPU: {what}", seconds, MAX_SECONDS))
    report.tables.append(Table("Hostile mails, each with a rejection in it", rows))


def measure(what: str) -> dict[str, Any]:
    """Return the seconds that a hostile mail takes, and what it was taken for."""
    from springback.config import Account, Reply  # noqa: PLC0415 - loaded in the child only
    from springback.history import Trace  # noqa: PLC0415
    from springback.lookback import read_letter  # noqa: PLC0415
    from springback.message import parse_message  # noqa: PLC0415
    from springback.rounds import replier_for  # noqa: PLC0415
    from springback.triage import reply, triage  # noqa: PLC0415
    from springback.workshop import load_toolbox  # noqa: PLC0415

    raw = dict(hostile_mails())[what]
    with tempfile.TemporaryDirectory(prefix="springback-bench-") as folder:
        if what == _BOMBS:
            Path(folder, "mine.toml").write_text(_BOMB_RULES, "utf-8")
        tools = load_toolbox(Path(folder))
    account = {
        "name": "bench", "address": "robin@example.test", "full_name": "Robin Ellery",
        "host": "localhost",
    }  # fmt: skip
    replier = replier_for(Account.model_validate(account), Reply())

    def cost(mail: bytes) -> tuple[float, float, str]:
        start = time.process_time()
        message = parse_message(mail)
        parsed = time.process_time()
        outcome = triage(mail, tools, replier)
        # As an earlier mail it is read once more, its calendars too.
        trace = read_letter(Trace("INBOX", 1, message), mail, tools.classifier, replier.own_addresses)
        if outcome and outcome.verdict.name == "rejection":
            outcome = reply(outcome, (trace,), tools, replier, datetime(2026, 11, 16, tzinfo=UTC))
        name = outcome.verdict.name if outcome else "screened out"
        return parsed - start, time.process_time() - parsed, name

    cost(_mail(_LETTER))  # what is loaded and compiled at the first mail is no mail's fault
    ordinary = sum(cost(_ordinary(raw))[:2])
    parsed, judged, verdict = cost(raw)
    return {
        "MB": len(raw) / _MEGABYTE,
        "parse s": parsed,
        "triage s": judged,
        "times": (parsed + judged) / max(ordinary, _LEAST),
        "peak MB": child.peak_mb(),
        "verdict": verdict,
    }


def _ordinary(raw: bytes) -> bytes:
    """Return an ordinary letter of about the size of a hostile one, HTML if that is."""
    paragraphs = [_LETTER + f"Your application has the number {number}." for number in range(len(raw) // 150)]
    if b"text/html" in raw[:1_000]:
        return _mail("".join(f"<p>{text}</p>\n" for text in paragraphs), subtype="html")
    return _mail("\n\n".join(paragraphs))


def hostile_mails() -> Iterator[tuple[str, bytes]]:
    """Yield what each mail is made of, and the mail."""
    for number in (20_000, 40_000, 80_000):
        yield f"{number:,} encoded words in Subject", _mail(subject="=?utf-8?q?a?= " * number)
    yield "4 kB of encoded words in every field", _mail(extra=_fields("=?utf-8?b?4oCu?= " * 230, 12))
    yield "32,000 addresses in To", _mail(to=", ".join(["a@b.example"] * 32_000))
    yield "20,000 quotes in From", _mail(sender='"' * 20_000)
    yield "2,000 parentheses in From", _mail(sender="(" * 2_000)
    yield "200,000 parts", _mixed("--x\n\na\n" * 200_000)
    yield "500 fields, each with 100 folds", _mail(extra=_fields("a\n " * 100, 500)[:60_000])
    yield "8,000 folds in References", _mail(extra="References: " + "<a@b>\n " * 8_000 + "\n")
    for depth in (900, 3_000):
        yield f"multiparts nested {depth:,} deep", _nested(depth)
    yield "attached mails nested 3,000 deep", _head("message/rfc822") + _EMBEDDED * 3_000 + _LETTER.encode()
    yield "one boundary at every level", _head("multipart/mixed; boundary=x") + _SAME_BOUNDARY * 10_000
    yield (
        "a boundary of 2,000 characters",
        _head(f"multipart/mixed; boundary={'-' * 1_900}") + b"-" * _MEGABYTE,
    )
    for charset in ("utf\0-8", "zlib_codec", "utf-7", "utf-16", "iso-2022-jp", "hz", "punycode", "x" * 5_000):
        yield f"charset {charset[:12]!a}", _mail(_LETTER + _megabyte("+AG4-~{<:Ky~}"), charset=charset)
    yield "base64 of nothing but line ends", _encoded("base64", b"\n" * _MEGABYTE)
    yield "base64 that is none", _encoded("base64", b"=" * _MEGABYTE)
    yield "quoted-printable of soft breaks", _encoded("quoted-printable", b"=\n" * (_MEGABYTE // 2))
    yield "50 MB, cut where fetching ends", (_mail(_LETTER) + b"a b. " * 10_000_000)[:WHOLE_BYTES]
    for what, repeated in (
        ("20,000 times '<a '", "<a " * 20_000),
        ("20,000 times '<!--'", "<!--" * 20_000),
        ("1 MB of '<p>'", _megabyte("<p>")),
        ("1 MB of '<div>'", _megabyte("<div>")),
        ("1 MB of '<table><tr><td>'", _megabyte("<table><tr><td>")),
        ("1 MB of '<style>'", _megabyte("<style>")),
        ("1 MB of '<blockquote>'", _megabyte("<blockquote>a</blockquote>")),
        ("a tag name of 1 MB", "<" + _megabyte("a")),
        ("1 MB of spaces in '<pre>'", f"<pre>a{_megabyte(' ')}a</pre>"),
        ("1 MB of '&lt;'", _megabyte("&lt;")),
        ("1 MB of '&#x202e;'", _megabyte("&#x202e;")),
        ("1 MB of '&'", _megabyte("&")),
        ("an entity of 1 MB", "&#" + _megabyte("9") + ";"),
        ("20,000 attributes", "<p " + "".join(f"a{number}=1 " for number in range(20_000)) + ">x</p>"),
        ("1 MB of '<![CDATA['", _megabyte("<![CDATA[")),
        ("1 MB of '<?xml'", _megabyte("<?xml ")),
        ("1 MB of hidden parts", _megabyte("<div style='display:none'>a</div>")),
        ("styles of 100 kB each", f"<p style='{'color:' * 16_000}'>a</p>" * 10),
        ("tags within words", _megabyte("a<b>b</b>")),
        ("300 elements deep", "<div>" * 300 + _LETTER + "</div>" * 300),
        ("20,000 elements deep", "<div>" * 20_000 + _LETTER),
    ):
        yield f"HTML: {what}", _mail(f"<p>{_LETTER}</p>{repeated}", subtype="html")
    for what, repeated in (
        ("without spaces", _megabyte("a")),
        ("of '. A'", _megabyte(". A")),
        ("of spaces", _megabyte(" ")),
        ("of line breaks", _megabyte(" \n")),
        ("of apostrophes", _megabyte("'")),
        ("of 'On wrote:'", _megabyte("On Monday she wrote:\n")),
        ("of 'From:'", _megabyte("From: a\nb\n")),
        ("of quoted lines", _megabyte("> a\n")),
        ("of rejections", _megabyte(_LETTER)),
        ("of a forward mark that never ends", "---- Forwarded message" + _megabyte(" ") + "x"),
        ("of ligatures", _megabyte("\ufdfa")[: _MEGABYTE // 3]),
        ("of accents", _megabyte("e" + "\u0301" * 50)[: _MEGABYTE // 3]),
        ("of quotes, deeper and deeper", "".join(f"{'>' * depth} a\n" for depth in range(1_400))),
        ("of quotation marks", _megabyte("\u201ea b c d \u201e")[: _MEGABYTE // 2]),
        ("of straight quotation marks", _megabyte(' "a b c d')),
        ("of short sentences", _megabyte("No. ")),
        ("of seven languages", _megabyte(_LANGUAGES)),
        ("of an attribution that never ends", _megabyte("On a <b@c.example> d\n")),
        ("of salutations", _megabyte("Sehr geehrte Frau Doe,\n")),
        ("of one word again and again", _megabyte("position ")),
        ("of addresses", _megabyte("a@b.example ")),
    ):
        yield f"plain: 1 MB {what}", _mail(_LETTER + repeated)
    for what, repeated in (
        ("1 MB of events", "BEGIN:VEVENT\nUID:a\nDTSTART:20261116T090000Z\nEND:VEVENT\n"),
        ("1 MB of attendees", "ATTENDEE:mailto:a@b.example\n"),
        ("a line of 1 MB in folds", "\n a"),
        ("1 MB of zones that recur each second", _ZONE),
        ("1 MB of nested components", "BEGIN:VEVENT\n"),
        ("1 MB of markup in a description", "DESCRIPTION:" + "<p>" * 300 + "\n"),
    ):
        yield f"calendar: {what}", _invitation(_megabyte(repeated))
    yield _RULE_WORDS, _mail(_LETTER + _megabyte(_words_of_all_rules()))
    yield _BOMBS, _mail(_LETTER + _megabyte("aa a position "))


def _fields(value: str, number: int) -> str:
    return "".join(f"X-{one}: {value}\n" for one in range(number))


def _head(content_type: str) -> bytes:
    return (
        "From: Jane Doe <jane.doe@acme.example>\nTo: robin@example.test\nSubject: Your application\n"
        f"Content-Type: {content_type}\n\n"
    ).encode()


def _encoded(encoding: str, filling: bytes) -> bytes:
    head = f"text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}"
    letter = b64encode(_LETTER.encode()) if encoding == "base64" else _LETTER.encode()
    return _head(head) + letter + filling


def _invitation(filling: str) -> bytes:
    letter = f"--x\n\n{_LETTER}\n--x\nContent-Type: text/calendar\n\n"
    return _head("multipart/mixed; boundary=x") + letter.encode() + _CALENDAR.encode() + filling.encode()


def _words_of_all_rules() -> str:
    """Return a text for which every pattern of every rule has to be tried."""
    from springback.rulebook import load_rules  # noqa: PLC0415 - as above

    clauses = [
        clause
        for rule in load_rules().rules
        for pattern in (*rule.patterns, *rule.unless)
        for clause in pattern.clauses
    ]
    words = sorted({word.strip("*") for clause in clauses for word in clause})
    return " ".join(words) + ". "


def _mail(
    body: str = _LETTER,
    *,
    subtype: str = "plain",
    subject: str = "Your application",
    sender: str = "Jane Doe <jane.doe@acme.example>",
    to: str = "robin@example.test",
    charset: str = "utf-8",
    extra: str = "",
) -> bytes:
    return (
        f"{extra}From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Mon, 16 Nov 2026 09:00:00 +0100\n"
        f"Message-ID: <1@acme.example>\nContent-Type: text/{subtype}; charset={charset}\n\n{body}"
    ).encode()


def _mixed(parts: str) -> bytes:
    return (
        "From: Jane Doe <jane.doe@acme.example>\nSubject: Your application\n"
        f"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n{_LETTER}\n{parts}--x--\n"
    ).encode()


def _nested(depth: int) -> bytes:
    inner = "".join(
        f"--{level}\nContent-Type: multipart/mixed; boundary={level + 1}\n\n" for level in range(depth)
    )
    return (
        "From: Jane Doe <jane.doe@acme.example>\nSubject: Your application\n"
        f"Content-Type: multipart/mixed; boundary=0\n\n--0\n\n{_LETTER}\n{inner}"
    ).encode()


def _megabyte(text: str) -> str:
    return text * (_MEGABYTE // len(text))
