"""Whether figures are true: of a Prometheus with exporters, of /metrics, under load of known truth.

nginx stands before an instrumented application (benchmarks/instrumented.py), which knows how long
each answer took and which failed. A Prometheus asks it, a node exporter, a postgres exporter, one
of nginx, and a blackbox exporter, all of them Debian's, on loopback. Each figure is compared with
its truth: within 5 %, or inside the interval that was told. Then parts are taken away, and whatever
is still called clean must have been measured.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import httpx
import psycopg

from benchmarks import results
from benchmarks.instrumented import DESCRIPTORS, ROUTES
from benchmarks.quantiles import quantile
from fettle import unit
from fettle.flow import asked
from fettle.flow.look_at import look_at
from fettle.main import Wired
from fettle.model.diagnosis import Diagnosis, Outcome
from tests.prometheus import answering, job, running, started
from tests.servers import Server, free_port, serve

_LOAD_S, _WARM_S = 60, 5
_PER_S = {"/": 30, "/search": 12, "/checkout": 8}
_NEAR = 0.05
_CONNECTIONS = 60
_STEADY_S = 0.5

_AWAY = (
    "With the application and PostgreSQL stopped, an exporter that lacks collectors, a service "
    "that has no series, and a log-in page in place of a Prometheus; what is clean has a figure:"
)
_LOGGED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_time'
)
_NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{}}
http {{
  log_format timed '{format}';
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location = /stub {{ stub_status; }}
    location / {{ access_log {folder}/access.log timed; proxy_pass http://127.0.0.1:{app}; }}
  }}
}}
"""


