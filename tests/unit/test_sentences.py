"""The unit that rules and guards look at: one sentence, however the mail program broke its lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.normal import normalise
from springback.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We met. You spoke well!", ["We met.", "You spoke well!"]),
        (
            "We have decided to move forward with other\ncandidates whose profile fits better.",
            ["We have decided to move forward with other candidates whose profile fits better."],
        ),
        (
            "We have decided, after long talks in our team at\nFirm, to go on with somebody else.",
            ["We have decided, after long talks in our team at Firm, to go on with somebody else."],
        ),
        ("Hello Robin,\nThank you for coming.", ["Hello Robin,", "Thank you for coming."]),
        ("Your application\nWe are sorry to say no.", ["Your application", "We are sorry to say no."]),
        ("Hi Robin\n\nwe met", ["Hi Robin", "we met"]),
        ("Hi Robin\n \t \nwe met", ["Hi Robin", "we met"]),
        ("Points:\n- one of them\n- two of them", ["Points:", "- one of them", "- two of them"]),
        ("1. first\n2) second", ["1. first", "2) second"]),
        ("• first\n• second", ["• first", "• second"]),
        ("We met at 3 p.m. in Leeds.", ["We met at 3 p.m. in Leeds."]),
        ("Dear Dr. Ellery, thanks.", ["Dear Dr. Ellery, thanks."]),
        ("Skills, e.g. Python, count.", ["Skills, e.g. Python, count."]),
        ("Das gilt z. B. Ihnen. Danke.", ["Das gilt z. B. Ihnen.", "Danke."]),
        ("Firm Inc. Berlin wrote.", ["Firm Inc. Berlin wrote."]),
        ("J. Doe wrote.", ["J. Doe wrote."]),
        ("La Prof.ssa Neri e la S.V. Rossi.", ["La Prof.ssa Neri e la S.V. Rossi."]),
        ("It costs 3.5 euros. Fine.", ["It costs 3.5 euros.", "Fine."]),
        ("He said “no.” We left.", ["He said “no.", "We left."]),
        ("¿Y ahora? ¡Gracias! Ana", ["¿Y ahora?", "¡Gracias!", "Ana"]),
        ("Sorry… Another time.", ["Sorry…", "Another time."]),
        ("We met.\u00a0You spoke.", ["We met.", "You spoke."]),
        ("", []),
        (" \n\t\n ", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_a_run_without_full_stops_is_cut_between_words() -> None:
    """A page of text must not share one guard only because nobody wrote a full stop."""
    sentences = split_sentences("word " * 2_000)
    assert len(sentences) > 5
    assert all(len(sentence) <= 1_000 for sentence in sentences)
    assert " ".join(sentences).split() == ["word"] * 2_000


def test_an_endless_word_is_cut_too() -> None:
    sentences = split_sentences("x" * 5_500)
    assert "".join(sentences) == "x" * 5_500
    assert max(map(len, sentences)) <= 1_000


PIECES = st.sampled_from(
    ["we", "You", "Dr.", "e.g.", "z. B.", "no.", "yes!", "why?", "…", "\n", "\n\n", "\r\n", " ",
     "\u00a0", "- ", "* ", "1. ", "2) ", "• ", "> ", ":", '"', "”", "(", ")", "’", "won’t", "ÉTÉ",
     "ß", "_", "'", "a.b@firm.example", "\t", "\x1c", "\u2028", "word " * 80]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40))
def test_no_word_is_lost_or_moved(pieces: list[str]) -> None:
    text = "".join(pieces)
    sentences = split_sentences(text)
    assert [word for s in sentences for word in normalise(s).split()] == normalise(text).split()
    assert all(sentence.strip() and len(sentence) <= 1_000 for sentence in sentences)
