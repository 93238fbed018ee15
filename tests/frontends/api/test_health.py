"""Whoever watches Fettle is told how it is; of a store that is away nothing is made up."""

import re
from datetime import timedelta

import httpx
import pytest
from psycopg import conninfo

from fettle.frontends import server
from fettle.frontends.api.stored import FIGURES, StoreFigures
from fettle.intake import own
from fettle.model.signal import Signal, SignalKind
from fettle.store import deliveries, workers
from fettle.store.deliveries import Arrived, Settled
from fettle.store.pool import pool_at
from tests.frontends.api.conftest import Api

_LINE = re.compile(r"^(fettle_\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


def read(text: str) -> dict[str, float]:
    """Return the figures of a scrape."""
    return {name + labels: float(value) for name, labels, value in _LINE.findall(text)}


async def figures(api: Api) -> dict[str, float]:
    """Scrape a server that has not been asked yet."""
    app = server.make(api.serving, api.store)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fettle") as client:
        return read((await client.get("/metrics")).text)


async def test_an_empty_store_has_every_figure_but_those_of_issues(api: Api) -> None:
    found = await figures(api)

    names = {name.partition("{")[0] for name in found}
    assert {figure.name for figure in FIGURES} - names == {"fettle_issues_open"}
    assert found["fettle_store_up"] == 1
    assert found["fettle_deliveries_waiting"] == 0
    assert found['fettle_runs{state="unsure"}'] == 0


async def test_what_waits_and_what_is_dead_is_counted(api: Api) -> None:
    now = api.clock.now()
    async with api.serving.pool.connection() as connection, connection.transaction():
        arrived = [
            Arrived(now - timedelta(seconds=age), "prod", own.VENDOR, {}, b"{}")
            for age in (900, 90, 30)
        ]
        first, *_ = await deliveries.keep(connection, arrived)
        await deliveries.settle(connection, [Settled(first, "dead", "it is none")])

    found = await figures(api)

    assert found["fettle_deliveries_waiting"] == 2
    assert found["fettle_deliveries_oldest_waiting_seconds"] == 90
    assert found["fettle_deliveries_dead"] == 1


async def test_issues_their_promises_and_their_notifications_are_counted(api: Api) -> None:
    for key in ("a", "b"):
        signal = Signal("prod", SignalKind.ALERT, key, True, f"{key} is down", service="shop")
        await api.arrive(signal)
    async with api.serving.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox SET state = 'waiting', due_at = %s",
            (api.clock.now() - timedelta(seconds=40),),
        )

    found = await figures(api)

    open_ = {name: value for name, value in found.items() if name.startswith("fettle_issues_open")}
    assert sum(open_.values()) == (await count(api, "issue"))
    assert found["fettle_notifications_waiting"] == await count(api, "outbox") > 0
    assert found["fettle_notifications_oldest_due_seconds"] == 40


async def test_broken_promises_are_counted_until_they_are_kept(api: Api) -> None:
    await api.report("The shop is down for everybody")
    api.clock.moment += timedelta(hours=5)
    await api.act(1, "note", text="we look at it")
    broken = await figures(api)
    await api.act(1, "acknowledge")
    await api.act(1, "hold", reason="the provider works")
    held = await figures(api)
    await api.act(1, "resolve", evidence="it answers")
    over = await figures(api)

    def clocks(found: dict[str, float]) -> list[float]:
        return [
            found[f'fettle_clocks_breached{{clock="{name}"}}']
            for name in ("response", "update", "resolution")
        ]

    assert clocks(broken) == [1, 0, 1]  # news have come
    assert clocks(held) == [0, 0, 1]
    assert clocks(over) == [0, 0, 0]


