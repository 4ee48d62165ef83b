"""The sample mails of the demo, as they would come over IMAP."""

import re
from importlib.resources import files

_LINE_END = re.compile(rb"\r?\n")


def sample_messages() -> list[bytes]:
    """Return the packaged mails in the order of their file names, with CRLF line ends."""
    folder = files("springback.demo") / "mail"
    mails = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".eml")),
        key=lambda entry: entry.name,
    )
    return [_LINE_END.sub(b"\r\n", mail.read_bytes()) for mail in mails]
