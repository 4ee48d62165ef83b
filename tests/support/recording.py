"""A server on loopback that takes commands apart as RFC 3501 does, literals and all, and keeps them."""

import contextlib
import re
import socket
import threading
from types import TracebackType
from typing import Self

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 X-GM-EXT-1%s\r\n",
    b"LIST": b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\Drafts) "/" Drafts\r\n',
    b"EXAMINE": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n",
    b"STATUS": b"* STATUS x (UIDVALIDITY 7 UIDNEXT 4)\r\n",
    b"UID SEARCH": b"* SEARCH 1 2 3\r\n",
}


class RecordingServer:
    """Says yes to every command; `commands` are tag, verb and the whole text of each."""

    def __init__(self, capabilities: str = "") -> None:
        self._capabilities = f" {capabilities}".rstrip().encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.commands: list[tuple[str, str, bytes]] = []
        self._talks: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for thread in self._talks:
            thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._talks.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            connection.sendall(b"* OK hello\r\n")
            while command := (line := stream.readline()):
                while announced := _LITERAL.search(line):
                    if not announced[2]:
                        connection.sendall(b"+ go on\r\n")
                    command += stream.read(int(announced[1]))
                    command += (line := stream.readline())
                tag, _, rest = command.partition(b" ")
                words = rest.upper().split()
                verb = b" ".join(words[: 2 if words[:1] == [b"UID"] else 1])
                self.commands.append((tag.decode("latin-1"), verb.decode("latin-1"), command))
                answer = _ANSWERS.get(verb, b"")
                if verb == b"CAPABILITY":
                    answer = answer % self._capabilities
                connection.sendall(answer + tag + b" OK done\r\n")
