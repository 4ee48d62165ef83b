"""A draft survives neomutt: recalled, edited and sent, it is still the reply it was."""

import email
import email.policy
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from clients.drafts import FULL_NAME, QUOTED, SOURCE_ID, THREAD_ID, leave_draft
from clients.neomutt import ADDED, Seen, recall_and_send, require_neomutt
from support.dovecot import Dovecot

pytestmark = pytest.mark.dovecot
_USER = "robin@example.test"


@pytest.fixture(scope="module")
def draft_and_seen() -> Iterator[tuple[bytes, Seen]]:
    """The draft, and what neomutt made of it."""
    require_neomutt()
    # Short, as tmux puts its socket there.
    with Dovecot() as server, tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        server.add_user(_USER)
        draft = leave_draft(server, _USER)
        yield draft, recall_and_send(server, _USER, Path(folder))


@pytest.fixture
def seen(draft_and_seen: tuple[bytes, Seen]) -> Seen:
    return draft_and_seen[1]


@pytest.fixture
def sent(seen: Seen) -> EmailMessage:
    return email.message_from_bytes(seen.sent, policy=email.policy.default)


def test_the_compose_screen_shows_who_writes_to_whom(seen: Seen) -> None:
    lines = dict(line.strip().split(": ", 1) for line in seen.screen.splitlines() if ": " in line)
    assert lines["From"] == f"{FULL_NAME} <{_USER}>"
    assert lines["To"] == "Jürgen Groß <juergen.gross@acme.example>"
    assert lines["Subject"] == "Re: Your application for the Data Analyst role (Zürich)"


def test_what_is_sent_goes_to_the_person_who_wrote(sent: EmailMessage) -> None:
    assert sent["From"] == f"{FULL_NAME} <{_USER}>"
    assert sent["To"] == "Jürgen Groß <juergen.gross@acme.example>"
    assert sent["Subject"] == "Re: Your application for the Data Analyst role (Zürich)"
    assert (sent["Cc"], sent["Bcc"], sent["Reply-To"]) == (None, None, None)


def test_what_is_sent_stays_in_the_thread(seen: Seen) -> None:
    """Both fields hold the ids byte by byte: an encoded word there breaks the thread elsewhere."""
    head = seen.sent.partition(b"\n\n")[0].replace(b"\r\n", b"\n").replace(b"\n ", b" ")
    head = head.replace(b"\n\t", b" ")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\n"))
    assert fields[b"In-Reply-To"].split() == [SOURCE_ID.encode()]
    assert fields[b"References"].split() == [THREAD_ID.encode(), SOURCE_ID.encode()]


def test_what_is_sent_holds_the_letter_the_edit_and_the_quote(sent: EmailMessage) -> None:
    text = sent.get_content()
    assert isinstance(text, str)
    assert "Thank you for letting me know" in text
    assert text.splitlines().count(ADDED) == 1
    assert QUOTED in text


def test_the_letter_reaches_the_editor_readable(seen: Seen) -> None:
    assert "Jürgen" in seen.edited
    assert QUOTED in seen.edited.splitlines()


def test_nothing_of_the_program_is_sent_along(seen: Seen) -> None:
    head = seen.sent.partition(b"\n\n")[0].lower()
    names = {line.partition(b":")[0] for line in head.splitlines() if line[:1].strip()}
    assert not [name for name in names if name.startswith(b"x-")]
    assert b"springback" not in seen.sent.lower()
