"""What stands in a mailbox when all is over."""

import email
import time
from collections import Counter

import pytest

from support.dovecot import Dovecot
from support.program import Program


def answered(dovecot: Dovecot, user: str) -> Counter[str]:
    """Return how many drafts answer each mail."""
    drafts = dovecot.messages(user, "Drafts")
    return Counter(str(email.message_from_bytes(draft)["In-Reply-To"]) for draft in drafts)


def finish(program: Program) -> None:
    """Run passes until every draft is settled."""
    for _ in range(12):
        done = program.run("run", "--once", "--since", "30d")
        assert done.code == 0, done.err
        if "looked for at the next pass" not in done.out:
            return
        time.sleep(1.1)
    pytest.fail("drafts stay unsettled")
