"""The main job on a real server: a rejection arrives, a good reply stands in Drafts."""

import email
import email.policy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from imapclient import IMAPClient

from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.mails import mail, ordinary, receipt, rejection
from support.program import Program

pytestmark = pytest.mark.dovecot

EXPECTED = """\
Hello Jane,

Thank you for letting me know how my application for the position of \
Data Analyst at Company 1 turned out, and for considering it. I had \
hoped for a different answer, but I accept the decision.

If one point in my application could have been stronger, could you tell \
me which? A single sentence would help, and if that isn't possible, I \
understand.

If a position comes up that you think would suit me, I would be glad to \
hear from you.

Kind regards,
Robin Ellery

On 16 November 2026 at 09:12, Jane Doe wrote:
> Dear Robin,
>
> Thank you for applying for the Data Analyst position at Company 1.
> After careful consideration, we have decided to move forward with other
> candidates whose experience more closely matches our needs.
>
> We wish you all the best.
>
> Kind regards,
> Jane Doe
"""


@pytest.fixture
def program(tmp_path: Path, dovecot: Dovecot, account_user: str) -> Program:
    """A configured program whose first start is behind it."""
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    assert program.run("run", "--once").code == 0
    dovecot.clear_commands(account_user)
    return program


def test_a_rejection_becomes_a_draft(program: Program, dovecot: Dovecot, account_user: str) -> None:
    """The whole draft is as a person would want it, and nothing else has changed."""
    long_id = "<0100019a7c2f1b3e-5d2f7c4a-9b1e-4c8d-a6f3-2e7b8c9d0a1f-000000@eu-west-1.mailer.example>"
    assert len(long_id) > 78
    source = rejection(1, to=account_user, message_id=long_id, extra="References: <first@acme.example>\n")
    for message in (ordinary(1), source, receipt(1)):
        dovecot.deliver(account_user, message)
    before = dovecot.snapshot(account_user)

    done = program.run("run", "--once")

    assert done.code == 0, done.err
    (stored,) = dovecot.messages(account_user, "Drafts")
    head, _, _ = stored.partition(b"\r\n\r\n")
    assert b"\r\nIn-Reply-To: " + long_id.encode() + b"\r\n" in head
    assert b"\r\nReferences: <first@acme.example>\r\n " + long_id.encode() + b"\r\n" in head
    draft = email.message_from_bytes(stored, policy=email.policy.default)
    assert draft["From"] == f"Robin Ellery <{account_user}>"
    assert draft["To"] == "Jane Doe <jane.doe@company-1.example>"
    assert draft["Subject"] == "Re: Your application for the Data Analyst role (1)"
    assert draft["Message-ID"].endswith("@example.test>")
    assert sorted(name.lower() for name in draft.keys()) == sorted(  # noqa: SIM118 - repeated fields count
        [
            "message-id",
            "in-reply-to",
            "references",
            "from",
            "to",
            "subject",
            "date",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
        ]
    )
    assert unflowed(draft.get_content()) == unflowed(EXPECTED)
    assert dovecot.snapshot(account_user) == before
    assert "1 drafted" in done.out


def test_only_append_writes(program: Program, dovecot: Dovecot, account_user: str) -> None:
    """The server's own log shows no verb outside the list, and APPEND with the two flags."""
    dovecot.deliver(account_user, rejection(1))
    program.run("run", "--once")
    assert "APPEND" in dovecot.verbs(account_user)
    assert dovecot.verbs(account_user) <= ALLOWED
    (append,) = [line for line in dovecot.commands(account_user) if line.startswith(b"APPEND")]
    assert b"(\\Draft \\Seen)" in append
    fetches = [line for line in dovecot.commands(account_user) if b"BODY" in line]
    assert all(b"BODY.PEEK[" in line for line in fetches)


def test_a_second_pass_makes_none(program: Program, dovecot: Dovecot, account_user: str) -> None:
    dovecot.deliver(account_user, rejection(1))
    program.run("run", "--once")
    again = program.run("run", "--once", "--since", "30d")
    assert "0 drafted" in again.out
    assert "1 known already" in again.out
    assert len(dovecot.messages(account_user, "Drafts")) == 1


def test_the_first_start_leaves_old_mail_alone(tmp_path: Path, dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [rejection(1), rejection(2)])
    program = Program(tmp_path)
    program.add_account(dovecot, account_user)
    first = program.run("run", "--once")
    assert "0 drafted" in first.out
    assert "First start" in first.out
    assert dovecot.messages(account_user, "Drafts") == []
    asked = program.run("run", "--once", "--since", "30d")
    assert "2 drafted" in asked.out
    assert len(dovecot.messages(account_user, "Drafts")) == 2


def test_a_dry_run_shows_the_drafts_and_changes_nothing(
    program: Program, dovecot: Dovecot, account_user: str
) -> None:
    dovecot.deliver(account_user, rejection(1, to=account_user))
    shown = program.run("run", "--dry-run")
    assert "would be drafted" in shown.out
    assert "Hello Jane," in shown.out
    assert dovecot.messages(account_user, "Drafts") == []
    assert "APPEND" not in dovecot.verbs(account_user)
    assert "1 drafted" in program.run("run", "--once").out


