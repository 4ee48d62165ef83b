"""A private Cyrus on loopback: strict, and different from Dovecot wherever the standard leaves room."""

import grp
import os
import re
import shutil
import string
import subprocess
from pathlib import Path

from support.commands import OWN_TAG, commands_in
from support.imapserver import CACHE, OverImap
from support.ownserver import OwnServer, folder_of_its_own, make_certificates

_PACKAGE = CACHE / "cyrus"
_BIN = _PACKAGE / "usr" / "lib" / "cyrus" / "bin"
_SASLPASSWD = _PACKAGE / "usr" / "sbin" / "saslpasswd2"
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


class Cyrus(OwnServer, OverImap):
    """A Cyrus server of its own, with users.

    The plain port refuses logins (LOGINDISABLED).
    """

    def __init__(self) -> None:
        super().__init__(folder_of_its_own("cy-"))
        self._own(self.root)
        for name in ("conf", "conf/log", "spool", "run", "sieve"):
            self._make(self.root / name)
        make_certificates(self.root / "ssl")
        self._own(*(self.root / "ssl" / name for name in ("server.key", "server.pem")))
        values = {
            "root": str(self.root),
            "bin": str(_BIN),
            "user": self._account.pw_name,
            "group": grp.getgrgid(self._account.pw_gid).gr_name,
            "imap": str(self.imap_port),
            "imaps": str(self.imaps_port),
        }
        for name, text in (("imapd.conf", _SERVER), ("cyrus.conf", _SERVICES)):
            (self.root / name).write_text(string.Template(text).substitute(values), encoding="utf-8")

    @staticmethod
    def available() -> bool:
        """Tell whether Cyrus was unpacked and openssl is installed."""
        return (_PACKAGE / "complete").exists() and shutil.which("openssl") is not None

    def _launch(self) -> "subprocess.Popen[bytes]":
        config = ["-C", str(self.root / "imapd.conf"), "-M", str(self.root / "cyrus.conf")]
        with (self.root / "console.log").open("ab") as console:
            return subprocess.Popen(
                [str(_BIN / "master"), *config, "-p", str(self.root / "run" / "master.pid")],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                cwd=self.root,
                env=_environment(),
                user=self._account.pw_uid,
                group=self._account.pw_gid,
                extra_groups=[] if os.geteuid() == 0 else None,
            )

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
