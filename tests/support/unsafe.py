"""A server on loopback that breaks the rules of safe transport, and keeps every byte it was sent."""

import contextlib
import socket
import ssl
import subprocess
import threading
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

_GREETING = b"* OK ready\r\n"


class UnsafeServer:
    """Greets, behind TLS or without, answers all but a login, and keeps what it was sent in the clear."""

    def __init__(
        self, context: ssl.SSLContext | None = None, *, greeting: bytes = _GREETING, offers: str = "",
        address: str = "127.0.0.1",
    ) -> None:  # fmt: skip
        self._context = context
        self._greeting = greeting
        self._offers = offers
        self._listener = socket.create_server((address, 0))
        self.port: int = self._listener.getsockname()[1]
        self.received = b""
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
                raw, _ = self._listener.accept()
            except OSError:
                return
            with raw, contextlib.suppress(OSError):
                raw.settimeout(5)
                self._talk(self._context.wrap_socket(raw, server_side=True) if self._context else raw)

    def _talk(self, wire: socket.socket) -> None:
        with wire:
            wire.sendall(self._greeting)
            while data := wire.recv(65_536):
                self.received += data
                for line in data.splitlines():
                    tag, _, rest = line.partition(b" ")
                    offers = f"* CAPABILITY IMAP4rev1 {self._offers}\r\n" if rest == b"CAPABILITY" else ""
                    wire.sendall(offers.encode() + tag + b" OK done\r\n")


class Authority:
    """A throw-away certificate authority."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.file = folder / "ca.pem"
        self._openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=test-CA "
            "-addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem"
        )

    def context(self, names: str = "DNS:localhost,IP:127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
        """Return what a server needs whose certificate is for these names."""
        (self.folder / "extensions").write_text(
            f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        )
        self._openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout key.pem -out csr"
        )
        days = "-days -1" if expired else "-days 30"
        self._openssl(
            f"x509 -req {days} -CA ca.pem -CAkey ca.key -CAcreateserial "
            "-extfile extensions -in csr -out cert.pem"
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        return context

    def old_context(self) -> ssl.SSLContext:
        """Return what a server needs that speaks nothing newer than TLS 1.1."""
        context = self.context()
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # being deprecated is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True)
