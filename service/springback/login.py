"""The login: in the first way that the server offers and that can carry password or token."""

import re
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, LoginError

from springback.config import Account
from springback.errors import LoginRefusedError, MailboxUnavailableError
from springback.masked import Secret
from springback.sasl import bearer
from springback.step import PASSING, THROTTLED, server_text, step, throttled

_ECHOED = "it answers with the password or token that it was given"
_ATOM = re.compile(r'[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')  # RFC 3501 9


def log_in(client: Any, account: Account, password: str, where: str) -> None:  # noqa: ANN401 - IMAPClient has no types
    """Log in; raises LoginRefusedError, or MailboxUnavailableError where it may work later."""
    if client._imap.state != "NONAUTH":  # noqa: SLF001 - no public way
        raise LoginRefusedError(
            f"Can't log in to {where}: the server claims that the session is logged in already "
            "(PREAUTH), which bypasses the password. Check the host"
        )
    secret = Secret(password)
    try:
        with step(where, "log in"):
            _authenticate(client, account, secret, where)
            client.capabilities()
    except MailboxUnavailableError as error:
        if secret.is_told_by(str(error)):
            raise MailboxUnavailableError(f"Can't log in to {where}: {_ECHOED}") from None
        raise
    except LoginError as error:
        text = server_text(error)
        text = _ECHOED if secret.is_told_by(str(error)) else text
        # IMAPClient makes a LoginError of every failure, a lost connection too.
        refused = "[AUTHENTICATIONFAILED]" in text.upper()
        if not refused and THROTTLED.search(text):
            raise throttled(f"Can't log in to {where} for now: {text}", text) from None
        if isinstance(error.__context__, IMAPClientAbortError) or (not refused and PASSING.search(text)):
            raise MailboxUnavailableError(
                f"Can't log in to {where} for now: {text}. It is tried again later"
            ) from None
        raise LoginRefusedError(
            f"Can't log in to {where} as {account.user}: the server says {text!r}. "
            + (
                f"Check login and password of account {account.name!r}; many providers want an app password"
                if account.login_method == "password"
                else f"Check that the token of account {account.name!r} is for IMAP and for this login"
            ),
            private={f"as {account.user}:": f"with account {account.name}:", account.user: "(login)"},
        ) from None


def _authenticate(client: Any, account: Account, secret: Secret, where: str) -> None:  # noqa: ANN401 - as above
    """Send password or token in the first way that the server offers and that can carry it."""
    offered = set(client._imap.capabilities)  # noqa: SLF001 - asked for at connecting; has_capability keeps it
    if account.login_method != "password":
        mechanism = account.login_method.upper()
        if f"AUTH={mechanism}" not in offered:
            raise LoginRefusedError(
                f"Can't log in to {where}: the server doesn't offer {mechanism}. "
                f"Correct login_method of account {account.name!r}"
            )
        client.sasl_login(mechanism, bearer(mechanism, account.user, secret, account.host, account.port))
    elif "LOGINDISABLED" not in offered and secret.isascii() and _ATOM.fullmatch(account.user):
        client.login(account.user, secret)
    elif "AUTH=PLAIN" in offered:
        client.plain_login(account.user, secret)
    elif "LOGINDISABLED" in offered:
        raise LoginRefusedError(
            f"Can't log in to {where}: the server takes no password here (LOGINDISABLED). "
            + ("Check login_method" if account.tls else "Remove tls = false, and use its port for TLS")
            + f" of account {account.name!r}"
        )
    else:
        raise LoginRefusedError(
            f"Can't log in to {where}: the server takes letters, digits and plain marks only, "
            f"in login and password (no AUTH=PLAIN). Change those of account {account.name!r}"
        )
