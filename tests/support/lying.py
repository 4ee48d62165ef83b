"""The lies that servers are known to tell, each with the case that it belongs to."""

import re
from collections.abc import Iterable

from support.lies import Lie, before_each_tag, changed, lines, refused, replaced, without
from support.lineproxy import Item, OnServer


def _blank_after_literals(response: bytes, command: bytes) -> bytes:
    """Put an empty line after each literal, as some servers do (cpython#88574)."""
    if b" FETCH " not in response or b"BODY" not in command:
        return response
    return re.sub(rb"\)\r\n\Z", b"\r\n)\r\n", response)


def _nothing(response: bytes, command: bytes) -> bytes:
    """Say NIL for every text of a mail."""
    match = re.match(rb"(\* \d+ FETCH \(UID \d+ BODY\[[^\]]*\](?:<0>)?) ", response)
    return match[1] + b" NIL)\r\n" if match and command else response


def _seen_by_number(response: bytes, command: bytes) -> bytes:
    """Leave the UID out of an answer about mails."""
    return re.sub(rb"FETCH \(UID \d+ ", b"FETCH (", response, count=1) if command else response


_NOT_MINE = (b"* 1 FETCH (FLAGS (\\Seen))", b"* 77 FETCH (UID 977 FLAGS (\\Deleted))")
_SILENT = rb"FETCH \(UID 2 "

PROTOCOL = (
    Lie("14a", "FETCH of other mails in every answer", before_each_tag(*_NOT_MINE), harmless=True),
    Lie("14a", "EXPUNGE in every answer", before_each_tag(b"* 1 EXPUNGE"), harmless=True),
    Lie("14a", "EXISTS in every answer", before_each_tag(b"* 50 EXISTS"), harmless=True),
    Lie("14a", "EXISTS of nothing in every answer", before_each_tag(b"* 0 EXISTS"), harmless=True),
    Lie("14a", "RECENT in every answer", before_each_tag(b"* 5 RECENT"), harmless=True),
    Lie(
        "14a",
        "ALERT and a warning in every answer",
        before_each_tag(b"* OK [ALERT] Mind {5} this", b"* NO Something is odd"),
        harmless=True,
    ),
    Lie("14b", "no answer about one mail", without(_SILENT)),
    Lie("14b", "no size of one mail", without(_SILENT, b"RFC822.SIZE")),
    Lie("14b", "no answer about any mail", without(rb"^\* \d+ FETCH")),
    Lie("14b", "answers without UIDs", changed(_seen_by_number)),
    Lie("14c", "an empty line after each literal", changed(_blank_after_literals)),
    Lie("14c", "NIL for every text", changed(_nothing)),
    Lie(
        "14c",
        "NIL for the hierarchy's delimiter",
        replaced(rb'^(\* LIST \([^)]*\)) "/"', rb"\1 NIL"),
        harmless=True,
    ),
    Lie(
        "14d",
        "flags in lower case",
        lines(lambda line: re.sub(rb"\\[A-Z]\w+", lambda flag: flag[0].lower(), line)),
        harmless=True,
    ),
    Lie(
        "14d",
        "every answer in lower case",
        lines(lambda line: line if line.startswith(b"+") else _lower(line)),
        passes=1,
    ),
    Lie(
        "14e",
        "no line for an empty search",
        changed(lambda response, _: None if response == b"* SEARCH\r\n" else response),
        harmless=True,
    ),
    Lie(
        "14e",
        "a space after an empty search, and after any other",
        replaced(rb"^(\* SEARCH[ 0-9]*)\r", rb"\1 \r"),
        harmless=True,
    ),
    Lie("14e", "every search is empty", replaced(rb"^\* SEARCH.*\r", b"* SEARCH\r")),
    Lie(
        "14e", "every search finds all", replaced(rb"^\* SEARCH.*\r", b"* SEARCH 1 2 3 4 5\r"), harmless=True
    ),
    Lie("14e", "every search answers no", on_client=refused(rb"UID SEARCH", b"NO [SERVERBUG] later")),
    Lie(
        "14f",
        "SEARCH HEADER always empty",
        changed(
            lambda response, command: (
                b"* SEARCH\r\n" if response.startswith(b"* SEARCH") and b"HEADER" in command else response
            )
        ),
        harmless=True,
    ),
    Lie(
        "14f",
        "SEARCH HEADER always finds all",
        changed(
            lambda response, command: (
                b"* SEARCH 1 2 3\r\n"
                if response.startswith(b"* SEARCH") and b"HEADER" in command
                else response
            )
        ),
        harmless=True,
    ),
    Lie(
        "14f",
        "SEARCH HEADER always NO [SERVERBUG]",
        on_client=refused(rb"SEARCH .*HEADER", b"NO [SERVERBUG] in trouble"),
        harmless=True,
    ),
    Lie(
        "14f", "SEARCH HEADER always BAD", on_client=refused(rb"SEARCH .*HEADER", b"BAD what"), harmless=True
    ),
    Lie("14g", "an answer to a tag that nobody used", before_each_tag(b"ZZZZ9 OK done"), passes=3),
    Lie("14g", "a word that no server says", before_each_tag(b"* WHATEVER (1 2) {x}"), harmless=True),
    Lie("14g", "a line that is no answer at all", before_each_tag(b"HTTP/1.1 400 Bad Request"), passes=3),
    Lie("14g", "an empty line before each end", before_each_tag(b""), passes=3),
    Lie(
        "14g",
        "a size of 4 GB for each mail",
        replaced(rb"RFC822\.SIZE \d+", b"RFC822.SIZE 4294967295"),
        harmless=True,
    ),
    Lie("14g", "a size below nothing for each mail", replaced(rb"RFC822\.SIZE \d+", b"RFC822.SIZE -5")),
)


