"""A draft as a value, who writes it, and how it looks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who replies: the account's name and the address that the mail was sent to."""

    full_name: str
    address: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How replies look."""

    quote: bool = True
    quote_lines: int = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply, finished; `content` are the bytes to store, line ends CRLF."""

    message_id: str
    template: str
    to: str | None
    subject: str
    text: str
    content: bytes
    answers: str | None = None  # id of the mail that it stands under
