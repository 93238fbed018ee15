"""Send requests as fast as they are answered, or at a rate, from a process of its own.

Reads a line of JSON: where to, over how many connections, how many a second (0: as fast as they are
answered), and the bodies in Base64. Prints a line: for each body when it was sent, how long its
answer took, in seconds of the machine's monotonic clock, and the answer's status; and the CPU time
it took. A connection that the other side closes behind an answer is made again.
"""

import asyncio
import base64
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Sent:
    """One request: when, how long its answer took, and its status."""

    at: float
    took: float
    status: int


@dataclass(frozen=True)
class Load:
    """What was sent, and what it cost the one who sent."""

    sent: Sequence[Sent]
    cpu_s: float

    @property
    def refused(self) -> int:
        """How many were not answered with 2xx."""
        return sum(not 200 <= one.status < 300 for one in self.sent)

    @property
    def lasted(self) -> float:
        """Seconds from the first request to the last answer."""
        return max(one.at + one.took for one in self.sent) - min(one.at for one in self.sent)


def send(
    url: str,
    bodies: Sequence[bytes],
    *,
    method: str = "POST",
    connections: int = 8,
    rate: float = 0,
    headers: Sequence[str] = (),
) -> Load:
    """Have the bodies sent by a process of its own."""
    asked = {
        "url": url,
        "method": method,
        "connections": connections,
        "rate": rate,
        "headers": list(headers),
        "bodies": [base64.b64encode(body).decode() for body in bodies],
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    answer = json.loads(done.stdout)
    return Load([Sent(*one) for one in answer["sent"]], answer["cpu_s"])


async def _send(asked: dict[str, Any]) -> list[tuple[float, float, int]]:
    bodies = [base64.b64decode(body) for body in asked["bodies"]]
    requests = list(enumerate(bodies))[::-1]
    sent: list[tuple[float, float, int]] = [(0.0, 0.0, 0)] * len(bodies)
    began = time.monotonic()

    async def one() -> None:
        address = urlsplit(asked["url"])
        stays = False
        while requests:
            place, body = requests.pop()
            if asked["rate"]:
                await asyncio.sleep(began + place / asked["rate"] - time.monotonic())
            at = time.monotonic()
            if not stays:
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(_request(asked, body))
            status, stays = await _answer(reader)
            sent[place] = at, time.monotonic() - at, status
            if not stays:
                writer.close()
        if stays:
            writer.close()

    await asyncio.gather(*(one() for _ in range(asked["connections"])))
    return sent


def _request(asked: dict[str, Any], body: bytes) -> bytes:
    """Give a request; of one without a body the body is what follows the path."""
    address = urlsplit(asked["url"])
    path, content = address.path, body
    if asked["method"] == "GET":
        path, content = path + body.decode(), b""
    lines = [
        f"{asked['method']} {path} HTTP/1.1",
        f"Host: {address.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *asked["headers"],
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Return the status of an answer that has come, and whether its connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].partition("\r")[0] or 0)
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1]), "connection: close" not in head


def main() -> None:
    """Send what is asked for on the standard input."""
    asked = json.loads(sys.stdin.readline())
    sent = asyncio.run(_send(asked))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"sent": sent, "cpu_s": used.ru_utime + used.ru_stime}))


if __name__ == "__main__":
    main()
