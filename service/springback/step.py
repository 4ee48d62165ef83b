"""What the libraries raise, as errors that tell the step, the server and what to do next."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from imapclient import imap_utf7
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from springback.errors import (
    CommandRefusedError,
    FolderError,
    MailboxUnavailableError,
    ThrottledError,
    UnreachableError,
)

PASSING = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\]|temporar|try again", re.IGNORECASE)
# Gmail, Exchange and others, when a client asks for too much.
THROTTLED = re.compile(
    r"\[THROTTLED\]|throttl|too many|simultaneous|not connected|bandwidth limit", re.IGNORECASE
)
_REFUSED_LITERAL = re.compile(r"unexpected response while waiting for continuation response: \('(?:NO|BAD)'")
_REST = re.compile(r"backoff time: (\d{1,9}) milliseconds", re.IGNORECASE)
_LONGEST_REST = timedelta(days=1)


@contextmanager
def step(where: str, doing: str, folder: str = "", *, opens: bool = False) -> Iterator[None]:  # noqa: C901 - one branch for each failure
    """Turn what the libraries raise into errors that tell the step, the host and the remedy.

    A refusal is about the `folder`; where it only `opens` it, one that passes is not.
    """
    preposition = "to" if doing == "connect" else "at"
    try:
        yield
    except LoginError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnavailableError(
            f"Can't {doing} to {where}: its certificate doesn't verify "
            f"({error.verify_message}). Check the host name; for a server with a certificate "
            "of its own, give its CA as ca_file"
        ) from None
    except socket.gaierror:
        raise UnreachableError(
            f"Can't {doing} to {where}: no such host. Check `host` and the network"
        ) from None
    except ssl.SSLError as error:
        reason = one_line(error.reason or str(error))
        raise MailboxUnavailableError(
            f"Can't {doing} to {where}: "
            + (
                f"it offers no TLS 1.2 or later ({reason}). Ask its provider for a newer one"
                if "PROTOCOL" in reason
                else f"no TLS there ({reason}). Use the port for implicit TLS, mostly 993"
            )
        ) from None
    except (IMAPClientAbortError, ProtocolError, OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if _REFUSED_LITERAL.match(reason):
            # The command was answered, so that the connection goes on, though IMAPClient gives it up.
            raise CommandRefusedError(f"Can't {doing} at {where}: {server_text(error)}") from None
        kind = UnreachableError if doing == "connect" else MailboxUnavailableError
        raise kind(
            f"Can't {doing} {preposition} {where}: {one_line(reason)}. Check host, port and network"
        ) from None
    except IMAPClientError as error:
        text = server_text(error)
        if THROTTLED.search(text):
            raise throttled(f"Can't {doing} at {where} for now: {text}", text) from None
        passing = bool(PASSING.search(text))
        private = {repr(folder): "a folder", folder: "(folder)", _in_utf7(folder): "(folder)"}
        if folder and not (opens and passing):
            raise FolderError(
                f"Can't {doing} at {where}: the server says {text!r}. "
                "Check that the folder exists and may be used",
                private=private,
            ) from None
        raise CommandRefusedError(
            f"Can't {doing} at {where}: {text}", passing=passing, private=private
        ) from None
    except (LookupError, TypeError, ValueError) as error:
        # What IMAPClient stumbles over where an answer lacks what it has to have.
        raise MailboxUnavailableError(
            f"Can't {doing} at {where}: the server's answer can't be understood ({type(error).__name__})"
        ) from None


def _in_utf7(folder: str) -> str:
    """Return a folder's name as the server writes it (RFC 3501 5.1.3)."""
    encoded: bytes = imap_utf7.encode(folder)
    return encoded.decode("ascii", "replace")


def throttled(told: str, text: str) -> ThrottledError:
    """Return the error for a server that asks to be left alone: as long as it says, a day at most."""
    asked = _REST.search(text)
    rest = min(timedelta(milliseconds=int(asked[1])), _LONGEST_REST) if asked else None
    return ThrottledError(f"{told}. It is left alone for a while", rest)


def server_text(error: Exception) -> str:
    """Return what the server said, on one line and bounded."""
    text = str(error)
    match = re.search(r"b'(.*)'|b\"(.*)\"", text)
    return one_line(match[1] or match[2] if match else text)


def one_line(text: str) -> str:
    """Return text of others on one line, of common letters only, and bounded."""
    return re.sub(r"[^\x20-\x7e\u00a1-\u024f]+", " ", text).strip()[:200]
