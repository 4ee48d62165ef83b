"""What a client said to a server, as the names of its commands."""

import re
from collections.abc import Iterable, Iterator

OWN_TAG = b"OWN"  # begins the tags of the test's own sessions
LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n?$")


def verbs_of(commands: Iterable[bytes]) -> set[str]:
    """Return the names of commands given without tags, such as "EXAMINE" or "UID FETCH"."""
    found = set()
    for command in commands:
        words = command.decode("ascii", "replace").upper().split(" ")
        # DONE ends an IDLE; it is no command of its own.
        if words != ["DONE"]:
            found.add(" ".join(words[: 2 if words[0] == "UID" else 1]))
    return found


def commands_in(sent: bytes) -> Iterator[bytes]:
    """Yield the commands of a session's raw bytes: no tags, no literals.

    Every announced literal is taken to have been invited.
    """
    command = b""
    while sent:
        line, _, sent = sent.partition(b"\n")
        command += line.rstrip(b"\r")
        literal = LITERAL.search(line)
        if literal:
            sent = sent[int(literal[1]) :]
            continue
        tag, _, text = command.partition(b" ")
        if tag:
            yield text or tag
        command = b""
