"""Who may call what; what is done is audited, and done once."""

import re

import pytest

from fettle.model.role import Role
from fettle.store import access
from fettle.store.access import CredentialKind
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


async def test_bad_input_is_one_problem_that_says_where(api: Api) -> None:
    answer = await api.admin.post("/api/v1/intake/replay", json={"ids": ["one"]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "body.ids.0"


async def test_figures_are_given_to_prometheus(api: Api) -> None:
    await api.nobody.get("/healthz")
    answer = await api.nobody.get("/metrics")

    assert 'fettle_http_requests_total{method="GET",status="200"}' in answer.text
