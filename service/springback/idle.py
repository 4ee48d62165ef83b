"""What a server says while a client waits for news (IDLE, RFC 2177), understood as the bytes come.

IMAPClient's own IDLE takes the end of a connection for silence, loses what comes together with the
invitation, and breaks at half a line; here any cut between the bytes means the same.
"""

_LONGEST_LINE = 8_192  # bytes; longer is no notice


class Idle:
    """One IDLE command, from its sending to its end."""

    def __init__(self, tag: bytes) -> None:
        self.tag = tag
        self.invited = False  # whether the server waits with us
        self.news = False  # whether it told of mail
        self.asked = False  # whether it was asked to end the wait (DONE)
        self.ended = False  # whether it answered the command
        self.refused = False  # whether that answer was a no
        self.gone = False  # whether it hung up, or says what nobody can understand
        self._rest = b""

    @property
    def given_up(self) -> bool:
        """Whether the server ended the wait without being asked to."""
        return self.ended and not self.asked

    @property
    def between_lines(self) -> bool:
        """Whether no half line is left, so that another reader may go on."""
        return not self._rest

    def hear(self, data: bytes) -> None:
        """Take up what came; no bytes at all are the end of the connection."""
        if not data:
            self.gone = True
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._understand(line.rstrip(b"\r"))
        if len(self._rest) > _LONGEST_LINE:
            self.gone = True

    def _understand(self, line: bytes) -> None:
        words = line.upper().split(maxsplit=3)
        if line.startswith(b"+"):
            self.invited = True
        elif words[:1] == [self.tag.upper()]:
            self.ended = True
            self.refused = words[1:2] != [b"OK"]
        elif words[:2] == [b"*", b"BYE"] or line.endswith(b"}"):
            self.gone = True  # a literal has no place in a notice
        elif words[:1] == [b"*"] and words[2:3] == [b"EXISTS"]:
            self.news = True
