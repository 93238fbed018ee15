"""Who may call what; what is done is audited, and done once."""

import asyncio
import re
from dataclasses import replace

import httpx
import psycopg
import pytest
from fastapi import APIRouter
from psycopg import conninfo
from starlette.requests import Request
from starlette.responses import Response

from fettle.frontends import server
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.bodies import LARGEST_BODY
from fettle.model.role import Role
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.pool import pool_at
from fettle.store.statements import Connection
from tests.engine.conftest import until
from tests.frontends.api.conftest import Api


async def test_each_route_is_open_to_its_role_and_those_above(api: Api) -> None:
    routes = [
        (method.upper(), re.sub(r"{\w+}", "1", path), Role.named(operation["x-role"]))
        for path, operations in api.app.openapi()["paths"].items()
        for method, operation in operations.items()
    ]
    callers = {Role.VIEWER: api.viewer, Role.RESPONDER: api.responder, Role.ADMIN: api.admin}

    assert routes
    for method, path, needed in routes:
        nobody = await api.nobody.request(method, path)
        assert nobody.status_code == 401, path
        assert nobody.headers["www-authenticate"] == "Bearer"
        for role, client in callers.items():
            answer = await client.request(method, path)
            assert (answer.status_code == 403) == (role < needed), (path, role)
            assert answer.status_code < 500


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic dTpw", "Bearer \x7f", "bearer  "]
)
async def test_who_is_not_known_is_told_so(api: Api, header: str) -> None:
    answer = await api.nobody.get("/api/v1/intake", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


async def test_who_may_not_is_told_which_role_it_takes_and_how_to_get_it(api: Api) -> None:
    for_admins = (await api.viewer.get("/api/v1/audit")).json()
    for_responders = (await api.viewer.post("/api/v1/reports", json={})).json()

    assert for_admins["detail"] == "token:viewer is a viewer, and this needs an admin"
    assert for_responders["detail"] == "token:viewer is a viewer, and this needs a responder"
    assert "fettle token create --name … --role responder" in for_responders["remedy"]


async def test_a_key_for_sending_is_no_token(api: Api) -> None:
    key = await access.create_credential(
        api.store.connection, CredentialKind.HOOK, "prod", None, "test"
    )

    answer = await api.nobody.get("/api/v1/intake", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 401


async def test_a_revoked_token_is_refused_at_once(api: Api) -> None:
    before = await api.viewer.get("/api/v1/intake")
    await access.revoke_credential(api.store.connection, [CredentialKind.TOKEN], "viewer", "test")
    after = await api.viewer.get("/api/v1/intake")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_nothing_of_a_secret_is_kept(api: Api) -> None:
    secret = await access.create_credential(
        api.store.connection, CredentialKind.TOKEN, "ci", Role.VIEWER, "test"
    )

    cursor = await api.store.connection.execute(
        "SELECT string_agg(c::text, ' ') || (SELECT string_agg(a::text, ' ') FROM audit AS a)"
        " FROM credential AS c"
    )
    row = await cursor.fetchone()

    assert row is not None
    assert "ci" in row[0]
    assert secret not in row[0]


async def test_every_answer_carries_the_requests_id(api: Api) -> None:
    given = await api.nobody.get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"})
    made = await api.nobody.get("/healthz", headers={"X-Request-ID": "<script>"})

    assert given.headers["x-request-id"] == "from-the-proxy-1"
    assert len(made.headers["x-request-id"]) == 16


async def test_every_problem_names_the_request(api: Api) -> None:
    issue = await api.report()
    asked = [
        await api.nobody.get("/api/v1/issues"),
        await api.viewer.get("/api/v1/audit"),
        await api.viewer.get("/api/v1/issues/99"),
        await api.viewer.get("/none"),
        await api.viewer.put("/api/v1/issues"),
        await api.try_to(issue["number"], "note"),
        await api.try_to(issue["number"], "resume"),
        await api.responder.post("/api/v1/reports", content=b"x" * (LARGEST_BODY + 1)),
        await api.nobody.post("/hooks/none/generic", content=b"{}"),
        await api.nobody.get("/ping/none"),
    ]

    statuses = [answer.status_code for answer in asked]
    assert statuses == [401, 403, 404, 404, 405, 422, 409, 413, 401, 400]
    for answer in asked:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request"] == answer.headers["x-request-id"]


async def test_what_no_route_takes_is_told_what_is_taken(api: Api) -> None:
    unknown = (await api.viewer.get("/api/v1/issue")).json()
    opened = await api.nobody.get("/hooks/fettle_h_x/alertmanager")
    long = (await api.nobody.get(f"/{'x' * 5000}")).json()

    assert unknown["detail"] == "there is nothing at /api/v1/issue"
    assert "/api/openapi.json" in unknown["remedy"]
    assert (opened.status_code, opened.headers["allow"]) == (405, "POST")
    assert opened.json()["detail"] == "/hooks/fettle_h_x/alertmanager does not take GET"
    assert opened.json()["remedy"] == "it takes POST"
    assert len(long["detail"]) < 300


async def test_of_much_that_is_wrong_the_first_places_are_named(api: Api) -> None:
    body = {f"n{number}": 0 for number in range(10_000)}
    answer = await api.responder.post("/api/v1/reports", json={"text": "x", **body})

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50


async def test_a_store_that_is_away_is_said_without_where_it_is(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Request) -> Response:
        raise psycopg.OperationalError("connection to server at 10.0.0.7, user ada failed")

    api.app.add_route("/away", fail)
    answer = await api.nobody.get("/away")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the store does not answer"
    assert "10.0.0.7" not in answer.text
    assert "10.0.0.7" in caplog.text


async def test_who_stood_in_anothers_way_each_time_may_try_again(api: Api) -> None:
    router = APIRouter(route_class=ApiRoute)
    tries = 0

    @router.post("/in-the-way", openapi_extra=needs(Role.RESPONDER))
    async def in_the_way(_: Act) -> None:
        nonlocal tries
        tries += 1
        raise psycopg.errors.DeadlockDetected("deadlock detected")

    api.app.include_router(router)
    answer = await api.responder.post("/in-the-way")

    assert (answer.status_code, answer.headers["retry-after"], tries) == (503, "5", 3)
    assert answer.json()["detail"] == "others stood in the way of it"


async def test_what_waits_for_a_store_that_is_away_is_answered(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    gone = conninfo.make_conninfo(api.store.conninfo, dbname="there_is_no_such")
    async with pool_at(gone, 1) as pool:
        pool.timeout = 0.1
        app = server.make(replace(api.serving, pool=pool), api.store)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://fettle"
        ) as client:
            answers = await asyncio.gather(
                client.get("/api/v1/issues", headers=api.admin.headers),
                client.post("/hooks/x/generic", content=b"{}"),
                client.get("/ping/1b671a64-40d5-491e-99b0-da01ff1f3341"),
                client.get("/readyz"),
            )

    assert [answer.status_code for answer in answers] == [503] * 4
    assert all("does not answer" in answer.text for answer in answers)
    assert "not ready: the store does not answer" in caplog.text


async def _state(api: Api, of: Connection) -> list[tuple[object, ...]]:
    """Return when a session was last asked something; nothing of one that is gone."""
    asked = "SELECT state_change FROM pg_stat_activity WHERE pid = %s"
    return await (await api.store.connection.execute(asked, (of.info.backend_pid,))).fetchall()


async def test_a_transaction_that_the_store_has_given_up_may_be_tried_again(api: Api) -> None:
    router = APIRouter(route_class=ApiRoute)

    @router.post("/given-up", openapi_extra=needs(Role.RESPONDER))
    async def given_up(act: Act) -> None:
        limit = "SET LOCAL idle_in_transaction_session_timeout = '1ms'"
        await act.connection.execute(limit)

        async def gone() -> bool:
            return not await _state(api, act.connection)

        await until(gone)
        await act.connection.execute("SELECT")

    api.app.include_router(router)
    answer = await api.responder.post("/given-up")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the store does not answer"


async def test_who_waits_for_others_in_a_transaction_shows_the_store_signs_of_life(
    api: Api,
) -> None:
    """Else it gives the transaction up after ten seconds, in which a Sentry may not answer."""
    router = APIRouter(route_class=ApiRoute)

    @router.post("/waits", openapi_extra=needs(Role.RESPONDER))
    async def waits(act: Act) -> None:
        before = await _state(api, act.connection)

        async def asked() -> bool:
            return await _state(api, act.connection) != before

        await until(asked)

    api.app.include_router(router)

    assert (await api.responder.post("/waits")).status_code == 200


async def test_no_cache_keeps_an_answer(api: Api) -> None:
    for path in ("/", "/api/v1/issues", "/acknowledge/x"):
        assert (await api.admin.get(path)).headers["cache-control"] == "no-store"


async def test_nobody_is_led_to_where_the_caller_says(api: Api) -> None:
    answer = await api.admin.get("/api/v1/issues/", headers={"Host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_bad_input_is_one_problem_that_says_where(api: Api) -> None:
    answer = await api.admin.post("/api/v1/intake/replay", json={"ids": ["one"]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "body.ids.0"


async def test_figures_are_given_to_prometheus(api: Api) -> None:
    await api.nobody.get("/healthz")
    answer = await api.nobody.get("/metrics")

    assert 'fettle_http_requests_total{method="GET",status="200"}' in answer.text
