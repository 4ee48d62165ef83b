"""Where a password may be kept, and that no error ever tells it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.errors import KeyringError

from springback.config import Account, Password
from springback.errors import SecretError
from springback.secret import find_password

SECRET = "correct horse"  # noqa: S105 - of nobody


def account(password: Password) -> Account:
    return Account(
        name="home", address="robin@ellery.example", full_name="Robin Ellery",
        host="imap.ellery.example", password=password,
    )  # fmt: skip


def found(**source: object) -> str:
    return find_password(account(Password.model_validate(source)))


def refused(**source: object) -> str:
    with pytest.raises(SecretError) as caught:
        found(**source)
    told = str(caught.value)
    assert "home" in told
    assert SECRET not in told
    assert caught.value.__cause__ is None
    return told


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_from_a_command() -> None:
    assert found(command=python(f"print({SECRET!r}); print('user: robin')")) == SECRET


def test_a_command_gets_no_shell_and_no_input() -> None:
    code = "import sys; print(sys.argv[1], sys.stdin.read() == '')"
    assert found(command=[*python(code), "$HOME;x"]) == "$HOME;x True"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["/no/such/command"], "there is no command '/no/such/command'"),
        (["/"], "from '/': Permission denied"),
        (python(f"print({SECRET!r}); raise SystemExit({SECRET!r})"), "ended with code 1"),
        (python("pass"), "it is empty"),
        (python("print('a\\tb')"), "control characters"),
    ],
)  # fmt: skip
def test_a_command_that_fails(command: list[str], told: str) -> None:
    assert told in refused(command=command)


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", f"{SECRET}\n")
    assert found(env="MAIL_PASSWORD") == SECRET
    monkeypatch.delenv("MAIL_PASSWORD")
    assert "the environment has no MAIL_PASSWORD" in refused(env="MAIL_PASSWORD")


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\nsecond line\n")
    path.chmod(0o600)
    assert found(file=path) == SECRET


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(mode)
    assert f"others may read it. Run: chmod 600 {path}" in refused(file=path)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    assert "No such file" in refused(file=tmp_path / "none")
    path = tmp_path / "secret"
    path.touch(0o600)
    assert "is empty" in refused(file=path)
    path.write_bytes(b"\xff\xfe")
    assert "Can't read the password file" in refused(file=path)


def test_from_a_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imap").write_text(f"{SECRET}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert found(credential="imap") == SECRET
    assert "Can't read the credential 'other'" in refused(credential="other")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "LoadCredential=imap" in refused(credential="imap")


class FakeKeyring(KeyringBackend):
    """A keyring in memory; `broken` makes it one that can't be unlocked."""

    priority = 1

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise KeyringError("locked")
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[service, username]


@pytest.fixture
def ring() -> Iterator[FakeKeyring]:
    before = keyring.get_keyring()
    fake = FakeKeyring()
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(before)


def test_from_the_keyring(ring: FakeKeyring) -> None:
    ring.set_password("springback", "robin@ellery.example", SECRET)
    assert found(keyring=True) == SECRET


def test_a_keyring_without_the_password(ring: FakeKeyring) -> None:
    ring.set_password("springback", "kim@ellery.example", SECRET)
    assert "Run: keyring set springback robin@ellery.example" in refused(keyring=True)


def test_a_keyring_that_can_not_be_unlocked(ring: FakeKeyring) -> None:
    ring.broken = True
    told = refused(keyring=True)
    assert "from the keyring: locked" in told
    assert "use account.password with file, command or env" in told


def test_a_machine_without_a_keyring() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(FailKeyring())  # type: ignore[no-untyped-call]  # keyring types no backends
    try:
        assert "this machine has no keyring. Use account.password with file" in refused(keyring=True)
    finally:
        keyring.set_keyring(before)
