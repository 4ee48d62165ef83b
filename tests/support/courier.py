"""A private Courier on loopback: folders under INBOX., no SPECIAL-USE, no UIDNEXT, no LITERAL+."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from support.commands import OWN_TAG, commands_in
from support.dovecot import end_group, make_certificates
from support.imapserver import CACHE, OverImap
from support.wire import free_port

_PACKAGE = CACHE / "courier"
_SCRIPT = Path(__file__).with_name("courier.sh")
_START_SECONDS = 20
_STOP_SECONDS = 10


class Courier(OverImap):
    """A Courier server of its own: directory, ports, certificate and users."""

    prefix = "INBOX."

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="co-", dir="/tmp"))
        self.root.chmod(0o755)
        self.imap_port = free_port()
        self.imaps_port = free_port()
        self._account = pwd.getpwnam("nobody")
        self._process: subprocess.Popen[bytes] | None = None
        make_certificates(self.root / "ssl")
        parts = [(self.root / "ssl" / name).read_bytes() for name in ("server.key", "server.pem")]
        combined = self.root / "combined.pem"
        combined.write_bytes(b"".join(parts))
        combined.chmod(0o600)
        (self.root / "log").mkdir()
        for path in (combined, self.root / "log"):
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.root)

    @staticmethod
    def available() -> bool:
        """Tell whether Courier was unpacked and may be given a mount namespace."""
        if not (_PACKAGE / "complete").exists() or os.geteuid() != 0:
            return False
        tried = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False
        )
        return tried.returncode == 0 and shutil.which("openssl") is not None

    @property
    def ca_file(self) -> Path:
        """The authority a client has to trust."""
        return self.root / "ssl" / "ca.pem"

    def start(self) -> None:
        """Start the server and wait for its greeting."""
        arguments = [str(self.root), str(_PACKAGE), str(self.imap_port), str(self.imaps_port)]
        with (self.root / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", str(_SCRIPT), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=console,
                start_new_session=True,
            )
        self._wait_until_ready()
        deadline = time.monotonic() + _START_SECONDS
        while not self._greets():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the private Courier in {self.root} did not greet:\n{self._console()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server with all its processes; the mailboxes stay."""
        process, self._process = self._process, None
        if process is not None:
            # Without input it ends, and all that runs in its namespace with it.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_STOP_SECONDS)
            end_group(process)

    def restart(self) -> None:
        """Stop and start on the same ports."""
        self.stop()
        self.start()

    def add_user(self, address: str) -> None:
        """Add a user with the password "secret" and the folders Drafts, Sent and Trash."""
        home = self.root / "mail" / address
        for folder in ("", ".Drafts", ".Sent", ".Trash"):
            for part in ("cur", "new", "tmp"):
                (home / "Maildir" / folder / part).mkdir(parents=True)
            if folder:
                (home / "Maildir" / folder / "maildirfolder").touch()
        for path in (home, *home.rglob("*")):
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
        hashed = subprocess.run(
            ["openssl", "passwd", "-1", "secret"], capture_output=True, check=True, text=True
        ).stdout.strip()
        fields = {
            "uid": self._account.pw_uid,
            "gid": self._account.pw_gid,
            "home": home,
            "mail": home / "Maildir",
            "systempw": hashed,
        }
        line = "|".join(f"{name}={value}" for name, value in fields.items())
        with (self.root / "etc" / "userdb").open("a", encoding="utf-8") as users:
            users.write(f"{address}\t{line}\n")
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"users\n")
        self._process.stdin.flush()
        self._wait_until_ready()

    def commands(self, user: str) -> list[bytes]:
        """Return what the program under test sent after login: no tags, no literals."""
        found = []
        for log in sorted((self.root / "log").glob(f"{user}.*")):
            sent = log.read_bytes()
            if not sent.startswith(OWN_TAG):
                found += list(commands_in(sent))
        return found

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"the private Courier in {self.root} does not start:\n{self._console()}")

    def _console(self) -> str:
        return (self.root / "console.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def _greets(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.imap_port), timeout=5) as connection,
        ):
            return connection.recv(4) == b"* OK"
        return False
