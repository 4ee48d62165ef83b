"""The whole job, as it has to go on every server: a mailbox, passes over it, what must hold afterwards."""

import email
import email.policy
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

from springback.configfile import load_config
from springback.ledger import Ledger
from springback.passreport import PassReport
from springback.rounds import Rounds
from springback.wire import ALLOWED
from support.cases import toolbox
from support.imapserver import ImapServer, session
from support.mails import mail, ordinary, receipt, rejection
from support.program import Program

LONG_ID = "<0100019a7c2f1b3e-5d2f7c4a-9b1e-4c8d-a6f3-2e7b8c9d0a1f-000000@eu-west-1.mailer.example>"
FIRST_ID = "<JavaMail.workday.1795432020123.7a6f0c1e9d8b4b7f8f2e5d4c3b2a1908.wd5@company-3.example>"
_PRIYA = "priya.nair@company-4.example"  # met before; the rejection of company 4 comes from nobody


@dataclass(frozen=True)
class Counted:
    """What was counted after a job, for the table of faults."""

    expected: int  # drafts
    found: int
    changed: int  # mails of the inbox
    outside: int  # verbs that are not allowed


def once(program: Program, since: timedelta | None = timedelta(days=30)) -> PassReport:
    """Do one pass in this process, which looks at older mail too, and return its report."""
    config = load_config(program.config)
    ledger = Ledger(config.state_folder)
    try:
        with ledger.locked("once"):
            rounds = Rounds(config, ledger, toolbox(config.reply.language))
            return rounds.once(config.account[0], since=since)
    finally:
        ledger.close()


def lose_ledger(program: Program) -> None:
    """Delete all that the program remembers."""
    for file in (program.folder / "state").iterdir():
        file.unlink()


def history(user: str) -> bytes:
    """Return an invitation by a person of a company whose rejection nobody can answer."""
    calendar = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nPRODID:-//Example//EN\nBEGIN:VEVENT\n"
        "DTSTART:20261029T090000Z\nDTEND:20261029T100000Z\nDTSTAMP:20261020T080000Z\n"
        "ORGANIZER;CN=Priya Nair:mailto:priya.nair@company-4.example\nUID:1@company-4.example\n"
        f"ATTENDEE;CN=Robin Ellery:mailto:{user}\nSUMMARY:Interview: Data Analyst\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    body = (
        "--b\nContent-Type: text/plain; charset=utf-8\n\nHi Robin,\n\n"
        "we would like to meet you for the Data Analyst position at Company 4.\n\nPriya Nair\nCompany 4\n"
        f"--b\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\n\n{calendar}--b--\n"
    )
    raw = mail(
        body,
        sender="Priya Nair <priya.nair@company-4.example>",
        subject="Interview: Data Analyst at Company 4",
        to=user,
        date="Tue, 20 Oct 2026 10:00:00 +0200",
        message_id="<invitation@company-4.example>",
    )
    plain = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    return raw.replace(plain, b"Content-Type: multipart/alternative; boundary=b", 1)


def mailbox_of(user: str) -> list[bytes]:
    """Return five rejections that differ in what threads them, between mail that is none."""
    without_id = rejection(2, to=user).replace(b"Message-ID: <2.rejection@company-2.example>\r\n", b"")
    return [
        history(user),
        ordinary(1),
        rejection(1, to=user, message_id=LONG_ID, extra="References: <first@acme.example>\n"),
        receipt(1),
        without_id,
        rejection(3, to=user, extra=f"References: {FIRST_ID}\n {LONG_ID}\nIn-Reply-To: {LONG_ID}\n"),
        ordinary(2),
        rejection(4, to=user, sender="Company 4 <no-reply@company-4.example>"),
        rejection(5, to=user),
    ]


def drafts_of(server: ImapServer, user: str) -> dict[str, bytes]:
    """Return the drafts by the address that they go to, and fail where one has two."""
    found = server.messages(user, f"{server.prefix}Drafts")
    drafts = {str(parsed(raw)["To"].addresses[0].addr_spec): raw for raw in found}
    assert len(drafts) == len(found)
    return drafts


