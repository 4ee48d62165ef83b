"""What the daemon costs while nothing happens, and how soon a draft is there when something does."""

import os
import signal
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Self

from bench.report import Bound, Cell, Report, Table
from support.dovecot import Dovecot
from support.mails import ordinary, rejection
from support.program import Program

_USER = "robin@example.test"
_MAILS = 2_000  # ordinary ones that the inbox holds
_TICKS = os.sysconf("SC_CLK_TCK")
_LATENCY = 1.0  # seconds from the server's push to the draft, p95
_GROWTH_KB = 400  # of memory for each further account
_IDLE_CPU = 0.02  # of a core, with 300 accounts


def push(report: Report, drafts: int) -> None:
    """Measure from delivery to the server's push, and from there to the draft."""
    with Dovecot() as server, _daemon(server, {_USER: _MAILS}) as (program, _):
        told, waits = [], []
        with Observer(server) as observer:
            for number in range(drafts):
                observer.news.clear()
                delivered = time.monotonic()
                server.deliver(_USER, rejection(number))
                pushed = observer.wait()
                stored = _until(lambda: _drafts(server, _USER) > number)  # noqa: B023 - called at once
                told.append(pushed - delivered)
                waits.append(max(0.0, stored - pushed))
                time.sleep(1.0)  # what the daemon makes of its own draft and the observer's news is over
        del program
    rows: list[dict[str, Cell]] = [_spread("delivery → push", told), _spread("push → draft", waits)]
    report.tables.append(Table(f"{drafts} rejections, one by one, an inbox of {_MAILS:,} mails (s)", rows))
    report.bounds.append(Bound("push → draft, p95 (s)", float(rows[1]["p95"]), _LATENCY))


def idle(report: Report, numbers: tuple[int, ...], seconds: float) -> None:
    """Measure memory, CPU time, threads and descriptors with so many accounts that wait for mail."""
    rows: list[dict[str, Cell]] = []
    with Dovecot() as server:
        for number in numbers:
            users = {f"u{count}@example.test": 0 for count in range(number)}
            with _daemon(server, users) as (_, pid):
                time.sleep(3)
                before = _cpu(pid)
                time.sleep(seconds)
                rows.append(
                    {
                        "accounts": str(number),
                        "RSS MB": _status(pid, "VmRSS") / 1_000,
                        "CPU %": 100 * (_cpu(pid) - before) / seconds,
                        "threads": _status(pid, "Threads"),
                        "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
                    }
                )
    report.tables.append(Table(f"Accounts that wait for mail, over {seconds:.0f} s", rows))
    few, many = rows[0], rows[-1]
    accounts = int(many["accounts"]) - int(few["accounts"])
    if accounts:
        each = 1_000 * (float(many["RSS MB"]) - float(few["RSS MB"])) / accounts
        report.bounds.append(Bound("memory of a waiting account (kB)", each, _GROWTH_KB))
    report.bounds.append(Bound("CPU of all waiting accounts (cores)", float(many["CPU %"]) / 100, _IDLE_CPU))


def restart(report: Report, times: int) -> None:
    """Measure how soon after a restart of the server a mail that came meanwhile is answered."""
    waits = []
    with Dovecot() as server, _daemon(server, {_USER: 10}):
        for number in range(times):
            server.stop()
            server.deliver(_USER, rejection(number))
            time.sleep(1.0)
            server.start()
            greeted = time.monotonic()
            waits.append(_until(lambda: _drafts(server, _USER) > number, 200) - greeted)  # noqa: B023 - as above
            time.sleep(62)  # else the next login had to keep its distance to this one
    rows = [_spread("server ready → draft", waits)]
    report.tables.append(
        Table(f"{times} restarts of the server, a mail delivered while it was down (s)", rows)
    )


class Observer:
    """Another client that waits for news of the inbox, to know when the server tells them."""

    def __init__(self, server: Dovecot) -> None:
        context = ssl.create_default_context(cafile=server.ca_file)
        plain = socket.create_connection((server.host, server.imaps_port), timeout=30)
        self._socket = context.wrap_socket(plain, server_hostname=server.host)
        self.news = threading.Event()
        self._at = 0.0
        for line in (f"a LOGIN {_USER} secret", "b EXAMINE INBOX", "c IDLE"):
            self._socket.sendall(line.encode() + b"\r\n")
        told = b""
        while b"\r\n+ " not in told:  # EXAMINE tells how many mails there are: no news
            data = self._socket.recv(4_096)
            if not data:
                raise RuntimeError(f"the server hung up: {told.decode('utf-8', 'replace')}")
            told += data
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def wait(self) -> float:
        """Return when the news came."""
        if not self.news.wait(30):
            raise RuntimeError("the server told nothing")
        return self._at

    def _listen(self) -> None:
        self._socket.settimeout(None)
        try:
            while data := self._socket.recv(4_096):
                if b"EXISTS" in data:
                    self._at = time.monotonic()
                    self.news.set()
        except OSError:
            return


@contextmanager
def _daemon(server: Dovecot, users: dict[str, int]) -> Iterator[tuple[Program, int]]:
    """Run the daemon on accounts with so many ordinary mails each, from when all of them wait for news."""
    for user, mails in users.items():
        server.add_user(user, record=False)
        server.fill(user, (ordinary(number) for number in range(mails)))
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        for number, user in enumerate(users):
            program.add_account(server, user, name=f"account-{number}")
        process = program.start("run")
        try:
            _until(lambda: program.log.count("pass_done") >= len(users), 300)
            time.sleep(1)
            yield program, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _until(true: Callable[[], bool], seconds: float = 30) -> float:
    """Return when something became true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise RuntimeError(f"nothing came of it in {seconds:.0f} s")
        time.sleep(0.002)
    return time.monotonic()


def _drafts(server: Dovecot, user: str) -> int:
    box = server.maildir(user, "Drafts")
    return sum(len(list((box / part).glob("*"))) for part in ("new", "cur"))


def _spread(what: str, values: list[float]) -> dict[str, Cell]:
    p95 = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {"": what, "least": min(values), "p50": median(values), "p95": p95, "most": max(values)}


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))
