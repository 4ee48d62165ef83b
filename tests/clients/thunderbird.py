"""Opens each draft in Thunderbird, edits, saves and sends it; leaves pictures, and tells what became of it.

Run by hand, and looked at: PYTHONPATH=tests python -m clients.thunderbird FOLDER
Needs: apt-get install thunderbird xvfb xdotool imagemagick libnss3-tools
"""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog

from clients.checks import ADDED, OWN_SIGNATURE, Check, check
from clients.drafts import FULL_NAME, SITUATIONS, USER, Situation, leave_draft
from clients.outgoing import Outgoing
from support.dovecot import Dovecot

_PROGRAMS = ("thunderbird", "Xvfb", "xdotool", "import", "certutil")
# Where Thunderbird 153 shows them.
_DRAFTS, _SENT, _LOCAL_FOLDERS, _CONVERSATION = (130, 169), (130, 197), (57, 253), (150, 309)
_FIRST_MAIL = (400, 112)
_WAIT = 90.0  # seconds for something to appear
_SERVER = f"imap://{quote(USER, safe='')}@localhost"
_FOLDERS = ("INBOX", "Sent", "Drafts")
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
    "mail.server.server1.userName": USER,
    "mail.server.server1.name": "Robin",
    "mail.server.server1.login_at_startup": True,
    "mail.server.server1.check_new_mail": True,
    "mail.server.server2.type": "none",
    "mail.server.server2.hostname": "Local Folders",
    "mail.server.server2.name": "Local Folders",
    "mail.server.server2.userName": "nobody",
    "mail.server.server2.directory-rel": "[ProfD]Mail/Local Folders",
    "mail.smtpservers": "smtp1",
    "mail.smtp.defaultserver": "smtp1",
    "mail.smtpserver.smtp1.hostname": "localhost",
    "mail.smtpserver.smtp1.try_ssl": 0,
    "mail.smtpserver.smtp1.authMethod": 1,
    "mail.warn_on_send_accel_key": False,
    "mail.identity.id1.smtpServer": "smtp1",
    "mail.identity.id1.useremail": USER,
    "mail.identity.id1.fullName": FULL_NAME,
    "mail.identity.id1.valid": True,
    "mail.identity.id1.htmlSigText": OWN_SIGNATURE,
    "mail.identity.id1.draft_folder": f"{_SERVER}/Drafts",
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
# A folder of the person's that shows all three as one, in threads.
_SAVED_SEARCH = (
    "version=1\n"
    "uri=mailbox://nobody@Local%20Folders/Conversation\n"
    f"scope={'|'.join(f'{_SERVER}/{name}' for name in _FOLDERS)}\n"
    "terms=ALL\nsearchOnline=false\n"
)


@dataclass(frozen=True, slots=True)
class Left:
    """What stood in Drafts and Trash once the edited draft was saved; what was sent, and what stayed then."""

    saved: tuple[bytes, ...]
    trash: tuple[bytes, ...]
    sent: bytes
    drafts: tuple[bytes, ...]
    copies: tuple[bytes, ...]


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

    def wait_for_window(self, title: str) -> None:
        """Wait for a window by its title, and give it the keyboard."""
        self.wait_for(lambda: bool(self._windows(title)), f"a window called {title!r}")
        time.sleep(3)
        self._run("xdotool", "windowfocus", self._windows(title)[-1])

    def wait_for(self, done: Callable[[], bool], what: str) -> None:
        """Wait until something is so; raises TimeoutError, with a picture of what is instead."""
        end = time.monotonic() + _WAIT
        while not done():
            if time.monotonic() > end:
                self.take("missing")
                raise TimeoutError(f"there is no {what}")
            time.sleep(0.5)

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

    def _windows(self, title: str) -> list[str]:
        return self._run("xdotool", "search", "--name", title).split()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout


