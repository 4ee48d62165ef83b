"""What was made of files is made once, and never taken from a file that others could write."""

import pickle
from pathlib import Path

import pytest

from springback.memory import remembered


class Maker:
    """Makes a list of its parts, and counts how often it had to."""

    def __init__(self) -> None:
        self.calls = 0

    def get(self, *parts: str, kind: str = "rules") -> list[str]:
        def make() -> list[str]:
            self.calls += 1
            return [*parts, "made"]

        return remembered(kind, parts, make)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "springback"


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


@pytest.mark.usefixtures("folder")
def test_the_same_parts_are_made_once() -> None:
    maker = Maker()
    assert maker.get("a", "b") == ["a", "b", "made"]
    assert maker.get("a", "b") == ["a", "b", "made"]
    assert maker.calls == 1
    assert Maker().get("a", "b") == ["a", "b", "made"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("parts", [("a", "c"), ("ab",), ("ab", ""), ("a",), ("a", "b", ""), ("b", "a"), ()])
def test_changed_parts_are_made_anew(parts: tuple[str, ...]) -> None:
    maker = Maker()
    maker.get("a", "b")
    assert maker.get(*parts) == [*parts, "made"]
    assert maker.calls == 2


@pytest.mark.usefixtures("folder")
def test_another_kind_is_made_for_itself() -> None:
    maker = Maker()
    maker.get("a")
    maker.get("a", kind="senders")
    maker.get("a")
    assert maker.calls == 2


def test_what_is_kept_is_private(folder: Path) -> None:
    Maker().get("a")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert only_file(folder).stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_ours_alone_is_read(folder: Path) -> None:
    maker = Maker()
    maker.get("a")
    only_file(folder).write_bytes(pickle.dumps(["kept"]))
    assert maker.get("a") == ["kept"]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_ignored(folder: Path, mode: int) -> None:
    maker = Maker()
    maker.get("a")
    file = only_file(folder)
    file.write_bytes(pickle.dumps(["planted"]))
    file.chmod(mode)
    assert maker.get("a") == ["a", "made"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert maker.get("a") == ["a", "made"]
    assert maker.calls == 2


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_is_ignored(folder: Path, mode: int) -> None:
    maker = Maker()
    maker.get("a")
    only_file(folder).write_bytes(pickle.dumps(["planted"]))
    folder.chmod(mode)
    assert maker.get("a") == ["a", "made"]


def test_a_link_to_a_file_is_ignored(folder: Path, tmp_path: Path) -> None:
    maker = Maker()
    maker.get("a")
    file = only_file(folder)
    (tmp_path / "elsewhere").write_bytes(pickle.dumps(["planted"]))
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    assert maker.get("a") == ["a", "made"]
    assert pickle.loads((tmp_path / "elsewhere").read_bytes()) == ["planted"]  # noqa: S301 - our own


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", pickle.dumps(["a", "made"])[:-3], b"cspringback.nowhere\nNothing\n."]
)
def test_a_broken_file_is_made_anew(folder: Path, content: bytes) -> None:
    maker = Maker()
    maker.get("a")
    only_file(folder).write_bytes(content)
    assert maker.get("a") == ["a", "made"]
    assert maker.get("a") == ["a", "made"]
    assert maker.calls == 2


def test_a_folder_that_can_not_be_made_does_no_harm(folder: Path) -> None:
    folder.parent.write_text("not a folder")
    maker = Maker()
    assert maker.get("a") == ["a", "made"]
    assert maker.get("a") == ["a", "made"]
    assert maker.calls == 2
    assert folder.parent.read_text() == "not a folder"


def test_a_place_that_is_taken_does_no_harm(folder: Path) -> None:
    maker = Maker()
    maker.get("a")
    file = only_file(folder)
    file.unlink()
    file.mkdir()
    assert maker.get("a") == ["a", "made"]


def test_a_failure_is_not_remembered(folder: Path) -> None:
    def fail() -> str:
        raise ValueError("no rules")

    with pytest.raises(ValueError, match="no rules"):
        remembered("rules", ["a"], fail)
    assert not folder.exists()


def test_only_the_last_states_of_a_kind_are_kept(folder: Path) -> None:
    maker = Maker()
    maker.get("x", kind="senders")
    for number in range(12):
        maker.get(str(number))
    assert len(list(folder.glob("rules-*"))) == 8
    assert len(list(folder.iterdir())) == 9
    maker.calls = 0
    maker.get("11")
    maker.get("x", kind="senders")
    assert maker.calls == 0
    maker.get("0")
    assert maker.calls == 1
