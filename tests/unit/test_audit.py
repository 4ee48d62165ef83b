"""The audit fails by a known weakness, and never passes off what it couldn't ask as sound."""

from typing import Any

from support.audit import told

SOUND: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
WEAK: dict[str, Any] = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED: dict[str, Any] = {"name": "c", "skip_reason": "not found"}


def test_a_known_weakness_fails() -> None:
    text, code = told({"dependencies": [SOUND, WEAK, SKIPPED]})
    assert code == 1
    assert "b 2: PYSEC-1, repaired in 3" in text
    assert "2 of 3 dependencies audited, 1 known weaknesses" in text


def test_what_was_not_asked_is_told() -> None:
    text, code = told({"dependencies": [SOUND, SKIPPED]})
    assert code == 0
    assert "NOT AUDITED: PyPI tells nothing about 1 of 2" in text
    assert told({"dependencies": [SOUND]}) == ("1 of 1 dependencies audited, 0 known weaknesses", 0)
