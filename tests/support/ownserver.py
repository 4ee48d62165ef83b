"""A mail server of a test's own: a process on loopback that ends with the test, and its certificates."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NoReturn, Self

from support.wire import free_port

# Debian leaves the sbin directories off an ordinary user's PATH.
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_START_SECONDS = 20
_STOP_SECONDS = 10
_TAIL = 2_000  # characters of each log that a failure tells


class OwnServer(ABC):
    """A server process with a directory, ports and certificates; run as nobody where a test is root."""

    logs: tuple[str, ...] = ("console.log",)
    _own_root = True

    def __init__(self, root: Path) -> None:
        self.root = root
        self.imap_port = free_port()
        self.imaps_port = free_port()
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._own_root:
            shutil.rmtree(self.root)

    @property
    def ca_file(self) -> Path:
        """The authority a client has to trust."""
        return self.root / "ssl" / "ca.pem"

    def start(self) -> None:
        """Start the server and wait for its greeting."""
        if self._process is not None:
            raise RuntimeError(f"{self.root}: this server is running already")
        self._process = self._launch()
        # Its pipe closes however this process ends, so that even SIGKILL leaves no server behind.
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r _; kill -TERM "$0"', str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._greets():
            if self._process.poll() is not None:
                self._give_up("ended at once")
            if time.monotonic() > deadline:
                self._give_up(f"did not greet within {_START_SECONDS} s")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server with all its processes; the mailboxes stay."""
        process, self._process = self._process, None
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.kill()
            guard.communicate()
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._ask_to_end(process, _STOP_SECONDS)
            _end_group(process)

    def restart(self) -> None:
        """Stop and start on the same ports."""
        self.stop()
        self.start()

    @abstractmethod
    def _launch(self) -> "subprocess.Popen[bytes]":
        """Start the process in a session of its own."""

    def _ask_to_end(self, process: "subprocess.Popen[bytes]", seconds: int) -> None:
        process.terminate()
        process.wait(seconds)

    def _greets(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.imap_port), timeout=5) as connection,
        ):
            return connection.recv(4) == b"* OK"
        return False

    def _give_up(self, what: str) -> NoReturn:
        self.stop()
        tail = ""
        for name in self.logs:
            with contextlib.suppress(FileNotFoundError):
                tail += (self.root / name).read_text(encoding="utf-8", errors="replace")[-_TAIL:]
        raise RuntimeError(f"the private {type(self).__name__} in {self.root} {what}:\n{tail}")

    def _own(self, *paths: Path) -> None:
        for path in paths:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _make(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self._own(path)


def folder_of_its_own(prefix: str) -> Path:
    """Return a new directory with a name short enough for the sockets in it."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))


def program(name: str) -> str:
    """Return where a program is; raises FileNotFoundError."""
    path = shutil.which(name, path=PATH)
    if path is None:
        raise FileNotFoundError(f"{name} is not installed")
    return path


def make_certificates(where: Path) -> None:
    """Make a throw-away authority and a certificate for localhost and 127.0.0.1."""
    where.mkdir()
    extensions = (
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "extendedKeyUsage=serverAuth",
        "basicConstraints=CA:FALSE",
        # Python 3.13 verifies strictly and wants both.
        "subjectKeyIdentifier=hash",
        "authorityKeyIdentifier=keyid",
    )
    (where / "extensions").write_text("\n".join(extensions), encoding="ascii")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    authority = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
    signed = "-CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions"
    for command in (
        f"req -x509 {authority} {key} -days 30 -subj /CN=test-CA -keyout ca.key -out ca.pem",
        f"req {key} -subj /CN=localhost -keyout server.key -out server.csr",
        f"x509 -req {signed} -days 30 -in server.csr -out server.pem",
    ):
        subprocess.run([program("openssl"), *command.split()], cwd=where, check=True, capture_output=True)


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a session of its own, and wait until it can touch no file any more."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + _STOP_SECONDS
    while _lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.005)


def _lives(group: int) -> bool:
    """Tell whether any process of a group isn't dead; to be buried may take it long (proc(5))."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = file.read_text().rpartition(") ")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False
