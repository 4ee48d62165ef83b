"""Two mailboxes with a rejection in them, and the drafts that the program's own pass leaves there."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from pathlib import Path

from springback.config import Config
from springback.ledger import Ledger
from springback.rounds import Rounds
from springback.triage import Toolbox
from springback.workshop import load_toolbox
from support.cases import Mail
from support.dovecot import Dovecot

USER = "robin@example.test"
FULL_NAME = "Zoë Ellery"

# As Amazon SES and Exchange write them: too long for one line of a header, so that a careless reply
# encodes them.
_SES_ID = "<0100019a7c2f1b3e-5d2f7c4a-9b1e-4c8d-a6f3-2e7b8c9d0a1f-000000@eu-west-1.mail.example>"
_SES_THREAD = "<0100019a1111aaaa-1b2c3d4e-5f60-4a1b-8c2d-3e4f5a6b7c8d-000000@eu-west-1.mail.example>"
_ASKED = "<VI1PR08MB6471B2864608F541B0753FF3C7@VI1PR08MB6471.eurprd05.prod.exchangelabs.example>"
_ANSWER = "<1aea882a-4e98-45de-a147-40a844853fd9@example.test>"
_INVITED = "<AM9PR08MB6211D9C0C6B3A4E25F7A01B7E8@AM9PR08MB6211.eurprd05.prod.exchangelabs.example>"
_SUBJECT = "Halvorsen Data: a conversation in Tromsø?"
_OWNER = f"{FULL_NAME} <{USER}>"
_RECRUITER = "Anaïs Björklund <anais.bjorklund@halvorsen-data.example>"


@dataclass(frozen=True, slots=True)
class Situation:
    """A mailbox, what arrives in it, and what has to be true of the draft in any mail program."""

    name: str
    signature: str
    before: tuple[Mail, ...]
    arrives: Mail
    to: str
    subject: str
    in_reply_to: str
    references: tuple[str, ...]
    greeted: str
    facts: tuple[str, ...]  # words that the letter holds, however it is worded
    quoted: str  # how the quote starts

    @property
    def sender(self) -> str:
        """Return who writes the draft."""
        return _OWNER


def leave_draft(server: Dovecot, situation: Situation) -> bytes:
    """Fill the mailbox of a new user and let the real pass look at it; return the draft that is in Drafts."""
    server.add_user(USER)
    for one in situation.before:
        server.fill(USER, [one.raw], one.folder, [one.received])
    now = situation.arrives.received
    with tempfile.TemporaryDirectory() as folder:
        config = _config(server, situation, Path(folder))
        ledger = Ledger(config.state_folder)
        try:
            _pass(config, ledger, now - timedelta(hours=1))  # the first start leaves alone what is there
            server.fill(USER, [situation.arrives.raw], "INBOX", [now])
            _pass(config, ledger, now + timedelta(minutes=10))
        finally:
            ledger.close()
    drafts = server.messages(USER, "Drafts")
    if len(drafts) != 1:
        raise RuntimeError(f"{situation.name}: the program left {len(drafts)} drafts")
    return drafts[0]


def write_script(path: Path, text: str) -> Path:
    """Write a shell script that a client is to start."""
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o700)
    return path


def _pass(config: Config, ledger: Ledger, now: datetime) -> None:
    Rounds(config, ledger, _toolbox(), clock=lambda: now).once(config.account[0])


@cache
def _toolbox() -> Toolbox:
    return load_toolbox()


def _config(server: Dovecot, situation: Situation, folder: Path) -> Config:
    password = folder / "password"
    password.write_text("secret\n")
    password.chmod(0o600)
    account = {
        "name": "client", "address": USER, "full_name": FULL_NAME, "signature": situation.signature,
        "host": server.host, "port": server.imaps_port, "ca_file": server.ca_file,
        "password": {"file": password},
    }  # fmt: skip
    return Config.model_validate({"account": [account], "paths": {"state": folder / "state"}})


def _mail(
    when: datetime,
    sender: str,
    subject: str,
    message_id: str,
    body: str,
    *,
    folder: str = "INBOX",
    to: str = _OWNER,
    thread: tuple[str, ...] = (),
    kind: str = "text/plain; charset=utf-8",
) -> Mail:
    """Return a mail with names and subject encoded as mail programs do, and ids as they are."""
    head = [
        f"From: {formataddr(parseaddr(sender))}",
        f"To: {formataddr(parseaddr(to))}",
        f"Subject: {Header(subject, 'utf-8').encode()}",
        f"Date: {format_datetime(when)}",
        f"Message-ID: {message_id}",
        *([f"In-Reply-To: {thread[-1]}", "References: " + "\n ".join(thread)] if thread else []),
        "MIME-Version: 1.0",
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: 8bit",
    ]
    return Mail(folder, when, "\n".join([*head, "", body]).replace("\n", "\r\n").encode())


# ------------------------------------------------------------------------------------ a person rejects

DIRECT = Situation(
    name="direct",
    signature="",
    before=(),
    arrives=_mail(
        datetime(2026, 11, 16, 9, 12, tzinfo=UTC),
        "Jürgen Groß <juergen.gross@gross-soehne.example>",
        "Your application for the Data Analyst role (Zürich)",
        _SES_ID,
        "Dear Zoë,\n\nThank you for applying for the Data Analyst position at Groß & Söhne.\n"
        "After careful consideration, we have decided to move forward with other\n"
        "candidates whose experience more closely matches our needs.\n\n"
        "We wish you all the best.\n\nKind regards,\nJürgen Groß\n",
        thread=(_SES_THREAD,),
    ),
    to="Jürgen Groß <juergen.gross@gross-soehne.example>",
    subject="Re: Your application for the Data Analyst role (Zürich)",
    in_reply_to=_SES_ID,
    references=(_SES_THREAD, _SES_ID),
    greeted="Jürgen",
    facts=("Data Analyst", "?"),
    quoted="> Dear Zoë,",
)

# --------------------------------------------------- a platform rejects, the recruiter is known

_INVITATION = f"""\
--=_invitation
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Hi Zoë,

