"""What is stuck is named by the beginning of its key; every wrong key is told at once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from springback.cli.retry import chosen_by
from springback.entries import StuckEntry
from springback.errors import RetryError

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
FIRST = StuckEntry("a", "cafe0000ffff", "draft", "parked", NOW, "stored 3 times")
SECOND = replace(FIRST, key="cafe1111ffff")
MAIL = replace(FIRST, key="uid12", what="mail", state="set aside")
LATER = replace(MAIL, key="uid123")
STUCK = [FIRST, SECOND, MAIL, LATER]


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (["cafe0000"], [FIRST]),
        (["cafe1111ffff", "cafe0", "cafe00"], [SECOND, FIRST]),
        (["uid12"], [MAIL]),
        ([], []),
    ],
)
def test_a_key_or_its_beginning_names_an_entry(keys: list[str], chosen: list[StuckEntry]) -> None:
    assert chosen_by(keys, STUCK) == chosen


def test_every_wrong_key_is_told() -> None:
    with pytest.raises(RetryError) as caught:
        chosen_by(["cafe0000", "cafe", "beef", "caf", "uid1"], STUCK)
    told = str(caught.value)
    assert "'cafe': fits more than one" in told
    assert "'beef': nothing that is parked" in told
    assert "'caf': fits more than one" in told
    assert "'uid1': nothing" in told
    assert len(caught.value.problems) == 4


def test_a_short_beginning_names_nothing_even_where_it_fits_one() -> None:
    with pytest.raises(RetryError, match="too short"):
        chosen_by(["caf"], [FIRST])


def test_the_same_uid_in_two_accounts_wants_the_account() -> None:
    with pytest.raises(RetryError, match="--account"):
        chosen_by(["uid12"], [MAIL, replace(MAIL, account="b")])
