"""A private Cyrus on loopback: strict, and different from Dovecot wherever the standard leaves room."""

import contextlib
import grp
import os
import pwd
import re
import shutil
import socket
import string
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NoReturn, Self

from support.commands import OWN_TAG, commands_in
from support.dovecot import end_group, make_certificates
from support.imapserver import CACHE, OverImap
from support.wire import free_port

_PACKAGE = CACHE / "cyrus"
_BIN = _PACKAGE / "usr" / "lib" / "cyrus" / "bin"
_SASLPASSWD = _PACKAGE / "usr" / "sbin" / "saslpasswd2"
_START_SECONDS = 20
_STOP_SECONDS = 10
# Where the telemetry log changes between what was sent and what was answered, with the time.
_TURN = re.compile(rb"([<>])\d{9,11}[<>]")

_SERVER = """\
configdirectory: $root/conf
defaultpartition: default
partition-default: $root/spool
cyrus_user: $user
admins: cyrus
allowplaintext: no
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $root/sasldb2
unixhierarchysep: yes
altnamespace: yes
virtdomains: userid
defaultdomain: localhost
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Drafts | Sent | Trash | Junk | Archive
autocreate_subscribe_folders: Drafts | Sent | Trash
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-junk: Junk
xlist-archive: Archive
specialusealways: yes
conversations: yes
imapidlepoll: 1
idlesocket: $root/run/idle
lmtpsocket: $root/run/lmtp
notifysocket: $root/run/notify
master_pid_file: $root/run/master.pid
tls_server_cert: $root/ssl/server.pem
tls_server_key: $root/ssl/server.key
servername: localhost
syslog_prefix: cyrustest
sievedir: $root/sieve
proc_path: $root/run/proc
mboxname_lockpath: $root/run/lock
"""
_SERVICES = """\
START {
  recover cmd="$bin/ctl_cyrusdb -C $root/imapd.conf -r"
  idled cmd="$bin/idled -C $root/imapd.conf"
}
SERVICES {
  imap cmd="$bin/imapd -C $root/imapd.conf -U 30" listen="127.0.0.1:$imap" prefork=0 maxchild=100
  imaps cmd="$bin/imapd -s -C $root/imapd.conf -U 30" listen="127.0.0.1:$imaps" prefork=0 maxchild=100
}
EVENTS {
}
"""


class Cyrus(OverImap):
    """A Cyrus server of its own: directory, ports, certificate and users.

    The plain port refuses logins (LOGINDISABLED).
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="cy-", dir="/tmp"))
        self.imap_port = free_port()
        self.imaps_port = free_port()
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._uid, self._gid = account.pw_uid, account.pw_gid
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        os.chown(self.root, self._uid, self._gid)
        for name in ("conf", "conf/log", "spool", "run", "sieve"):
            self._make(self.root / name)
        make_certificates(self.root / "ssl")
        self._own(self.root / "ssl", *(self.root / "ssl").iterdir())
        values = {
            "root": str(self.root),
            "bin": str(_BIN),
            "user": account.pw_name,
            "group": grp.getgrgid(account.pw_gid).gr_name,
            "imap": str(self.imap_port),
            "imaps": str(self.imaps_port),
        }
        for name, text in (("imapd.conf", _SERVER), ("cyrus.conf", _SERVICES)):
            (self.root / name).write_text(string.Template(text).substitute(values), encoding="utf-8")

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
        """Tell whether Cyrus was unpacked and openssl is installed."""
        return (_PACKAGE / "complete").exists() and shutil.which("openssl") is not None

    @property
    def ca_file(self) -> Path:
        """The authority a client has to trust."""
        return self.root / "ssl" / "ca.pem"

    def start(self) -> None:
        """Start the server and wait for its greeting."""
        config = ["-C", str(self.root / "imapd.conf"), "-M", str(self.root / "cyrus.conf")]
        with (self.root / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                [str(_BIN / "master"), *config, "-p", str(self.root / "run" / "master.pid")],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                cwd=self.root,
                env=_environment(),
                user=self._uid,
                group=self._gid,
                extra_groups=[] if os.geteuid() == 0 else None,
            )
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
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server with all its processes; the mailboxes stay."""
        process, self._process = self._process, None
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.kill()
            guard.communicate()
        if process is not None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            end_group(process)

    def restart(self) -> None:
        """Stop and start on the same ports."""
        self.stop()
        self.start()

    def add_user(self, address: str) -> None:
        """Add a user with the password "secret"; the folders appear at the first login."""
        name, _, domain = address.partition("@")
        subprocess.run(
            [_SASLPASSWD, "-p", "-c", "-f", self.root / "sasldb2", "-u", domain, name],
            input=b"secret",
            check=True,
            capture_output=True,
            timeout=20,
            env=_environment(),
        )
        self._own(self.root / "sasldb2")
        # Sessions are logged for users whose directory exists.
        self._make(self._log(address))
        with self.session(address):
            pass

    def commands(self, user: str) -> list[bytes]:
        """Return what the program under test sent after login: no tags, no literals."""
        found = []
        for log in sorted(self._log(user).iterdir(), key=lambda path: path.stat().st_mtime_ns):
            found += list(_sent(log.read_bytes()))
        return found

    def _log(self, user: str) -> Path:
        return self.root / "conf" / "log" / user

    def _greets(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.imap_port), timeout=5) as connection,
        ):
            return connection.recv(4) == b"* OK"
        return False

    def _give_up(self, what: str) -> NoReturn:
        console = (self.root / "console.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"the private Cyrus in {self.root} {what}:\n{console}")

    def _make(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self._own(path)

    def _own(self, *paths: Path) -> None:
        for path in paths:
            os.chown(path, self._uid, self._gid)


def _environment() -> dict[str, str]:
    libraries = [_PACKAGE / part / "x86_64-linux-gnu" for part in ("usr/lib", "lib")]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))}


def _sent(log: bytes) -> list[bytes]:
    """Return the commands of the sessions in a log, without those of the test's own."""
    found = []
    for text in re.split(rb"---------- [^\n]*\n", log):
        parts = _TURN.split(text)
        said = b"".join(data for side, data in zip(parts[1::2], parts[2::2], strict=True) if side == b"<")
        # Imaplib numbers its commands: OWN1, OWN2.
        if not said.startswith(OWN_TAG):
            found += list(commands_in(said))
    return found
