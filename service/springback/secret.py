"""The password of an account, fetched where the person put it and never kept."""

import os
import stat
import subprocess
from pathlib import Path

from springback.config import Account
from springback.errors import SecretError

_COMMAND_SECONDS = 30
_MAX_SECRET = 4_096  # bytes


def find_password(account: Account) -> str:
    """Return the password; raises SecretError telling the step and the remedy, never the secret."""
    source = account.password
    if source.command:
        password = _from_command(account.name, source.command)
    elif source.env:
        password = os.environ.get(source.env, "")
        if not password:
            raise SecretError(
                f"Can't get the password of {account.name}: the environment has no {source.env}. "
                "Set it for the daemon"
            )
    elif source.file:
        password = _from_file(account.name, source.file)
    elif source.credential:
        password = _from_credential(account.name, source.credential)
    else:
        password = _from_keyring(account)
    password = password.rstrip("\r\n")
    if not password or any(ord(character) < ord(" ") for character in password):
        raise SecretError(
            f"Can't use the password of {account.name}: it is empty or holds control characters. "
            "Store it again, on one line"
        )
    return password


def _from_command(name: str, command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the command is the person's own, run without a shell
            command,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise SecretError(
            f"Can't get the password of {name}: there is no command {command[0]!r}. "
            "Give its full path in account.password.command"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = "it took too long" if isinstance(error, subprocess.TimeoutExpired) else error.strerror
        raise SecretError(f"Can't get the password of {name} from {command[0]!r}: {reason}") from None
    if done.returncode:
        raise SecretError(
            f"Can't get the password of {name}: {command[0]!r} ended with code {done.returncode}. "
            "Run it by hand to see why"
        )
    return done.stdout[:_MAX_SECRET].decode("utf-8", "replace").partition("\n")[0]


def _from_file(name: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(
                f"Can't use the password file {path} of {name}: others may read it. Run: chmod 600 {path}"
            )
        return path.read_text("utf-8")[:_MAX_SECRET].partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"Can't read the password file of {name}: {error}") from None


def _from_credential(name: str, credential: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(
            f"Can't get the password of {name}: no systemd credentials here. "
            f"Start the service with LoadCredential={credential}:..."
        )
    try:
        return Path(folder, credential).read_text("utf-8")[:_MAX_SECRET].partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"Can't read the credential {credential!r} of {name}: {error}") from None


def _from_keyring(account: Account) -> str:
    import keyring  # noqa: PLC0415 - half a second that only this source costs
    from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415 - as above

    try:
        password = keyring.get_password("springback", account.user)
    except NoKeyringError:
        raise SecretError(
            f"Can't get the password of {account.name}: this machine has no keyring. "
            "Use account.password with file, command, env or credential"
        ) from None
    except KeyringError as error:
        raise SecretError(
            f"Can't get the password of {account.name} from the keyring: {error}. "
            "Where there is no keyring, use account.password with file, command or env"
        ) from None
    if password is None:
        raise SecretError(
            f"Can't get the password of {account.name}: the keyring has none for {account.user}. "
            f"Run: keyring set springback {account.user}"
        )
    return password
