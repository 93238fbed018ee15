"""A web server of pages that a test makes up: each path answers what it is told to."""

import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a path answers; `after_s` is how long it takes, `then` what is sent on, as it comes."""

    body: bytes = b""
    mime: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Headers = field(default_factory=dict)
    after_s: float = 0.0
    then: Callable[[], Iterator[bytes]] | None = None


Asked = Callable[[Headers], Answer]


@dataclass
class Site:
    """A site that is served; `asked` are the paths that were, with the headers each came with."""

    url: str
    pages: dict[str, Answer | Asked] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def page(self, body: str, *, head: str = "", path: str = "/") -> None:
        """Have a page in the HTML that is around every page."""
        text = f"<!doctype html><html lang=en><meta charset=utf-8><title>A page</title>{head}"
        self.pages[path] = Answer(f"{text}<body>{body}".encode())


class Handler(BaseHTTPRequestHandler):
    """Answers what its server's site has."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        site = self.server.site
        site.asked.append((self.command, self.path, dict(self.headers)))
        given = site.pages.get(self.path.partition("?")[0], Answer(b"not here", status=404))
        answer = given if isinstance(given, Answer) else given(dict(self.headers))
        time.sleep(answer.after_s)
        try:
            self._say(answer)
        except OSError:  # nobody listens any more
            self.close_connection = True

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.close_connection = answer.then is not None
        length = {} if answer.then else {"Content-Length": str(len(answer.body))}
        for name, value in {"Content-Type": answer.mime, **length, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        for part in answer.then() if answer.then else ():
            self.wfile.write(part)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


class Server(ThreadingHTTPServer):
    """Serves a site."""

    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), Handler)
        self.site = Site(f"http://{host}:{self.server_address[1]}/")

    def handle_error(self, *_: object) -> None:
        return


@contextmanager
def serve(host: str = "127.0.0.1") -> Iterator[Site]:
    """Serve a site on loopback."""
    server = Server(host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def noise(width: int, height: int, seed: int = 0) -> bytes:
    """Return a PNG of noise, which nothing packs."""
    random = Random(seed)
    lines = b"".join(b"\0" + random.randbytes(width * 3) for _ in range(height))

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