async def count(api: Api, table: str) -> int:
    async with api.serving.pool.connection() as connection:
        cursor = await connection.execute(f"SELECT count(*) FROM {table}".encode())
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_runs_timers_and_workers_are_counted(api: Api) -> None:
    now = api.clock.now()
    async with api.serving.pool.connection() as connection:
        await connection.execute("DELETE FROM timer")
        await connection.execute(
            "INSERT INTO run (id, kind, name, input, state, woken_at, created_at, finished_at)"
            " SELECT gen_random_uuid(), 'task', 'x', 'null', s, %(now)s, %(now)s,"
            " CASE WHEN s IN ('done', 'failed') THEN %(now)s - a END"
            " FROM (VALUES ('queued', interval '0'), ('unsure', '0'), ('failed', '1 h'),"
            " ('failed', '2 days')) AS v (s, a)",
            {"now": now},
        )
        await connection.execute(
            "INSERT INTO timer (kind, subject, due_at, try_at, detail)"
            " SELECT 'x', a::text, %(now)s - a, %(now)s - a, 'null'"
            " FROM (VALUES (interval '1 h'), ('1 s'), ('-1 h')) AS v (a)",
            {"now": now},
        )
        await connection.execute(
            "INSERT INTO worker (id, host, version, seen_at) VALUES"
            " (gen_random_uuid(), 'a', '1', clock_timestamp()),"
            " (gen_random_uuid(), 'b', '1', clock_timestamp() - interval '1 min')"
        )

    found = await figures(api)

    assert found['fettle_runs{state="queued"}'] == 1
    assert found['fettle_runs{state="unsure"}'] == 1
    assert found['fettle_runs_ended_last_day{state="failed"}'] == 1
    assert found["fettle_timers_overdue"] == 1
    assert found["fettle_workers_alive"] == 1


async def test_however_many_scrape_the_store_is_asked_once_in_a_while(api: Api) -> None:
    before = await api.nobody.get("/metrics")
    async with api.serving.pool.connection() as connection, connection.transaction():
        await deliveries.keep(connection, [Arrived(api.clock.now(), "p", own.VENDOR, {}, b"{}")])
    after = await api.nobody.get("/metrics")

    waiting = [read(one.text)["fettle_deliveries_waiting"] for one in (before, after)]
    assert waiting == [0, 0]


async def test_of_a_store_that_is_away_nothing_is_made_up(api: Api) -> None:
    gone = conninfo.make_conninfo(api.store.conninfo, dbname="there_is_no_such")
    async with pool_at(gone, 1) as pool:
        stored = StoreFigures(pool, api.clock)
        await stored.look()
        names = {family.name: family.samples for family in stored.collect()}

    assert names["fettle_store_up"][0].value == 0
    assert "fettle_deliveries_waiting" not in names


async def test_every_figure_says_what_it_is(api: Api) -> None:
    text = (await api.nobody.get("/metrics")).text

    described = set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
    typed = set(re.findall(r"^# TYPE (\S+) \S", text, re.MULTILINE))
    assert described == typed
    assert "process_resident_memory_bytes" in described
    assert "fettle_info" in described


async def test_ready_says_whether_a_worker_shows_life(api: Api) -> None:
    before = (await api.nobody.get("/readyz")).json()
    async with api.serving.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO worker (id, host, version) VALUES (gen_random_uuid(), 'a', '1')"
        )
        assert len(await workers.listed(connection)) == 1
    after = (await api.nobody.get("/readyz")).json()

    assert (before["status"], before["store"], before["worker"]) == ("ok", "ok", "none")
    assert after["worker"] == "alive"
    assert after["migration"] == api.store.migration


async def test_a_server_that_is_about_to_stop_says_so_and_answers_on(api: Api) -> None:
    api.app.state.health.leave()

    ready = await api.nobody.get("/readyz")
    health = await api.nobody.get("/healthz")
    served = await api.viewer.get("/api/v1/intake")

    assert (ready.status_code, ready.json()) == (503, {"status": "stopping"})
    assert (health.status_code, served.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["/login", "/healthz", "/readyz", "/metrics"])
async def test_whatever_can_be_looked_at_can_be_asked_for_by_head(api: Api, path: str) -> None:
    looked, asked = await api.nobody.get(path), await api.nobody.head(path)

    assert (looked.status_code, asked.status_code) == (200, 200)
    assert asked.headers["content-type"] == looked.headers["content-type"]


async def test_a_request_is_logged_with_its_client_and_without_its_secrets(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "fettle.server"):
        await api.nobody.post("/hooks/fettle_h_secret-key/alertmanager", content=b"{}")
        await api.nobody.request("BREW", "/ping/1b671a64-40d5-491e-99b0-da01ff1f3341")
        await api.nobody.get("/healthz")

    hook, ping, health = [
        vars(record)["fields"] for record in caplog.records if "fields" in vars(record)
    ]
    assert hook["path"] == "/hooks/…/alertmanager"
    assert (ping["path"], ping["method"]) == ("/ping/…", "other")
    assert hook["client"] == "127.0.0.1"
    assert health["path"] == "/healthz"
    assert "secret-key" not in caplog.text
