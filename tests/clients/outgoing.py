"""A mail server on loopback that takes every mail a client sends, and passes none on."""

import socketserver
import threading
from types import TracebackType
from typing import Self


class Outgoing:
    """Takes mail while it is entered; `mails` is what was sent, oldest first."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.mails = self.mails
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Return where it listens, in plain text and without a login."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mails: list[bytes]


class _Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over a mail."""

    server: _Server

    def handle(self) -> None:
        self._answer("220 localhost")
        while line := self.rfile.readline():
            verb = line.split()[:1]
            if verb == [b"DATA"]:
                self._answer("354 go on")
                self.server.mails.append(self._mail())
            self._answer("221 bye" if verb == [b"QUIT"] else "250 localhost")

    def _mail(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))  # a dot that stands first is doubled (4.5.2)
        return b"".join(lines)

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
