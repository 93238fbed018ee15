"""A server of advisories on loopback that speaks OSV's API, as the real one does.

It pages, it limits, and it finds by the lists of its records alone. One with a `drip` sends its
answers byte by byte, that many seconds apart.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

MOST_QUERIES = 1000


@dataclass
class OsvApi:
    """A running server; `scripted` are answers given once, by path, before its own."""

    records: Sequence[Mapping[str, Any]] = ()
    page: int = 1000
    port: int = 0
    drip: float = 0.0
    scripted: dict[str, list[tuple[int, bytes, dict[str, str]]]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, sent: Any) -> tuple[int, bytes, dict[str, str]]:  # noqa: ANN401 - JSON
        with self.lock:
            self.asked.append((path, sent))
            if scripted := self.scripted.get(path):
                return scripted.pop(0)
        if path == "/v1/querybatch":
            queries = sent["queries"]
            if len(queries) > MOST_QUERIES:
                return 400, b'{"code": 3, "message": "Too many queries."}', {}
            return 200, json.dumps({"results": [self._found(one) for one in queries]}).encode(), {}
        id_ = unquote(path.rpartition("/")[2])
        for record in self.records:
            if path.startswith("/v1/vulns/") and record["id"] == id_:
                return 200, json.dumps(record).encode(), {}
        return 404, b'{"code": 5, "message": "Bug not found."}', {}

    def _found(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        found = [
            {"id": record["id"], "modified": record["modified"]}
            for record in self.records
            if any(_is_about(one, query) for one in record["affected"])
        ]
        begin = int(query.get("page_token", "0"))
        told = found[begin : begin + self.page]
        more = begin + self.page < len(found)
        return {
            **({"vulns": told} if told else {}),
            **({"next_page_token": str(begin + self.page)} if more else {}),
        }


def _is_about(affected: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    package = {name: affected["package"][name] for name in ("ecosystem", "name")}
    return package == query["package"] and query["version"] in affected.get("versions", ())


@contextmanager
def serving(*records: Mapping[str, Any], page: int = 1000) -> Iterator[OsvApi]:
    """Start a server, and end it."""
    api = OsvApi(records, page)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            status, answer, headers = api.answer(self.path, json.loads(body) if body else None)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self._send(answer)

        def _send(self, answer: bytes) -> None:
            if not api.drip:
                self.wfile.write(answer)
                return
            with suppress(OSError):  # nobody waits for the rest
                for place in range(len(answer)):
                    self.wfile.write(answer[place : place + 1])
                    time.sleep(api.drip)

        do_POST = do_GET  # noqa: N815 - its name there

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        api.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        yield api
        server.shutdown()
