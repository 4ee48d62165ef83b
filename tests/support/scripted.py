"""A server on loopback that says what a script tells it to: for lies that real servers don't tell."""

import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

_ANSWERS = {
    "CAPABILITY": "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n",
    "LOGIN": "{tag} OK welcome\r\n",
    "LIST": '* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST () "/" Drafts\r\n{tag} OK done\r\n',
    "EXAMINE": "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n{tag} OK done\r\n",
    "LOGOUT": "* BYE\r\n{tag} OK bye\r\n",
}


Answer = str | Callable[[str], str]


class ScriptedServer:
    """Answers each command with the text under its name, or with what that makes of the command.

    `{tag}` stands for the command's tag.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None, greeting: str = "* OK hello") -> None:
        self._answers: dict[str, Answer] = {**_ANSWERS, **(answers or {})}
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lines: list[str] = []
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

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(f"{self._greeting}\r\n".encode())
        for raw in connection.makefile("rb"):
            line = raw.decode("utf-8", "replace").strip()
            self.lines.append(line)
            tag, _, rest = line.partition(" ")
            name = rest.upper().removeprefix("UID ").split(" ")[0]
            scripted = self._answers.get(name, "{tag} BAD unknown\r\n")
            answer = scripted if isinstance(scripted, str) else f"{scripted(line)}\r\n"
            try:
                connection.sendall(answer.replace("{tag}", tag).encode())
            except OSError:
                return
