"""From an account to a connection that is logged in, its password or token fetched for it afresh."""

from collections.abc import Container

from springback.config import Account
from springback.errors import LoginRefusedError
from springback.mailbox import Mailbox
from springback.secret import find_password


def connect(account: Account, hidden: Container[str] = ()) -> Mailbox:
    """Return a connection to an account; raises SpringbackError.

    A refused access token may have run out a moment ago: another one is fetched, and tried once. What is
    in `hidden` are the variables that hold passwords; no command gets to see them.
    """
    secret = find_password(account, hidden)
    try:
        return Mailbox(account, secret)
    except LoginRefusedError:
        if account.login_method == "password":
            raise
        fresh = find_password(account, hidden)
        if fresh == secret:
            raise
        return Mailbox(account, fresh)
