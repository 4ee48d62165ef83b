"""A TCP proxy that breaks connections on purpose."""

import contextlib
import secrets
import socket
import socketserver
import threading
from typing import Literal, Self

Side = Literal["client", "server"]


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
    """Relays raw bytes, TLS included, from `localhost:port` to a server until told otherwise."""

    host = "localhost"

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port = free_port()
        self.accepted = 0
        self.cuts = 0
        self._target = (host, port)
        self._lock = threading.Lock()
        self._budget: dict[Side, int] = {}
        self._black_hole = False
        self._open: set[_Link] = set()
        self._listener: _Listener | None = None

    def __enter__(self) -> Self:
        self.forward()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    def forward(self) -> None:
        """Accept and relay again; a connection that lost bytes stays dead."""
        with self._lock:
            self._budget.clear()
            self._black_hole = False
        if self._listener is None:
            self._listener = _Listener(self)

    def cut_after(self, *, client: int | None = None, server: int | None = None) -> None:
        """Cut one connection, once, after this many further bytes from the named side."""
        with self._lock:
            self._budget.clear()
            if client is not None:
                self._budget["client"] = client
            if server is not None:
                self._budget["server"] = server

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
                kept = self._admit(link, side, data)
                if kept:
                    target.sendall(kept)
                if link.cut:
                    break
        link.close()

    def _admit(self, link: "_Link", side: Side, data: bytes) -> bytes:
        """Return the part of `data` to pass on, and mark the link when it is to end there."""
        with self._lock:
            if self._black_hole:
                link.dead = True
            if link.dead or link.cut:
                return b""
            left = self._budget.get(side)
            if left is None:
                return data
            if len(data) < left:
                self._budget[side] = left - len(data)
                return data
            self._budget.clear()
            self.cuts += 1
            # Set before the last bytes leave, so that no answer to them can slip through.
            link.cut = True
            return data[:left]


class _Link:
    """One relayed connection."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.cut = False
        self.dead = False
        self.gone = threading.Event()

    def ends(self, side: Side) -> tuple[socket.socket, socket.socket]:
        """Return source and target for bytes coming from `side`."""
        return (self.client, self.server) if side == "client" else (self.server, self.client)

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

    def stop(self) -> None:
        """Close the port."""
        self.shutdown()
        self._thread.join()
        self.server_close()
