"""What watching sites costs, and how long a catalogue takes, beside Debian's blackbox_exporter.

200 sites on loopback, over TLS, with a certificate that both believe, each answering after 200 ms.
Both probe them at 1,000 a minute, then others that answer at once as fast as they can, each on a
core of its own; the sites have the other. A probe is a whole look here: asked, its certificate
read, judged by every check, explained; there, one call of /probe.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

from benchmarks import results
from benchmarks.processes import peak_mb, used
from benchmarks.quantiles import quantile
from fettle.model.quantity import say_share
from tests.certificates import authority, made
from tests.servers import free_port

TITLE = "Watching sites"
SITES, DELAY_S = 200, 0.2
A_MINUTE, PACED, HURRIED, AT_ONCE, RUNS = 1_000, 1_000, 2_000, 16, 3
CATALOGUE_AT_ONCE = 32  # as many as `fettle check` looks at
_PEER = "prometheus-blackbox-exporter"


def main() -> None:
    """Measure, and write the section."""
    load = results.load_before()
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        _certify(where)
        with _sites(where, DELAY_S) as slow, _sites(where, 0.0) as fast:
            rows = _probed(where, slow, fast)
            catalogue = _catalogue(where, slow)
    results.write(TITLE, [*_told(rows), "", *_of_catalogue(catalogue)], [load])


@dataclass(frozen=True)
class Probed:
    """What many probes came to: the times to the first byte, None for one that failed."""

    cpu_s: float
    memory_mb: float
    lasted_s: float
    first_bytes_s: Sequence[float | None]

    @property
    def failed(self) -> int:
        """How many failed."""
        return list(self.first_bytes_s).count(None)


@dataclass(frozen=True)
class Cost:
    """What was probed at a pace, and in a hurry, several times."""

    paced: Probed
    hurried: Sequence[Probed]

    def __str__(self) -> str:
        paced = self.paced
        seen = [seconds for seconds in paced.first_bytes_s if seconds is not None]
        a_second = statistics.median(HURRIED / one.lasted_s for one in self.hurried)
        a_cpu_second = statistics.median(HURRIED / one.cpu_s for one in self.hurried)
        failed = sum(one.failed for one in (paced, *self.hurried))
        return (
            f"{say_share(paced.cpu_s / paced.lasted_s, 1)} | {paced.memory_mb:.0f} MB "
            f"| {1000 * quantile(seen, 0.5):.0f} ms ({1000 * quantile(seen, 0.99):.0f}) "
            f"| {a_second:,.0f} | {a_cpu_second:,.0f} | {failed}"
        )


def _probed(where: Path, slow: Sequence[str], fast: Sequence[str]) -> Mapping[str, Cost]:
    """Let each probe by turns: at a pace first, then in a hurry."""
    ways = {"fettle": _look}
    if shutil.which(_PEER):
        ways[f"blackbox_exporter {_version()}"] = _probe
    paced = {name: way(where, slow, PACED, A_MINUTE) for name, way in ways.items()}
    hurried = [
        {name: way(where, fast, HURRIED, None) for name, way in ways.items()} for _ in range(RUNS)
    ]
    return {name: Cost(paced[name], [one[name] for one in hurried]) for name in ways}


def _told(rows: Mapping[str, Cost]) -> list[str]:
    lines = [
        (
            f"{SITES} sites over TLS on loopback. At {A_MINUTE:,} probes a minute each answers "
            f"after {DELAY_S * 1000:.0f} ms, for {PACED * 60 / A_MINUTE:.0f} s; as fast as they "
            f"can, {HURRIED:,} probes, {AT_ONCE} at once, of sites that answer at once, median of "
            f"{RUNS} interleaved. Each has one core. Promised: {A_MINUTE:,} a minute on one core "
            "at under 100 MB."
        ),
        "",
        (
            f"| | a core at {A_MINUTE:,} a minute | most memory | first byte, p50 (p99) "
            "| probes a second | probes a CPU second | failed |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return lines + [f"| {name} | {one} |" for name, one in rows.items()]


# Sites


def _certify(where: Path) -> None:
    ours = authority()
    (where / "ours.pem").write_bytes(ours.pem)
    made("site", ["127.0.0.1"], by=ours).server(where)  # leaves own.pem and key.pem there


@contextmanager
def _sites(where: Path, delay_s: float) -> Iterator[list[str]]:
    command = [sys.executable, "-m", "benchmarks.probed", str(SITES), str(delay_s)]
    pair = [str(where / "own.pem"), str(where / "key.pem")]
    with subprocess.Popen(
        [*command, *pair], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        _pin(process.pid, -1)
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def _pin(pid: int, place: int) -> None:
    """Give a process one core: the first to who probes, the last to who is probed."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cores[place]})


# Fettle