def edit_and_send(server: Dovecot, home: Path, pictures: Path) -> Left:
    """Look at the draft and its conversation, add a paragraph, save, and send it."""
    profile = home / "profile"
    (profile / "Mail" / "Local Folders").mkdir(parents=True)
    _trust(server, profile)
    with Outgoing() as outgoing, _screen(pictures) as screen:
        ports = {"mail.server.server1.port": server.imaps_port, "mail.smtpserver.smtp1.port": outgoing.port}
        (profile / "user.js").write_text(_user_js(_PREFERENCES | ports), "utf-8")
        screen.environment["HOME"] = str(home)
        with _thunderbird(screen, profile):
            for folder in (_SENT, _DRAFTS):
                screen.click(*folder)
                time.sleep(6)
            screen.click(*_FIRST_MAIL)
            time.sleep(5)
            screen.take("draft")
        # Only folders that it knows when it starts are searched.
        (profile / "virtualFolders.dat").write_text(_SAVED_SEARCH, "ascii")
        with _thunderbird(screen, profile):
            screen.click(*_LOCAL_FOLDERS)
            time.sleep(2)
            screen.click(*_CONVERSATION)
            time.sleep(5)
            screen.click(*_FIRST_MAIL)
            screen.press("asterisk")
            time.sleep(2)
            screen.take("conversation")
            screen.click(*_DRAFTS)
            time.sleep(3)
            screen.click(*_FIRST_MAIL, twice=True)
            screen.wait_for_window("Write:")
            screen.take("editor")
            screen.press("ctrl+Home", "Down", "Down")
            screen.write(ADDED)
            screen.press("Return", "Return")
            time.sleep(1)
            screen.take("edited")
            screen.press("ctrl+s")
            screen.wait_for(lambda: _holds_added(server.messages(USER, "Drafts")), "edited draft")
            time.sleep(3)
            saved, trash = server.messages(USER, "Drafts"), server.messages(USER, "Trash")
            screen.press("ctrl+Return")
            screen.wait_for(lambda: _holds_added(server.messages(USER, "Sent")), "copy in Sent")
            time.sleep(5)
            screen.take("sent")
        drafts, copies = server.messages(USER, "Drafts"), server.messages(USER, "Sent")
    (sent,) = outgoing.mails
    return Left(tuple(saved), tuple(trash), sent, tuple(drafts), tuple(copies))


@contextlib.contextmanager
def _thunderbird(screen: Screen, profile: Path) -> Iterator[None]:
    command = ["thunderbird", "--profile", str(profile), "--no-remote"]
    with _running(command, screen.environment, profile.with_name("thunderbird.log")):
        screen.wait_for_window("Enter your password|Enter credentials")
        screen.write("secret")
        screen.press("Return")
        screen.wait_for_window("Mozilla Thunderbird")
        time.sleep(8)
        yield


def _holds_added(mails: Sequence[bytes]) -> bool:
    return any(ADDED.encode() in one for one in mails)


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


def _tell(what: str, checks: Sequence[Check]) -> bool:
    """Print a table; return whether all is as expected."""
    sys.stdout.write(f"\n{what}\n")
    for one in checks:
        sys.stdout.write(
            f"  {one.what:28}{'kept' if one.kept else f'BROKEN: {one.seen!r}, not {one.wanted!r}'}\n"
        )
    sys.stdout.flush()
    return all(one.kept for one in checks)


def _try(situation: Situation, pictures: Path) -> bool:
    pictures.mkdir(parents=True, exist_ok=True)
    with Dovecot() as server, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        draft = leave_draft(server, situation)
        left = edit_and_send(server, Path(home), pictures)
    mails = {"draft": [draft], "saved": left.saved, "trash": left.trash, "sent": [left.sent]}
    for name, contents in mails.items():
        for number, content in enumerate(contents, 1):
            (pictures / f"{name}-{number}.eml").write_bytes(content)
    saved = [Check("drafts in the folder", 1, len(left.saved))]
    saved += check(situation, draft, left.saved[-1], sent=False)
    sent = [Check("drafts in the folder", 0, len(left.drafts))]
    sent += check(situation, draft, left.sent)
    copy = check(situation, draft, left.copies[-1])
    tables = {"saved in Drafts": saved, "sent": sent, "its copy in Sent": copy}
    kept = [_tell(f"{situation.name}: {what}", checks) for what, checks in tables.items()]
    return all(kept)


def _main() -> int:
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing or not Dovecot.available() or len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\nMissing: {', '.join(missing) or 'dovecot or FOLDER'}\n")
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    subprocess.run(["thunderbird", "--version"], check=True, timeout=60)
    kept = [_try(situation, Path(sys.argv[1], situation.name)) for situation in SITUATIONS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(_main())
