"""A private Dovecot on loopback, and a look at its mailboxes from the disk's side."""

import base64
import contextlib
import grp
import hashlib
import os
import re
import shutil
import string
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import repeat
from pathlib import Path

import pytest
from imapclient.imap_utf7 import encode as utf7

from support.commands import OWN_TAG, verbs_of
from support.ownserver import PATH, OwnServer, folder_of_its_own, make_certificates, program

_TEMPLATE = Path(__file__).with_name("dovecot.conf.in")
_TOKENS = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/tokens.conf
}}
"""
# A busy machine may leave a server between two of its steps for seconds.
_QUIET = 20.0
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")


def require_dovecot() -> None:
    """Skip the running test when Dovecot is missing, or fail it in CI."""
    if Dovecot.available():
        return
    text = "install dovecot-imapd (apt-get install dovecot-imapd) to run this test"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


class Dovecot(OwnServer):
    """A Dovecot server of its own, with users."""

    host = "localhost"
    prefix = ""
    logs = ("console.log", "dovecot.log")

    def __init__(self, root: Path | None = None, *, token_port: int | None = None) -> None:
        """`token_port` is where a `TokenServer` tells which access tokens are good."""
        self._token_port = token_port
        super().__init__(root or folder_of_its_own("sb-"))
        self._own_root = root is None
        # The longest socket name below it must stay within the 108 bytes of a unix socket.
        if len(str(self.root)) >= 60:
            raise ValueError(f"{self.root}: too long for unix sockets, take a path under 60 bytes")
        self._cleared: dict[str, bytes] = {}
        self._stamp = 0
        self._write_files(self._account.pw_name, grp.getgrgid(self._account.pw_gid).gr_name)

    @staticmethod
    def available() -> bool:
        """Tell whether Dovecot and openssl are installed."""
        return all(shutil.which(name, path=PATH) for name in ("dovecot", "doveadm", "openssl"))

    def _launch(self) -> "subprocess.Popen[bytes]":
        with (self.root / "console.log").open("ab") as console:
            return subprocess.Popen(
                [program("dovecot"), "-F", "-c", str(self.root / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def add_user(self, address: str, password: str = "secret", *, record: bool = True) -> None:  # noqa: S107
        """Add a user or change a password; without `record`, `commands` stays empty."""
        file = self.root / "users" / address.lower()
        if file.exists():
            # Dovecot looks at a file that it knows once a second only.
            time.sleep(1.1)
        # Encoded, so that a password may hold a colon.
        secret = base64.b64encode(password.encode()).decode()
        file.write_text(f"{file.name}:{{PLAIN.b64}}{secret}\n", encoding="utf-8")
        self._own(file)
        if record:
            self._make(self._rawlog(address))

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """Return the directory that holds a folder, whether it exists or not."""
        base = self.root / "mail" / user.lower() / "Maildir"
        if folder.upper() == "INBOX":
            return base
        name: bytes = utf7(folder)
        return base / ("." + name.decode("ascii").replace("/", "."))

    def fill(
        self,
        user: str,
        messages: Iterable[bytes],
        folder: str = "INBOX",
        received: Iterable[datetime] | None = None,
    ) -> int:
        """Store many messages behind the server's back, and return how many."""
        box = self._ensure(user, folder)
        # One date a message is a promise of the caller's; without dates there is none to check.
        pairs: Iterable[tuple[bytes, datetime | None]]
        if received is None:
            pairs = zip(messages, repeat(None), strict=False)
        else:
            pairs = zip(messages, received, strict=True)
        count = 0
        for count, (message, when) in enumerate(pairs, 1):  # noqa: B007
            self._store(box, "cur", message, when)
        return count

    def deliver(self, user: str, message: bytes, folder: str = "INBOX") -> None:
        """Store one message as a delivery agent does, so that the server announces it as new."""
        self._store(self._ensure(user, folder), "new", message, None)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the stored messages in UID order."""
        return [content for _, _, content in self._look(user, folder)[1]]

    def snapshot(self, user: str, folder: str = "INBOX") -> Mapping[str, str]:
        """Return all that a client could have changed in a folder: UIDs, flags and contents."""
        uidvalidity, stored = self._look(user, folder)
        seen = {str(uid): f"{name} {hashlib.sha256(data).hexdigest()}" for uid, name, data in stored}
        return {"UIDVALIDITY": str(uidvalidity), **seen}

    def commands(self, user: str) -> list[bytes]:
        """Return what the server was told after login: no tags, no literals, oldest first."""
        cleared = self._cleared.get(user.lower(), b"")
        found = [
            command
            for log in sorted(self._rawlog(user).glob("*.in"))
            for command in _parse_session(log.read_bytes(), _read(log.with_suffix(".out")))
        ]
        # By time alone: two sessions may interleave, and the sort keeps ties as they were logged.
        found.sort(key=lambda command: command[0])
        return [text for when, text in found if when > cleared]

    def verbs(self, user: str) -> set[str]:
        """Return the names of the commands sent, such as "EXAMINE" or "UID FETCH"."""
        return verbs_of(self.commands(user))

    def clear_commands(self, user: str) -> None:
        """Forget the commands sent so far, of finished and of living sessions."""
        # A moment, because a living session goes on writing at its file's old position.
        seconds, micros = divmod(time.time_ns() // 1000, 1_000_000)
        self._cleared[user.lower()] = b"%d.%06d" % (seconds, micros)

    def _write_files(self, user: str, group: str) -> None:
        self.root.mkdir(exist_ok=True)
        self._own(self.root)
        for name in ("run", "state", "users", "mail", "rawlog"):
            self._make(self.root / name)
        if not self.ca_file.exists():
            make_certificates(self.root / "ssl")
        config = string.Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
            root=self.root,
            user=user,
            group=group,
            imap_port=self.imap_port,
            imaps_port=self.imaps_port,
            token_mechanisms=" xoauth2 oauthbearer" if self._token_port else "",
            token_passdb=_TOKENS.format(root=self.root) if self._token_port else "",
        )
        if self._token_port:
            url = f"http://127.0.0.1:{self._token_port}/?token="
            tokens = f"tokeninfo_url = {url}\nusername_attribute = user\nactive_attribute = active\n"
            (self.root / "tokens.conf").write_text(f"{tokens}active_value = yes\n", encoding="utf-8")
        (self.root / "dovecot.conf").write_text(config, encoding="utf-8")

    def _rawlog(self, user: str) -> Path:
        return self.root / "rawlog" / user.lower()

    def _ensure(self, user: str, folder: str) -> Path:
        box = self.maildir(user, folder)
        base = self.maildir(user)
        for path in (base.parent, base, box, box / "cur", box / "new", box / "tmp"):
            self._make(path)
        return box

    def _store(self, box: Path, part: str, message: bytes, when: datetime | None) -> None:
        # Dovecot numbers new files by the seconds and then the text of their names.
        self._stamp = max(self._stamp + 1, time.time_ns() // 1000)
        seconds, micros = divmod(self._stamp, 1_000_000)
        lines_to_widen = message.count(b"\n") - message.count(b"\r\n")
        size = f"S={len(message)},W={len(message) + lines_to_widen}"
        name = f"{seconds}.M{micros:06d}P{os.getpid()}.springback,{size}"
        # By way of tmp/, as a running server must not see half a message.
        draft = box / "tmp" / name
        with draft.open("xb") as file:
            file.write(message)
        self._own(draft)
        if when is not None:
            os.utime(draft, (when.timestamp(), when.timestamp()))
        draft.rename(box / part / (name + ":2," if part == "cur" else name))

    def _look(self, user: str, folder: str) -> tuple[int, list[tuple[int, str, bytes]]]:
        """Return UIDVALIDITY and, in UID order, UID, name with flags, and content of each file."""
        box = self.maildir(user, folder)
        if not box.is_dir():
            return 0, []
        # A session may be making the folder, or rename a file between the listing and the reading.
        deadline = time.monotonic() + _QUIET
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                files = _files(box)
                uidvalidity, uids = _uidlist(box / "dovecot-uidlist")
                if uidvalidity and files.keys() <= uids.keys():
                    return uidvalidity, sorted(
                        (uids[base], f"{base}:2,{flags}", path.read_bytes())
                        for base, (path, flags) in files.items()
                    )
                self._assign_uids(user, folder)
            time.sleep(0.02)
        raise RuntimeError(f"{box}: no quiet moment of {_QUIET:.0f} s to read it in, or files without a UID")

    def _assign_uids(self, user: str, folder: str) -> None:
        # Not by way of IMAP, which would show among the user's commands.
        subprocess.run(
            [
                *(program("doveadm"), "-c", str(self.root / "dovecot.conf")),
                *("mailbox", "status", "-u", user, "messages", folder),
            ],
            check=True,
            capture_output=True,
            timeout=30,
        )


def _read(log: Path) -> bytes:
    """Return a raw log, or nothing: of a session's two, the server makes this one a moment later."""
    with contextlib.suppress(FileNotFoundError):
        return log.read_bytes()
    return b""


