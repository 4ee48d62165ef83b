"""Text laid out as RFC 3676 says: a reader that follows it gets back what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.flowed import flow, flow_quoted


def unflow(text: str) -> list[tuple[int, str]]:
    """Return the paragraphs with their quote depth, read as RFC 3676 4.1 to 4.4 say."""
    paragraphs: list[tuple[int, str]] = []
    joins = False
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        if joins and not signature and paragraphs[-1][0] == depth:
            paragraphs[-1] = (depth, paragraphs[-1][1] + content)
        else:
            paragraphs.append((depth, content))
        joins = content.endswith(" ") and not signature
    return paragraphs


WORDS = st.lists(st.text("abcXé>-.", min_size=1, max_size=12), max_size=60).map(" ".join)
TEXTS = st.lists(
    st.one_of(WORDS, st.sampled_from(["", "From here on", "> not a quote", "--", "-- x", "Kind regards,"])),
    max_size=12,
).map("\n".join)  # fmt: skip


@given(TEXTS)
def test_what_was_written_comes_back(text: str) -> None:
    written = [(0, "-- " if line == "--" else line) for line in text.split("\n")]
    assert unflow(flow(text)) == written


@given(TEXTS)
def test_a_quoted_text_comes_back_one_level_deeper(text: str) -> None:
    written = [
        (len(line) - len(content) + 1, content.removeprefix(" "))
        for line in text.split("\n")
        for content in [line.lstrip(">")]
    ]
    assert unflow(flow_quoted(text)) == written


@given(TEXTS)
def test_lines_are_short_enough_for_every_reader(text: str) -> None:
    assert all(len(line) <= 78 for line in (flow(text) + "\n" + flow_quoted(text)).split("\n"))


@pytest.mark.parametrize(
    ("text", "flowed"),
    [
        ("From here", " From here"),
        ("> sign", " > sign"),
        ("--", "-- "),
        ("-- ", "-- "),
        ("a \nb", "a\nb"),
        ("", ""),
        ("a\n\nb", "a\n\nb"),
        ("x" * 200, "x" * 200),
        ("word " * 20, "word " * 14 + "\n" + "word " * 5 + "word"),
    ],
)
def test_layout(text: str, flowed: str) -> None:
    assert flow(text) == flowed


@pytest.mark.parametrize(
    ("text", "flowed"),
    [
        ("old", "> old"),
        ("", ">"),
        ("> older", ">> older"),
        (">> oldest", ">>> oldest"),
        ("--", "> --"),
        ("x " * 35 + "xx", "> " + "x " * 35 + "xx"),
        (">> " + "older " * 14, ">>> " + "older " * 12 + "\n>>> older older"),
        ("a" * 74 + " > b", "> " + "a" * 74 + " \n> > b"),
    ],
)
def test_layout_of_quoted_text(text: str, flowed: str) -> None:
    assert flow_quoted(text) == flowed
