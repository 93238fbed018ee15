"""What a Prometheus tells: a real one with a history whose truth is known."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.model.probed import Answer, Certificate, Step
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import (
    Alive,
    Allowance,
    Between,
    Burn,
    ClockSync,
    Descriptors,
    DiskWork,
    Failures,
    Functions,
    Growth,
    Memory,
    Processor,
    Queue,
    Responses,
    Restarts,
    Room,
    Saturation,
)
from fettle.model.watchpoint import PrometheusApi, TracedFunctions
from tests.prometheus import Past, constant, counting, looking, remembering

OTEL = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, math.inf)
NAME = "http_server_request_duration_seconds"
GIB = 1024**3


def point(url: str, selector: str = 'job="shop"', **more: float) -> PrometheusApi:
    return PrometheusApi("shop", url, selector, objective=more.get("objective"))


def whole(url: str) -> PrometheusApi:
    return PrometheusApi("main", url, whole=True)


def timed(
    durations: Mapping[float, float],
    bounds: tuple[float, ...] = OTEL,
    name: str = NAME,
    **labels: str,
) -> Iterator[Past]:
    """Yield a histogram of what takes so many seconds, so many times a second."""
    for bound in bounds:
        often = sum(rate for seconds, rate in durations.items() if seconds <= bound)
        le = "+Inf" if math.isinf(bound) else repr(bound)
        yield Past(f"{name}_bucket", counting(often), {"le": le, **labels})
    yield Past(f"{name}_count", counting(sum(durations.values())), labels)
    spent = sum(seconds * rate for seconds, rate in durations.items())
    yield Past(f"{name}_sum", counting(spent), labels)


async def test_a_quantile_is_the_interval_that_the_buckets_allow(tmp_path: Path) -> None:
    # the p95 is 2.95 s: an interpolation reads 4.9 s
    slow = timed({0.02: 9, 2.95: 1}, http_route="/", http_response_status_code="200")
    with remembering(tmp_path, *slow) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)

    assert (row.subject, row.route) == ("shop", None)
    assert (row.p50, row.p95) == (Between(0.01, 0.025), Between(2.5, 5))
    assert row.mean_s == pytest.approx(0.313, rel=0.01)
    assert row.requests == pytest.approx(10 * 300, rel=0.01)


async def test_a_histogram_that_ends_early_knows_only_that_it_is_slower(tmp_path: Path) -> None:
    narrow = timed({0.02: 8, 30: 2}, (0.1, 0.5, 1, math.inf), "http_request_duration_seconds")
    with remembering(tmp_path, *narrow) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)

    assert row.p95 == Between(1, math.inf)


@pytest.mark.parametrize(("others", "p95"), [(0.0, Between(2.5, 3)), (5.0, Between(1, math.inf))])
async def test_a_finer_histogram_of_all_routes_tells_more_where_it_is_of_all_requests(
    tmp_path: Path, others: float, p95: Between
) -> None:
    """As prometheus-fastapi-instrumentator has them: by route up to a second, and together."""
    finer = (0.1, 0.5, 1, 1.5, 2, 2.5, 3, 5, math.inf)
    slow, coarse = {2.95: 1.0, 0.2: 1.0}, (0.1, 0.5, 1, math.inf)
    series = [
        *timed(slow, coarse, "http_request_duration_seconds", handler="/a"),
        *timed({2.95: others}, coarse, "http_request_duration_seconds", handler="/b", instance="b"),
        *timed(slow, finer, "http_request_duration_highr_seconds"),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row, *_) = await look.of(Responses)

    assert (row.route, row.p95) == (None, p95)


async def test_instances_with_other_buckets_are_told_in_those_that_both_have(
    tmp_path: Path,
) -> None:
    fine = timed({0.3: 10}, (0.1, 0.25, 0.5, 1, math.inf), instance="a:1")
    rough = timed({0.3: 10}, (0.1, 1.0, math.inf), instance="b:1")
    with remembering(tmp_path, *fine, *rough) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)

    assert row.p95 == Between(0.1, 1)
    assert row.requests == pytest.approx(20 * 300, rel=0.01)


async def test_a_release_with_other_buckets_is_told_in_those_that_both_have(
    tmp_path: Path,
) -> None:
    def until(series: Past, ago: float) -> Past:
        return Past(series.name, lambda at: series.value(at) if at > ago else None, series.labels)

    before = timed({0.28: 10}, (0.25, 0.3, 0.5, math.inf), instance="old:1")
    after = timed({0.28: 10}, (0.25, 0.5, math.inf), instance="new:1")
    series = [*(until(one, 60) for one in before), *after]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)

    assert row.p95 == Between(0.25, 0.5)


async def test_milliseconds_are_seconds_and_routes_are_told_apart(tmp_path: Path) -> None:
    bounds = (100.0, 250.0, 1000.0, math.inf)
    series = [
        *timed({200: 5}, bounds, "http_server_duration_milliseconds", http_route="/a"),
        *timed({800: 5}, bounds, "http_server_duration_milliseconds", http_route="/b"),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            rows = await look.of(Responses)

    assert {row.route: row.p95 for row in rows} == {
        None: Between(0.25, 1),
        "/a": Between(0.1, 0.25),
        "/b": Between(0.25, 1),
    }
    assert {row.route: row.mean_s for row in rows}["/a"] == pytest.approx(0.2)


async def test_a_summary_tells_between_which_of_its_quantiles_it_lies(tmp_path: Path) -> None:
    name = "http_request_duration_seconds"
    quantiles = [
        Past(name, constant(value), {"quantile": part, "instance": instance})
        for instance, values in (("a:1", (0.1, 0.7, 3)), ("b:1", (0.2, 0.5, math.nan)))
        for part, value in zip(("0.5", "0.9", "0.99"), values, strict=True)
    ]
    counts = [Past(f"{name}_count", counting(5), {"instance": one}) for one in ("a:1", "b:1")]
    with remembering(tmp_path, *quantiles, *counts) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)

    assert row.p50 == Between(0.1, 0.2)  # that of both lies between theirs
    assert row.p95 == Between(0.5, 3)


async def test_a_counter_that_begins_anew_has_counted_on(tmp_path: Path) -> None:
    def restarted(ago: float) -> float:
        return 10 * (1000 - ago) if ago > 120 else 10 * (120 - ago)

    series = [
        Past("http_requests_total", restarted, {"status": "200"}),
        Past("http_requests_total", lambda ago: restarted(ago) / 9, {"status": "503"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Failures)

    assert row.requests == pytest.approx(300 * 10 * 10 / 9, rel=0.06)
    assert row.rate == pytest.approx(0.1, rel=0.01)


async def test_no_error_ever_is_none_where_requests_are_counted(tmp_path: Path) -> None:
    with remembering(tmp_path, Past("http_requests_total", counting(2), {"code": "200"})) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Failures)
            assert row.failed == 0
            assert row.rate == Ratio(0)


async def test_where_nothing_is_counted_nothing_is_healthy(tmp_path: Path) -> None:
    with remembering(tmp_path, Past("up", constant(1))) as url:
        async with looking(point(url, objective=0.999)) as look:
            for kind in (Responses, Failures, Burn, Memory, Saturation, Queue, Room):
                assert await look.source.read(kind) == [], kind


async def test_the_first_errors_of_all_are_counted(tmp_path: Path) -> None:
    """A series that is born with 30 says of the first 30 nothing by how it grows."""

    def errors(ago: float) -> float | None:
        return 30.0 if ago <= 60 else None

    series = [
        Past("up", constant(1)),
        Past("http_requests_total", counting(1), {"code": "200"}),
        Past("http_requests_total", errors, {"code": "500"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Failures)

    assert row.failed == 30


@pytest.mark.parametrize("target_is_up", [0.0, 1.0])
async def test_a_counter_that_was_away_for_a_while_is_not_counted_from_zero(
    tmp_path: Path, target_is_up: float
) -> None:
    """A scrape that fails, or a collector, hides what was counted long ago: it is no news then."""

    def away(ago: float) -> bool:
        return 240 <= ago <= 620

    def at_rest(ago: float) -> float | None:
        return None if away(ago) else 50_000.0

    growing = counting(1)
    series = [
        Past("up", lambda ago: target_is_up if away(ago) else 1.0),
        Past(
            "http_requests_total",
            lambda ago: None if away(ago) else growing(ago),
            {"code": "200"},
        ),
        Past("http_requests_total", at_rest, {"code": "500"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Failures)

    assert row.failed == 0
    assert row.requests < 400


async def test_the_first_errors_after_a_restart_are_counted(tmp_path: Path) -> None:
    def errors(ago: float) -> float | None:
        if ago > 600:
            return 900.0
        return 30.0 if ago <= 60 else None

    series = [
        Past("up", constant(1)),
        Past("http_requests_total", counting(1), {"code": "200"}),
        Past("http_requests_total", errors, {"code": "500"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Failures)

    assert row.failed == 30


async def test_where_errors_come_from_is_told(tmp_path: Path) -> None:
    series = [
        *timed({0.1: 9}, http_route="/", http_response_status_code="200"),
        *timed({0.1: 0.6}, http_route="/pay", http_response_status_code="502"),
        *timed({0.1: 0.4}, http_route="/pay", http_response_status_code="404"),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            rows = {row.route: row for row in await look.of(Failures)}

    assert rows[None].rate == pytest.approx(0.06)
    assert rows["/pay"].rate == pytest.approx(0.6)
    assert rows["/"].rate == Ratio(0)
    assert rows[None].worst == [{"route": "/pay", "status": "502", "requests": 180}]


async def test_a_rare_route_that_fails_is_told_beside_the_busiest(tmp_path: Path) -> None:
    name = "http_requests_total"
    series = [
        Past("up", constant(1)),
        *(Past(name, counting(2), {"route": f"/{n}", "code": "200"}) for n in range(60)),
        Past(name, counting(1), {"route": "/pay", "code": "502"}),
        Past(name, counting(0.5), {"route": "/pay", "code": "200"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            rows = {row.route: row for row in await look.of(Failures)}

    assert rows["/pay"].requests == approximately(450)
    assert rows["/pay"].failed == approximately(300)


async def test_labels_of_kubernetes_are_no_routes(tmp_path: Path) -> None:
    def of_spring(durations: Mapping[float, float], uri: str, status: str) -> Iterator[Past]:
        return timed(
            durations,
            name="http_server_requests_seconds",
            uri=uri,
            status=status,
            endpoint="http-metrics",
            service="shop",
            pod="shop-1",
        )

    series = [*of_spring({0.1: 9}, "/", "200"), *of_spring({3: 1}, "/pay", "500")]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            rows = {row.route: row.p95 for row in await look.of(Responses)}
            (whole, *_) = await look.of(Failures)

    assert rows["/pay"] == Between(2.5, 5)
    assert set(rows) == {None, "/", "/pay"}
    assert whole.worst == [{"route": "/pay", "status": "500", "requests": 300}]


async def test_requests_without_a_status_say_so(tmp_path: Path) -> None:
    with remembering(tmp_path, Past("nginx_http_requests_total", counting(5))) as url:
        async with looking(point(url, objective=0.99)) as look:
            for kind in (Failures, Responses, Burn):
                assert await look.of(kind) == []
                (gap,) = await look.gaps(kind)
                assert "nginx_http_requests_total" in gap.reason


async def test_each_handler_of_caddy_counts_the_same_request_which_was_made_once(
    tmp_path: Path,
) -> None:
    name = "caddy_http_request_duration_seconds"
    series = [
        *timed({0.2: 10}, name=name, handler="subroute", code="200"),
        *timed({0.2: 6}, name=name, handler="reverse_proxy", code="200"),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)
            (failures,) = await look.of(Failures)

    assert row.requests == pytest.approx(3000, rel=0.01)
    assert failures.requests == pytest.approx(3000, rel=0.01)


async def test_of_traces_the_requests_of_a_service_are_counted_and_no_other_spans(
    tmp_path: Path,
) -> None:
    """As Vercel's drain of traces comes to a Prometheus, through OpenTelemetry's Collector."""
    name = "traces_span_metrics_duration_milliseconds"
    server = "SPAN_KIND_SERVER"
    series = [
        *timed({3.0: 9}, name=name, span_kind=server, status_code="STATUS_CODE_UNSET"),
        *timed({3.0: 1}, name=name, span_kind=server, status_code="STATUS_CODE_ERROR"),
        *timed({3.0: 40}, name=name, span_kind="SPAN_KIND_CLIENT", status_code="STATUS_CODE_ERROR"),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Responses)
            (failures,) = await look.of(Failures)

    assert row.p95 == Between(0.0025, 0.005)  # its buckets are of milliseconds
    assert failures.failed / failures.requests == pytest.approx(0.1, rel=0.01)
    assert failures.requests == pytest.approx(row.requests, rel=0.01)


SPANS = "traces_span_metrics_duration_milliseconds"


def spans(
    name: str, took_ms: float, per_s: float, status: str = "UNSET", kind: str = "SERVER"
) -> Iterator[Past]:
    """Yield what OpenTelemetry's Collector counts of spans, here of what Vercel drains."""
    return timed(
        {took_ms: per_s},
        (math.inf,),
        SPANS,
        service_name="vercel-function",
        span_name=name,
        span_kind=f"SPAN_KIND_{kind}",
        status_code=f"STATUS_CODE_{status}",
    )


