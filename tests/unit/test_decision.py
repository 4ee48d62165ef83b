"""The decision table's conditions: how they bind, and what their author is told on a mistake."""

import pytest

from springback.decision import ConditionError, parse_condition


@pytest.mark.parametrize(
    ("condition", "counts", "holds"),
    [
        ("decisive", {"decisive": 1}, True),
        ("decisive", {"decisive": 3}, True),
        ("decisive", {"decisive": 0}, False),
        ("decisive", {}, False),
        ("strong>=2", {"strong": 1}, False),
        ("strong>=2", {"strong": 2}, True),
        ("strong >= 2", {"strong": 2}, True),
        ("not veto", {}, True),
        ("not veto", {"veto": 1}, False),
        ("not not veto", {"veto": 1}, True),
        ("other-domain and not decisive", {"other-domain": 1}, True),
        ("a and b", {"a": 1}, False),
        ("a or b", {"a": 1}, True),
        ("a or b and c", {"a": 1}, True),
        ("a or b and c", {"b": 1}, False),
        ("(a or b) and c", {"a": 1}, False),
        ("(a or b) and c", {"b": 1, "c": 1}, True),
        ("not a and b", {"b": 1}, True),
        ("not a and b", {}, False),
        ("not (a and b)", {"a": 1}, True),
        ("not (a or b)", {"b": 1}, False),
        ("a and b and c", {"a": 1, "b": 1}, False),
        ("a or b or c", {"c": 1}, True),
        ("  a\nand b ", {"a": 1, "b": 1}, True),
        ("nota", {}, False),
    ],
)
def test_condition(condition: str, counts: dict[str, int], holds: bool) -> None:  # noqa: FBT001
    assert parse_condition(condition).holds(counts) is holds


def test_names_tells_all_that_a_condition_looks_at() -> None:
    condition = parse_condition("decisive and (job or not hold) or weak>=2")
    assert condition.names() == {"decisive", "job", "hold", "weak"}


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("", "ends too early"),
        ("a and", "ends too early"),
        ("not", "ends too early"),
        ("(a or b", "'(' is never closed"),
        ("a)", "')' is out of place"),
        ("a b", "'b' is out of place"),
        ("a not b", "'not' is out of place"),
        ("and a", "'and' is out of place"),
        ("a or or b", "'or' is out of place"),
        ("()", "')' is out of place"),
        ("2", "'2' is out of place"),
        ("a>=", "'>=' needs a number"),
        ("a>=b", "'>=' needs a number"),
        ("a>=0", "'>=' needs a number of at least 1"),
        ("a>2", "can't read '>2'"),
        ("a && b", "can't read '&& b'"),
        ("Decisive", "can't read 'Decisive'"),
    ],
)
def test_a_mistake_is_told_with_the_condition(condition: str, problem: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(condition)
    assert problem in str(caught.value)
    assert repr(condition) in str(caught.value)
