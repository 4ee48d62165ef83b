"""Says which access tokens are good, as an OAuth provider does for its mail server."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit


class TokenServer:
    """The tokens that are good, each with whose it is; `asked` are those that a mail server was given."""

    def __init__(self) -> None:
        self.good: dict[str, str] = {}
        self.asked: list[str] = []
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
                tokens.asked.append(token)
                user = tokens.good.get(token)
                answer = {"active": "yes", "user": user} if user else {"error": "invalid_token"}
                body = json.dumps(answer).encode()
                self.send_response(200 if user else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
