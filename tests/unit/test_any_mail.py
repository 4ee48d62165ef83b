"""What holds of any mail, rule file, template and answer, whatever is in it."""

import io
from contextlib import redirect_stdout, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from springback.cli.preview import preview_path
from springback.errors import InputError
from springback.escape import escape
from springback.message import parse_message
from support.invariants import (
    check_answer,
    check_calendar,
    check_mail,
    check_parsed,
    check_rules,
    check_template,
    steering,
)
from support.strategies import EVIL, calendars, fields, joined, mails, rejections

FEW = settings(max_examples=30, suppress_health_check=list(HealthCheck))


@FEW
@given(mails())
def test_any_mail_is_parsed_the_same_way_twice_and_within_bounds(raw: bytes) -> None:
    check_parsed(raw)


@FEW
@given(mails())
def test_any_mail_is_judged(raw: bytes) -> None:
    check_mail(raw)


@FEW
@given(rejections())
def test_a_rejection_with_anything_in_it_is_answered_cleanly(raw: bytes) -> None:
    check_mail(raw)


def test_nothing_that_turns_text_is_shown() -> None:
    letters = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10FFFF)]))
    shown = "".join(escape(letters[start : start + 300]) for start in range(0, len(letters), 300))
    assert not steering(shown.replace("\n", ""))


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_what_is_evil_reaches_no_draft(evil: str) -> None:
    """In the subject, the name, the company and the role at once; and a draft there is."""
    text = evil.encode("utf-8", "replace").decode().replace("\n", "\n ").replace("\r", "\r ")
    raw = (
        f"From: Jane {text} Doe <jane.doe@acme.example>\nTo: robin@ellery.example\n"
        f"Subject: Your application {text}\nDate: Mon, 16 Nov 2026 09:12:00 +0100\n"
        "Message-ID: <one@acme.example>\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Dear Robin,\n\nThank you for applying for the Data {text} Analyst position at Acme {text}.\n"
        "We have decided to move forward with other candidates.\n\nKind regards,\nJane Doe\n"
    ).encode()
    outcome = check_mail(raw)
    assert outcome
    assert outcome.verdict.name == "rejection"
    assert outcome.draft or "more than one" in (outcome.no_draft or "")


@settings(FEW, max_examples=8)
@given(raw=rejections())
def test_what_is_shown_never_steers_a_terminal(
    raw: bytes, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("mail")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    (folder / "one.eml").write_bytes(raw)
    shown = io.StringIO()
    with redirect_stdout(shown), suppress(InputError):  # some are no mail at all
        preview_path(str(folder / "one.eml"), None, past=[], anyway=True, raw=False)
    assert not steering(shown.getvalue())


@FEW
@given(st.lists(fields(), max_size=30), joined)
def test_any_header_is_read(found: list[str], body: str) -> None:
    check_parsed("\r\n".join([*found, "", body]).encode("utf-8", "replace"))


@FEW
@given(calendars)
def test_any_calendar_is_read(text: str) -> None:
    check_calendar(text)


@FEW
@given(st.binary(max_size=400) | fields().map(lambda one: one.encode("utf-8", "replace")))
def test_any_answer_is_read(data: bytes) -> None:
    check_answer(data)


_RULE_WORDS = (
    "schema = 1\n", "[[rule]]\n", 'id = "my.rule"\n', 'label = "rejection"\n', 'tier = "strong"\n', "any = [",
    '"other candidates"', '"(a|b) {3} c?"', '"{others}"', '"w{*}"', "]\n", "hit = [", "miss = [",
    "[lists]\n", "[[guard]]\n",
    'when = "decisive >= 1"\n', 'regex = ["(a+)+$"]\n', '"""', "'''", "[" * 500, "{" * 300, "\0",
    "a.b.c = {}\n", "1e999\n",
)  # fmt: skip


@FEW
@given(st.lists(st.sampled_from(_RULE_WORDS) | st.text(max_size=20), max_size=25).map("".join))
def test_any_text_is_a_rule_file_or_told_why_not(text: str) -> None:
    check_rules(text)


_TEMPLATE_WORDS = (
    "{{ ", " }}", "{% ", " %}", "for x in met", "endfor", "if role", "endif", "set a = ", "a ~ a",
    "my_name", "|at", "|day",
    "|names", "|join", "|replace('a', 'b')", ".replace('', role)", "[", "]", "(", ")", " * 9", " + ",
    "'", "range(9)", "met", "{#", "#}",
    "macro m()", "endmacro", "include 'en/final.txt.j2'", "-", "raw", "endraw", "company", "last_met",
    "[::2]", "loop.index",
)  # fmt: skip


@FEW
@given(st.lists(st.sampled_from(_TEMPLATE_WORDS) | st.text(max_size=5), max_size=20).map("".join))
def test_any_text_is_a_template_or_told_why_not(text: str) -> None:
    check_template(text)


def test_a_mail_that_is_cut_anywhere_is_read() -> None:
    raw = Path(__file__).read_bytes()[:1_500]
    whole = (
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n"
        + raw
        + b"\r\n--x--\r\n"
    )
    for end in range(0, len(whole), 7):
        parse_message(whole[:end], whole=False)