def _delete(client: IMAPClient, uids: list[int]) -> None:
    client.delete_messages(uids)
    client.expunge()


def _send(client: IMAPClient, uids: list[int]) -> None:
    """Do what a mail program does: the sent copy has an id of its own, the draft is gone."""
    sent = mail(
        "Thank you.\n",
        message_id="<sent@ellery.example>",
        extra="In-Reply-To: <1.rejection@company-1.example>\n",
    )
    client.append("Sent", sent, [b"\\Seen"])
    _delete(client, uids)


@pytest.mark.parametrize("act", [_delete, _send])
@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_a_draft_that_was_taken_is_not_made_again(
    program: Program,
    dovecot: Dovecot,
    account_user: str,
    act: Callable[[IMAPClient, list[int]], None],
    ledger: str,
) -> None:
    """A draft the person deleted or sent stays away; a sent one even if the ledger is lost."""
    dovecot.deliver(account_user, rejection(1))
    program.run("run", "--once")
    with dovecot_client(dovecot, account_user) as client:
        client.select_folder("Drafts")
        act(client, client.search())
    if ledger == "lost":
        for file in (program.folder / "state").iterdir():
            file.unlink()
    again = program.run("run", "--once", "--since", "30d")
    if (act, ledger) == (_delete, "lost"):
        assert "1 drafted" in again.out  # nothing anywhere remembers it
    else:
        assert dovecot.messages(account_user, "Drafts") == []


def test_a_lost_ledger_finds_its_drafts_again(program: Program, dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [rejection(number) for number in range(5)])
    program.run("run", "--once")
    for file in (program.folder / "state").iterdir():
        file.unlink()
    again = program.run("run", "--once", "--since", "30d")
    assert "0 drafted" in again.out
    assert len(dovecot.messages(account_user, "Drafts")) == 5


def test_nobody_to_answer_means_an_empty_to(program: Program, dovecot: Dovecot, account_user: str) -> None:
    dovecot.deliver(account_user, rejection(1, sender="Acme <no-reply@mail.acme.example>"))
    program.run("run", "--once")
    (stored,) = dovecot.messages(account_user, "Drafts")
    assert email.message_from_bytes(stored)["To"] is None


def test_unreachable_can_be_skipped(program: Program, dovecot: Dovecot, account_user: str) -> None:
    program.set_reply('unreachable = "skip"')
    dovecot.deliver(account_user, rejection(1, sender="Acme <no-reply@mail.acme.example>"))
    done = program.run("run", "--once")
    assert "is a no-reply address" in done.out
    assert dovecot.messages(account_user, "Drafts") == []


def test_list_and_status_tell_what_happened(program: Program, dovecot: Dovecot, account_user: str) -> None:
    dovecot.deliver(account_user, rejection(1))
    program.run("run", "--once")
    (entry,) = [json.loads(line) for line in program.run("list", "--json").out.splitlines()]
    assert entry["verdict"] == "rejection"
    assert entry["company"] == "Company 1"
    assert entry["draft"] == "done"
    assert entry["contact"]["address"] == "jane.doe@company-1.example"
    assert "drafted" in program.run("list").out
    status = program.run("status", "--json")
    assert status.code == 0
    assert json.loads(status.out)["drafts"] == {"done": 1}


def test_drafts_of_a_localised_server_are_found_by_their_mark(
    tmp_path: Path, dovecot: Dovecot, account_user: str
) -> None:
    program = Program(tmp_path)
    program.add_account(dovecot, account_user, drafts='"Archive"')
    program.run("run", "--once")
    dovecot.deliver(account_user, rejection(1))
    assert "1 drafted" in program.run("run", "--once").out
    assert len(dovecot.messages(account_user, "Archive")) == 1


def test_a_large_mail_is_read_no_further_than_needed(
    program: Program, dovecot: Dovecot, account_user: str
) -> None:
    """An attachment of megabytes costs neither memory nor the draft."""
    attachment = "QUJD" * 19 + "\n"
    body = (
        "--x\nContent-Type: text/plain\n\nThank you for applying for the Data Analyst position at Acme.\n"
        "We have decided to move forward with other candidates.\n"
        "--x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
        + attachment * 40_000
        + "--x--\n"
    )
    source = mail(body, number=1).replace(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit",
        b"Content-Type: multipart/mixed; boundary=x",
        1,
    )
    assert len(source) > 3_000_000
    dovecot.deliver(account_user, source)
    assert "1 drafted" in program.run("run", "--once").out


def dovecot_client(dovecot: Dovecot, user: str) -> IMAPClient:
    client = IMAPClient(dovecot.host, dovecot.imap_port, ssl=False)
    client.login(user, "secret")
    return client


def unflowed(text: str) -> str:
    """Return format=flowed text with its soft line breaks joined."""
    text = text.replace("\r\n", "\n")
    return text.replace(" \n> ", " ").replace(" \n", " ").strip()
