"""A TCP proxy that breaks connections on purpose."""

import contextlib
import secrets
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

Side = Literal["client", "server"]
# How a connection ends: both ways by FIN; by RST; by nothing, as where a NAT forgot it; or one way only.
Ending = Literal["close", "reset", "silence", "half"]

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing drops what is unsent and says RST


@dataclass(frozen=True, slots=True)
class Shape:
    """How bytes travel: gathered for a while, in pieces of some size, with a pause before each."""

    gather: float = 0.0  # seconds
    pieces: Callable[[], int] | None = None
    pause: float = 0.0  # seconds


def free_port() -> int:
    """Return a free loopback port that no outgoing connection can take by chance."""
    # Below the ephemeral range (32768 and up): there a client that retries a closed port may
    # occupy it, or even connect to itself.
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


class CuttingProxy:
    """Relays raw bytes, TLS included, from `localhost:port` to a server until told otherwise.

    `passed` counts the bytes that each side got through, and `kept` holds them where that is asked for;
    `swallowed` counts those that went into a black hole.
    """

    host = "localhost"

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port = free_port()
        self.accepted = 0
        self.cuts = 0
        self.passed: dict[Side, int] = {"client": 0, "server": 0}
        self.swallowed: dict[Side, int] = {"client": 0, "server": 0}
        self.kept: dict[Side, bytes] | None = None
        self._target = (host, port)
        self._lock = threading.Lock()
        self._budget: dict[Side, int] = {}
        self._since = b""
        self._before = b""  # what came just before, while `_since` is looked for
        self._ending: Ending = "close"
        self._shape = Shape()
        self._black_hole = False
        self._open: set[_Link] = set()
        self._listener: _Listener | None = None

    def __enter__(self) -> Self:
        self.forward()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    def forward(self) -> None:
        """Accept and relay again, unshaped; a connection that lost bytes stays dead."""
        with self._lock:
            self._budget.clear()
            self._black_hole = False
            self._shape = Shape()
        if self._listener is None:
            self._listener = _Listener(self)

    def keep(self) -> None:
        """Count anew, and keep the bytes that pass from now on."""
        with self._lock:
            self.passed = {"client": 0, "server": 0}
            self.kept = {"client": b"", "server": b""}

    def shape(self, shape: Shape) -> None:
        """Let all bytes travel so from now on."""
        with self._lock:
            self._shape = shape

    def cut_after(self, *, client: int | None = None, server: int | None = None) -> None:
        """Cut one connection, once, after this many further bytes from the named side."""
        given: dict[Side, int | None] = {"client": client, "server": server}
        with self._lock:
            self._ending, self._since = "close", b""
            self._budget = {side: after for side, after in given.items() if after is not None}

    def cut(self, side: Side, after: int, ending: Ending = "close", *, since: bytes = b"") -> None:
        """Cut one connection, once, after this many further bytes from a side, in a way of its own.

        They are counted from the end of the bytes `since` on, where these are given.
        """
        with self._lock:
            self._ending = ending
            self._budget = {side: after}
            self._since, self._before = since, b""

    def black_hole(self) -> None:
        """Keep all connections open, accept new ones, and swallow every byte from now on."""
        with self._lock:
            self._black_hole = True

    def refuse(self) -> None:
        """Close every connection and the port, so that connecting is refused."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()
        with self._lock:
            links = list(self._open)
        for link in links:
            link.close()
        for link in links:
            link.gone.wait(5)

    def _relay(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target, timeout=10)
        except OSError:
            return
        server.settimeout(None)
        link = _Link(client, server)
        with self._lock:
            self.accepted += 1
            self._open.add(link)
        with server:
            back = threading.Thread(target=self._pump, args=(link, "server"), daemon=True)
            back.start()
            self._pump(link, "client")
            back.join()
        with self._lock:
            self._open.discard(link)
        link.gone.set()

    def _pump(self, link: "_Link", side: Side) -> None:
        source, target = link.ends(side)
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                shape = self._shape
                if shape.gather:
                    time.sleep(shape.gather)
                    with contextlib.suppress(BlockingIOError):
                        data += source.recv(65_536, socket.MSG_DONTWAIT)
                kept = self._admit(link, side, data)
                if kept:
                    _send(target, kept, shape)
                if side in link.swallows and link.ending not in (None, "silence"):
                    break
        link.end(target)

    def _admit(self, link: "_Link", side: Side, data: bytes) -> bytes:
        """Return the part of `data` to pass on, and mark the link when it is to end there."""
        with self._lock:
            if self._black_hole:
                link.swallows = {"client", "server"}
                self.swallowed[side] += len(data)
            if side in link.swallows:
                return b""
            left = self._left(side, data)
            if left is not None and len(data) >= left:
                self._budget.clear()
                self.cuts += 1
                data = data[:left]
                # Set before the last bytes leave, so that no answer to them can slip through.
                link.ending = self._ending
                link.swallows = {side} if self._ending == "half" else {"client", "server"}
            elif left is not None:
                self._budget[side] = left - len(data)
            self.passed[side] += len(data)
            if self.kept is not None:
                self.kept[side] += data
            return data

    def _left(self, side: Side, data: bytes) -> int | None:
        """Return how many bytes a side has left from the beginning of `data` on, if that is known."""
        left = self._budget.get(side)
        if left is None or not self._since:
            return left
        seen = self._before + data
        at = seen.find(self._since)
        if at < 0:
            self._before = seen[-len(self._since) :]
            return None
        left += at + len(self._since) - len(self._before)
        self._since = b""
        return left


def _send(target: socket.socket, data: bytes, shape: Shape) -> None:
    if shape.pieces is None and not shape.pause:
        target.sendall(data)
        return
    target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data:
        size = shape.pieces() if shape.pieces else len(data)
        time.sleep(shape.pause)
        target.sendall(data[:size])
        data = data[size:]


class _Link:
    """One relayed connection."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.swallows: set[Side] = set()
        self.ending: Ending | None = None
        self.gone = threading.Event()

    def ends(self, side: Side) -> tuple[socket.socket, socket.socket]:
        """Return source and target for bytes coming from `side`."""
        return (self.client, self.server) if side == "client" else (self.server, self.client)

    def end(self, target: socket.socket) -> None:
        """End the connection as it was told to; `target` is where the last bytes went."""
        if self.ending == "half":
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)
            self.ending = None  # the other way ends by itself, and with it both
        elif self.ending == "reset":
            for end in (self.client, self.server):
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    end.shutdown(socket.SHUT_RD)  # says nothing, but wakes the other pump
        else:
            self.close()

    def close(self) -> None:
        """End both directions; the pumps notice and close the sockets."""
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class _Listener(socketserver.ThreadingTCPServer):
    """The open port."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 50

    def __init__(self, proxy: CuttingProxy) -> None:
        self._proxy = proxy
        super().__init__(("127.0.0.1", proxy.port), socketserver.BaseRequestHandler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def finish_request(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Relay one accepted connection in its own thread."""
        assert isinstance(request, socket.socket)
        self._proxy._relay(request)

    def shutdown_request(self, request: object) -> None:
        """Close a connection without a FIN of its own: the link has said how it ends."""
        assert isinstance(request, socket.socket)
        request.close()

    def stop(self) -> None:
        """Close the port."""
        self.shutdown()
        self._thread.join()
        self.server_close()