@dataclass
class Stage:
    """What runs: ports by name, processes by name, and the folder of the settings."""

    folder: Path
    stack: ExitStack
    server: Server
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    application: Wired = field(default_factory=lambda: Wired(os.environ))

    def port(self, name: str) -> int:
        """Return the port of a program."""
        return self.ports.setdefault(name, free_port())

    def address(self, name: str) -> str:
        """Return where a program listens."""
        return f"127.0.0.1:{self.port(name)}"

    def run(
        self,
        name: str,
        command: Sequence[str],
        ready: str,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Run a program until the end."""
        url = f"http://{self.address(name)}{ready}"
        entered = running(command, url, self.folder, environ)
        self.processes[name] = self.stack.enter_context(entered)

    def end(self, name: str) -> None:
        """End a program before that."""
        self.processes[name].terminate()
        self.processes[name].wait(30)

    async def look(self, name: str) -> Diagnosis:
        """Look at a target as fettle check does."""
        settings = self.application.looking(self.folder / "fettle.toml")
        (target,) = self.application.targets([name], settings)
        eyes, clock = self.application.eyes(settings), self.application.clock
        return await look_at(target, eyes, lambda one: asked.questions(settings, one), clock)

    async def figures(self, name: str) -> Mapping[str, float]:
        """Return what was measured, by name."""
        found = await self.look(name)
        return {one.shown: one.value for outcome in found.outcomes for one in outcome.measurements}


@contextmanager
def staged() -> Iterator[Stage]:
    """Start everything that is asked by the Prometheus, and load that goes on before it is."""
    with tempfile.TemporaryDirectory(prefix="fettle-truth-") as folder, ExitStack() as stack:
        stage = Stage(Path(folder), stack, stack.enter_context(serve(15)))
        module = [sys.executable, "-m", "benchmarks.instrumented", str(stage.port("app"))]
        path = {"PYTHONPATH": str(Path(__file__).parents[1])}
        stage.run("app", module, "/metrics", path)
        configuration = stage.folder / "nginx.conf"
        ports = {"port": stage.port("nginx"), "app": stage.port("app"), "format": _LOGGED}
        configuration.write_text(_NGINX.format(folder=folder, **ports))
        nginx = ["nginx", "-c", str(configuration), "-e", f"{folder}/nginx.err"]
        stage.run("nginx", nginx, "/stub")
        server = stage.server
        for _ in range(_CONNECTIONS):
            stack.enter_context(psycopg.connect(server.url()))
        listen = "--web.listen-address"
        stage.run("node", ["prometheus-node-exporter", f"{listen}={stage.address('node')}"], "/")
        stage.run(
            "blind",
            ["prometheus-node-exporter", f"{listen}={stage.address('blind')}",
             "--no-collector.meminfo", "--no-collector.filesystem"],
            "/",
        )  # fmt: skip
        stage.run(
            "postgres",
            ["prometheus-postgres-exporter", f"{listen}={stage.address('postgres')}"],
            "/",
            {"DATA_SOURCE_NAME": f"{server.url()}?sslmode=disable"},
        )
        stage.run(
            "nginx_exporter",
            ["prometheus-nginx-exporter", f"-web.listen-address={stage.address('nginx_exporter')}",
             f"-nginx.scrape-uri=http://{stage.address('nginx')}/stub"],
            "/",
        )  # fmt: skip
        modules = stage.folder / "blackbox.yml"
        modules.write_text("modules: {http_2xx: {prober: http, timeout: 2s}}")
        stage.run(
            "blackbox",
            ["prometheus-blackbox-exporter", f"{listen}={stage.address('blackbox')}",
             f"--config.file={modules}"],
            "/",
        )  # fmt: skip
        yield stage


def _steadily(path: str) -> tuple[int, Mapping[str, str], bytes]:
    """Answer as what is probed does: always after the same time."""
    time.sleep(_STEADY_S)
    return 503 if path == "/broken" else 200, {"Content-Type": "text/plain"}, b"here"


def _probed(stage: Stage, steady: str) -> Mapping[str, Mapping[str, float]]:
    """Return what a blackbox exporter asks besides nginx, and what is true of it."""
    return {
        f"{steady}/": {"site_up": 1, "site_status_code": 200, "site_first_byte_s": _STEADY_S},
        f"{steady}/broken": {"site_up": 1, "site_status_code": 503},
        f"http://{stage.address('gone')}/": {"site_up": 0},
    }


def _jobs(stage: Stage, probed: Sequence[str]) -> Sequence[Mapping[str, object]]:
    app, probe = stage.address("app"), stage.address("blackbox")
    relabelled = [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": probe},
    ]
    return [
        job("otel", app),
        {**job("narrow", app), "metrics_path": "/metrics/narrow"},
        {**job("summary", app), "metrics_path": "/metrics/summary"},
        job("node", stage.address("node")),
        job("blind", stage.address("blind")),
        job("db", stage.address("postgres")),
        job("nginx", stage.address("nginx_exporter")),
        {
            **job("probe", f"http://{stage.address('nginx')}/", *probed),
            "metrics_path": "/probe",
            # of what Prometheus waits for, a blackbox exporter keeps half a second for itself
            "scrape_interval": "2s",
            "scrape_timeout": "2s",
            "params": {"module": ["http_2xx"]},
            "relabel_configs": relabelled,
        },
    ]


_SERVICE = """
[[service]]
name = "{name}"
prometheus = "{prometheus}"
selector = 'job="{name}"'
objective = 0.99
"""


def _settings(stage: Stage, prometheus: str, page: str) -> None:
    named = ("otel", "narrow", "summary", "node", "blind", "db", "nginx", "probe", "nobody")
    sections = [
        f'[[prometheus]]\nname = "main"\nurl = "{prometheus}"\n',
        f'[[prometheus]]\nname = "behind"\nurl = "{page}"\n',
        *(_SERVICE.format(name=name, prometheus="main") for name in named),
        _SERVICE.format(name="page", prometheus="behind"),
        f'[[service]]\nname = "direct"\nmetrics = "http://{stage.address("app")}/metrics"\n',
        f'[[service]]\nname = "logged"\naccess_log = "{stage.folder}/access.log"\n',
        f"access_log_format = '{_LOGGED}'\n",
    ]
    (stage.folder / "fettle.toml").write_text("".join(sections))


async def load(url: str, seconds: float) -> None:
    """Ask for every route as often a second as it is meant to be, whoever is slow."""
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=200)) as client:

        async def often(route: str, rate: int) -> None:
            began, tasks = time.monotonic(), []
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(began + number / rate - time.monotonic(), 0))
                tasks.append(asyncio.create_task(client.get(f"{url}{route}")))
            await asyncio.gather(*tasks)

        await asyncio.gather(*(often(route, rate) for route, rate in _PER_S.items()))


@dataclass(frozen=True)
class Truth:
    """How long answers of a route took, and which share of them failed."""

    p95_s: float
    mean_s: float
    failed: float
    requests: int

    @classmethod
    def of(cls, taken: Sequence[tuple[str, float, int]]) -> "Truth":
        """Return the truth of these requests."""
        seconds = [took for _, took, _ in taken]
        failed = sum(status >= 500 for *_, status in taken) / len(taken)
        return cls(quantile(seconds, 0.95), sum(seconds) / len(seconds), failed, len(taken))


def _truths(stage: Stage) -> Mapping[str, Truth]:
    with urlopen(f"http://{stage.address('app')}/truth") as answer:
        taken = json.load(answer)
    by_route = {route: [one for one in taken if one[0] == route] for route in ROUTES}
    return {"": Truth.of(taken), **{route: Truth.of(own) for route, own in by_route.items()}}


@dataclass
class Compared:
    """What was compared: lines for people, and what was wrong."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def point(self, what: str, told: float | None, true: float) -> str:
        """Compare a figure; return how it is shown."""
        near = told is not None and abs(told - true) <= _NEAR * abs(true)
        if not near:
            self.wrong.append(f"{what}: {told} told, {true} true")
        return "not told" if told is None else f"{told:.4g} ({true:.4g})"

    def between(self, what: str, figures: Mapping[str, float], true: float) -> str:
        """Compare an interval, or a figure, of a p95."""
        name = what.partition(": ")[2]
        exact = figures.get(f"response_p95_s {name}")
        least = figures.get(f"response_p95_at_least_s {name}", exact)
        most = figures.get(f"response_p95_at_most_s {name}", exact or float("inf"))
        if least is None:
            self.wrong.append(f"{what}: no p95 told, {true} true")
            return "not told"
        if not least * (1 - _NEAR) <= true <= most * (1 + _NEAR):
            self.wrong.append(f"{what}: p95 {least} – {most} told, {true} true")
        return f"{least:.3g} – {most:.3g} ({true:.4g})"

    def requests(
        self, way: str, name: str, told: Mapping[str, float], truths: Mapping[str, Truth]
    ) -> None:
        """Compare what is told of the requests of a service, of each route."""
        for route, truth in truths.items():
            # a log tells the method of a route as well
            of = told.keys() & {f"requests_count {name} GET {route}"}
            subject = f"{name} {'GET ' if of else ''}{route}".strip()
            what = f"{way}: {subject}"
            rate = told.get(f"error_rate_ratio {subject}")
            cells = [
                way,
                route or "all",
                self.between(what, told, truth.p95_s),
                self.point(f"{what} mean", told.get(f"response_mean_s {subject}"), truth.mean_s),
                self.point(f"{what} errors", rate, truth.failed),
            ]
            self.lines.append(f"| {' | '.join(cells)} |")


async def _compare(stage: Stage) -> Compared:
    compared = Compared()
    truths = _truths(stage)
    whole = await stage.figures("main")
    for name in ("otel", "narrow", "summary"):
        compared.requests(f"a Prometheus, job {name}", name, whole, truths)
        own = await stage.figures(name)
        compared.requests(f"a service by name, {name}", name, own, truths)
    compared.requests("/metrics directly", "direct", await stage.figures("direct"), truths)
    compared.requests("nginx's access log", "logged", await stage.figures("logged"), truths)
    return compared


async def _compare_machines(stage: Stage, compared: Compared) -> list[str]:
    told = await stage.figures("main")
    used, whole = _memory()
    node, database = stage.address("node"), f"db {stage.address('postgres')}"
    application = stage.processes["app"].pid
    opened = len(os.listdir(f"/proc/{application}/fd"))  # noqa: PTH208 - of a process
    most = DESCRIPTORS
    pool = told.get(f"pool_used_ratio {database} connections to PostgreSQL")
    lines = []
    for what, figure, true in (
        ("memory in use, bytes", told.get(f"memory_used_bytes {node}"), used),
        ("memory in use, share", told.get(f"memory_used_ratio {node}"), used / whole),
        ("PostgreSQL's connections, share", pool, _connections(stage) / 100),
        (
            "the application's file descriptors, share",
            told.get(f"file_descriptors_used_ratio otel {stage.address('app')}"),
            opened / most,
        ),
    ):
        lines.append(f"| {what} | {compared.point(what, figure, true)} |")
    return lines


async def _compare_probes(
    stage: Stage, compared: Compared, probed: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Compare what a blackbox exporter tells of what answers always alike."""
    told = await stage.figures("probe")
    return [
        f"| {name} | {compared.point(f'{name} {url}', told.get(f'{name} {url}'), true)} |"
        for url, truths in probed.items()
        for name, true in truths.items()
    ]


def _connections(stage: Stage) -> int:
    """Return how many there are, without the one that asks: the exporter has some of its own."""
    with psycopg.connect(stage.server.url()) as connection:
        asked = connection.execute("SELECT sum(numbackends) - 1 FROM pg_stat_database").fetchone()
    assert asked is not None
    return int(asked[0])


def _memory() -> tuple[int, int]:
    """Return what of the memory is in use, and all of it, by the kernel; in bytes."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    kilobytes = {name.rstrip(":"): int(value) for name, value, *_ in lines}
    return 1024 * (kilobytes["MemTotal"] - kilobytes["MemAvailable"]), 1024 * kilobytes["MemTotal"]


async def _take_away(stage: Stage, compared: Compared) -> list[str]:
    """Take parts away; whatever is called clean then must have a figure."""
    stage.server.control("stop", "-m", "immediate")
    stage.end("app")
    await asyncio.sleep(3)
    expected = {
        "otel": {"exporter_failing": "found"},
        "node": {"memory_high": "seen", "exporter_failing": "clean"},
        "blind": {"memory_high": "unknown", "disk_full": "unknown"},
        "db": {"exporter_failing": "found", "pool_saturated": "not asked"},
        "nginx": {"error_rate_high": "unknown", "response_time_high": "unknown"},
        "nobody": {},
        "direct": {"memory_high": "unknown", "error_rate_high": "unknown"},
        "page": {"memory_high": "unknown", "error_rate_high": "unknown"},
    }
    lines = []
    for name, states in expected.items():
        found = await stage.look(name)
        seen = {outcome.check: outcome for outcome in found.outcomes}
        for outcome in found.outcomes:
            if outcome.clean and not outcome.measurements and not outcome.notes:
                compared.wrong.append(f"{name}: {outcome.check} is clean, and nothing was measured")
        if not found.outcomes and found.status != "unknown":
            compared.wrong.append(f"{name}: {found.status}, of nothing")
        for check, state in states.items():
            if check in unit.checks() and not _is(seen.get(check), state):
                compared.wrong.append(f"{name}: {check} is not {state}")
        clean = ", ".join(check for check, outcome in seen.items() if outcome.clean)
        unknown = ", ".join(dict.fromkeys(check for check, _ in found.unknown))
        lines.append(f"| {name} | {found.status} | {clean or '–'} | {unknown or '–'} |")
    return lines


def _is(outcome: Outcome | None, state: str) -> bool:
    if outcome is None:
        return state == "not asked"
    match state:
        case "found":
            return bool(outcome.findings)
        case "clean":
            return outcome.clean
        case "unknown":
            return bool(outcome.unknown)
    return bool(outcome.measurements)


async def main() -> int:
    """Run everything; the exit code says whether all was true."""
    with staged() as stage:
        before = results.load_before()
        await load(f"http://{stage.address('nginx')}", _WARM_S)
        probed = _probed(stage, stage.stack.enter_context(answering(_steadily)).url)
        prometheus = stage.stack.enter_context(started(stage.folder, _jobs(stage, [*probed])))
        page = (200, {"Content-Type": "text/html"}, b"<html>Log in</html>")
        html = stage.stack.enter_context(answering(lambda _: page))
        _settings(stage, prometheus, html.url)
        await stage.figures("direct")  # leaves the first of two scrapes
        await load(f"http://{stage.address('nginx')}", _LOAD_S)
        await asyncio.sleep(2)
        began = time.monotonic()
        compared = await _compare(stage)
        machines = await _compare_machines(stage, compared)
        probes = await _compare_probes(stage, compared, probed)
        looked_s = time.monotonic() - began
        taken_away = await _take_away(stage, compared)
    for wrong in compared.wrong:
        print(f"wrong: {wrong}")
    verdict = "All of it was true." if not compared.wrong else f"Wrong: {'; '.join(compared.wrong)}"
    requests = sum(_PER_S.values()) * (_LOAD_S + _WARM_S)
    head = (
        f"{requests:,} requests in {_LOAD_S + _WARM_S} s through nginx. What is told, and in "
        "brackets the truth: seconds, and the share that failed. Ten looks took "
        f"{looked_s:.1f} s; {before}."
    )
    results.write(
        "Truth of figures",
        [
            head,
            "",
            "| way | route | p95, the interval | mean | errors |",
            "| --- | --- | --- | --- | --- |",
            *compared.lines,
            "",
            "| of machines and processes | told (true) |",
            "| --- | --- |",
            *machines,
            "",
            "| of what a blackbox exporter asked: well, broken, gone | told (true) |",
            "| --- | --- |",
            *probes,
            "",
            _AWAY,
            "",
            "| looked at | is | clean | unknown |",
            "| --- | --- | --- | --- |",
            *taken_away,
            "",
            verdict,
        ],
        [f"{name} {_version(name)}" for name in ("prometheus", "nginx-light")],
    )
    return 1 if compared.wrong else 0


def _version(package: str) -> str:
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, check=True
    )
    return asked.stdout.decode()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
