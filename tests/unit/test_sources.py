"""Saved mail is read wherever a person keeps it, and one bad file doesn't stop the others."""

import io
import mailbox
import os
import sys
from pathlib import Path

import pytest

from springback.errors import InputError
from springback.parts import MAX_RAW
from springback.sources import Source, saved_mails
from unit.making import mail

ONE, TWO = mail("One.", subject="One"), mail("Two.\n\nFrom here on.", subject="Two")


def read(path: Path | str) -> list[Source]:
    return list(saved_mails(str(path)))


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(ONE)
    assert read(path) == [Source(str(path), ONE)]


def test_an_mbox(tmp_path: Path) -> None:
    path = tmp_path / "mails"
    box = mailbox.mbox(path)
    for raw in (ONE, TWO):
        box.add(raw)
    box.close()
    first, second = read(path)
    assert (first.path, second.path) == (f"{path}#1", f"{path}#2")
    assert first.raw.strip() == ONE.strip()
    assert b"Subject: Two" in second.raw
    assert b"From here on." in second.raw
    assert (first.error, second.error) == (None, None)


def test_a_maildir(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    for raw in (ONE, TWO):
        box.add(raw)
    assert {found.raw for found in read(tmp_path / "box")} == {ONE, TWO}


def test_a_folder_is_read_to_its_depth_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "b" / "two.eml").write_bytes(TWO)
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / ".hidden.eml").write_bytes(ONE)
    (tmp_path / ".git" / "x.eml").write_bytes(ONE)
    assert [Path(found.path).name for found in read(tmp_path)] == ["a.eml", "two.eml"]


def test_an_empty_folder_holds_no_mail(tmp_path: Path) -> None:
    assert read(tmp_path) == []


class Stdin:
    """Standard input with these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize(("content", "error"), [(ONE, None), (b"", "is empty")])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes, error: str | None) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(content))
    assert read("-") == [Source("-", content, error)]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"Dear Robin,\n\nno header here.", "isn't a mail: it doesn't start with a header"),
        (b"\x89PNG\r\n\x1a\n\0\0", "isn't a mail: it doesn't start with a header"),
    ],
)
def test_what_is_no_mail_is_told_and_the_others_go_on(tmp_path: Path, content: bytes, error: str) -> None:
    (tmp_path / "a").write_bytes(content)
    (tmp_path / "b").write_bytes(ONE)
    assert read(tmp_path) == [
        Source(str(tmp_path / "a"), b"", error),
        Source(str(tmp_path / "b"), ONE),
    ]


def test_a_file_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "cur").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "cur" / "a").symlink_to("a")
    (tmp_path / "new" / "b").write_bytes(ONE)
    bad, good = read(tmp_path)
    assert (bad.error or "").startswith("can't be read: ")
    assert good.raw == ONE


def test_what_is_out_of_reach_is_told(barred: Path) -> None:
    for path in (barred / "file", barred / "sub" / "file", Path("/", "x" * 256)):
        with pytest.raises(InputError, match=rf"Can't read {path}: .*(Permission denied|name too long)"):
            read(path)


def test_a_folder_out_of_reach_is_told_and_the_others_go_on(barred: Path) -> None:
    bad, good = read(barred.parent)
    assert bad == Source(str(barred), b"", "can't be read: Permission denied")
    assert (good.path, good.error) == (str(barred.parent / "mail"), None)
    assert read(barred) == [bad]


@pytest.mark.timeout(10)
def test_a_pipe_in_a_folder_is_no_mail(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path) == []


def test_an_empty_path_is_not_the_current_folder() -> None:
    """As where a variable of a script isn't set."""
    with pytest.raises(InputError, match=r"Can't read '': the path is empty. Name a file or folder"):
        read("")


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(InputError, match=r"Can't read /no/such/file: there is no such file or fold"):
        read("/no/such/file")


def test_a_huge_file_is_read_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "huge.eml"
    path.write_bytes(ONE + b"x" * (2 * MAX_RAW))
    (found,) = read(path)
    assert len(found.raw) == MAX_RAW + 1
