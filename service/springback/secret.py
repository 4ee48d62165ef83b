"""The password or the access token of an account, fetched where the person put it and never kept."""

import os
import select
import subprocess
import time
from collections.abc import Container
from pathlib import Path

from springback.config import Account
from springback.errors import SecretError
from springback.masked import Secret
from springback.permissions import problem_of_secret_file
from springback.sasl import is_token

_COMMAND_SECONDS = 30
_MAX_SECRET = 16_384  # bytes; the longest tokens have a few thousand


def find_password(account: Account, hidden: Container[str] = ()) -> Secret:
    """Return the password or token; raises SecretError telling the step and the remedy, never the secret.

    `hidden` are variables of the environment that a command doesn't get to see.
    """
    source, what = account.password, _kind(account)
    if source.command:
        text = _from_command(account, source.command, hidden)
    elif source.env:
        text = os.environ.get(source.env, "")
        if not text:
            raise SecretError(
                f"Can't get the {what} of {account.name}: the environment has no {source.env}. "
                "Set it for the daemon"
            )
    elif source.file:
        text = _from_file(account, source.file)
    elif source.credential:
        text = _from_credential(account, source.credential)
    else:
        text = _from_keyring(account)
    if len(text) > _MAX_SECRET:
        raise SecretError(f"Can't use the {what} of {account.name}: it is over {_MAX_SECRET} bytes long")
    text = text.partition("\n")[0].rstrip("\r\n")
    if what == "token" and not is_token(text):
        raise SecretError(
            f"Can't use the token of {account.name}: its first line isn't an access token. "
            "Let the command print the token alone"
        )
    if not text or any(ord(character) < ord(" ") for character in text):
        raise SecretError(
            f"Can't use the {what} of {account.name}: it is empty or holds control characters. "
            "Store it again, on one line"
        )
    return Secret(text)


def _kind(account: Account) -> str:
    return "password" if account.login_method == "password" else "token"


def _from_command(account: Account, command: tuple[str, ...], hidden: Container[str]) -> str:
    begun = f"Can't get the {_kind(account)} of {account.name}"
    try:
        with subprocess.Popen(  # noqa: S603 - the command is the person's own, run without a shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in hidden},
        ) as process:
            try:
                printed, code = _output(process)
            finally:
                process.kill()
    except FileNotFoundError:
        raise SecretError(
            f"{begun}: there is no command {command[0]!r}. Give its full path in account.password.command"
        ) from None
    except TimeoutError:
        raise SecretError(f"{begun} from {command[0]!r}: it took too long") from None
    except OSError as error:
        raise SecretError(f"{begun} from {command[0]!r}: {error.strerror}") from None
    if code:
        raise SecretError(f"{begun}: {command[0]!r} ended with code {code}. Run it by hand to see why")
    return printed.decode("utf-8", "replace")


def _output(process: "subprocess.Popen[bytes]") -> tuple[bytes, int]:
    """Return what a command prints, as far as it is looked at, and its exit code; raises TimeoutError."""
    end = time.monotonic() + _COMMAND_SECONDS
    printed = bytearray()
    assert process.stdout  # noqa: S101 - it was asked for
    waiting = select.poll()  # not select(), which takes no descriptor above a thousand
    waiting.register(process.stdout)
    while len(printed) <= _MAX_SECRET:
        if not waiting.poll(max(0, end - time.monotonic()) * 1000):
            raise TimeoutError
        part = os.read(process.stdout.fileno(), _MAX_SECRET)
        if not part:
            break
        printed += part
    else:
        return bytes(printed), 0  # too long, whatever comes of it
    try:
        return bytes(printed), process.wait(max(0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None


def _from_file(account: Account, path: Path) -> str:
    begun = f"{_kind(account)} file {path} of {account.name}"
    try:
        with path.open("rb") as file:
            problem = problem_of_secret_file(path, os.fstat(file.fileno()))
            if problem:
                raise SecretError(f"Can't use the {begun}: {problem}")
            return file.read(_MAX_SECRET + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(
            f"Can't read the {_kind(account)} file of {account.name}: {_reason(error)}"
        ) from None


def _from_credential(account: Account, credential: str) -> str:
    name, what = account.name, _kind(account)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(
            f"Can't get the {what} of {name}: no systemd credentials here. "
            f"Start it by systemd with LoadCredential={credential}:..., see docs/operations.md"
        )
    try:
        with Path(folder, credential).open("rb") as file:
            return file.read(_MAX_SECRET + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"Can't read the credential {credential!r} of {name}: {_reason(error)}") from None


def _from_keyring(account: Account) -> str:
    import keyring  # noqa: PLC0415 - half a second that only this source costs
    from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415 - as above

    what, login = _kind(account), {account.user: "(login)"}
    try:
        password = keyring.get_password("springback", account.user)
    except NoKeyringError:
        raise SecretError(
            f"Can't get the {what} of {account.name}: this machine has no keyring. "
            "Use account.password with file, command, env or credential"
        ) from None
    except KeyringError as error:
        raise SecretError(
            f"Can't get the {what} of {account.name} from the keyring: {error}. "
            "Where there is no keyring, use account.password with file, command or env"
        ) from None
    if password is None:
        raise SecretError(
            f"Can't get the {what} of {account.name}: the keyring has none for {account.user}. "
            f"Run: keyring set springback {account.user}",
            private=login,
        )
    return password


def _reason(error: OSError | UnicodeDecodeError) -> str:
    """Return what went wrong, without the bytes that a decoding error carries."""
    return f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else "it isn't UTF-8"
