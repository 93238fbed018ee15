"""How long a service's page takes with 30 days of samples, and what it costs to keep a look."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import load, results
from benchmarks.house import House, house
from benchmarks.quantiles import milliseconds, quantile
from fettle.store import partitions, samples
from fettle.store.samples import Sample, Took
from fettle.store.statements import Connection

TITLE = "A service's page"
RUNS, REQUESTS, LOOKS = 5, 40, 300
TARGETS, METRICS = 20, 20
_DAYS, _FINE = 30, 14  # as [keep] leaves them: by hours, and of the last days by five minutes
_PASSWORD = "correct horse battery staple"
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_FILL = """
WITH target AS (
    INSERT INTO watched (target, kind, looked_at, status)
    SELECT 'service-' || n, 'service', now(), 'ok' FROM generate_series(1, %(targets)s) AS n
    RETURNING id
),
known AS (
    INSERT INTO series (target, metric, subject, latest, latest_at, first_at)
    SELECT
        t.id,
        (ARRAY[
            'response_p95_at_least_s', 'response_p95_at_most_s', 'response_mean_s',
            'error_rate_ratio', 'requests_count', 'memory_used_ratio', 'cpu_used_ratio',
            'site_answer_s', 'site_name_lookup_s', 'site_connection_s', 'site_tls_s',
            'site_first_byte_s', 'site_body_s', 'disk_used_ratio', 'pool_used_ratio',
            'queue_waiting_count', 'queue_oldest_s', 'restarts_count', 'disk_latency_s',
            'load_per_core'
        ])[m],
        '', 0.5, now(), now() - interval '30 days'
    FROM target AS t, generate_series(1, %(metrics)s) AS m
    RETURNING id
),
by_minutes AS (
    INSERT INTO sample (series, at, least, most, total, number)
    SELECT k.id, at, n.v, n.v + 0.1, n.v * 5 + 0.25, 5
    FROM generate_series(
        date_bin('5 minutes', now() - interval '14 days', '1970-01-01'), now(), '5 minutes'
    ) AS at, known AS k, LATERAL (SELECT random() + k.id %% 7 AS v) AS n
),
by_hours AS (
    INSERT INTO sample_hour (series, at, least, most, total, number)
    SELECT k.id, at, n.v, n.v + 0.4, n.v * 60 + 12, 60
    FROM generate_series(
        date_bin('1 hour', now() - interval '30 days', '1970-01-01'), now(), '1 hour'
    ) AS at, known AS k, LATERAL (SELECT random() + k.id %% 7 AS v) AS n
),
looks AS (
    INSERT INTO look (target, at, schedule, status, findings, unknown, took_s)
    SELECT t.id, at, 'checks', CASE WHEN random() < 0.01 THEN 'high' ELSE 'ok' END, 0, 0, 0.2
    FROM target AS t, generate_series(now() - interval '14 days', now(), '1 minute') AS at
)
INSERT INTO look_day (target, day, status, looks)
SELECT t.id, current_date - d, 'ok', 1440 FROM target AS t, generate_series(0, 29) AS d
"""

_TROUBLE = """
UPDATE look SET status = CASE WHEN at > now() - interval '30 minutes' THEN 'high' ELSE 'ok' END
FROM watched AS w
WHERE w.id = look.target AND w.target = ANY(%(names)s) AND at > now() - interval '2 hours'
"""


def main() -> None:
    """Measure, and write the section."""
    load_before = results.load_before()
    names = [f"service-{number}" for number in range(1, TARGETS + 1)]
    services = [
        {"name": name, "url": "http://127.0.0.1:1", "depends_on": names[:5]} for name in names
    ]
    # what is measured is how pages are read: nobody looks meanwhile
    settings = {"service": services, "check": {"outside_every": "0s"}}
    with house(settings) as fettle:
        _fill(fettle)
        cookie = _logged_in(fettle)
        lines = [*_pages(fettle, cookie), "", _in_trouble(fettle, cookie), "", _kept(fettle)]
    results.write(TITLE, lines, [load_before])


def _fill(fettle: House) -> None:
    asyncio.run(_cover(fettle))
    fettle.ask(_FILL, targets=TARGETS, metrics=METRICS)
    fettle.ask("VACUUM ANALYZE")


async def _cover(fettle: House) -> None:
    now = datetime.now(UTC)
    async with _connected(fettle) as connection:
        await partitions.cover(connection, now - timedelta(days=_DAYS + 1), now)


@asynccontextmanager
async def _connected(fettle: House) -> AsyncIterator[Connection]:
    info = fettle.store.info
    search = "-c search_path=fettle"
    address = make_conninfo(info.dsn, password=info.password, options=search)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        yield connection


def _pages(fettle: House, cookie: str) -> list[str]:
    paths = (
        "/services",
        *(f"/services/service-7?over={over}" for over in ("3h", "1d", "7d", "30d")),
    )
    took: dict[str, list[list[float]]] = {path: [] for path in paths}
    sizes = {}
    for _ in range(RUNS):
        for path in paths:
            found = load.send(
                fettle.url,
                [path.encode()] * REQUESTS,
                method="GET",
                connections=1,
                headers=[f"Cookie: {cookie}"],
            )
            assert not found.refused, path
            took[path].append([one.took for one in found.sent])
    for path in paths:
        sizes[path] = len(httpx.get(fettle.url + path, headers={"Cookie": cookie}).content)
    rows = [
        f"| `{path}` | {milliseconds([quantile(one, 0.5) for one in each])} | "
        f"{milliseconds([quantile(one, 0.99) for one in each])} | {sizes[path] / 1000:.0f} KB |"
        for path, each in took.items()
    ]
    fine, rough = fettle.count("sample"), fettle.count("sample_hour")
    return [
        (
            f"Pages at the server, of {TARGETS} services with {METRICS} figures each: "
            f"{fine:,} samples of five minutes ({_FINE} days) and {rough:,} of hours ({_DAYS} "
            f"days), {REQUESTS} requests of each one after the other. Promised: a service with 30 "
            "days of samples under 200 ms."
        ),
        "",
        f"| page | p50, median of {RUNS} interleaved (range) | p99 | size |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


def _in_trouble(fettle: House, cookie: str) -> str:
    """Look for the first time at services whose trouble is young: its causes are found then."""
    troubled = range(8, 8 + RUNS)
    fettle.ask(_TROUBLE, names=[f"service-{number}" for number in troubled])
    took = []
    for number in troubled:
        found = load.send(
            fettle.url,
            [f"/services/service-{number}".encode()],
            method="GET",
            connections=1,
            headers=[f"Cookie: {cookie}"],
        )
        assert not found.refused, number
        took += [one.took for one in found.sent]
    return (
        "The first look at the page of a service that has been in trouble for half an hour, where "
        f"what moved in it and in what it needs is found among the figures of 8 services: "
        f"{milliseconds(took)}. For a minute after that it is told as it was."
    )


def _logged_in(fettle: House) -> str:
    """Log in as people do who have a link; return the cookie."""
    with httpx.Client(base_url=fettle.url, timeout=60) as browser:
        page = browser.get(fettle.link())
        csrf = unescape(_CSRF.findall(page.text)[0])
        sent = {"csrf": csrf, "password": _PASSWORD, "again": _PASSWORD}
        answer = browser.post(page.url.path, data=sent)
        assert answer.status_code == 303, answer.text
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _kept(fettle: House) -> str:
    """Keep looks one after the other, each in a transaction of its own, as a worker does."""
    took = asyncio.run(_keep(fettle))
    size = fettle.ask(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
        " WHERE inhparent IN ('sample'::regclass, 'sample_hour'::regclass, 'look'::regclass)"
    )[0][0]
    return (
        f"To keep a look with {METRICS} figures: {milliseconds([quantile(took, 0.5)])} (p99 "
        f"{milliseconds([quantile(took, 0.99)])}), of {LOOKS} looks. All samples and looks take "
        f"{int(size) / TARGETS / 1024**2:.1f} MiB a service."
    )


async def _keep(fettle: House) -> list[float]:
    clock = asyncio.get_running_loop().time
    took = []
    async with _connected(fettle) as connection:
        ((target,),) = fettle.ask("SELECT min(id) FROM watched WHERE kind = 'service'")
        known = await samples.series(connection, target)
        measured = [Sample(one.metric, one.subject, 0.5) for one in known]
        for _ in range(LOOKS):
            begun = clock()
            look = Took(target, datetime.now(UTC), "checks", "ok", 0, 0, 0.1)
            async with connection.transaction():
                await samples.keep(connection, look, measured)
            took.append(clock() - begun)
    return took


if __name__ == "__main__":
    main()
