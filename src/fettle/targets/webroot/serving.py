"""A server of files, on loopback, for whoever measures a copy: as nginx or Caddy would serve it."""

import gzip
import mimetypes
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from fettle.model.experiment import Tree
from fettle.model.root_address import page_at

_TYPES = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
}
_BESIDE = (("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz"))
_TEXTS = ("text/", "application/json", "application/manifest", "image/svg")
_LEVEL = 6  # what servers pack with on the way


@dataclass(frozen=True)
class Files:
    """What is served, and how."""

    tree: Tree
    instead: Mapping[str, str]
    packs: bool

    def find(self, path: str) -> str | None:
        """Return the file that is meant by an address's path."""
        try:
            self.tree.size(path.lstrip("/"))
        except (KeyError, OSError):
            return page_at(f"http://root{path}", frozenset(self.tree.paths()))
        return path.lstrip("/")


@contextmanager
def serving(files: Tree, instead: Mapping[str, str], *, packs: bool) -> Iterator[str]:
    """See model.ports_experiment.WebRoots.serving."""
    server = _Server(Files(files, instead, packs))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, files: Files) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of who went away in the middle."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Send a file."""
        files = self.server.files
        path = files.find(_decoded(self.path))
        if path is None:
            self._send(404, "text/plain", b"not found")
            return
        kind = _kind(files.instead.get(path, path))
        content = files.tree.read(files.instead.get(path, path))
        accepted = {one.split(";")[0].strip() for one in self._accepts.split(",")}
        for encoding, ending in _BESIDE:
            if (
                encoding in accepted
                and path not in files.instead
                and _has(files.tree, path + ending)
            ):
                self._send(200, kind, files.tree.read(path + ending), encoding)
                return
        if files.packs and "gzip" in accepted and kind.startswith(_TEXTS):
            self._send(200, kind, _packed(content), "gzip")
            return
        self._send(200, kind, content)

    @property
    def _accepts(self) -> str:
        return self.headers.get("Accept-Encoding", "")

    def _send(self, status: int, kind: str, body: bytes, encoding: str | None = None) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Vary", "Accept-Encoding")
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


def _decoded(target: str) -> str:
    return unquote(urlsplit(target).path)


def _kind(path: str) -> str:
    ending = "." + path.rpartition(".")[2].lower()
    kind = _TYPES.get(ending) or mimetypes.guess_type(path, strict=False)[0]
    kind = kind or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind == "text/css" else kind


def _has(tree: Tree, path: str) -> bool:
    try:
        tree.size(path)
    except (KeyError, OSError):
        return False
    return True


@lru_cache(maxsize=64)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, _LEVEL, mtime=0)
