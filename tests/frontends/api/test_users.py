"""Users over the API: those who administer see to them, and nobody is locked out by it."""

import asyncio
from typing import Any

import httpx

from fettle.model.role import Role
from fettle.store import access, users
from fettle.store.access import CredentialKind
from tests.frontends.api.conftest import Api
from tests.frontends.api.test_issues import refused
from tests.schemas import validate

USERS = "/api/v1/users"


async def make(api: Api, name: str, role: str = "responder") -> dict[str, Any]:
    answer = await api.admin.post(USERS, json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    return validate(answer.json())


async def do(api: Api, name: str, act: str, **body: object) -> httpx.Response:
    return await api.admin.post(f"{USERS}/{name}/{act}", json=body or None)


async def test_a_user_is_made_listed_and_shown(api: Api) -> None:
    made = await make(api, " Ada ")
    await make(api, "bob@x.example", "viewer")
    listed = validate((await api.admin.get(USERS)).json())
    shown = validate((await api.admin.get(f"{USERS}/ADA")).json())

    assert made["url"].startswith("http://fettle/welcome/fettle_l_")
    assert made["ends_at"] == "2026-01-02T12:00:00Z"
    assert [one["name"] for one in listed["items"]] == ["ada", "bob@x.example"]
    assert made["user"] == listed["items"][0]
    assert {**listed["items"][0], "schema": "fettle.user/1"} == shown
    assert shown == {
        "schema": "fettle.user/1",
        "name": "ada",
        "role": "responder",
        "state": "invited",
        "password": False,
        "totp": False,
        "providers": [],
        "tokens": [],
        "created_at": "2026-01-01T12:00:00Z",
        "created_by": "token:admin",
        "seen_at": None,
    }


async def test_a_list_is_read_page_by_page(api: Api) -> None:
    for name in ("cy", "ada", "bob"):
        await make(api, name)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.admin.get(USERS, params={"limit": 1, "cursor": cursor})).json()
        seen += [one["name"] for one in page["items"]]
        cursor = page["next"]

    assert seen == ["ada", "bob", "cy"]


async def test_a_name_is_a_plain_one(api: Api) -> None:
    for name in ("", " ", "a b", "Ä", "-a", "a/b", "x" * 101, "a\x00", "../x"):
        refused(await api.admin.post(USERS, json={"name": name, "role": "viewer"}), 422)


async def test_a_name_is_given_once(api: Api) -> None:
    await make(api, "ada")
    answers = await asyncio.gather(
        *(api.admin.post(USERS, json={"name": "bob", "role": "viewer"}) for _ in range(3))
    )

    refused(await api.admin.post(USERS, json={"name": "ADA", "role": "viewer"}), 409)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_the_address_is_shown_once_and_kept_nowhere(api: Api) -> None:
    key = {"Idempotency-Key": "k1"}
    body = {"name": "ada", "role": "viewer"}
    first = await api.admin.post(USERS, json=body, headers=key)
    again = await api.admin.post(USERS, json=body, headers=key)
    cursor = await api.store.connection.execute(
        "SELECT string_agg(a::text, ' ') FROM answered AS a"
    )
    row = await cursor.fetchone()

    assert first.status_code == 201
    refused(again, 409)
    assert "shown once" in again.text
    assert row is not None
    assert "welcome" not in row[0]
    assert len((await api.admin.get(USERS)).json()["items"]) == 1


async def test_the_last_admin_stays_one(api: Api) -> None:
    await make(api, "ada", "admin")
    refused(await do(api, "ada", "disable"), 409)
    refused(await do(api, "ada", "role", role="viewer"), 409)
    await make(api, "bob", "admin")
    changed = await do(api, "ada", "role", role="viewer")

    assert validate(changed.json())["role"] == "viewer"
    refused(await do(api, "bob", "disable"), 409)


async def test_two_admins_do_not_take_each_other_out_at_once(api: Api) -> None:
    for name in ("ada", "bob", "cy"):
        await make(api, name, "admin")

    answers = await asyncio.gather(
        do(api, "ada", "disable"), do(api, "bob", "role", role="viewer"), do(api, "cy", "disable")
    )

    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]