async def test_functions_at_the_edge_are_told_by_the_spans_of_their_traces(
    tmp_path: Path,
) -> None:
    series = [
        *spans("GET /api/cart", 180, 0.9),
        *spans("GET /api/cart", 180, 0.1, "ERROR"),
        *spans("GET /api/cart", 5_000, 9, "ERROR", "CLIENT"),  # what it asks others
        *spans("POST /api/pay", 20, 0.5),
        *timed({9_000: 5}, (math.inf,), SPANS, service_name="other", span_kind="SPAN_KIND_SERVER"),
        Past("calls_total", counting(5), {"service_name": "no", "span_kind": "SPAN_KIND_SERVER"}),
    ]
    with remembering(tmp_path, *series, back=timedelta(minutes=65)) as url:
        own = TracedFunctions("shop-edge", url, 'service_name="vercel-function"')
        async with looking(own) as look:
            cart, pay = await look.of(Functions)
        async with looking(replace(own, functions=("POST /api/pay",))) as look:
            named = await look.of(Functions)
        async with looking(replace(own, functions=("POST /api/pay", "GET /api"))) as look:
            (unasked,) = await look.gaps(Functions)
        async with looking(replace(own, functions=("/api/pay",))) as look:
            (unnamed,) = await look.gaps(Functions)
        async with looking(replace(own, selector='service_name="no"')) as look:
            (uncounted,) = await look.gaps(Functions)
        async with looking(replace(own, selector='service_name="shop"')) as look:
            with pytest.raises(CannotLook, match="no figures of shop-edge of the last 1 h"):
                await look.source.read(Functions)

    assert (cart.subject, pay.subject) == ("shop-edge/GET /api/cart", "shop-edge/POST /api/pay")
    assert (cart.calls, cart.failed) == (approximately(3600), approximately(360))
    assert (cart.mean_s, pay.mean_s) == (approximately(0.18), approximately(0.02))
    assert (pay.failed, named) == (0, [pay])
    assert "nothing was counted of GET /api in 1 h" in unasked.reason
    assert "nothing was counted of /api/pay in 1 h" in unnamed.reason
    assert "no spans of requests are counted" in uncounted.reason
    assert "service_name" in (uncounted.remedy or "")