def _look(where: Path, urls: Sequence[str], probes: int, a_minute: int | None) -> Probed:
    told = {"urls": urls, "probes": probes, "a_minute": a_minute, "at_once": AT_ONCE}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.probing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SSL_CERT_FILE": str(where / "ours.pem")},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        _pin(process.pid, 0)
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        probed = Probed(
            used(process.pid).cpu_s,
            peak_mb(process.pid),
            said["lasted_s"],
            said["first_bytes_s"],
        )
        process.stdin.close()
    return probed


# blackbox_exporter


def _version() -> str:
    done = subprocess.run([_PEER, "--version"], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).split("version ")[1].split()[0].rstrip(",")


def _probe(
    where: Path, urls: Sequence[str], probes: int, a_minute: int | None, at_once: int = AT_ONCE
) -> Probed:
    with _exporter(where) as (pid, port):
        began = time.perf_counter()
        targets = list(islice(cycle(urls), probes))
        first_bytes = asyncio.run(_asked(port, targets, a_minute, at_once))
        lasted = time.perf_counter() - began
        return Probed(used(pid).cpu_s, peak_mb(pid), lasted, first_bytes)


@contextmanager
def _exporter(where: Path) -> Iterator[tuple[int, int]]:
    config = {
        "modules": {
            "site": {
                "prober": "http",
                "timeout": "10s",
                "http": {
                    "preferred_ip_protocol": "ip4",
                    "tls_config": {"ca_file": str(where / "ours.pem")},
                },
            }
        }
    }
    (where / "blackbox.yml").write_text(json.dumps(config))  # JSON is YAML
    port = free_port()
    with subprocess.Popen(
        [
            _PEER,
            f"--config.file={where / 'blackbox.yml'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "GOMAXPROCS": "1"},
    ) as process:
        _pin(process.pid, 0)
        asyncio.run(_until_listening(port))
        yield process.pid, port
        process.terminate()


async def _until_listening(port: int) -> None:
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError("blackbox_exporter does not listen")


async def _asked(
    port: int, urls: Sequence[str], a_minute: int | None, at_once: int
) -> Sequence[float | None]:
    turns = asyncio.Semaphore(at_once if a_minute is None else len(urls))
    began = time.perf_counter()

    async def one(number: int, url: str) -> float | None:
        if a_minute is not None:
            await asyncio.sleep(max(0.0, began + number * 60 / a_minute - time.perf_counter()))
        async with turns:
            return await _first_byte_s(port, url)

    return await asyncio.gather(*(one(number, url) for number, url in enumerate(urls)))


async def _first_byte_s(port: int, url: str) -> float | None:
    """Return the seconds to the first byte, as it measured them; None for a probe that failed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = f"/probe?module=site&target={quote(url, safe='')}"
    writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
    said = (await reader.read()).decode()
    writer.close()
    if "\nprobe_success 1" not in said:
        return None
    return float(said.split('{phase="processing"} ')[1].split()[0])


# The catalogue


@dataclass(frozen=True)
class Catalogue:
    """How long a whole catalogue took each time, of `fettle check` and of who is beside it."""

    ours: Sequence[float]
    memory_mb: float
    theirs: Sequence[float]


def _catalogue(where: Path, urls: Sequence[str]) -> Catalogue:
    sections = (
        f'[[service]]\nname = "site-{number}"\nurl = "{url}"\n' for number, url in enumerate(urls)
    )
    (where / "fettle.toml").write_text("\n".join(sections))
    ours: list[float] = []
    theirs: list[float] = []
    memory = 0.0
    for _ in range(RUNS):
        took, most = _checked(where)
        ours.append(took)
        memory = max(memory, most)
        if shutil.which(_PEER):
            theirs.append(_probe(where, urls, len(urls), None, CATALOGUE_AT_ONCE).lasted_s)
    return Catalogue(ours, memory, theirs)


def _checked(where: Path) -> tuple[float, float]:
    """Return how long `fettle check` took, in seconds, and the most memory it had, in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "fettle", "check", "--format=json"],
        cwd=where,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SSL_CERT_FILE": str(where / "ours.pem")},
    )
    _pin(process.pid, 0)
    _, status, cost = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - began, cost.ru_maxrss / 1024


def _of_catalogue(one: Catalogue) -> list[str]:
    beside = ""
    if one.theirs:
        ratio = statistics.median(one.ours) / statistics.median(one.theirs)
        beside = (
            f" blackbox_exporter, asked for the same {CATALOGUE_AT_ONCE} at once: "
            f"{results.spread(one.theirs)}; `fettle check` takes {ratio:.1f} times as long, its "
            "start and its report included."
        )
    return [
        (
            f"`fettle check` of a catalogue of {SITES} services that answer in "
            f"{DELAY_S * 1000:.0f} ms: {results.spread(one.ours)}, median of {RUNS}, at most "
            f"{one.memory_mb:.0f} MB. Promised: under 10 s.{beside}"
        )
    ]


if __name__ == "__main__":
    main()
