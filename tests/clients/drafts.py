"""A rejection, and the draft that the program leaves for it on a server."""

from datetime import UTC, datetime
from pathlib import Path

from springback.config import Account, Reply
from springback.daemon import replier_for
from springback.mailbox import Mailbox
from springback.triage import triage
from springback.workshop import load_toolbox
from support.dovecot import Dovecot
from support.mails import rejection

# As Amazon SES writes them: too long for one line of a header, so that a careless reply encodes it.
SOURCE_ID = "<0100019a7c2f1b3e-5d2f7c4a-9b1e-4c8d-a6f3-2e7b8c9d0a1f-000000@eu-west-1.mail.example>"
THREAD_ID = "<0100019a1111aaaa-1b2c3d4e-5f60-4a1b-8c2d-3e4f5a6b7c8d-000000@eu-west-1.mail.example>"
FULL_NAME = "Zoë Ellery"
QUOTED = "> After careful consideration, we have decided to move forward with other"


def leave_draft(server: Dovecot, user: str) -> bytes:
    """Put a rejection in the inbox and its draft in Drafts, as a pass does; return the draft."""
    source = rejection(
        1,
        to=user,
        sender="Jürgen Groß <juergen.gross@acme.example>",
        subject="Your application for the Data Analyst role (Zürich)",
        message_id=SOURCE_ID,
        extra=f"References: {THREAD_ID}\n",
    )
    server.deliver(user, source)
    account = _account(server, user)
    outcome = triage(
        source, load_toolbox(), replier_for(account, Reply()), datetime(2026, 11, 16, 9, tzinfo=UTC)
    )
    if outcome is None or outcome.draft is None:
        raise RuntimeError("the program makes no draft of the rejection")
    mailbox = Mailbox(account, "secret")
    mailbox.append_draft(outcome.draft.content)
    mailbox.close()
    return outcome.draft.content


def write_script(path: Path, text: str) -> Path:
    """Write a shell script that a client is to start."""
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o700)
    return path


def _account(server: Dovecot, user: str) -> Account:
    return Account.model_validate(
        {
            "name": "client", "address": user, "full_name": FULL_NAME, "host": server.host,
            "port": server.imaps_port, "ca_file": str(server.ca_file),
        }
    )  # fmt: skip
