"""Somebody on loopback who is told by webhook, and now and then hangs or refuses."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HANGS_S = 12.0  # longer than a sender waits


@dataclass(frozen=True)
class Heard:
    """One notification as it came: by whom, when, and how it was answered."""

    id: str
    event: str
    issue: int | None
    by: str
    at: float
    answer: str


@dataclass
class Hearing:
    """What came, and how often it is not taken: it `refuses` and `hangs` once in so many times."""

    url: str
    chance: random.Random
    refuses: float = 0.0
    hangs: float = 0.0
    heard: list[Heard] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self) -> str:
        """Say how the next one is answered."""
        drawn = self.chance.random()
        if drawn < self.hangs:
            return "hangs"
        return "refused" if drawn < self.hangs + self.refuses else "taken"

    def agree(self) -> None:
        """Take all that comes from now on."""
        self.refuses = self.hangs = 0.0

    @property
    def taken(self) -> dict[str, list[Heard]]:
        """What was taken, by id."""
        found: dict[str, list[Heard]] = {}
        for one in self.heard:
            if one.answer == "taken":
                found.setdefault(one.id, []).append(one)
        return found


@contextmanager
def hearing(seed: float = 0, *, refuses: float = 0.0, hangs: float = 0.0) -> Iterator[Hearing]:
    """Listen until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            at = time.monotonic()
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = listening.answer()
            listening.heard.append(
                Heard(
                    self.headers["Fettle-Id"],
                    said["event"],
                    said["issue"],
                    self.path.strip("/"),
                    at,
                    answer,
                )
            )
            if answer == "hangs":
                listening.closing.wait(_HANGS_S)
                self.close_connection = True
                return
            self.send_response(200 if answer == "taken" else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """Say nothing of a sender that was killed."""

    server = Server(("127.0.0.1", 0), Handler)
    listening = Hearing(
        f"http://127.0.0.1:{server.server_port}", random.Random(seed), refuses, hangs
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield listening
    finally:
        listening.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
