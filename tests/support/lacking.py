"""A server without some of its capabilities: hooks for the line proxy that take them away."""

import re
from collections.abc import Iterable

from support.lineproxy import Answer, Item, outside_literals

ALL = ("IDLE", "UIDPLUS", "SPECIAL-USE", "LITERAL+", "NAMESPACE")

_TOLD = re.compile(rb"(\* CAPABILITY |\[CAPABILITY )([^\]\r\n]*)", re.IGNORECASE)
_RECEIPT = re.compile(rb"\[(?:APPENDUID|COPYUID) [^\]]*\] ", re.IGNORECASE)
_USES = re.compile(rb" ?\\(?:all|archive|drafts|flagged|junk|sent|trash)\b", re.IGNORECASE)
# How each capability shows in a command.
_USED = {
    "IDLE": re.compile(rb"\S+ IDLE\b", re.IGNORECASE),
    "NAMESPACE": re.compile(rb"\S+ NAMESPACE\b", re.IGNORECASE),
    "SPECIAL-USE": re.compile(rb"\S+ LIST \(SPECIAL-USE\)|\S+ LIST .*RETURN \(.*SPECIAL-USE", re.IGNORECASE),
    "UIDPLUS": re.compile(rb"\S+ UID EXPUNGE\b", re.IGNORECASE),
    "LITERAL+": re.compile(rb".*\{\d+\+\}\r?\n$"),
}


class Lacking:
    """The hooks of a server that lacks these capabilities; `times` counts what they took away or refused."""

    def __init__(self, *missing: str, silent: bool = False) -> None:
        """Take the names; `silent` hides only what the server answers, not that it claims to know them."""
        self.times = 0
        self._missing = missing
        self._silent = silent

    def on_server(self, response: bytes, command: bytes) -> Iterable[Item]:
        """Pass on a response without a trace of what is missing."""
        if b"BODY" in command.upper():
            return [response]
        changed = outside_literals(response, self._without)
        self.times += changed != response
        return [changed]

    def on_client(self, line: bytes) -> Iterable[Item] | Answer:
        """Refuse a command that such a server doesn't know."""
        if not self._silent and any(_USED[name].match(line) for name in self._missing):
            self.times += 1
            return Answer(b"{tag} BAD unknown command\r\n")
        return [line]

    def _without(self, line: bytes) -> bytes:
        if not self._silent:
            line = _TOLD.sub(self._fewer, line)
        if "UIDPLUS" in self._missing:
            line = _RECEIPT.sub(b"", line)
        if "SPECIAL-USE" in self._missing and re.match(rb"\* X?LIST ", line, re.IGNORECASE):
            flags, end, rest = line.partition(b")")
            line = _USES.sub(b"", flags) + end + rest
        return line

    def _fewer(self, told: re.Match[bytes]) -> bytes:
        names = told[2].split(b" ")
        return told[1] + b" ".join(name for name in names if name.decode().upper() not in self._missing)
