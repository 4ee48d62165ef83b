"""Access tokens as a server wants them: XOAUTH2 (Google's and Microsoft's) and OAUTHBEARER (RFC 7628)."""

import re
from collections.abc import Callable

from springback.masked import Secret

# RFC 6750 2.1; nothing in it can end the field that it stands in.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def is_token(text: str) -> bool:
    """Return whether a text has the form of an access token (RFC 6750 2.1)."""
    return _TOKEN.fullmatch(text) is not None


def bearer(mechanism: str, user: str, token: Secret, host: str, port: int) -> Callable[[bytes], bytes]:
    """Return what answers the server's challenges: the token once, and then what ends a refusal.

    A refusal comes as a challenge that tells why; the mechanism wants an answer to it before its NO.
    """
    token_field = "auth=Bearer " + token
    if mechanism == "XOAUTH2":
        first, end = f"user={user}\x01" + token_field + "\x01\x01", b""
    else:
        name = user.replace("=", "=3D").replace(",", "=2C")
        first, end = f"n,a={name},\x01host={host}\x01port={port}\x01" + token_field + "\x01\x01", b"\x01"
    answers = iter((first.encode(), end))
    return lambda _challenge: next(answers, end)
