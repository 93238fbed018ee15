"""An application whose truth is known: how long each answer took, and which failed.

It tells the same requests by OpenTelemetry's histogram, by one that ends at a second, and by a
summary, at a path of its own for each; and keeps each request's time for who asks for the truth.
`python -m benchmarks.instrumented PORT`.
"""

import asyncio
import json
import math
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest

from benchmarks.quantiles import quantile

OTEL = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, math.inf)
# Of each route: how many seconds an answer takes, by turns, and every how many of them one fails.
ROUTES: dict[str, tuple[tuple[float, ...], int]] = {
    "/": ((0.01, 0.02, 0.03, 0.04, 0.06), 0),
    "/search": ((0.11, 0.2, 0.31, 0.41), 50),
    "/checkout": ((*(0.3,) * 9, 2.95), 12),
}
# How many file descriptors it may have, and how many of them it has from the beginning.
DESCRIPTORS, OPENED = 1024, 200
_PATIENCE_S = 30


class Instrumented:
    """The application, by whatever is told of it."""

    def __init__(self) -> None:
        self.turns: defaultdict[str, int] = defaultdict(int)
        self.taken: list[tuple[str, float, int]] = []
        self.tells: dict[str, Callable[[], bytes]] = {}
        self.notes: list[Callable[[str, float, int], None]] = []
        for path, name, bounds in (
            ("/metrics", "http_server_request_duration_seconds", OTEL),
            ("/metrics/narrow", "http_request_duration_seconds", (0.1, 0.5, 1, math.inf)),
        ):
            self._tell(path, name, bounds)
        self.tells["/metrics/summary"] = self._summary

    def _tell(self, path: str, name: str, bounds: tuple[float, ...]) -> None:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        labels = ["http_route", "http_response_status_code"]
        histogram = Histogram(name, "answers", labels, buckets=bounds, registry=registry)

        def note(route: str, seconds: float, status: int) -> None:
            histogram.labels(route, str(status)).observe(seconds)

        def tell() -> bytes:
            return generate_latest(registry)

        self.notes.append(note)
        self.tells[path] = tell

    def _summary(self) -> bytes:
        name, lines = "http_request_duration_seconds", []
        for route in ROUTES:
            seconds = [took for of, took, _ in self.taken if of == route]
            for part in (0.5, 0.9, 0.95, 0.99) if seconds else ():
                value = quantile(seconds, part)
                lines.append(f'{name}{{handler="{route}",quantile="{part}"}} {value}')
            for status in (200, 500):
                own = [took for of, took, said in self.taken if (of, said) == (route, status)]
                labels = f'{{handler="{route}",code="{status}"}}'
                lines += [f"{name}_count{labels} {len(own)}", f"{name}_sum{labels} {sum(own)}"]
        return "\n".join([*lines, ""]).encode()

    async def answer(self, path: str) -> tuple[int, bytes]:
        """Answer a request by its path."""
        if path in self.tells:
            return 200, self.tells[path]()
        if path == "/truth":
            return 200, json.dumps(self.taken).encode()
        if path not in ROUTES:
            return 404, b""
        times, failing = ROUTES[path]
        turn = self.turns[path]
        self.turns[path] += 1
        began = time.perf_counter()
        await asyncio.sleep(times[turn % len(times)])
        status = 500 if failing and turn % failing == failing - 1 else 200
        took = time.perf_counter() - began
        self.taken.append((path, took, status))
        for note in self.notes:
            note(path, took, status)
        return status, b"done"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while head := await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE_S):
                status, body = await self.answer(head.split(b" ", 2)[1].decode())
                start = f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"{start}Content-Type: text/plain\r\n\r\n".encode() + body)
                await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _main(port: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(OPENED)]
    application = Instrumented()
    server = await asyncio.start_server(application.serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()
    for descriptor in opened:
        os.close(descriptor)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