def approximately(value: float) -> object:
    return pytest.approx(value, rel=0.01)


async def test_of_a_whole_prometheus_each_job_is_told_by_itself(tmp_path: Path) -> None:
    series = [
        *timed({0.02: 9}, job="shop"),
        *timed({3.0: 9}, name="http_request_duration_seconds", job="stock"),
        Past("up", constant(1), {"job": "shop"}),
        Past("up", constant(0), {"job": "gone", "instance": "10.0.0.9:80"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(whole(url)) as look:
            rows = {row.subject: row.p95 for row in await look.of(Responses)}
            alive = {row.subject: row.up for row in await look.of(Alive)}

    assert rows == {"shop": Between(0.01, 0.025), "stock": Between(2.5, 5)}
    assert alive == {"shop 10.0.0.7:8000": True, "gone 10.0.0.9:80": False}


async def test_jobs_that_count_the_same_in_other_ways_are_each_told_whole(tmp_path: Path) -> None:
    name = "http_request_duration_seconds"
    summary = [
        Past(name, constant(0.7), {"quantile": "0.95", "job": "stock", "handler": route})
        for route in ("/a", "/b")
    ]
    counts = [
        Past(f"{name}_count", counting(5), {"job": "stock", "handler": route})
        for route in ("/a", "/b")
    ]
    histogram = [
        *timed({0.3: 5}, name=name, path="/x", job="shop", code="200"),
        *timed({3: 5}, name=name, path="/y", job="shop", code="500"),
    ]
    with remembering(tmp_path, *summary, *counts, *histogram) as url:
        async with looking(whole(url)) as look:
            rows = {(row.subject, row.route): row.p95 for row in await look.of(Responses)}
            failed = {(row.subject, row.route): row.rate for row in await look.of(Failures)}

    assert rows == {
        ("shop", None): Between(2.5, 5),
        ("shop", "/x"): Between(0.25, 0.5),
        ("shop", "/y"): Between(2.5, 5),
        ("stock", None): Between(0.7, 0.7),
        ("stock", "/a"): Between(0.7, 0.7),
        ("stock", "/b"): Between(0.7, 0.7),
    }
    assert failed == {("shop", None): 0.5, ("shop", "/x"): 0, ("shop", "/y"): 1}


async def test_a_selector_leaves_out_what_is_others(tmp_path: Path) -> None:
    series = [*timed({0.02: 9}, env="prod"), *timed({3.0: 90}, env="test")]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url, 'job="shop", env=~"pr.*"')) as look:
            (row,) = await look.of(Responses)

    assert row.p95 == Between(0.01, 0.025)


def node(name: str, value: Callable[[float], float | None], **labels: str) -> Past:
    return Past(f"node_{name}", value, {"job": "node", "instance": "db1:9100", **labels})


async def test_machines_are_told_by_node_exporter(tmp_path: Path) -> None:
    disk = {"mountpoint": "/data", "device": "/dev/sda1", "fstype": "ext4"}
    twice = {**disk, "mountpoint": "/data/again"}
    series = [
        node("memory_MemTotal_bytes", constant(16 * GIB)),
        node("memory_MemAvailable_bytes", constant(4 * GIB)),
        *(
            node("cpu_seconds_total", counting(share), cpu="0", mode=mode)
            for mode, share in (
                ("user", 0.5),
                ("system", 0.1),
                ("idle", 0.2),
                ("iowait", 0.15),
                ("steal", 0.05),
            )
        ),
        *(
            node(f"filesystem_{what}", constant(value), **where)
            for where in (disk, twice)
            for what, value in (
                ("size_bytes", 100 * GIB),
                ("free_bytes", 30 * GIB),
                ("avail_bytes", 25 * GIB),
                ("files", 1000),
                ("files_free", 100),
                ("readonly", 0),
            )
        ),
        node("filesystem_size_bytes", constant(GIB), mountpoint="/run", device="x", fstype="tmpfs"),
        node("filesystem_free_bytes", constant(0), mountpoint="/run", device="x", fstype="tmpfs"),
        node("filesystem_avail_bytes", constant(0), mountpoint="/run", device="x", fstype="tmpfs"),
        node("disk_reads_completed_total", counting(10), device="sda"),
        node("disk_writes_completed_total", counting(30), device="sda"),
        node("disk_read_time_seconds_total", counting(0.2), device="sda"),
        node("disk_write_time_seconds_total", counting(0.6), device="sda"),
        node("disk_io_time_seconds_total", counting(0.5), device="sda"),
        node("load5", constant(3)),
        node("timex_sync_status", constant(1)),
        node("timex_maxerror_seconds", constant(0.01)),
        node("filefd_allocated", constant(1000)),
        node("filefd_maximum", constant(9.2e18)),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(whole(url)) as look:
            assert await look.of(Memory) == [Memory("db1:9100", Bytes(12 * GIB), Bytes(16 * GIB))]
            (processor,) = await look.of(Processor)
            (room,) = await look.of(Room)
            (disk_work,) = await look.of(DiskWork)
            (clock,) = await look.of(ClockSync)
            assert await look.source.read(Descriptors) == []  # no bound is none

    assert processor.used == pytest.approx(0.6, rel=0.01)
    assert processor.waiting == pytest.approx(0.15, rel=0.01)
    assert processor.stolen == pytest.approx(0.05, rel=0.01)
    assert (processor.cores, processor.load) == (1, 3)
    assert clock == ClockSync("db1:9100", True, timedelta(seconds=0.01))
    assert room.subject == "db1:9100:/data"
    assert room.used == pytest.approx(70 / 95)
    assert (room.free, room.inodes, room.full_in) == (25 * GIB, Ratio(0.9), None)
    assert disk_work.subject == "db1:9100:sda"
    assert disk_work.latency_s == pytest.approx(0.02, rel=0.01)
    assert disk_work.busy == pytest.approx(0.5, rel=0.01)


async def test_a_disk_that_fills_says_when_it_is_full(tmp_path: Path) -> None:
    where = {"mountpoint": "/", "device": "/dev/sda1", "fstype": "ext4"}
    series = [
        node("filesystem_size_bytes", constant(100 * GIB), **where),
        node("filesystem_free_bytes", lambda ago: 10 * GIB + ago * GIB / 3600, **where),
        node("filesystem_avail_bytes", lambda ago: 10 * GIB + ago * GIB / 3600, **where),
    ]
    day = timedelta(hours=7)
    with remembering(tmp_path, *series, back=day, step=timedelta(minutes=1)) as url:
        async with looking(whole(url)) as look:
            (room,) = await look.of(Room)

    assert room.full_in is not None
    assert room.full_in / timedelta(hours=1) == pytest.approx(10, rel=0.01)


async def test_a_disk_that_was_never_written_to_is_meant_so(tmp_path: Path) -> None:
    def mount(place: str, locked: Callable[[float], float]) -> Iterator[Past]:
        where = {"mountpoint": place, "device": f"/dev{place}", "fstype": "ext4"}
        yield node("filesystem_size_bytes", constant(GIB), **where)
        yield node("filesystem_free_bytes", constant(GIB / 2), **where)
        yield node("filesystem_avail_bytes", constant(GIB / 2), **where)
        yield node("filesystem_readonly", locked, **where)

    series = [*mount("/usr", constant(1)), *mount("/data", lambda ago: float(ago < 120))]
    with remembering(tmp_path, *series) as url:
        async with looking(whole(url)) as look:
            locked = {room.subject: room.read_only for room in await look.of(Room)}

    assert locked == {"db1:9100:/data": True}  # nobody writes to the other: it never fills up


async def test_an_exporter_with_failing_collectors_is_up_and_blind(tmp_path: Path) -> None:
    series = [
        Past("up", constant(1), {"job": "node", "instance": "db1:9100"}),
        node("scrape_collector_success", constant(0), collector="meminfo"),
        node("scrape_collector_success", constant(0), collector="rapl"),  # has nothing to tell
        node("scrape_collector_success", constant(1), collector="filesystem"),
        node("memory_MemTotal_bytes", lambda ago: 16.0 * GIB if ago > 600 else None),
        Past("pg_up", constant(0), {"job": "db", "instance": "db1:9187"}),
        Past("pg_settings_max_connections", constant(100), {"job": "db", "instance": "db1:9187"}),
        Past("pg_exporter_last_scrape_error", constant(1), {"job": "db", "instance": "db1:9187"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(whole(url)) as look:
            assert await look.of(Memory) == []
            (gap,) = await look.gaps(Memory)
            down = [row for row in await look.of(Alive) if not row.up]
            assert await look.of(Saturation) == []

    assert "meminfo fails" in gap.reason
    assert {row.subject: row.says for row in down} == {
        "node db1:9100 collectors": "what tells of meminfo fails",
        "db db1:9187": "it does not reach PostgreSQL",
        "db db1:9187 queries": "a part of its own questions fails",
    }


async def test_pools_and_queues_are_told_with_what_waits(tmp_path: Path) -> None:
    series = [
        *(
            Past("pg_stat_database_numbackends", constant(40), {"datname": name})
            for name in ("shop", "stock")
        ),
        Past("pg_settings_max_connections", constant(100)),
        Past("hikaricp_connections_active", constant(10), {"pool": "main"}),
        Past("hikaricp_connections_max", constant(10), {"pool": "main"}),
        Past("hikaricp_connections_pending", constant(4), {"pool": "main"}),
        Past("mysql_global_status_threads_connected", constant(5)),
        Past("celery_queue_length", lambda ago: 1000 - ago, {"queue_name": "mails"}),
        Past("sidekiq_queue_backlog", constant(3), {"queue": "default"}),
        Past("sidekiq_queue_latency_seconds", constant(400), {"queue": "default"}),
    ]
    back = timedelta(minutes=20)
    with remembering(tmp_path, *series, back=back) as url:
        async with looking(point(url)) as look:
            pools = await look.of(Saturation)
            (gap,) = await look.gaps(Saturation)
            queues = {row.subject: row for row in await look.of(Queue)}

    instance = "shop 10.0.0.7:8000"
    assert pools == [
        Saturation(instance, "connections to PostgreSQL", 80, 100),
        Saturation(f"{instance} main", "pool of connections", 10, 10, 4),
    ]
    assert "mysql_global_variables_max_connections is not" in gap.reason
    assert queues["shop mails"].risen == pytest.approx(900, abs=20)
    assert queues["shop default"].oldest == timedelta(seconds=400)


async def test_what_processes_hold_is_told_against_their_bounds(tmp_path: Path) -> None:
    series = [
        Past("process_resident_memory_bytes", constant(GIB)),
        Past("process_open_fds", constant(900)),
        Past("process_max_fds", constant(1024)),
        Past("container_memory_working_set_bytes", constant(900), {"name": "web"}),
        Past("container_spec_memory_limit_bytes", constant(1000), {"name": "web"}),
        Past("container_memory_working_set_bytes", constant(900), {"name": "free"}),
        Past("container_spec_memory_limit_bytes", constant(0), {"name": "free"}),
        Past("container_memory_working_set_bytes", constant(10**9)),  # the whole machine's
        Past(
            "jvm_memory_used_bytes",
            lambda ago: 900.0 if ago % 60 < 30 else 300.0,
            {"area": "heap", "id": "old"},
        ),
        Past("jvm_memory_max_bytes", constant(1000), {"area": "heap", "id": "old"}),
        Past("jvm_memory_used_bytes", constant(999), {"area": "nonheap"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            memory = {row.subject: row.used / row.limit for row in await look.of(Memory)}
            (descriptors,) = await look.of(Descriptors)

    assert memory == {
        "web": 0.9,
        "shop 10.0.0.7:8000": 0.3,  # what its collector left
    }
    assert descriptors == Descriptors("shop 10.0.0.7:8000", 900, 1024)


async def test_processes_that_answer_by_turns_are_not_one_that_begins_anew(tmp_path: Path) -> None:
    """As several workers behind one address do, each with counts of its own."""
    one, turns, two = ({"instance": f"10.0.0.{n}:80"} for n in (1, 2, 3))
    series = [
        Past("process_start_time_seconds", lambda ago: 900.0 if ago > 600 else 1_000.0, one),
        Past("process_start_time_seconds", lambda ago: 900 + (ago // 15) % 3, turns),
        Past("process_start_time_seconds", lambda ago: 900.0 if ago > 600 else 899.0, two),
    ]
    with remembering(tmp_path, *series, back=timedelta(minutes=65)) as url:
        async with looking(point(url)) as look:
            rows = {row.subject: row.count for row in await look.of(Restarts)}
            (gap,) = await look.gaps(Restarts)

    # a clock that was put back while it began is a beginning all the same
    assert rows == {"shop 10.0.0.1:80": 1, "shop 10.0.0.3:80": 1}
    assert gap.reason.startswith("shop 10.0.0.2:80: several processes answer there by turns")


async def test_containers_of_kubernetes_are_told_once_by_its_own_names(tmp_path: Path) -> None:
    pod = {"namespace": "prod", "pod": "shop-1", "container": "web"}
    told = {**pod, "name": "k8s_web_shop-1_prod"}
    series = [
        Past("container_memory_working_set_bytes", lambda ago: 900 * GIB - ago * GIB, told),
        Past("container_spec_memory_limit_bytes", constant(0), told),
        Past(
            "kube_pod_container_resource_limits",
            constant(1000 * GIB),
            {**pod, "job": "kube", "resource": "memory"},
        ),
    ]
    back = timedelta(hours=2)
    with remembering(tmp_path, *series, back=back, step=timedelta(minutes=1)) as url:
        async with looking(whole(url)) as look:
            memory = [(row.subject, row.used / row.limit) for row in await look.of(Memory)]
            grown = [row.subject for row in await look.of(Growth)]

    ((subject, used),) = memory
    assert subject == "prod/shop-1/web"
    assert used == pytest.approx(0.9, rel=0.01)
    assert grown == ["prod/shop-1/web"]


async def test_a_leak_is_told_from_what_is_given_back_and_from_a_restart(tmp_path: Path) -> None:
    name = "process_resident_memory_bytes"
    hour = 3600

    def began(ago: float) -> float:
        return 100.0 if ago < hour / 2 else 50.0

    series = [
        Past(name, lambda ago: GIB - ago / hour * GIB / 5, {"instance": "leaks:1"}),
        Past(name, lambda ago: GIB - (ago % 600) * 1000, {"instance": "saws:1"}),
        Past(name, lambda ago: GIB - ago / hour * GIB / 5, {"instance": "restarted:1"}),
        Past(name, lambda ago: GIB - ago if ago < 1800 else None, {"instance": "young:1"}),
        Past("process_start_time_seconds", constant(5), {"instance": "leaks:1"}),
        Past("process_start_time_seconds", began, {"instance": "restarted:1"}),
    ]
    back = timedelta(hours=2)
    with remembering(tmp_path, *series, back=back, step=timedelta(seconds=30)) as url:
        async with looking(point(url)) as look:
            hourly = {row.subject: row.hourly for row in await look.of(Growth)}
            restarts = {row.subject: row.count for row in await look.of(Restarts)}

    assert set(hourly) == {"shop leaks:1", "shop saws:1"}
    assert hourly["shop leaks:1"] == pytest.approx(GIB / 5, rel=0.02)
    assert abs(hourly["shop saws:1"]) < GIB / 1000
    assert restarts == {"shop leaks:1": 0, "shop restarted:1": 1}


async def test_the_objective_burns_over_each_window_that_is_known(tmp_path: Path) -> None:
    """Within the last half hour two in a hundred fail, before that none."""

    def failed(ago: float) -> float:
        return 0.2 * max(1800 - ago, 0)

    series = [
        Past("http_requests_total", counting(10), {"status": "200"}),
        Past("http_requests_total", failed, {"status": "500"}),
    ]
    back = timedelta(hours=8)
    with remembering(tmp_path, *series, back=back, step=timedelta(seconds=30)) as url:
        async with looking(point(url, objective=0.999)) as look:
            rows = {row.long: row for row in await look.of(Burn)}

    hour = timedelta(hours=1)
    assert set(rows) == {hour, 6 * hour}  # nothing is known of three days ago
    assert rows[hour].rate_long == pytest.approx(10, rel=0.06)
    assert rows[hour].rate_short == pytest.approx(19.6, rel=0.05)
    assert rows[6 * hour].rate_long == pytest.approx(10 / 6, rel=0.06)
    assert rows[6 * hour].short == timedelta(minutes=30)


async def test_without_an_hours_history_nothing_is_said_of_the_objective(tmp_path: Path) -> None:
    with remembering(tmp_path, Past("http_requests_total", counting(9), {"status": "500"})) as url:
        async with looking(point(url, objective=0.999)) as look:
            (row,) = await look.of(Burn)
        async with looking(point(url)) as look:
            assert Burn not in look.source.offers

    assert (row.rate_long, row.rate_short) == (None, None)


async def test_refusals_of_others_and_what_they_leave_are_told(tmp_path: Path) -> None:
    http, llm = "http_client_request_duration_seconds_count", "gen_ai_client_operation_duration"
    bank = {"server_address": "api.bank.example"}
    series = [
        Past(http, counting(9), {**bank, "http_response_status_code": "200"}),
        Past(http, counting(1), {**bank, "http_response_status_code": "429"}),
        Past(f"{llm}_seconds_count", counting(3), {"gen_ai_system": "openai"}),
        Past(
            f"{llm}_seconds_count",
            counting(1),
            {"gen_ai_system": "openai", "error_type": "RateLimitError"},
        ),
        Past("github_rate_limit_remaining", constant(100), {"resource": "core"}),
        Past("github_rate_limit_limit", constant(5000), {"resource": "core"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            rows = {row.subject: row for row in await look.of(Allowance)}

    bank_row, llm_row = rows["api.bank.example"], rows["openai"]
    assert bank_row.refused == pytest.approx(300, rel=0.01)
    assert bank_row.requests == pytest.approx(3000, rel=0.01)
    assert llm_row.refused == pytest.approx(300, rel=0.01)
    assert rows["core"] == Allowance("core", "requests", 5000, 100)


async def test_what_a_blackbox_exporter_saw_of_addresses_is_told(tmp_path: Path) -> None:
    well, ill = "https://shop.example:8443/health", "https://stock.example/"

    def probe(name: str, value: float, instance: str, **labels: str) -> Past:
        return Past(f"probe_{name}", constant(value), {"instance": instance, **labels})

    series = [
        probe("success", 1, well),
        probe("http_status_code", 200, well),
        probe("duration_seconds", 0.4, well),
        *(
            probe("http_duration_seconds", seconds, well, phase=phase)
            for phase, seconds in (("resolve", 0.01), ("connect", 0.02), ("processing", 0.3))
        ),
        probe("ssl_earliest_cert_expiry", 1_900_000_000, well),
        probe("success", 0, ill),
        probe("http_status_code", 0, ill),
        probe("duration_seconds", 9.5, ill),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(point(url)) as look:
            answers = {row.subject: row for row in await look.of(Answer)}
            (certificate,) = await look.of(Certificate)

    assert (answers[well].status, answers[well].problem) == (200, None)
    assert answers[well].whole_s == 0.4
    assert (answers[well].lookup_s, answers[well].first_byte_s) == (0.01, 0.3)
    assert (answers[ill].status, answers[ill].whole_s) == (None, None)
    assert answers[ill].problem == "the probe of a blackbox exporter failed"
    assert (answers[well].good, answers[well].authority) == (True, "shop.example:8443")
    assert (answers[ill].good, answers[ill].failed) == (False, Step.ANSWER)
    assert (certificate.subject, certificate.host) == (well, "shop.example:8443")
    assert certificate.not_after == datetime.fromtimestamp(1_900_000_000, UTC)


async def test_of_two_probes_of_an_address_the_worse_counts(tmp_path: Path) -> None:
    """One that finds a page wrong, beside one that only sees that the host is there."""
    page = {"job": "blackbox-http", "instance": "shop.example"}
    host = {"job": "blackbox-icmp", "instance": "shop.example"}
    series = [
        Past("probe_success", constant(0), page),
        Past("probe_http_status_code", constant(200), page),
        Past("probe_success", constant(1), host),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(whole(url)) as look:
            (answer,) = await look.of(Answer)

    assert (answer.good, answer.status) == (False, 200)
    assert "it answers 200, and a blackbox exporter's probe of it fails" in (answer.problem or "")


async def test_what_is_no_number_is_no_figure(tmp_path: Path) -> None:
    series = [
        node("memory_MemTotal_bytes", constant(GIB)),
        node("memory_MemAvailable_bytes", constant(math.nan)),
        Past("process_open_fds", constant(math.inf)),
        Past("process_max_fds", constant(1024)),
        Past("celery_queue_length", constant(-math.inf), {"queue_name": "mails"}),
    ]
    with remembering(tmp_path, *series) as url:
        async with looking(whole(url)) as look:
            for kind in (Memory, Descriptors, Queue):
                assert await look.of(kind) == []


async def test_what_has_stopped_being_told_is_not_told_on(tmp_path: Path) -> None:
    gone = Past("celery_queue_length", lambda ago: 5.0 if ago > 400 else None, {"queue": "mails"})
    with remembering(tmp_path, gone, Past("up", constant(1))) as url:
        async with looking(point(url)) as look:
            assert await look.source.read(Queue) == []


async def test_what_is_asked_every_five_minutes_is_told_over_a_longer_span(tmp_path: Path) -> None:
    series = [Past("up", constant(1)), Past("http_requests_total", counting(2), {"code": "200"})]
    minutes = timedelta(minutes=5)
    with remembering(tmp_path, *series, back=12 * minutes, step=minutes) as url:
        async with looking(point(url)) as look:
            (row,) = await look.of(Failures)

    assert row.over == 3 * minutes
    assert row.requests == pytest.approx(2 * 15 * 60, rel=0.01)
