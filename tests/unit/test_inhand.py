"""The mail in hand: a mark that outlives the process, and tells which mail is to be tried less often."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.inhand import InHand, Mark, read, written
from springback.ledger import Ledger
from unit.making import NOW

ONE = Mark("personal", "INBOX", 7, 41)
OTHER = Mark("work", "INBOX", 9, 5)
MARKS = st.builds(
    Mark, st.text(max_size=80), st.text(max_size=200), st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1)
)


@pytest.fixture
def in_hand(tmp_path: Path) -> InHand:
    made = InHand(tmp_path)
    assert made.open() == ()
    return made


def left(folder: Path) -> tuple[Mark, ...]:
    """Return what a process that died now would leave."""
    return read((folder / "inhand").read_bytes())


@given(MARKS)
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert read(written(mark)) == (mark,)


@given(st.binary(max_size=9_000))
def test_garbage_is_no_mark(data: bytes) -> None:
    assert read(data) == ()


@given(MARKS, st.integers(0, 3_000), st.integers(0, 255))
def test_a_mark_that_is_not_whole_is_none(mark: Mark, at: int, byte: int) -> None:
    line = written(mark)
    changed = bytes([*line[:at], byte, *line[at + 1 :]]) if at < len(line) - 1 else line[:at]
    assert read(changed) in ((), (mark,))
    assert read(line[: len(line) // 2]) == ()


def test_a_mark_stands_on_disk_while_a_mail_is_looked_at(in_hand: InHand, tmp_path: Path) -> None:
    with in_hand.hold(ONE):
        assert left(tmp_path) == (ONE,)
    assert left(tmp_path) == ()


def test_a_mark_is_wiped_where_a_mail_fails(in_hand: InHand, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), in_hand.hold(ONE):
        raise ZeroDivisionError
    assert left(tmp_path) == ()


def test_what_a_dead_process_left_is_told_once(in_hand: InHand, tmp_path: Path) -> None:
    with in_hand.hold(ONE):
        after = InHand(tmp_path)
        assert after.open() == (ONE,)
        after.wipe()
        assert InHand(tmp_path).open() == ()


def test_the_file_is_private(in_hand: InHand, tmp_path: Path) -> None:
    with in_hand.hold(ONE):
        assert (tmp_path / "inhand").stat().st_mode & 0o077 == 0


def test_several_workers_leave_a_mark_each(in_hand: InHand, tmp_path: Path) -> None:
    with in_hand.hold(ONE):
        with in_hand.hold(OTHER):
            assert set(left(tmp_path)) == {ONE, OTHER}
        assert left(tmp_path) == (ONE,)


def test_nothing_is_written_before_it_is_opened(tmp_path: Path) -> None:
    with InHand(tmp_path).hold(ONE):
        assert list(tmp_path.iterdir()) == []


def test_a_mail_is_looked_at_where_no_mark_can_be_left(tmp_path: Path) -> None:
    made = InHand(tmp_path / "missing")
    assert made.open() == ()
    with made.hold(ONE):
        pass
    made = InHand(tmp_path)
    made.open()
    with made.hold(Mark("personal", "INBOX/" * 2_000, 7, 41)):
        assert left(tmp_path) == ()


def test_it_tells_how_long_the_oldest_is_in_hand(in_hand: InHand) -> None:
    assert in_hand.oldest(0.0) is None
    with in_hand.hold(ONE):
        since = -(in_hand.oldest(0.0) or 0.0)
        with in_hand.hold(OTHER):
            assert in_hand.oldest(since + 30) == pytest.approx(30)
    assert in_hand.oldest(since + 30) is None


def test_a_suspect_is_looked_at_alone(in_hand: InHand, tmp_path: Path) -> None:
    """What another worker holds is finished first, and nobody takes up another mail meanwhile."""
    begun, seen = threading.Event(), []

    def suspect() -> None:
        begun.set()
        with in_hand.hold(ONE, alone=True):
            seen.append(left(tmp_path))

    def other() -> None:
        with in_hand.hold(OTHER):
            seen.append(left(tmp_path))

    with in_hand.hold(Mark("third", "INBOX", 1, 1)):
        threads = [threading.Thread(target=work) for work in (suspect, other, suspect, other)]
        for thread in threads:
            thread.start()
        begun.wait(10)
        assert all(ONE not in marks for marks in seen)
    for thread in threads:
        thread.join(10)
    assert seen.count((ONE,)) == 2
    assert len(seen) == 4
    assert all(marks == (ONE,) for marks in seen if ONE in marks)


def test_a_fork_leaves_no_handle_behind(in_hand: InHand) -> None:
    assert in_hand._file is not None
    assert not os.get_inheritable(in_hand._file)


def die_over(folder: Path, *marks: Mark) -> None:
    """Leave what a process leaves that dies with these mails in hand."""
    slots = (written(mark).ljust(4_096, b"\0") for mark in marks)
    (folder / "inhand").write_bytes(b"".join(slots))


def tries(folder: Path, mark: Mark) -> dict[int, int]:
    """Return what the gap list knows of a mail after the next start."""
    ledger = Ledger(folder)
    with ledger.locked():
        noted = ledger.gaps.failed(mark.account, mark.folder, mark.uidvalidity)
    ledger.close()
    return noted


def test_a_mail_that_the_process_died_over_counts_as_tried(tmp_path: Path) -> None:
    for times in (1, 2, 3):
        die_over(tmp_path, ONE)
        assert tries(tmp_path, ONE) == {ONE.uid: times}
    assert tries(tmp_path, ONE) == {ONE.uid: 3}  # a start after a quiet end counts nothing


def test_of_several_none_is_blamed_but_each_is_a_suspect(tmp_path: Path) -> None:
    die_over(tmp_path, ONE, OTHER)
    assert tries(tmp_path, ONE) == {ONE.uid: 0}
    assert tries(tmp_path, OTHER) == {OTHER.uid: 0}


def test_only_what_the_process_died_over_is_deadly(tmp_path: Path) -> None:
    for _ in range(3):
        die_over(tmp_path, ONE)
        tries(tmp_path, ONE)
    ledger = Ledger(tmp_path)
    for _ in range(3):
        ledger.gaps.note_failure(ONE.account, ONE.folder, ONE.uidvalidity, 99, "a template fails", NOW)
    assert ledger.gaps.deadly(ONE.account, ONE.folder, ONE.uidvalidity) == {ONE.uid}
    ledger.close()
