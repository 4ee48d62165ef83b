"""Files that others could write or read are refused, each with the command that mends it."""

import os
import stat
from pathlib import Path

import pytest

from springback.config import Config
from springback.configfile import load_config
from springback.errors import ConfigError, LedgerError
from springback.ledger import Ledger
from springback.memory import remembered
from springback.permissions import problem_of_secret_file, require_safe_files, require_safe_folders

TEXT = """
[[account]]
name = "home"
address = "robin@ellery.example"
full_name = "Robin Ellery"
host = "imap.ellery.example"
ca_file = "ca.pem"
password = { file = "password" }
[paths]
rules = "rules"
templates = "templates"
"""
STRANGER = 12_345  # nobody's user or group


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A configuration whose files are all as they should be."""
    home = tmp_path / "home"
    (home / "templates" / "en").mkdir(parents=True)
    (home / "rules").mkdir()
    for name in ("ca.pem", "rules/mine.toml", "templates/en/closed.txt.j2", "password", "config.toml"):
        (home / name).write_text(TEXT if name == "config.toml" else "x")
        (home / name).chmod(0o600 if name == "password" else 0o644)
    return home / "config.toml"


def config(path: Path) -> Config:
    return load_config(path)


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        require_safe_files(path, config(path))
    return list(caught.value.problems)


def test_files_that_only_the_person_writes_are_fine(path: Path) -> None:
    require_safe_files(path, config(path))
    require_safe_folders(config(path))


@pytest.mark.parametrize(
    "name",
    ["config.toml", "ca.pem", "rules", "rules/mine.toml", "templates", "templates/en",
     "templates/en/closed.txt.j2", "."],
)  # fmt: skip
def test_what_others_may_write_is_refused(path: Path, name: str) -> None:
    file = path.parent / name
    file.chmod(file.stat().st_mode | stat.S_IWOTH)
    found = problems(path)
    assert found
    assert found == [f"{file.resolve()}: others may write it. Run: chmod go-w {file.resolve()}"]


def test_all_problems_are_told_at_once(path: Path) -> None:
    path.write_text(TEXT + '[reply]\nid_secret = "marked"\n')
    for name in ("rules", "templates/en/closed.txt.j2"):
        (path.parent / name).chmod(0o777)
    (path.parent / "password").chmod(0o640)
    told = problems(path)
    assert len([line for line in told if "config.toml: it holds id_secret" in line]) == 1
    assert any(f"chmod 600 {path}" in line for line in told)
    assert any(f"chmod go-w {path.parent / 'rules'}" in line for line in told)
    assert any(f"chmod 600 {path.parent / 'password'}" in line for line in told)
    assert any("closed.txt.j2" in line for line in told)
    assert not any("marked" in line for line in told)


def test_a_secret_in_the_configuration_needs_its_mode(path: Path) -> None:
    path.write_text(TEXT + '[reply]\nid_secret = "marked"\n')
    path.chmod(0o600)
    require_safe_files(path, config(path))


def test_a_group_of_others_may_not_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.chmod(0o664)
    monkeypatch.setattr("springback.permissions._is_own_group", lambda _: False)
    assert problems(path) == [f"{path}: others may write it. Run: chmod go-w {path}"]
    monkeypatch.setattr("springback.permissions._is_own_group", lambda _: True)
    require_safe_files(path, config(path))


@pytest.mark.parametrize("name", ["config.toml", "ca.pem", "password"])
def test_a_file_of_another_user_is_refused(path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from another user's side: the file is not theirs, whoever runs the tests."""
    file, real = path.parent / name, os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    if real == 0:
        os.chown(file, STRANGER + 1, -1)
    assert f"{file}: it belongs to another user. Run: chown {STRANGER} {file}" in problems(path)


