"""Opens a draft in Thunderbird, edits it, and leaves a screenshot of each step in a folder.

Run by hand, and looked at: PYTHONPATH=tests python -m clients.thunderbird FOLDER
Needs: apt-get install thunderbird xvfb xdotool imagemagick libnss3-tools
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from clients.drafts import FULL_NAME, leave_draft
from support.dovecot import Dovecot

_USER = "robin@example.test"
_PROGRAMS = ("thunderbird", "Xvfb", "xdotool", "import", "certutil")
_DRAFTS, _FIRST_MAIL = (130, 169), (400, 112)  # where Thunderbird 153 shows them
_WAIT = 90.0  # seconds for a window to appear
_PREFERENCES: dict[str, str | int | bool] = {
    "mail.accountmanager.accounts": "account1,account2",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.accountmanager.localfoldersserver": "server2",
    "mail.account.account1.server": "server1",
    "mail.account.account1.identities": "id1",
    "mail.account.account2.server": "server2",
    "mail.server.server1.type": "imap",
    "mail.server.server1.hostname": "localhost",
    "mail.server.server1.socketType": 3,
    "mail.server.server1.authMethod": 3,
    "mail.server.server1.userName": _USER,
    "mail.server.server1.name": "Springback",
    "mail.server.server1.login_at_startup": True,
    "mail.server.server1.check_new_mail": True,
    "mail.server.server2.type": "none",
    "mail.server.server2.hostname": "Local Folders",
    "mail.server.server2.userName": "nobody",
    "mail.identity.id1.useremail": _USER,
    "mail.identity.id1.fullName": FULL_NAME,
    "mail.identity.id1.valid": True,
    "mail.identity.id1.draft_folder": "imap://robin%40example.test@localhost/Drafts",
    "mail.shell.checkDefaultClient": False,
    "app.update.enabled": False,
    "app.update.auto": False,
    "toolkit.telemetry.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.spotlight.firstRunDone": True,
    "app.donation.eoy.version.viewed": 999,
    "browser.region.network.url": "",
    "mail.server.default.use_idle": True,
}


class Screen:
    """A virtual screen, what runs on it, and its pictures."""

    def __init__(self, display: str, pictures: Path) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "LANG": "C.UTF-8", "GTK_A11Y": "none"}
        self._pictures = pictures
        self._count = 0

    def take(self, what: str) -> None:
        """Write a picture of the screen."""
        self._count += 1
        file = self._pictures / f"{self._count}-{what}.png"
        self._run("import", "-window", "root", str(file))
        sys.stdout.write(f"{file}\n")

    def wait_for(self, title: str) -> None:
        """Wait for a window by its title, and give it the keyboard."""
        end = time.monotonic() + _WAIT
        while not (found := self._run("xdotool", "search", "--name", title).split()):
            if time.monotonic() > end:
                self.take("missing")
                raise TimeoutError(f"no window is called {title!r}")
            time.sleep(0.5)
        time.sleep(3)
        self._run("xdotool", "windowfocus", found[-1])

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self._run("xdotool", "key", "--delay", "100", *keys)

    def write(self, text: str) -> None:
        """Type a text."""
        self._run("xdotool", "type", "--delay", "30", text)

    def click(self, x: int, y: int, *, twice: bool = False) -> None:
        """Click at a point."""
        repeat = ("--repeat", "2", "--delay", "120") if twice else ()
        self._run("xdotool", "mousemove", str(x), str(y), "click", *repeat, "1")

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout


def look_at_draft(server: Dovecot, home: Path, pictures: Path) -> None:
    """Open the draft and its editor, add a sentence, save it, and take a picture of each step."""
    profile = home / "profile"
    profile.mkdir()
    _trust(server, profile)
    preferences = _PREFERENCES | {"mail.server.server1.port": server.imaps_port}
    (profile / "user.js").write_text(_user_js(preferences), "utf-8")
    with _screen(pictures) as screen:
        screen.environment["HOME"] = str(home)
        command = ["thunderbird", "--profile", str(profile), "--no-remote"]
        with _running([*command], screen.environment, home / "thunderbird.log"):
            screen.wait_for("Enter your password|Enter credentials")
            screen.take("password")
            screen.write("secret")
            screen.press("Return")
            screen.wait_for("Mozilla Thunderbird")
            time.sleep(8)
            screen.click(*_DRAFTS)
            time.sleep(6)
            screen.click(*_FIRST_MAIL)
            time.sleep(5)
            screen.take("draft")
            screen.click(*_FIRST_MAIL, twice=True)
            screen.wait_for("Write:")
            screen.take("editor")
            screen.press("ctrl+Home")
            screen.write("A sentence that the person added.")
            screen.press("Return", "Return")
            time.sleep(1)
            screen.take("edited")
            screen.press("ctrl+s")
            time.sleep(8)
            screen.take("saved")
    for number, content in enumerate(server.messages(_USER, "Drafts"), 1):
        file = pictures / f"saved-{number}.eml"
        file.write_bytes(content)
        sys.stdout.write(f"{file}\n")


def _trust(server: Dovecot, profile: Path) -> None:
    for arguments in (
        ["-N", "--empty-password"],
        ["-A", "-n", "private", "-t", "C,,", "-i", str(server.ca_file)],
    ):
        subprocess.run(["certutil", "-d", f"sql:{profile}", *arguments], check=True, timeout=30)


def _user_js(preferences: Mapping[str, str | int | bool]) -> str:
    lines = []
    for name, value in preferences.items():
        written = str(value).lower() if isinstance(value, bool) else repr(value)
        lines.append(f"user_pref({name!r}, {written});\n")
    return "".join(lines)


@contextlib.contextmanager
def _screen(pictures: Path) -> Iterator[Screen]:
    display = next(f":{number}" for number in range(77, 99) if not _taken(number))
    command = ["Xvfb", display, "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with _running(command, os.environ, Path(os.devnull)):
        time.sleep(2)
        yield Screen(display, pictures)


def _taken(display: int) -> bool:
    return Path(f"/tmp/.X{display}-lock").exists()  # noqa: S108 - where X servers have it


@contextlib.contextmanager
def _running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    finally:
        # The whole group: Thunderbird has children of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _main() -> int:
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing or not Dovecot.available() or len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\nMissing: {', '.join(missing) or 'dovecot or FOLDER'}\n")
        return 2
    pictures = Path(sys.argv[1])
    pictures.mkdir(parents=True, exist_ok=True)
    with Dovecot() as server, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        server.add_user(_USER)
        leave_draft(server, _USER)
        look_at_draft(server, Path(home), pictures)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
