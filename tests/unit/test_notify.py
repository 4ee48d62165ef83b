"""What systemd hears of the daemon, on a socket as systemd has it."""

import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from springback.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@springback-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        server.settimeout(5)
        yield server, name


def test_systemd_hears_each_step(systemd: tuple[socket.socket, str]) -> None:
    server, name = systemd
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready()
    assert server.recv(1000) == b"READY=1"
    notifier.alive()
    assert server.recv(1000) == b"WATCHDOG=1"
    notifier.stopping()
    assert server.recv(1000) == b"STOPPING=1"


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid() + 1)}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_told_twice_as_often_as_it_asks(
    environment: dict[str, str], interval: float | None
) -> None:
    assert Notifier({"NOTIFY_SOCKET": "/run/notify", **environment}).interval == interval


def test_without_systemd_nothing_is_done() -> None:
    notifier = Notifier({"WATCHDOG_USEC": "30000000"})
    assert notifier.interval is None
    for tell in (notifier.ready, notifier.alive, notifier.stopping):
        tell()


def test_a_socket_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    for address in (
        str(tmp_path / "gone"),
        "@nobody-listens-here",
        "vsock:2:1234",
        "relative",
        "/" + 200 * "x",
    ):
        Notifier({"NOTIFY_SOCKET": address}).ready()