@pytest.mark.parametrize("linked", [False, True])
def test_a_ca_that_others_may_replace_is_refused(path: Path, tmp_path: Path, linked: bool) -> None:  # noqa: FBT001 - pytest gives it
    """Whoever may write its folder may put another in its place, or another link."""
    folder = tmp_path / "shared"
    folder.mkdir()
    (path.parent / "ca.pem").rename(folder / "ca.pem" if not linked else path.parent / "real.pem")
    if linked:
        (folder / "ca.pem").symlink_to(path.parent / "real.pem")
    path.write_text(TEXT.replace("ca.pem", "../shared/ca.pem"))
    require_safe_files(path, config(path))
    folder.chmod(0o777)
    assert problems(path) == [f"{folder}: others may write it. Run: chmod go-w {folder}"]


def test_a_link_to_a_file_of_the_system_is_fine(path: Path) -> None:
    """As the bundle of all authorities is on many systems."""
    (path.parent / "ca.pem").unlink()
    (path.parent / "ca.pem").symlink_to("/etc/passwd")
    require_safe_files(path, config(path))


def test_a_link_counts_as_what_it_leads_to(path: Path, tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    (open_folder / "secret").write_text("x")
    (open_folder / "secret").chmod(0o600)
    link = path.parent / "link"
    link.symlink_to(open_folder / "secret")
    assert problem_of_secret_file(link, link.stat()) is None
    open_folder.chmod(0o777)
    assert f"chmod go-w {open_folder}" in (problem_of_secret_file(link, link.stat()) or "")
    open_folder.chmod(0o700)
    (open_folder / "secret").chmod(0o604)
    assert f"others may read it. Run: chmod 600 {link}" in (problem_of_secret_file(link, link.stat()) or "")


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def test_the_ledger_is_the_persons_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = tmp_path / "state"
        ledger = Ledger(folder)
        with ledger.locked():
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            found = modes(folder)
            assert set(found) >= {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "lock"}
            assert set(found.values()) == {0o600}
        ledger.close()
    finally:
        os.umask(before)


def test_a_ledger_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """As after a restored backup."""
    folder = tmp_path / "state"
    Ledger(folder).close()
    for name in ("ledger.sqlite", "lock"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    ledger = Ledger(folder)
    with ledger.locked():
        assert ledger.tightened == ("ledger.sqlite",)
        assert set(modes(folder).values()) == {0o600}
    ledger.close()


def test_a_state_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(LedgerError, match=f"Can't trust the ledger: .*Run: chmod go-w {folder}"):
        Ledger(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", [".", "ledger.sqlite"])
def test_a_ledger_of_another_user_is_left_to_them(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where root asks for the status of a service: taking its files away would end it."""
    folder = tmp_path / "state"
    Ledger(folder).close()
    owner = os.geteuid() or STRANGER
    os.chown(folder / name, owner, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(LedgerError, match=r"it belongs to \S+\. Run springback as that user$"):
        Ledger(folder)


def test_a_state_folder_out_of_reach_is_told(barred: Path) -> None:
    for folder, why in ((barred / "state", "Permission denied"), (Path("/", "x" * 256), "File name too")):
        with pytest.raises(LedgerError, match=rf"Can't open the ledger {folder}.*: {why}.*\(paths\.state\)"):
            Ledger(folder)


def test_a_password_file_out_of_reach_is_left_to_who_opens_it(path: Path) -> None:
    path.write_text(TEXT.replace('file = "password"', f'file = "/{"x" * 256}"'))
    require_safe_files(path, config(path))


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "state")
    victim = tmp_path / "victim"
    (tmp_path / "state" / "lock").symlink_to(victim)
    with pytest.raises(LedgerError, match="Can't lock"), ledger.locked():
        pass
    assert not victim.exists()
    ledger.close()


def test_nothing_is_kept_in_a_cache_that_others_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "springback"
    folder.mkdir()
    folder.chmod(0o777)
    assert remembered("kind", ["part"], lambda: 5) == 5
    assert list(folder.iterdir()) == []
    folder.chmod(0o700)
    remembered("kind", ["part"], lambda: 6)
    (kept,) = folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert remembered("kind", ["part"], lambda: 7) == 6
