"""Providers of CDNs and functions at the edge, over loopback, with their own protocols."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-that-may-read"


@dataclass
class Provider:
    """What it answers, and what it was asked."""

    address: str = ""
    token: str | None = TOKEN  # that it asks for
    answers: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    asked: list[Any] = field(default_factory=list)

    def content(self, target: str, body: Any, status: int) -> bytes:  # noqa: ANN401
        """Return what is sent for a request."""
        if self.raw is not None:
            return self.raw
        if status != 200:
            return b'{"message": "no"}'
        parts = urlsplit(target)
        return json.dumps(self._answer(parts.path, parse_qs(parts.query), body)).encode()

    def _answer(self, path: str, query: Mapping[str, list[str]], body: Any) -> Any:  # noqa: ANN401
        self.asked.append((path, query, body))
        if "function_id" in query:
            return self.answers[query["function_id"][0]]
        return self.answers[path]


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """Answer as a provider does, at `address`, until this ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: Any) -> None:  # noqa: ANN401
            status = provider.status
            if provider.token and self.headers["Authorization"] != f"Bearer {provider.token}":
                status = 401
            content = provider.content(self.path, body, status)
            self.send_response(status)
            for name, value in provider.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
