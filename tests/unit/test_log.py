"""What stands in a log is one line, shows what it is, and can't steer a terminal."""

import json

import pytest
import structlog

from springback.config import Log
from springback.escape import escape
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


@pytest.fixture(autouse=True)
def restored() -> object:
    yield
    structlog.reset_defaults()


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
    assert event["names"] == ["b\\u000ac", "5"]
    assert (event["number"], event["level"]) == (7, "info")
    assert len(event["long"]) == 300
    assert event["timestamp"].endswith("Z")


def test_the_text_form_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="text"))
    structlog.get_logger().warning("looked at", subject="a\n\x1b[31mb")
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert "looked at" in line


def test_nothing_below_the_level_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(level="warning", format="json"))
    structlog.get_logger().info("quiet")
    structlog.get_logger().error("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]


def test_where_nobody_watches_the_log_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Log(format="auto"))
    structlog.get_logger().info("started")
    assert json.loads(capsys.readouterr().err)["event"] == "started"
