"""What a server says in IDLE means the same however the network cuts it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.idle import Idle

NOTICES = b"* OK Still here\r\n+ idling\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 4 EXISTS\r\n* 1 RECENT\r\n"


def heard(*pieces: bytes) -> Idle:
    idle = Idle(b"IDLE1")
    for piece in pieces:
        idle.hear(piece)
    return idle


@given(cuts=st.lists(st.integers(0, len(NOTICES)), max_size=12))
def test_any_cut_between_bytes_means_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts) - {0, len(NOTICES)}), len(NOTICES)]
    idle = heard(*(NOTICES[start:end] for start, end in pairwise(edges)))
    assert (idle.invited, idle.news, idle.gone, idle.ended) == (True, True, False, False)
    assert idle.between_lines


@pytest.mark.parametrize(
    "said",
    [b"* OK Still here\r\n", b"* 1 FETCH (FLAGS ())\r\n", b"* 3 EXPUNGE\r\n", b"* 0 RECENT\r\n", b"+ \r\n"],
)
def test_only_mail_is_news(said: bytes) -> None:
    idle = heard(said)
    assert not idle.news
    assert not idle.gone


def test_news_before_the_invitation_count() -> None:
    assert heard(b"* 4 EXISTS\r\n").news


@pytest.mark.parametrize(
    "said", [b"", b"* BYE Autologout\r\n", b"* bye\r\n", b"* 1 FETCH (BODY[] {5}\r\n", b"x" * 9_000]
)
def test_what_ends_a_connection(said: bytes) -> None:
    assert heard(b"+ idling\r\n", said).gone


def test_a_refusal_is_told_from_an_end() -> None:
    assert heard(b"IDLE1 BAD unknown\r\n").refused
    assert heard(b"+ idling\r\n", b"idle1 OK done\r\n").ended
    assert not heard(b"IDLE1 OK done\r\n").refused
    assert not heard(b"X9 OK late answer\r\n").ended


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_nothing_a_server_says_raises(pieces: list[bytes]) -> None:
    heard(*pieces)