def _lower(line: bytes) -> bytes:
    return re.sub(rb"^(\* )(\d+ )?(\w+)", lambda match: match[0].lower(), line)


def _state(name: bytes, value: bytes, command: bytes = b"EXAMINE") -> OnServer:
    """Return a server that tells something else for a number of a folder's state."""
    told = re.compile(rb"(\[?%s) \d+" % name)

    def lie(response: bytes, asked: bytes) -> Iterable[Item]:
        return [told.sub(rb"\1 " + value, response) if asked.startswith(command) else response]

    return lie


_INBOX = b'EXAMINE "INBOX"'

CURSOR = (
    Lie("15a", "UIDVALIDITY changed, same mails", _state(b"UIDVALIDITY", b"99", _INBOX), harmless=True),
    Lie("15a", "UIDVALIDITY 0", _state(b"UIDVALIDITY", b"0"), harmless=True),
    Lie("15a", "UIDVALIDITY missing", without(rb"\[UIDVALIDITY"), harmless=True),
    Lie("15b", "UIDNEXT goes back", _state(b"UIDNEXT", b"1", _INBOX), harmless=True),
    Lie("15b", "UIDNEXT 0", _state(b"UIDNEXT", b"0"), harmless=True),
    Lie("15b", "UIDNEXT missing", without(rb"\[UIDNEXT"), harmless=True),
    Lie("15b", "UIDNEXT far too high", _state(b"UIDNEXT", b"4000000000", _INBOX)),
    Lie("15c", "UIDNEXT of Drafts 0", _state(b"UIDNEXT", b"0", b"STATUS"), harmless=True),
    Lie("15c", "UIDNEXT of Drafts far too high", _state(b"UIDNEXT", b"9999999", b"STATUS"), harmless=True),
    Lie(
        "15c",
        "STATUS of Drafts tells nothing",
        replaced(rb"^\* STATUS Drafts \(.*\)", b"* STATUS Drafts ()"),
        harmless=True,
    ),
    Lie("15c", "STATUS without an answer", without(rb"^\* STATUS")),
    Lie("15c", "STATUS refused", on_client=refused(rb"STATUS", b"NO not now")),
)

# What the server says of folders, and of a draft that it doesn't want.
DRAFTS = (
    Lie("16a", "Drafts missing", without(rb'^\* LIST .*"?Drafts"?\r')),
    Lie("16a", "Drafts \\Noselect", replaced(rb"^(\* LIST \()(.*Drafts\r)", rb"\1\\Noselect \2")),
    Lie("16a", "two folders marked as Drafts", replaced(rb"^(\* LIST \()(.*Archive\r)", rb"\1\\Drafts \2")),
    Lie(
        "16a",
        "Drafts not marked, but named",
        replaced(rb"^(\* LIST \([^)]*)\\Drafts", rb"\1"),
        harmless=True,
    ),
    Lie("16b", "Drafts can't be opened", on_client=refused(rb"EXAMINE .*Drafts", b"NO [NOPERM] not yours")),
    Lie("16b", "STATUS of Drafts refused", on_client=refused(rb"STATUS .*Drafts", b"NO [NOPERM] not yours")),
    *(
        Lie("16c", f"APPEND refused: {told}", on_client=refused(rb"APPEND", told.encode()))
        for told in (
            "NO [NOPERM] read-only",
            "NO [TRYCREATE] no such mailbox",
            "NO [OVERQUOTA] mailbox is full",
            "NO [LIMIT] too many messages today",
            "NO [TOOBIG] message too large",
            "NO [UNAVAILABLE] try again",
            "NO no",
            "BAD what",
        )
    ),
    Lie(
        "16d",
        "an APPENDLIMIT below the draft's size",
        replaced(rb"(CAPABILITY IMAP4rev1)", rb"\1 APPENDLIMIT=100"),
    ),
)