def parsed(raw: bytes) -> EmailMessage:
    """Return a mail with its headers understood."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def answered(*numbers: int) -> set[str]:
    """Return who is written to about these rejections of `mailbox_of`."""
    return {_PRIYA if number == 4 else jane(number) for number in numbers}


def jane(number: int) -> str:
    """Return who sent the plain rejection with this number."""
    return f"jane.doe@company-{number}.example"


def do_the_whole_job(program: Program, server: ImapServer, user: str) -> Counted:
    """Require one draft for every rejection: in the right folder and thread, with the right flags.

    Nothing else is touched, a second pass makes none, and what comes later is answered as well.
    """
    server.fill(user, mailbox_of(user))
    before = server.snapshot(user)
    expected = answered(1, 2, 3, 4, 5)

    assert len(once(program).drafted) == len(expected)

    drafts = drafts_of(server, user)
    assert set(drafts) == expected
    require_threads(drafts)
    assert flags_of(server, user) == {frozenset((b"\\draft", b"\\seen"))}
    assert server.snapshot(user) == before
    assert once(program).drafted == []
    assert server.verbs(user) <= ALLOWED

    server.deliver(user, rejection(6, to=user))
    assert len(once(program).drafted) == 1
    expected |= answered(6)
    assert set(drafts_of(server, user)) == expected
    after = server.snapshot(user)
    counted = Counted(
        expected=len(expected),
        found=len(server.messages(user, f"{server.prefix}Drafts")),
        changed=sum(after.get(uid) != was for uid, was in before.items()),
        outside=len(server.verbs(user) - ALLOWED),
    )
    assert counted == Counted(len(expected), len(expected), 0, 0)
    return counted


def require_threads(drafts: dict[str, bytes]) -> None:
    """Fail where a draft of `mailbox_of` is not in its thread, byte for byte."""
    heads = {who: raw.partition(b"\r\n\r\n")[0] + b"\r\n" for who, raw in drafts.items()}
    long_id, first_id = LONG_ID.encode(), FIRST_ID.encode()
    assert b"\r\nIn-Reply-To: " + long_id + b"\r\n" in heads[jane(1)]
    assert b"\r\nReferences: <first@acme.example>\r\n " + long_id + b"\r\n" in heads[jane(1)]
    assert b"\r\nIn-Reply-To:" not in heads[jane(2)]
    third = b"\r\n ".join((first_id, long_id, b"<3.rejection@company-3.example>"))
    assert b"\r\nReferences: " + third + b"\r\n" in heads[jane(3)]
    assert b"\r\nIn-Reply-To: <invitation@company-4.example>\r\n" in heads[_PRIYA]
    assert not any(b"=?" in head for head in heads.values())


def flags_of(server: ImapServer, user: str) -> set[frozenset[bytes]]:
    """Return the sets of flags that drafts have, in lower case."""
    with session(server, user) as client:
        client.select_folder(f"{server.prefix}Drafts", readonly=True)
        flags = client.get_flags(client.search())
    return {frozenset(flag.lower() for flag in one) - {b"\\recent"} for one in flags.values()}


def take_drafts(program: Program, server: ImapServer, user: str) -> None:
    """Require that a draft which a person deleted, moved or sent is not made again.

    The ledger knows it; without a ledger the mailbox does, as far as it can.
    """
    server.fill(user, [rejection(number, to=user) for number in (1, 2, 3, 5)])
    assert len(once(program).drafted) == 4
    before = server.snapshot(user)
    sent = mail(
        "Thank you.\n",
        message_id="<sent@ellery.example>",
        extra="In-Reply-To: <3.rejection@company-3.example>\n",
    )
    _take(server, user, jane(1))
    _take(server, user, jane(2), folder="Trash")
    _take(server, user, jane(3), sent=sent)
    assert once(program).drafted == []
    assert set(drafts_of(server, user)) == answered(5)

    lose_ledger(program)

    assert len(once(program).drafted) == 1  # nothing anywhere remembers the deleted one
    assert set(drafts_of(server, user)) == answered(1, 5)
    assert server.snapshot(user) == before
    assert server.verbs(user) <= ALLOWED


def _take(
    server: ImapServer, user: str, who: str, *, folder: str | None = None, sent: bytes | None = None
) -> None:
    """Do what a mail program does with a draft: move or delete it, store what was sent."""
    with session(server, user) as client:
        client.select_folder(f"{server.prefix}Drafts")
        (uid,) = client.search(["TO", who])
        if folder:
            client.copy([uid], f"{server.prefix}{folder}")
        if sent:
            client.append(f"{server.prefix}Sent", sent, [b"\\Seen"])
        client.delete_messages([uid])
        client.expunge()
