"""What something tells of itself at /metrics: read twice, without a Prometheus."""

import asyncio
import math
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as OPENMETRICS
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics

from fettle.errors import CannotLook
from fettle.model.quantity import Bytes
from fettle.model.readings import (
    Alive,
    Between,
    Descriptors,
    Failures,
    Growth,
    Memory,
    Processor,
    Queue,
    Responses,
    Restarts,
    Room,
    Saturation,
)
from fettle.model.watchpoint import Metrics
from fettle.targets.scrape import Earlier, Scrape, read
from tests.prometheus import Answer, answering, looking, running
from tests.servers import free_port

TEXT = "text/plain; version=0.0.4"


def telling(*scrapes: str, kind: str = TEXT) -> Iterator[Answer]:
    """Yield an answer for each scrape; the last again and again."""
    for number in range(100):
        text = scrapes[min(number, len(scrapes) - 1)]
        yield 200, {"Content-Type": kind}, text.encode()


def requests(ok: int, failed: int) -> str:
    name = "http_requests_total"
    return f'{name}{{status="200"}} {ok}\n{name}{{status="500"}} {failed}\n'


class App:
    """An instrumented application, as prometheus_client has it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.durations = Histogram(
            "http_request_duration_seconds",
            "x",
            ["handler", "status"],
            buckets=(0.1, 0.5, 1, 2.5, 5, math.inf),
            registry=self.registry,
        )

    def answer(self, route: str, seconds: float, status: int = 200, times: int = 1) -> None:
        for _ in range(times):
            self.durations.labels(route, str(status)).observe(seconds)


@pytest.mark.parametrize("openly", [False, True])
async def test_rates_and_quantiles_are_of_what_happened_between_two_scrapes(openly: bool) -> None:
    app = App()
    app.answer("/", 30.0, times=1000)  # long ago

    def told(_: str) -> Answer:
        text: bytes = (open_metrics if openly else generate_latest)(app.registry)
        app.answer("/", 0.2, times=90)
        app.answer("/pay", 3.0, status=502, times=10)
        return 200, {"Content-Type": OPENMETRICS if openly else TEXT}, text

    with answering(told) as server:
        async with looking(Metrics("shop", server.url)) as look:
            rows = {row.route: row for row in await look.of(Responses)}
            failures = {row.route: row for row in await look.of(Failures)}

    assert len(server.asked) == 2
    whole = rows[None]
    assert (whole.subject, whole.requests) == ("shop", 100)
    assert (whole.p50, whole.p95) == (Between(0.1, 0.5), Between(2.5, 5))
    assert whole.mean_s == pytest.approx(0.48)
    assert rows["/pay"].p50 == Between(2.5, 5)
    assert (failures[None].requests, failures[None].failed) == (100, 10)
    assert failures[None].worst == [{"route": "/pay", "status": "502", "requests": 10}]


async def test_a_counter_that_begins_anew_in_between_has_counted_from_zero() -> None:
    scrapes = telling(requests(1000, 500), requests(90, 10))
    with answering(lambda _: next(scrapes)) as server:
        async with looking(Metrics("shop", server.url)) as look:
            (row,) = await look.of(Failures)

    assert (row.requests, row.failed) == (100, 10)


async def test_a_histogram_that_begins_anew_begins_with_all_its_bounds() -> None:
    """One bound counts past what it was, another does not: together they are of one process."""

    def histogram(fast: int, whole: int) -> str:
        name = "http_request_duration_seconds"
        bounds = f'{name}_bucket{{le="1"}} {fast}\n{name}_bucket{{le="+Inf"}} {whole}\n'
        return f"{bounds}{name}_count {whole}\n{name}_sum {whole}\n"

    scrapes = telling(histogram(1_000, 1_000), histogram(990, 1_100))
    with answering(lambda _: next(scrapes)) as server:
        async with looking(Metrics("shop", server.url)) as look:
            (row,) = await look.of(Responses)

    assert (row.p50, row.p95) == (Between(0, 1), Between(1, math.inf))


@pytest.mark.parametrize(
    ("well", "ill", "failed"),
    [
        ('status="200"', 'status="error"', 10),
        ('status="success"', 'status="failure"', 10),
        ('status="done",code="200"', 'status="done",code="503"', 10),
        ('code="2xx"', 'code="5xx"', 10),
        ('status="open"', 'status="shut"', None),
    ],
)
async def test_what_says_how_requests_were_answered_is_a_status_or_a_word_for_it(
    well: str, ill: str, failed: float | None
) -> None:
    def counted(ok: int, bad: int) -> str:
        return f"http_requests_total{{{well}}} {ok}\nhttp_requests_total{{{ill}}} {bad}\n"

    scrapes = telling(counted(0, 0), counted(90, 10))
    with answering(lambda _: next(scrapes)) as server:
        async with looking(Metrics("shop", server.url)) as look:
            rows, gaps = await look.of(Failures), await look.gaps(Failures)

    assert [row.failed for row in rows] == ([] if failed is None else [failed])
    assert len(gaps) == (failed is None)


async def test_a_series_that_is_born_in_between_began_at_zero() -> None:
    scrapes = telling('http_requests_total{status="200"} 10\n', requests(100, 10))
    with answering(lambda _: next(scrapes)) as server:
        async with looking(Metrics("shop", server.url)) as look:
            (row,) = await look.of(Failures)

    assert (row.requests, row.failed) == (100, 10)


async def test_the_last_look_left_the_first_of_two_scrapes(monkeypatch: pytest.MonkeyPatch) -> None:
    scrapes, earlier = telling(requests(0, 0), requests(50, 0), requests(150, 0)), Earlier()
    with answering(lambda _: next(scrapes)) as server:
        point = Metrics("shop", server.url)
        async with looking(point, earlier=earlier) as look:
            (first,) = await look.of(Failures)
        (kept,) = earlier.values()
        earlier[point.url] = type(kept)(kept.packed, kept.kind, kept.at - 60, kept.moment)
        async with looking(point, earlier=earlier) as look:
            (second,) = await look.of(Failures)

    assert first.requests == 50
    assert second.requests == 100
    assert second.over.total_seconds() == pytest.approx(60, abs=5)
    assert len(server.asked) == 3


async def test_one_scrape_is_enough_for_what_is_now() -> None:
    text = (
        "process_open_fds 900\nprocess_max_fds 1024\n"
        "node_memory_MemTotal_bytes 1000\nnode_memory_MemAvailable_bytes 250\n"
        'pg_stat_database_numbackends{datname="a"} 40\npg_settings_max_connections 50\n'
        'celery_queue_length{queue_name="mails"} 7\n'
    )
    with answering(lambda _: (200, {"Content-Type": TEXT}, text.encode())) as server:
        async with looking(Metrics("shop", server.url)) as look:
            assert await look.of(Descriptors) == [Descriptors("shop", 900, 1024)]
            assert await look.of(Memory) == [Memory("shop", Bytes(750), Bytes(1000))]
            assert await look.of(Saturation) == [
                Saturation("shop", "connections to PostgreSQL", 40, 50)
            ]
            assert [(row.subject, row.risen) for row in await look.of(Queue)] == [
                ("shop mails", None)
            ]
            # what takes an hour's history is not there, and so nothing of it is well
            assert await look.source.read(Growth) == []
            assert await look.source.read(Restarts) == []

    assert len(server.asked) == 1


async def test_a_node_exporter_whose_own_figures_are_dropped_is_one_all_the_same() -> None:
    text = 'node_uname_info{nodename="db1"} 1\nnode_memory_MemTotal_bytes 1000\n'
    with answering(lambda _: (200, {"Content-Type": TEXT}, text.encode())) as server:
        async with looking(Metrics("db1", server.url)) as look:
            (gap,) = await look.gaps(Memory)

    assert gap.reason.startswith("the node_exporter db1 tells nothing of it: its collector meminfo")


async def test_values_that_are_no_numbers_are_left_out() -> None:
    text = "process_open_fds NaN\nprocess_max_fds +Inf\n"
    with answering(lambda _: (200, {"Content-Type": TEXT}, text.encode())) as server:
        async with looking(Metrics("shop", server.url)) as look:
            with pytest.raises(CannotLook, match="no figures at all"):
                await look.source.read(Descriptors)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html><body>Log in</body></html>"), "text format"),
        ((200, {}, b""), "no figures at all"),
        ((200, {}, b'{"status": "ok"}'), "text format"),
        ((200, {}, b"\x00\x01\x02\xff"), "text format"),
        ((200, {}, b'a{b="c} 1\n'), "text format"),
        ((200, {"Content-Type": OPENMETRICS}, b"a_total 1\n"), "text format"),
        ((401, {}, b""), "does not let us read"),
        ((403, {}, b""), "does not let us read"),
        ((404, {}, b""), "status 404"),
        ((301, {"Location": "http://10.0.0.1/"}, b""), "sends on to http://10.0.0.1/"),
        ((301, {"Location": "http://u:p4ss@h/m/?key=s3cret"}, b""), "sends on to http://h/m/"),
        ((307, {"Location": "/metrics/?key=s3cret#there"}, b""), "sends on to /metrics/"),
        ((200, {}, b"a 1\n" * (5 * 1024**2)), "more than 16,777,216 bytes"),
    ],
)
async def test_what_tells_no_figures_is_said_to_do_so(answer: Answer, reason: str) -> None:
    with answering(lambda _: answer) as server:
        async with looking(Metrics("shop", server.url)) as look:
            with pytest.raises(CannotLook) as caught:
                await look.source.read(Descriptors)

    assert reason in caught.value.reason
    assert not any(secret in caught.value.reason for secret in ("s3cret", "p4ss"))


async def test_the_second_scrape_may_fail_as_well() -> None:
    answers: Sequence[Answer] = [
        (200, {"Content-Type": TEXT}, requests(5, 0).encode()),
        (503, {}, b""),
    ]
    scrapes = iter(answers)
    with answering(lambda _: next(scrapes)) as server:
        async with looking(Metrics("shop", server.url)) as look:
            results = await asyncio.gather(
                look.source.read(Failures), look.source.read(Descriptors), return_exceptions=True
            )

    assert isinstance(results[0], CannotLook)
    assert results[1] == []


async def test_an_address_of_supabase_takes_its_role_and_key() -> None:
    with answering(lambda _: (200, {"Content-Type": TEXT}, b"process_open_fds 1\n")) as server:
        point = Metrics("shop", server.url.replace("//", "//service_role:ey.J0-_@"))
        async with looking(point) as look:
            await look.source.read(Descriptors)
            assert "ey.J0" not in f"{look.source.name} {point!r}"
        async with looking(Metrics("shop", server.url, token="t0ken")) as look:
            await look.source.read(Descriptors)

    assert [headers["Authorization"] for headers in server.headers] == [
        "Basic c2VydmljZV9yb2xlOmV5LkowLV8=",
        "Bearer t0ken",
    ]


async def test_what_supabase_tells_is_read() -> None:
    project = 'supabase_project_ref="ref"'
    lines = [
        ("pg_up", 'service_type="postgresql"', 1),
        ("pg_stat_database_num_backends", 'service_type="postgresql",server="localhost:5432"', 54),
        ("max_connections_connection_count", 'service_type="postgresql"', 60),
        ("pgbouncer_used_clients", 'service_type="db"', 20),
        ("pgbouncer_config_max_client_connections", 'service_type="db"', 200),
        ("pgbouncer_pools_client_waiting_connections", 'service_type="db",user="a"', 2),
        ("db_sql_connection_open", 'service_type="gotrue",status="inuse"', 3),
        ("db_sql_connection_open", 'service_type="gotrue",status="idle"', 7),
        ("db_sql_connection_max_open", 'service_type="gotrue"', 10),
        ("node_memory_MemTotal_bytes", 'service_type="db"', 1000),
        ("node_memory_MemAvailable_bytes", 'service_type="db"', 100),
        ("node_scrape_collector_success", 'service_type="db",collector="meminfo"', 1),
        ("node_scrape_collector_success", 'service_type="db",collector="diskstats"', 0),
    ]
    text = "".join(f"{name}{{{project},{labels}}} {value}\n" for name, labels, value in lines)
    with answering(lambda _: (200, {"Content-Type": TEXT}, text.encode())) as server:
        async with looking(Metrics("supabase", server.url)) as look:
            pools = {(row.subject, row.kind): row for row in await look.of(Saturation)}
            (memory,) = await look.of(Memory)
            alive = {row.subject: row.up for row in await look.of(Alive)}

    of_server = pools["supabase", "connections to PostgreSQL"]
    assert (of_server.used, of_server.limit) == (54, 60)
    clients = pools["supabase", "clients of PgBouncer"]
    assert (clients.used, clients.limit, clients.waiting) == (20, 200, 2)
    of_gotrue = pools["supabase gotrue", "pool of connections"]
    assert (of_gotrue.used, of_gotrue.limit) == (3, 10)
    assert memory == Memory("supabase", Bytes(900), Bytes(1000))
    assert alive == {"supabase": True, "supabase collectors": False}


async def test_a_counter_without_total_is_found_by_its_own_name() -> None:
    registry = CollectorRegistry()
    Gauge("unrelated", "x", registry=registry).set(1)
    Counter("http_requests", "x", ["status"], registry=registry).labels("200").inc(3)
    text = generate_latest(registry).decode()
    older = (
        "# TYPE nginx_ingress_controller_requests counter\n"
        'nginx_ingress_controller_requests{status="200"} 5\n'
    )
    scrapes = telling(older, older.replace(" 5\n", " 25\n"))
    with answering(lambda _: next(scrapes)) as server:
        async with looking(Metrics("shop", server.url), patience=timedelta(seconds=5)) as look:
            (row,) = await look.of(Failures)

    assert row.requests == 20
    assert "http_requests_total" in text


async def test_a_real_node_exporter_tells_of_this_machine(tmp_path: Path) -> None:
    port = free_port()
    command = ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}"
    with running(command, f"{url}/", tmp_path):
        async with looking(Metrics("here", f"{url}/metrics"), real_s=0.5) as look:
            (memory,) = await look.of(Memory)
            processors = await look.of(Processor)
            rooms = {room.subject: room for room in await look.of(Room)}
            failing = [row for row in await look.of(Alive) if not row.up]

    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory.limit == pytest.approx(whole, rel=0.05)
    assert 0 < memory.used < memory.limit
    assert [row.subject for row in processors] == ["here"]
    assert 0 <= processors[0].used <= 1
    assert failing == []
    for subject, room in rooms.items():
        disk = shutil.disk_usage(subject.partition(":")[2])
        assert room.free == pytest.approx(disk.free, rel=0.05)


WHOLE = """\
# HELP http_requests_total Requests
# TYPE http_requests_total counter
http_requests_total{status="200",path="/a\\n\\"b"} 5 1700000000000
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.5"} 3
http_request_duration_seconds_bucket{le="+Inf"} 4
http_request_duration_seconds_sum 1.5
http_request_duration_seconds_count 4
# EOF
"""


@given(
    st.one_of(
        st.text(max_size=200),
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), st.text(max_size=8)).map(
            lambda cut: WHOLE[: cut[0]] + cut[2] + WHOLE[cut[0] + cut[1] :]
        ),
    ),
    st.sampled_from([TEXT, OPENMETRICS, ""]),
)
def test_whatever_is_told_is_read_or_refused(text: str, kind: str) -> None:
    packed = zlib.compress(text.encode("utf-8", "surrogatepass"))
    try:
        told = read(Scrape(packed, kind, 0.0, datetime(2026, 1, 1, tzinfo=UTC)))
    except CannotLook:
        pass
    else:
        values = [value for series in told.series.values() for value in series.values()]
        assert values
        assert all(map(math.isfinite, values))
