"""Debian's Prometheus on loopback: with a history of its own, or scraping; and fakes of it."""

import json
import os
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from fettle.model.finding import Unknown
from fettle.model.ports import Source
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import Watchpoint
from fettle.targets import sources
from fettle.targets.scrape import Earlier
from fettle.testing import SteppedClock
from tests.servers import free_port

_PATIENCE_S = 30
ReadingT = TypeVar("ReadingT")


@dataclass(frozen=True)
class Past:
    """A series with its values at moments that lie some seconds back; None where it has none."""

    name: str
    value: Callable[[float], float | None]
    labels: Mapping[str, str] = field(default_factory=dict)

    def lines(self, now: float, back: timedelta, step: timedelta) -> Iterator[str]:
        told = {"job": "shop", "instance": "10.0.0.7:8000", **self.labels}
        labels = ",".join(f"{name}={json.dumps(value)}" for name, value in told.items())
        steps = int(back / step)
        for number in range(steps, -1, -1):
            ago = number * step.total_seconds()
            if (value := self.value(ago)) is not None:
                text = {float("inf"): "+Inf", float("-inf"): "-Inf"}.get(value, repr(value))
                yield f"{self.name}{{{labels}}} {text} {now - ago:.3f}"


def constant(value: float) -> Callable[[float], float]:
    """Return a gauge that stays."""
    return lambda _: value


def counting(per_second: float, since: float = 10**6) -> Callable[[float], float | None]:
    """Return a counter that grows by this much; there since so many seconds."""
    return lambda ago: per_second * (since - ago) if ago <= since else None


@contextmanager
def remembering(
    folder: Path,
    *series: Past,
    back: timedelta = timedelta(minutes=15),
    step: timedelta = timedelta(seconds=15),
    ahead: timedelta = timedelta(0),
) -> Iterator[str]:
    """Start a Prometheus that has this history up to now; yield its address.

    `ahead` is by how much the clock that it was told by is.
    """
    now = time.time() + ahead.total_seconds()
    by_name = sorted(series, key=lambda one: one.name)
    lines = [line for one in by_name for line in one.lines(now, back, step)]
    file = folder / "history.txt"
    file.write_text("\n".join([*lines, "# EOF\n"]))
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file)]
    subprocess.run([*command, str(folder / "data")], check=True, capture_output=True)
    with started(folder, []) as url:
        yield url


@contextmanager
def started(folder: Path, jobs: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Start a Prometheus that asks what these jobs name, twice a second; yield its address."""
    settings = {"global": {"scrape_interval": "500ms"}, "scrape_configs": jobs}
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(json.dumps(settings))  # which is YAML
    command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=30d"]
    command += ["--enable-feature=native-histograms", "--log.level=error"]
    with running(command, f"http://127.0.0.1:{port}/-/ready", folder):
        yield f"http://127.0.0.1:{port}"


def job(name: str, *addresses: str) -> Mapping[str, object]:
    """Return a job that asks these addresses at /metrics."""
    return {"job_name": name, "static_configs": [{"targets": list(addresses)}]}


@contextmanager
def running(
    command: Sequence[str], ready: str, folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until this ends; begin when it answers at an address."""
    given = {**os.environ, **(environ or {})}
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=given)
    try:
        _wait_for(ready, process)
        yield process
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(URLError, OSError), urlopen(address, timeout=1) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not answer at {address}")


Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Answering:
    """A server that answers as the test says, and keeps what it was asked: the query, or path."""

    url: str
    answer: Callable[[str], Answer]
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    forms: list[Mapping[str, Sequence[str]]] = field(default_factory=list)


@contextmanager
def answering(answer: Callable[[str], Answer]) -> Iterator[Answering]:
    """Serve answers by what is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length", 0))
            form = self.rfile.read(size).decode() or parts.query
            question = parse_qs(form).get("query", [parts.path])[0]
            server.asked.append(question)
            server.forms.append(parse_qs(form))
            server.headers.append(dict(self.headers))
            status, headers, body = server.answer(question)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # who has had enough goes away
                self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Answering(f"http://127.0.0.1:{http.server_port}", answer)
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def told(data: object, **more: object) -> Answer:
    """Return an answer of the API that succeeded."""
    return document({"status": "success", "data": data, **more})


def document(content: object, status: int = 200) -> Answer:
    """Return an answer in JSON."""
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


def vector(*samples: tuple[Mapping[str, str], object]) -> object:
    """Return the data of an answer that is a vector."""
    result = [{"metric": dict(labels), "value": [1, str(value)]} for labels, value in samples]
    return {"resultType": "vector", "result": result}


NOW = {"resultType": "scalar", "result": [1_800_000_000, "1800000000"]}


class Look:
    """One look at a watchpoint; kinds are read as checks ask for them."""

    def __init__(self, source: Source) -> None:
        self.source = source

    async def of(self, kind: type[ReadingT]) -> list[ReadingT]:
        """Return the readings of a kind, without the gaps."""
        found = await self.source.read(kind)
        return [one for one in found if isinstance(one, kind)]

    async def gaps(self, kind: type[Any]) -> list[Unknown]:
        """Return what of a kind is not known."""
        return [one for one in await self.source.read(kind) if isinstance(one, Unknown)]


@asynccontextmanager
async def looking(
    point: Watchpoint,
    patience: timedelta = timedelta(seconds=30),
    earlier: Earlier | None = None,
    real_s: float = 0.0,
) -> AsyncIterator[Look]:
    """Look at a watchpoint, by a clock that waits only `real_s` however long it is to sleep."""
    target = Target("shop", "", kind=Kind.SERVICE, watchpoints=(point,))
    kept = {} if earlier is None else earlier
    means = sources.Means((), patience, SteppedClock(real_s=real_s), kept)
    async with sources.opened(target, means) as (source,):
        yield Look(source)
