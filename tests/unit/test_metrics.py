"""What Prometheus reads of a daemon: figures by account name, on this machine only."""

import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from springback import metrics
from springback.config import Account, Config, Metrics, Password, Paths
from springback.entries import PassEntry
from springback.errors import ConfigError, SpringbackError
from springback.ledger import Ledger
from springback.metrics import Collector, serve
from support.wire import free_port

ADDRESS = "robin@ellery.example"
SECOND = timedelta(seconds=1)


def config(folder: Path, port: int | None) -> Config:
    accounts = tuple(
        Account(
            name=name, address=ADDRESS, full_name="Robin Ellery", host="imap.ellery.example",
            password=Password(env="X"),
        )
        for name in ("personal", "work")
    )  # fmt: skip
    return Config(account=accounts, paths=Paths(state=folder), metrics=Metrics(port=port))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def port(ledger: Ledger, tmp_path: Path) -> Iterator[int]:
    port = free_port()
    close = serve(ledger, config(tmp_path, port))
    yield port
    close()


def scrape(port: int, **headers: str) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - http
        return str(answer.read().decode())


def status_of(port: int, **headers: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        scrape(port, **headers)
    caught.value.close()
    return caught.value.code


def figure(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def test_the_figures_are_those_of_the_ledger_at_the_moment(ledger: Ledger, port: int) -> None:
    assert "springback_backlog" not in scrape(port), "nothing is known before the first pass"
    now = datetime.now(UTC)
    good = PassEntry(
        "personal", now, now - 30 * SECOND, ok=True, error=None, failures=0, looked_at=3, drafted=1,
        next_at=None, mode="push", pushed_at=now - 40 * SECOND, backlog=7,
    )  # fmt: skip
    ledger.health.record_pass(good)
    ledger.health.record_pass(PassEntry("gone", now, None, False, "Can't", 2, 0, 0, None))  # noqa: FBT003 - a row
    for day in (now, now + timedelta(days=1)):  # it may be midnight
        ledger.health.add_volume("personal", day.date(), 1234)
    ledger.health.note_files(["mine.toml: unknown key"])
    for uid in (5, 6):
        ledger.gaps.wait("personal", "INBOX", 7, uid, now)
    for _ in range(3):
        ledger.gaps.note_failure("personal", "INBOX", 7, 9, "why", now, apart=0 * SECOND)
    text = scrape(port)
    assert 30 <= figure(text, 'springback_last_success_age_seconds{account="personal"}') < 60
    assert 40 <= figure(text, 'springback_last_push_age_seconds{account="personal"}') < 70
    for name, value in {
        'springback_backlog{account="personal"}': 7,
        'springback_failures_in_a_row{account="personal"}': 0,
        'springback_mode{account="personal",mode="push"}': 1,
        'springback_volume_today_bytes{account="personal"}': 1234,
        'springback_waiting{account="personal"}': 2,
        'springback_set_aside{account="personal"}': 1,
        "springback_refused_files": 1,
    }.items():
        assert figure(text, name) == value, name
    assert figure(text, "process_open_fds") > 3
    assert 'account="gone"' not in text, "an account that is configured no more"
    assert ADDRESS not in text
    assert "ellery" not in text


def test_the_alert_of_the_page_fires_for_an_account_that_never_succeeded(ledger: Ledger) -> None:
    """One that failed all the time, and one whose first pass never ended."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    found = re.search(r"expr: .* or (springback_\w+) > (\d+)\n", page)
    assert found
    started, limit = datetime.now(UTC), int(found[2]) * SECOND
    ledger.health.record_pass(PassEntry("personal", started, None, False, "Can't", 9, 0, 0, None))  # noqa: FBT003 - a row
    times = iter([started, started + limit, started + limit + SECOND])
    collector = Collector(ledger, ["personal", "work"], lambda: next(times))
    for firing in (set(), {"personal", "work"}):
        (gauge,) = (one for one in collector.collect() if one.name == found[1])
        assert {one.labels["account"] for one in gauge.samples if one.value > int(found[2])} == firing


def test_only_this_machine_is_answered(port: int) -> None:
    """The port is bound to 127.0.0.1: no other address of this machine has it."""
    others: set[int | str] = {"127.0.0.2", "::1"}
    with suppress(socket.gaierror):  # a name that leads nowhere
        others |= {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    for address in others - {"127.0.0.1"}:
        family = socket.AF_INET6 if ":" in str(address) else socket.AF_INET
        with socket.socket(family) as line:
            line.settimeout(5)
            assert line.connect_ex((address, port)), f"{address} answers"
    assert "springback_info" in scrape(port)


def test_a_web_page_cannot_read_it_under_a_name_of_its_own(port: int) -> None:
    """DNS rebinding lets a browser connect to 127.0.0.1, but it sends the page's name."""
    assert status_of(port, Host=f"attacker.example:{port}") == 403
    assert status_of(port, Host="127.0.0.1.attacker.example") == 403
    assert "springback_info" in scrape(port, Host=f"localhost:{port}")


def test_who_connects_and_says_nothing_keeps_nobody_out_for_long(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_PATIENCE", 0.3)
    with socket.create_connection(("127.0.0.1", port)):
        assert "springback_info" in scrape(port)


@contextmanager
def dripping(port: int) -> Iterator[None]:
    """A client that sends a byte now and then, and never a whole request."""
    enough = threading.Event()

    def drip() -> None:
        with socket.create_connection(("127.0.0.1", port)) as line, suppress(OSError):
            line.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
            begun.set()
            while not enough.wait(0.05):
                line.sendall(b"x")

    begun, thread = threading.Event(), threading.Thread(target=drip)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def test_who_never_ends_a_request_keeps_nobody_out(
    port: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(metrics, "_PATIENCE", 0.3)
    with dripping(port):
        assert "springback_info" in scrape(port)
    assert capfd.readouterr().err == "", "a client that leaves is no news"


def test_who_never_ends_a_request_keeps_the_daemon_from_nothing(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_PATIENCE", 3600)
    port = free_port()
    ending = threading.Thread(target=serve(ledger, config(tmp_path, port)), daemon=True)
    with dripping(port):
        ending.start()
        ending.join(15)
        assert not ending.is_alive()


def test_a_ledger_that_cannot_be_read_is_told(ledger: Ledger, port: int) -> None:
    with ledger._database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE volume")
    assert status_of(port) == 503


def test_it_is_off_unless_asked_for(ledger: Ledger, tmp_path: Path) -> None:
    serve(ledger, config(tmp_path, None))()


def test_a_port_that_is_taken_is_told(ledger: Ledger, port: int, tmp_path: Path) -> None:
    with pytest.raises(SpringbackError, match=f"127.0.0.1:{port}: Address already in use"):
        serve(ledger, config(tmp_path, port))


def test_the_port_is_free_once_it_is_closed(ledger: Ledger, tmp_path: Path) -> None:
    port = free_port()
    for _ in range(2):
        close = serve(ledger, config(tmp_path, port))
        scrape(port)
        close()


def test_without_prometheus_client_the_remedy_is_told(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"pip install 'springback\[metrics\]'"):
        serve(ledger, config(tmp_path, free_port()))


def test_who_serves_no_figures_does_not_load_the_library() -> None:
    code = "import springback.metrics, sys; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
