"""What stands in a log is one line, shows what it is, and can't steer a terminal."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from springback.config import Log
from springback.errors import FolderError
from springback.escape import escape, without_addresses
from springback.log import configure_logging


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain für 残念", "plain für 残念"),
        ("a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x00\x7f\x9b", "\\u0000\\u007f\\u009b"),
        ("\u202eevil\u202c", "\\u202eevil\\u202c"),
        ("\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\ufeffa", "\\ufeffa"),
    ],
)
def test_characters_that_hide_or_steer_are_written_out(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_a_value_is_bounded() -> None:
    assert len(escape("x" * 10_000)) == 300


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the reply to sean.o'brien@firma.example", "the reply to (address)"),
        ("to 'sean@firma.example'", "to '(address)'"),
        ("to 'sean.o'brien@firma.example' too", "to '(address)' too"),
        ("a!#$%&'*+-/=?^_`{|}~b@firma.example.", "(address)"),
        ('Jo <"jo (hr)"@firma.example>', "Jo <(address)>"),
        (r'"a \"b\" c"@firma.example', "(address)"),
        ("jo@[192.0.2.1]", "(address)"),
        ("jo@[IPv6:2001:db8::1]: no", "(address): no"),
        ("björn@räksmörgås.example", "(address)"),
        ("x" * 99 + "@firma.example", "(address)"),
        ("a@firma.example,b@firma.example", "(address),(address)"),
        ("a@firma.example/b@firma.example", "(address)(address)"),
        ("x" * 999 + "@firma.example", "(address)"),
        ("'a@" + "_" * 999, "'(address)" + "_" * 746),
        ('said "ask a@firma.example now"', 'said "ask (address) now"'),
        ('"a" or "b" @ 5', '"a" or "b" @ 5'),
    ],
)
def test_no_part_of_an_address_is_left(text: str, told: str) -> None:
    assert without_addresses(text) == told


@pytest.fixture(autouse=True)
def restored() -> object:
    root, hooks = logging.getLogger(), (threading.excepthook, sys.unraisablehook)
    handlers = root.handlers[:]
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers = handlers
    threading.excepthook, sys.unraisablehook = hooks


def test_an_event_is_one_json_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="json"))
    structlog.get_logger().info(
        "looked at", subject="a\n\x1b[0m\u202e", names=["b\nc", 5], number=7, long="x" * 999
    )
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    event = json.loads(line)
    assert event["event"] == "looked at"
    assert event["subject"] == "a\\u000a\\u001b[0m\\u202e"
    assert event["names"] == ["b\\u000ac", 5]
    assert (event["number"], event["level"]) == (7, "info")
    assert len(event["long"]) == 300
    assert event["timestamp"].endswith("Z")


def test_the_text_form_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="text"))
    structlog.get_logger().warning("looked at", subject="a\n\x1b[31mb")
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert "looked at" in line


@pytest.mark.parametrize(("value", "coloured"), [(None, True), ("", True), ("1", False)])
def test_a_person_who_wants_no_colours_gets_none(
    value: str | None,
    coloured: bool,  # noqa: FBT001 - pytest gives it
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a terminal, unless NO_COLOR is set and not empty (no-color.org)."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    configure_logging(Log())
    structlog.get_logger().info("started")
    assert ("\x1b" in capsys.readouterr().err) == coloured


def test_nothing_below_the_level_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(level="warning", format="json"))
    structlog.get_logger().info("quiet")
    structlog.get_logger().error("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]


def test_where_nobody_watches_the_log_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="auto"))
    structlog.get_logger().info("started")
    assert json.loads(capsys.readouterr().err)["event"] == "started"


class Sly:
    """Something whose text nobody should see."""

    def __repr__(self) -> str:
        return "dear robin, unfortunately"


def logged(
    capsys: pytest.CaptureFixture[str], values: Mapping[str, object], *, verbose: bool = False
) -> dict[str, Any]:
    configure_logging(Log(format="json"), verbose=verbose)
    structlog.get_logger().error("event", **values)
    (line,) = capsys.readouterr().err.splitlines()
    event: dict[str, Any] = json.loads(line)
    return event


def test_nested_values_are_fit_too(capsys: pytest.CaptureFixture[str]) -> None:
    deep: list[object] = []
    deep.append(deep)
    event = logged(
        capsys,
        {
            "rows": [["a\nb", {"k\r": "\x1b[1m", "deep": deep}], ("x" * 999,)], "many": list(range(99)),
            "number": 10**5000, "nan": float("nan"), "sly": Sly(), "flag": True, "none": None,
            "raw": b"dear robin",
        },
    )  # fmt: skip
    assert event["rows"][0][:1] == ["a\\u000ab"]
    assert event["rows"][0][1]["k\\u000d"] == "\\u001b[1m"
    assert event["rows"][1] == ["x" * 300]
    assert len(event["many"]) == 20
    assert (event["number"], event["nan"]) == ("(out of bounds)", "(out of bounds)")
    assert (event["sly"], event["raw"], event["flag"], event["none"]) == ("Sly", "bytes", True, None)


def test_a_key_is_bounded_and_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    event = logged(capsys, {"a\nb": 1, "k" * 99: 2})
    assert event["a\\u000ab"] == 1
    assert event["k" * 60] == 2


FULL = {
    "error": FolderError(
        "Can't open 'Bewerbungen' at h: no Bewerbungen for r@e.example",
        private={"'Bewerbungen'": "a folder", "Bewerbungen": "(folder)"},
    ),
    "folder": "Bewerbungen",
    "note": "goes to Jo <jo@firm.example>",
    "account": "robin@ellery.example",
}


def test_addresses_and_folders_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    event = logged(capsys, FULL)
    assert event["error"] == "Can't open a folder at h: no (folder) for (address)"
    assert event["note"] == "goes to Jo <(address)>"
    assert "folder" not in event
    assert event["account"] == "robin@ellery.example"  # the name that the person gave


def test_addresses_and_folders_are_told_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    event = logged(capsys, FULL, verbose=True)
    assert event["error"] == str(FULL["error"])
    assert event["note"] == FULL["note"]
    assert event["folder"] == "Bewerbungen"


def test_of_an_unexpected_error_only_the_place_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for verbose in (False, True):
        event = logged(
            capsys, {"error": ValueError("dear robin"), "exc_info": ValueError("dear")}, verbose=verbose
        )
        assert event["error"] == "unexpected ValueError at unknown"
        assert "dear" not in json.dumps(event)


@pytest.mark.parametrize(
    "library", ["apscheduler.executors.default", "imapclient.imaplib", "urllib3", "asyncio", "alembic", "x"]
)
def test_what_a_library_says_is_never_told(capsys: pytest.CaptureFixture[str], library: str) -> None:
    configure_logging(Log(level="debug", format="json"))
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL):
        logging.getLogger(library).log(level, "dear %s", "robin", exc_info=ValueError("unfortunately"))
    told = capsys.readouterr().err
    assert "robin" not in told
    assert "unfortunately" not in told
    for line in told.splitlines():
        assert json.loads(line)["library"] == library


def test_what_a_warning_says_is_never_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="json"))
    warnings.showwarning("dear robin", UserWarning, "mail.py", 1)
    told = capsys.readouterr().err
    assert "robin" not in told
    assert json.loads(told)["library"] == "py.warnings"


def test_what_ends_a_thread_is_told_by_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="json"))

    def fails() -> None:
        raise ValueError("dear robin")

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    told = capsys.readouterr().err
    assert "robin" not in told
    assert "unexpected ValueError at test_log.py:" in json.loads(told)["error"]