def _files(box: Path) -> dict[str, tuple[Path, str]]:
    """Return path and flags of each file of a Maildir folder, by its name without flags."""
    found = {}
    # new/ first: a file moved meanwhile is then met twice, and cur/ wins, instead of never.
    for part in ("new", "cur"):
        for path in (box / part).iterdir():
            base, _, flags = path.name.partition(":2,")
            found[base] = (path, "".join(sorted(flags)))
    return found


def _uidlist(path: Path) -> tuple[int, dict[str, int]]:
    """Return UIDVALIDITY and the UIDs by file name, from Dovecot's own list."""
    if not path.exists():
        return 0, {}
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    uids = {}
    for line in lines:
        numbers, _, name = line.partition(" :")
        uids[name.partition(":2,")[0]] = int(numbers.partition(" ")[0])
    return int(header.split(" ")[1].removeprefix("V")), uids


def _parse_session(sent: bytes, answered: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield time and text of each command in a session's raw log, where every line is timed."""
    answers = [line.partition(b" ")[::2] for line in answered.splitlines()]
    start = command = b""
    skip = 0
    for timed in sent.split(b"\n")[:-1]:
        when, _, line = timed.partition(b" ")
        line += b"\n"
        if skip >= len(line):
            skip -= len(line)
            continue
        line = line[skip:].rstrip(b"\r\n")
        skip = 0
        start = start or when
        command += line
        literal = _LITERAL.search(line)
        if literal and (literal[2] or _invited(command, when, answers)):
            skip = int(literal[1])
            continue
        tag, _, text = command.partition(b" ")
        if not tag.startswith(OWN_TAG):
            yield start, text or tag
        start = command = b""


def _invited(command: bytes, when: bytes, answers: list[tuple[bytes, bytes]]) -> bool:
    """Tell whether the server asked for the literal that a command announced."""
    tag = command.partition(b" ")[0] + b" "
    for moment, text in answers:
        if moment >= when and text.startswith((b"+ ", tag)):
            return text.startswith(b"+ ")
    return True
