"""The header of a mail: bounded, unfolded, decoded; ids taken byte-true."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from springback.charsets import decode_words

MAX_HEADER = 65_536  # bytes
_MAX_FIELDS = 500
_MAX_VALUE = 4_096  # characters of one field
_MAX_LIST = 16_384  # characters of To, Cc and References

_FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:(.*)$", re.DOTALL)
_FIRST_LINE = re.compile(rb">?From |[!-9;-~]{1,80}[ \t]*:")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# RFC 5322 3.6.4 without comments and folding; what mail really carries, bounded (imaplib would
# send a CR or LF in it as another command).
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Address:
    """A display name, possibly empty, and an address of plausible form."""

    name: str
    address: str

    @property
    def local(self) -> str:
        """Return the part before the @, in lower case."""
        return self.address.rpartition("@")[0].lower()

    @property
    def domain(self) -> str:
        """Return the part behind the @, in lower case."""
        return self.address.rpartition("@")[2].lower()

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of a mail in their order, names in lower case, values unfolded but not decoded."""

    fields: tuple[tuple[str, str], ...]

    def raw(self, name: str) -> str:
        """Return the first value of a field, or ""."""
        return next((value for key, value in self.fields if key == name), "")

    def text(self, name: str) -> str:
        """Return the first value of a field, decoded, control characters made spaces."""
        return printable(decode_words(self.raw(name)[:_MAX_VALUE]))

    def count(self, name: str) -> int:
        """Return how many times a field occurs."""
        return sum(key == name for key, _ in self.fields)

    def ids(self, name: str) -> tuple[str, ...]:
        """Return the message ids in a field, angle brackets included, in order."""
        return tuple(_MESSAGE_ID.findall(self.raw(name)[:_MAX_LIST]))

    def addresses(self, name: str) -> tuple[Address, ...]:
        """Return the addresses in a field; what isn't one of plausible form is left out."""
        value = self.raw(name)[: _MAX_LIST if name in ("to", "cc") else _MAX_VALUE]
        try:
            pairs = getaddresses([value])
        except (RecursionError, IndexError, ValueError, TypeError):
            return ()
        return tuple(
            Address(printable(decode_words(name)).strip(" '\""), address)
            for name, address in ((name, _in_ascii(address)) for name, address in pairs)
            if _ADDRESS.fullmatch(address)
        )

    def date(self) -> datetime | None:
        """Return the Date with its zone (UTC where none is given), or None where unreadable."""
        try:
            date = parsedate_to_datetime(self.raw("date")[:200])
            date = date if date.tzinfo else date.replace(tzinfo=UTC)
            date.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        return date


def _in_ascii(address: str) -> str:
    """Return the address with the domain as the DNS writes it (RFC 5891); "" where that fails."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain[:253].encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""


def parse_headers(raw: bytes, only: Container[bytes] | None = None) -> Headers:
    """Return the header of a whole mail or of a part; never raises, reads at most 64 KiB.

    `only` limits it to the fields of these names, in lower case.
    """
    block = raw[: split_header(raw)[0]]
    fields: list[tuple[str, str]] = []
    for line in re.split(rb"\r?\n(?![ \t])", block, maxsplit=_MAX_FIELDS)[:_MAX_FIELDS]:
        match = _FIELD.match(line)
        if match and (only is None or match[1].lower() in only):
            value = _FOLD.sub("", _header_text(match[2])).strip()
            fields.append((match[1].decode("ascii").lower(), value))
    return Headers(tuple(fields))


def split_header(raw: bytes) -> tuple[int, int]:
    """Return where the header ends and where the body starts.

    A header longer than the bound is cut there; a part that starts with no field has no header.
    """
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return 0, raw.index(b"\n") + 1
    if not _FIRST_LINE.match(raw):
        return 0, 0
    bound = min(len(raw), MAX_HEADER)
    crlf = raw.find(b"\n\r\n", 0, bound)
    # Most mail has CRLF: its body is not searched for the other line end.
    lf = raw.find(b"\n\n", 0, crlf + 1 if crlf >= 0 else bound)
    if lf >= 0:
        return lf, lf + 2
    return (crlf, crlf + 3) if crlf >= 0 else (bound, bound)


def header_is_cut(raw: bytes) -> bool:
    """Return whether the header is longer than the bound, so that nobody knows where the body starts."""
    end, body = split_header(raw)
    return end == body == MAX_HEADER


def printable(text: str) -> str:
    """Return the text on one line without control characters."""
    return _CONTROL.sub(" ", text).strip()


def _header_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", errors="replace")
