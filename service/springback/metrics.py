"""Figures for Prometheus, on loopback only, read from the ledger when they are asked for.

They tell no address and no word of a mail: accounts go by their names.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog

from springback.config import Config
from springback.errors import ConfigError, SpringbackError, place_of
from springback.figures import TEXTS, figures
from springback.ledger import Ledger

if TYPE_CHECKING:
    from prometheus_client import Metric

_HOST = "127.0.0.1"
_PATIENCE = 5.0  # seconds for a request: one thread serves them all
_END = 1.0  # seconds that a request in hand has when the daemon stops
_HERE = {_HOST, "localhost"}

Closer = Callable[[], None]
log = structlog.get_logger()


def serve(ledger: Ledger, config: Config) -> Closer:
    """Serve the figures where `metrics.port` asks for it, and return what ends that.

    Raises ConfigError where prometheus-client isn't installed, SpringbackError where the port is taken.
    """
    port = config.metrics.port
    if port is None:
        return lambda: None
    try:
        from prometheus_client import (  # noqa: PLC0415 - an optional library
            CollectorRegistry,
            ProcessCollector,
            make_wsgi_app,
        )
    except ImportError:
        told = "metrics.port: needs prometheus-client; pip install 'springback[metrics]', or remove it"
        raise ConfigError("Can't serve metrics", [told]) from None
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    names = [account.name for account in config.account]
    registry.register(Collector(ledger, names, lambda: datetime.now(UTC)))
    try:
        server = make_server(_HOST, port, _guarded(make_wsgi_app(registry)), _Server, _Handler)
    except OSError as error:
        raise SpringbackError(
            f"Can't serve metrics at {_HOST}:{port}: {error.strerror}. Give another metrics.port"
        ) from None
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()

    def close() -> None:
        # It waits for the request in hand, for which nobody should wait: the thread ends with the process.
        threading.Thread(target=server.shutdown, daemon=True).start()
        thread.join(_END)
        server.server_close()

    return close


class Collector:
    """Collects the figures of accounts from a ledger; made when the daemon starts."""

    def __init__(self, ledger: Ledger, accounts: Iterable[str], clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._accounts = tuple(accounts)
        self._version = version("springback")
        self._clock = clock
        self._started = clock()

    def collect(self) -> "Iterable[Metric]":
        """Return every figure; raises LedgerError."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as in serve

        now = self._clock()
        passes, counts = self._ledger.health.last_passes(), self._ledger.health.counts(now.date())
        found: dict[str, GaugeMetricFamily] = {}
        for name, labels, value in figures(passes, counts, self._accounts, self._version, self._started, now):
            gauge = GaugeMetricFamily(f"springback_{name}", TEXTS[name], labels=list(labels))
            found.setdefault(name, gauge).add_metric(list(labels.values()), value)
        return found.values()


class _Server(WSGIServer):
    def handle_error(self, *_: object) -> None:  # a client that leaves is no news
        pass


class _Handler(WSGIRequestHandler):
    def handle(self) -> None:
        """Handle a request within its time; a time limit of the socket would begin anew with each byte."""
        deadline = threading.Timer(_PATIENCE, _cut, (self.connection,))
        deadline.daemon = True
        deadline.start()
        try:
            super().handle()
        finally:
            deadline.cancel()

    def log_message(self, *_: object) -> None:  # a scrape is no news
        pass


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _guarded(app: Callable[..., Any]) -> Callable[..., Any]:
    """Return an app that answers only who asks for this machine: a page can't read it by DNS rebinding."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        plain = [("Content-Type", "text/plain")]
        if environ.get("HTTP_HOST", "").partition(":")[0] not in _HERE:
            start_response("403 Forbidden", plain)
            return [b"ask for 127.0.0.1\n"]
        try:
            answer: Iterable[bytes] = app(environ, start_response)
        except Exception as error:  # noqa: BLE001 - a scrape must not end in a traceback on stderr
            told = str(error) if isinstance(error, SpringbackError) else place_of(error)
            log.warning("metrics_not_served", error=told)
            start_response("503 Service Unavailable", plain)
            return [b"the figures can't be had; see the log\n"]
        return answer

    return guarded