async def test_who_is_disabled_can_be_let_in_again(api: Api) -> None:
    await make(api, "ada")
    disabled = validate((await do(api, "ada", "disable")).json())
    no_link = await do(api, "ada", "link")
    enabled = validate((await do(api, "ada", "enable")).json())
    link = await do(api, "ada", "link", reset_totp=True)

    assert (disabled["state"], enabled["state"]) == ("disabled", "invited")
    assert refused(no_link, 409)["remedy"] == "fettle user enable ada"
    assert link.status_code == 201
    assert validate((await do(api, "ada", "logout")).json())["name"] == "ada"


async def test_the_tokens_of_who_is_disabled_are_refused_and_named(api: Api) -> None:
    await make(api, "ada")
    async with api.serving.pool.connection() as connection:
        of_ada = await access.create_credential(
            connection, CredentialKind.TOKEN, "laptop", Role.VIEWER, "cli:bob", owner="Ada"
        )
    asks = {"authorization": f"Bearer {of_ada}"}
    assert (await api.viewer.get("/api/v1/issues", headers=asks)).status_code == 200

    disabled = validate((await do(api, "ada", "disable")).json())
    assert (disabled["state"], disabled["tokens"]) == ("disabled", ["laptop"])
    said = refused(await api.viewer.get("/api/v1/issues", headers=asks), 401)
    assert said["detail"] == "the token laptop is ada's, who is disabled"
    await do(api, "ada", "enable")
    assert (await api.viewer.get("/api/v1/issues", headers=asks)).status_code == 200


async def known_at(api: Api, name: str, *who: tuple[str, str]) -> None:
    """Let providers know a user."""
    async with api.serving.pool.connection() as connection:
        user = await users.find(connection, name)
        for issuer, subject in who:
            await users.know_as(connection, user.id, issuer, subject, api.clock.now())


async def test_log_ins_by_providers_are_listed_and_ended_one_by_one_or_all(api: Api) -> None:
    await make(api, "ada")
    await known_at(api, "ada", ("https://a", "1"), ("https://a", "2"), ("https://b", "1"))
    found = validate((await api.admin.get(f"{USERS}/ada/ties")).json())["items"]
    assert [(one["issuer"], one["subject"]) for one in found] == [
        ("https://a", "1"),
        ("https://a", "2"),
        ("https://b", "1"),
    ]

    await do(api, "ada", "untie", issuer="https://a", subject="2")
    left = validate((await api.admin.get(f"{USERS}/ada/ties")).json())["items"]
    assert left == [found[0], found[2]]
    refused(await do(api, "ada", "untie", issuer="https://c"), 404)
    assert validate((await do(api, "ada", "untie")).json())["providers"] == []
    refused(await api.responder.post(f"{USERS}/ada/untie"), 403)


async def test_a_recovery_ends_them_where_it_is_said(api: Api) -> None:
    await make(api, "ada")
    await known_at(api, "ada", ("https://a", "1"))
    kept = validate((await do(api, "ada", "link")).json())
    ended = validate((await do(api, "ada", "link", end_ties=True)).json())
    assert (kept["user"]["providers"], ended["user"]["providers"]) == (["https://a"], [])


async def test_who_is_not_there_is_not_found(api: Api) -> None:
    for act in ("link", "disable", "enable", "logout", "untie"):
        refused(await do(api, "nobody", act), 404)


async def test_it_is_audited_who_saw_to_whom(api: Api) -> None:
    await make(api, "ada")
    await do(api, "ada", "disable")
    items = (await api.admin.get("/api/v1/audit")).json()["items"]

    assert [(one["actor"], one["act"], one["subject"]) for one in items[:2]] == [
        ("token:admin", "POST /api/v1/users/{name}/disable", "/api/v1/users/ada/disable"),
        ("token:admin", "POST /api/v1/users", "/api/v1/users"),
    ]
    assert "welcome" not in str(items)
