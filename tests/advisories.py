"""A server of advisories on loopback: what OSV and a registry of npm answer auditors."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_JINJA = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "schema_version": "1.6.0",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "aliases": ["CVE-2026-0001"],
    "summary": "templates run anything",
    "details": "templates run anything",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "jinja2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.6"}]}],
            "versions": ["2.4.1"],
        }
    ],
}
_LODASH = {
    "id": 1094499,
    "url": "https://github.com/advisories/GHSA-jf85-cpcp-j695",
    "title": "Prototype pollution in lodash",
    "severity": "critical",
    "vulnerable_versions": "<4.17.21",
    "cwe": ["CWE-1321"],
    "cvss": {"score": 9.1, "vectorString": None},
}


@dataclass
class Advisories:
    """A running server; `asked` are the paths with what was sent, `works` whether it answers."""

    port: int = 0
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    works: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, sent: Any) -> object:  # noqa: ANN401 - as it came
        """Return what is answered; None where nothing is there."""
        if path == "/v1/query":
            return {"vulns": [_JINJA]} if _is_old(sent) else {}
        if path == "/v1/querybatch":
            told = {"id": _JINJA["id"], "modified": _JINJA["modified"]}
            each = [{"vulns": [told]} if _is_old(one) else {} for one in sent["queries"]]
            return {"results": each}
        if path == f"/v1/vulns/{_JINJA['id']}":
            return _JINJA
        if path == "/-/npm/v1/security/advisories/bulk":
            return {"lodash": [_LODASH]} if "4.17.15" in sent.get("lodash", ()) else {}
        if path == "/lodash":
            versions = ("4.17.15", "4.17.21")
            each_version = {one: {"name": "lodash", "version": one} for one in versions}
            return {
                "name": "lodash",
                "dist-tags": {"latest": versions[-1]},
                "versions": each_version,
            }
        return None


def _is_old(query: Any) -> bool:  # noqa: ANN401 - as it came
    return (query["package"]["name"], query["version"]) == ("jinja2", "2.4.1")


@contextmanager
def advisories() -> Iterator[Advisories]:
    """Start a server, and end it."""
    told = Advisories()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            sent = json.loads(body) if body else None
            told.asked.append((self.path, dict(self.headers), sent))
            answer = told.answer(self.path, sent) if told.works else None
            status = 200 if answer is not None else 404 if told.works else 503
            packed = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        do_POST = do_GET  # noqa: N815 - its name there

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        told.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()
