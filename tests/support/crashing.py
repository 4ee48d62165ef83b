"""The real program, forked from a warm parent, with a fault at a chosen step; no part of the package.

A step is a moment at which a crash could matter: before each write statement and each COMMIT of the
ledger and after it, before the bytes of a command leave, amid a long literal, when they have left, and
when the answer has come. Run as a script it reads requests, one JSON object a line, and answers each with
the child's pid and then its exit code (`support.crashes.ForkServer` is its other end).
"""

import json
import os
import re
import resource
import signal
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from springback.cli import main
from springback.draft import Style
from springback.errors import SpringbackError
from springback.ledger import Ledger
from springback.rounds import Rounds
from springback.triage import Replier, Toolbox, reply, triage
from springback.workshop import load_toolbox
from support.mails import rejection

KILLED = 137
program: Any = import_module("springback.cli.run")  # by "from", it would be the command's function
_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")
_LONG = 300  # bytes that may leave the machine in two parts
_RUSH = 3600  # how much faster a daemon's clock runs, so that drafts settle at once


class Steps:
    """Counts the steps of this process, notes their names in a file, and does harm at one of them."""

    def __init__(self, notes: Path, at: int, how: str) -> None:
        self._notes = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._at = at
        self._harm: Callable[[], object] = _HARMS[how]
        self._count = 0
        self._lock = threading.Lock()

    def step(self, name: str) -> None:
        """Count a step, and fail at the one that was chosen."""
        with self._lock:
            self._count += 1
            if self._count <= self._at or not self._at:
                os.write(self._notes, name.encode("ascii", "replace") + b"\n")
            if self._count == self._at:
                self._harm()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _unwritable() -> None:
    """From now on every write to a file fails with an input/output error, as on a dying disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


_HARMS: dict[str, Callable[[], object]] = {
    "exit": lambda: os._exit(KILLED),  # no cleanup, as kill -9
    "stop": _stop,
    "unwritable": _unwritable,
}


def watch_ledger(steps: Steps) -> None:
    """Make a step of each write to any database."""
    writing: set[int] = set()
    dialect: Any = DefaultDialect
    commit, rollback = dialect.do_commit, dialect.do_rollback

    def before_statement(_conn: Any, cursor: Any, statement: str, *_rest: object) -> None:  # noqa: ANN401 - DB-API objects
        words = statement.split()
        if words[0].upper() in _WRITES:
            writing.add(id(cursor.connection))
            steps.step(f"ledger: before {' '.join(words[:3])}")

    def do_commit(self: DefaultDialect, connection: Any) -> None:  # noqa: ANN401 - as above
        wrote = id(_raw(connection)) in writing
        writing.discard(id(_raw(connection)))
        if wrote:
            steps.step("ledger: before COMMIT")
        commit(self, connection)
        if wrote:
            steps.step("ledger: after COMMIT")

    def do_rollback(self: DefaultDialect, connection: Any) -> None:  # noqa: ANN401 - as above
        writing.discard(id(_raw(connection)))
        rollback(self, connection)

    sa.event.listen(sa.Engine, "before_cursor_execute", before_statement)
    dialect.do_commit = do_commit
    dialect.do_rollback = do_rollback


def _raw(connection: Any) -> object:  # noqa: ANN401 - a DB-API connection, pooled or not
    return getattr(connection, "dbapi_connection", connection)


def watch_wire(steps: Steps) -> None:
    """Make a step of each command and each answer, of every TLS connection."""
    sockets: Any = ssl.SSLSocket
    send, read = sockets.send, sockets.read
    commands: dict[int, str] = {}
    unanswered: dict[int, str] = {}

    def stepping_send(self: ssl.SSLSocket, data: Any, flags: int = 0) -> int:  # noqa: ANN401 - any buffer
        held = bytes(data)
        name = _command(held)
        if name:
            commands[id(self)] = name.partition(" ")[0]
        else:
            name = ("end" if held == b"\r\n" else "literal") + f" of {commands[id(self)]}"
        steps.step(f"wire: before {name}")
        sent: int = 0
        if len(held) > _LONG:
            sent = int(send(self, held[: len(held) // 2], flags))
            steps.step(f"wire: amid {name}")
        sent += int(send(self, held[sent:], flags))
        unanswered[id(self)] = name
        steps.step(f"wire: sent {name}")
        return sent

    def stepping_read(self: ssl.SSLSocket, *args: Any) -> Any:  # noqa: ANN401 - its signature
        got = read(self, *args)
        name = unanswered.pop(id(self), None)
        if name:
            steps.step(f"wire: answered {name}")
        return got

    sockets.send = stepping_send
    sockets.read = stepping_read


def _command(data: bytes) -> str:
    """Return a command without its tag and the password, or nothing for a part of one."""
    first = data.partition(b"\r\n")[0].decode("ascii", "replace")
    if first == "DONE":
        return first
    found = re.match(r"[A-Z]{4}\d+ (LOGIN|.+)", first)
    return found[1][:60] if found else ""


def _clock(now: datetime, *, rush: int) -> Callable[[], datetime]:
    began = time.monotonic()
    return lambda: now + timedelta(seconds=(time.monotonic() - began) * rush)


def child(request: dict[str, Any]) -> NoReturn:
    """Run one command as a process of its own and end with its exit code."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    steps = Steps(Path(request["steps"]), request["fail_at"], request["how"])
    watch_ledger(steps)
    watch_wire(steps)
    now, config = datetime.fromisoformat(request["now"]), Path(request["config"])
    code = 0
    try:
        if request["command"] == "open":
            Ledger(config.parent / "state").close()
        else:
            once = request["command"] == "once"
            program.Rounds = partial(Rounds, clock=_clock(now, rush=1 if once else _RUSH))
            since = ["--since", f"{request['since']}d"] if request["since"] else []
            sys.argv = ["springback", "run", *(["--once"] if once else []), *since, "--config", str(config)]
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except SpringbackError as error:
        sys.stderr.write(f"springback: {error}\n")
        code = error.exit_code
    except BaseException as error:  # noqa: BLE001 - a child must not go on as a server
        sys.stderr.write(f"Traceback of {error!r}\n")
        code = 70
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(code)


def _warm_up(tools: Toolbox) -> None:
    """Load and compile all that the first pass of a process would have to."""
    replier = Replier("", "R", "r@r.example", frozenset(), "", "", Style(), skip_unreachable=False)
    outcome = triage(rejection(1), tools, replier)
    assert outcome
    reply(outcome, (), tools, replier, datetime.now(UTC))
    with TemporaryDirectory() as folder:
        Ledger(Path(folder)).close()


def serve() -> None:
    """Fork a child for each request until the other end closes."""
    tools = load_toolbox()
    _warm_up(tools)
    program.load_toolbox = lambda *_args, **_kwargs: tools
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if not pid:
            child(request)
        _tell(pid)
        _, status = os.waitpid(pid, 0)
        _tell(os.waitstatus_to_exitcode(status))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
