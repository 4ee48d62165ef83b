"""A private Courier on loopback: folders under INBOX., no SPECIAL-USE, no UIDNEXT, no LITERAL+."""

import os
import shutil
import subprocess
from pathlib import Path

from support.commands import OWN_TAG, commands_in
from support.imapserver import CACHE, OverImap
from support.ownserver import OwnServer, folder_of_its_own, make_certificates

_PACKAGE = CACHE / "courier"
_SCRIPT = Path(__file__).with_name("courier.sh")


class Courier(OwnServer, OverImap):
    """A Courier server of its own, with users."""

    prefix = "INBOX."

    def __init__(self) -> None:
        super().__init__(folder_of_its_own("co-"))
        self.root.chmod(0o755)
        make_certificates(self.root / "ssl")
        parts = [(self.root / "ssl" / name).read_bytes() for name in ("server.key", "server.pem")]
        combined = self.root / "combined.pem"
        combined.write_bytes(b"".join(parts))
        combined.chmod(0o600)
        (self.root / "log").mkdir()
        self._own(combined, self.root / "log")

    @staticmethod
    def available() -> bool:
        """Tell whether Courier was unpacked and may be given a mount namespace."""
        if not (_PACKAGE / "complete").exists() or os.geteuid() != 0:
            return False
        tried = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False
        )
        return tried.returncode == 0 and shutil.which("openssl") is not None

    def _launch(self) -> "subprocess.Popen[bytes]":
        arguments = [str(self.root), str(_PACKAGE), str(self.imap_port), str(self.imaps_port)]
        with (self.root / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", str(_SCRIPT), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=console,
                start_new_session=True,
            )
        self._wait_until_ready(self._process)
        return self._process

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            self._give_up("does not start")

    def _ask_to_end(self, process: "subprocess.Popen[bytes]", seconds: int) -> None:
        # Without input it ends, and all that runs in its namespace with it.
        process.communicate(timeout=seconds)

    def add_user(self, address: str) -> None:
        """Add a user with the password "secret" and the folders Drafts, Sent and Trash."""
        home = self.root / "mail" / address
        for folder in ("", ".Drafts", ".Sent", ".Trash"):
            for part in ("cur", "new", "tmp"):
                (home / "Maildir" / folder / part).mkdir(parents=True)
            if folder:
                (home / "Maildir" / folder / "maildirfolder").touch()
        self._own(home, *home.rglob("*"))
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
        self._wait_until_ready(self._process)

    def commands(self, user: str) -> list[bytes]:
        """Return what the program under test sent after login: no tags, no literals."""
        found = []
        for log in sorted((self.root / "log").glob(f"{user}.*")):
            sent = log.read_bytes()
            if not sent.startswith(OWN_TAG):
                found += list(commands_in(sent))
        return found