wonderful, here is the invitation for our conversation about the Data Engineer role. Søren from \
the platform team will join us, and we'll take about an hour; you can find the link for the video \
call in the invitation below.

From the station it is ten minutes on foot, should you prefer to come by:

    Halvorsen Data
    Møllegata 12, third floor

Best wishes,
Anaïs

--=_invitation
Content-Type: text/calendar; charset=utf-8; method=REQUEST
Content-Transfer-Encoding: 8bit

BEGIN:VCALENDAR
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
METHOD:REQUEST
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E00800000000B3F2A1C9D4E50001
DTSTAMP:20261029T110000Z
DTSTART:20261103T130000Z
DTEND:20261103T140000Z
SUMMARY:Halvorsen Data: conversation
ORGANIZER;CN=Anaïs Björklund:mailto:anais.bjorklund@halvorsen-data.example
ATTENDEE;CN=Zoë Ellery;PARTSTAT=NEEDS-ACTION:mailto:{USER}
ATTENDEE;CN=Søren Dahl;PARTSTAT=ACCEPTED:mailto:soren.dahl@halvorsen-data.example
STATUS:CONFIRMED
SEQUENCE:0
END:VEVENT
END:VCALENDAR

--=_invitation--
"""


HISTORY = Situation(
    name="history",
    signature="Zoë Ellery\n+44 20 7946 0000",
    before=(
        _mail(
            datetime(2026, 10, 28, 10, 0, tzinfo=UTC),
            _RECRUITER,
            _SUBJECT,
            _ASKED,
            "Hi Zoë,\n\nthank you for your application. We would like to meet you for the Data Engineer\n"
            "position. Would Tuesday at 2 pm work?\n\nAnaïs Björklund\nHalvorsen Data\n",
        ),
        _mail(
            datetime(2026, 10, 28, 12, 31, tzinfo=UTC),
            _OWNER,
            f"Re: {_SUBJECT}",
            _ANSWER,
            "Hi Anaïs,\n\nTuesday at 2 pm works well for me. Looking forward to it.\n\nKind regards,\nZoë\n",
            folder="Sent",
            to=_RECRUITER,
            thread=(_ASKED,),
        ),
        _mail(
            datetime(2026, 10, 29, 11, 4, tzinfo=UTC),
            _RECRUITER,
            f"Re: {_SUBJECT}",
            _INVITED,
            _INVITATION,
            thread=(_ASKED, _ANSWER),
            kind='multipart/alternative; boundary="=_invitation"',
        ),
    ),
    arrives=_mail(
        datetime(2026, 11, 16, 17, 3, tzinfo=UTC),
        "Halvorsen Data <no-reply@us.greenhouse-mail.io>",
        "Your application to Halvorsen Data",
        "<20261116170300.d59ad3583b21757f@us.greenhouse-mail.io>",
        "Hi Zoë,\n\nThank you for your interest in Halvorsen Data and for the time you have put into\n"
        "your application for the Data Engineer role.\n\n"
        "After careful consideration, we have decided to move forward with other\n"
        "candidates whose experience more closely matches what we are looking for.\n\n"
        "The Halvorsen Data Team\n",
    ),
    to=_RECRUITER,
    subject=f"Re: {_SUBJECT}",
    in_reply_to=_INVITED,
    references=(_ASKED, _ANSWER, _INVITED),
    greeted="Anaïs",
    facts=("Data Engineer", "3 November", "Søren Dahl", "?"),
    quoted="> Hi Zoë,",
)
SITUATIONS = (DIRECT, HISTORY)
