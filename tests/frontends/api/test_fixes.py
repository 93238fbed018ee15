"""Fixes by the API: planned and applied by a worker, decided about by people, taken back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from fettle.model.role import Role
from fettle.resolution.approve import Rule
from fettle.store import access
from fettle.store.access import CredentialKind
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, worker
from tests.schemas import validate
from tests.servers import Server

DATABASES = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[[database]]
name = "looked-at"
url = "${SHOP}"

[[database]]
name = "away"
url = "postgresql://127.0.0.1:1/nothing"
fix_url = "postgresql://127.0.0.1:1/nothing"
"""
TWINS = ("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "shop_of_fixes") as url:
        database = FreshDatabase("shop_of_fixes", url, pg18)
        database.run(*TWINS)
        yield database


@pytest.fixture
def environ(store_environ: dict[str, str], shop: FreshDatabase) -> dict[str, str]:
    return {**store_environ, "SHOP": shop.url}


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + DATABASES


def indexes(database: FreshDatabase) -> list[str]:
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        return [name for (name,) in rows.fetchall()]


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ask(api: Api, **wish: object) -> httpx.Response:
    body = {"target": "main-db", "fix": "drop-duplicate-index", **wish}
    return await api.responder.post("/api/v1/plans", json=body)


async def planned(api: Api, **wish: object) -> dict[str, Any]:
    """Let something be planned, and follow it to its end; a worker is at work."""
    answer = await ask(api, **wish)
    assert answer.status_code == 202, answer.text
    begun = validate(answer.json())
    place = answer.headers["location"]
    assert place == f"/api/v1/plannings/{begun['planning']}"
    found = begun

    async def over() -> bool:
        nonlocal found
        found = validate((await api.viewer.get(place)).json())
        return found["state"] in ("done", "failed")

    await until(over)
    return found


async def followed(api: Api, asked: httpx.Response) -> dict[str, Any]:
    """Follow a run to its end; return it with its journal."""
    assert asked.status_code == 202, asked.text
    run = validate(asked.json())
    place = asked.headers["location"]
    assert place == f"/api/v1/fix-runs/{run['run']}"
    found: dict[str, Any] = {}

    async def over() -> bool:
        nonlocal found
        found = validate((await api.viewer.get(place)).json())
        validate(found["run"])
        return bool(found["ended"])

    await until(over)
    return found


async def keep(api: Api, **more: object) -> str:
    """Let a plan be kept as it would be after planning; return its id."""
    id_ = f"sha256:{uuid4().hex}"
    document = {
        "schema": "fettle.plan/1",
        "plan": id_,
        "fix": "drop_duplicate_index",
        "target": "main-db",
        "database": "shop",
        "subject": "public.t_b",
        "statements": ["DROP INDEX CONCURRENTLY public.t_b"],
        "prechecks": [],
        "verification": "the index is gone",
        "recovery": [],
        "undo": None,
        "risk": "reversible",
        "advice": [],
        "refused": None,
        "finding": {
            "key": "index_duplicate:public.t_b",
            "check": "index_duplicate",
            "category": "database",
            "severity": "medium",
            "subject": "public.t_b",
            "title": "Twins",
            "description": "the same twice",
            "metrics": {},
            "evidence": [{"same_as": "public.t_a"}],
            "pids": [],
        },
        **more,
    }
    await api.store.tables.save_plan(document, "fettle")
    return id_


async def plan_state(api: Api, id_: str) -> str:
    shown = validate((await api.viewer.get(f"/api/v1/plans/{id_}")).json())
    return str(shown["state"])


# From a plan to its undoing


async def test_a_fix_is_planned_applied_followed_and_taken_back(
    api: Api, shop: FreshDatabase
) -> None:
    async with worker(api):
        planning = await planned(api)
        (plan,) = planning["plans"]
        listed = validate((await api.viewer.get("/api/v1/plans")).json())
        asked = await api.responder.post(f"/api/v1/plans/{plan['plan'][:20]}/apply")
        applied = await followed(api, asked)
        between = indexes(shop)
        undone = await followed(
            api, await api.responder.post(f"/api/v1/fix-runs/{applied['run']['run']}/undo")
        )
        twice = await api.responder.post(f"/api/v1/fix-runs/{applied['run']['run']}/undo")

    assert (planning["state"], planning["reason"]) == ("done", None)
    assert (plan["fix"], plan["subject"]) == ("drop_duplicate_index", "public.t_b")
    (item,) = listed["items"]
    assert (item["plan"]["plan"], item["state"]) == (plan["plan"], "waiting")
    assert (item["waits_for"], item["created_by"]) == ("responder", "token:responder")
    run = applied["run"]
    assert (run["status"], run["verified"], run["actor"]) == ("done", True, "token:responder")
    assert run["created_at"] is not None
    assert applied["undoable"] is True
    events = [entry["event"] for entry in applied["journal"]]
    assert events == ["statement", "answer", "verified"]
    assert between == ["t_a"]
    assert (undone["run"]["status"], undone["run"]["undoes"]) == ("undone", run["run"])
    assert indexes(shop) == ["t_a", "t_b"]
    assert problem(twice, 409)["detail"].endswith("there is nothing to take back")
    runs = validate((await api.viewer.get("/api/v1/fix-runs")).json())["items"]
    assert [one["status"] for one in runs] == ["undone", "undone"]
    assert await plan_state(api, plan["plan"]) == "taken"


async def test_what_nothing_is_found_of_is_said(api: Api) -> None:
    async with worker(api):
        nothing = await planned(api, subject="public.nothing")
        away = await planned(api, target="away")

    assert (nothing["state"], nothing["plans"]) == ("done", [])
    assert away["state"] == "failed"
    assert "nobody listens there" in away["reason"]
    assert away["remedy"]


# Who may ask for what


@pytest.mark.parametrize(
    ("wish", "status", "says"),
    [
        ({"target": "postgresql://app@db/shop"}, 404, "no [[database]] is called"),
        ({"target": "elsewhere"}, 404, "no [[database]] is called elsewhere"),
        ({"fix": "rm -rf"}, 404, "nothing is called rm -rf"),
        ({"issue": 77}, 404, "no issue 77"),
        ({"statements": ["DROP TABLE t"]}, 422, "statements"),
        ({"limits": ["index_unused.min_size=0"]}, 422, "limits"),
        ({"target": ""}, 422, "target"),
    ],
)
async def test_only_names_are_asked_for(
    api: Api, wish: dict[str, object], status: int, says: str
) -> None:
    assert says in problem(await ask(api, **wish), status)["detail"]


async def test_an_underscore_is_a_hyphen(api: Api) -> None:
    assert validate((await ask(api, target="main_db")).json())["target"] == "main-db"


async def test_what_cannot_be_taken_back_waits_for_an_admin(api: Api) -> None:
    id_ = await keep(api, risk="irreversible")
    path = f"/api/v1/plans/{id_}"
    shown = validate((await api.viewer.get(path)).json())

    refused = await api.responder.post(f"{path}/apply")
    not_theirs = await api.responder.post(f"{path}/approve")
    approved = validate((await api.admin.post(f"{path}/approve")).json())
    applied = await api.responder.post(f"{path}/apply")
    again = await api.responder.post(f"{path}/apply")

    assert shown["waits_for"] == "admin"
    assert "admin has approved" in problem(refused, 403)["detail"]
    assert not_theirs.status_code == 403
    assert (approved["state"], approved["waits_for"]) == ("approved", "responder")
    assert (approved["decided_by"], approved["decided_at"] is None) == ("token:admin", False)
    assert validate(applied.json())["status"] == "queued"
    assert "applied already" in problem(again, 409)["detail"]


async def test_an_admin_who_applies_a_plan_approves_it(api: Api) -> None:
    id_ = await keep(api, risk="irreversible")

    applied = await api.admin.post(f"/api/v1/plans/{id_}/apply")

    assert applied.status_code == 202
    shown = validate((await api.viewer.get(f"/api/v1/plans/{id_}")).json())
    assert (shown["state"], shown["decided_by"]) == ("taken", "token:admin")
    assert shown["run"] == applied.json()["run"]


async def test_what_was_declined_is_not_applied_until_it_is_planned_again(api: Api) -> None:
    id_ = await keep(api)
    path = f"/api/v1/plans/{id_}"

    nameless = await api.responder.post(f"{path}/decline", json={"reason": " "})
    declined = await api.responder.post(f"{path}/decline", json={"reason": "a yearly report"})
    refused = await api.responder.post(f"{path}/apply")
    await keep_again(api, id_)

    assert nameless.status_code == 409
    assert validate(declined.json())["reason"] == "a yearly report"
    assert "a yearly report" in problem(refused, 409)["detail"]
    assert await plan_state(api, id_) == "waiting"


async def keep_again(api: Api, id_: str) -> None:
    document = (await api.viewer.get(f"/api/v1/plans/{id_}")).json()["plan"]
    await api.store.tables.save_plan(document, "fettle")


async def test_planning_again_forgets_no_approval(api: Api) -> None:
    id_ = await keep(api, risk="irreversible")
    await api.admin.post(f"/api/v1/plans/{id_}/approve")

    await keep_again(api, id_)

    assert await plan_state(api, id_) == "approved"


async def test_a_plan_and_an_approval_lapse(api: Api) -> None:
    old, approved = await keep(api), await keep(api, risk="irreversible")
    await api.admin.post(f"/api/v1/plans/{approved}/approve")
    async with api.serving.pool.connection() as connection:
        past = api.clock.now() - timedelta(days=8)
        await connection.execute("UPDATE plan SET created_at = %s WHERE id = %s", (past, old))
        await connection.execute("UPDATE plan SET decided_at = %s WHERE id = %s", (past, approved))

    assert await plan_state(api, old) == "lapsed"
    assert "too long" in problem(await api.admin.post(f"/api/v1/plans/{old}/apply"), 409)["detail"]
    assert await plan_state(api, approved) == "waiting"
    assert (await api.responder.post(f"/api/v1/plans/{approved}/apply")).status_code == 403


async def test_two_who_apply_a_plan_at_once_are_one(api: Api) -> None:
    id_ = await keep(api)

    answers = [await api.responder.post(f"/api/v1/plans/{id_}/apply") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 409, 409]
    assert len(validate((await api.viewer.get("/api/v1/fix-runs")).json())["items"]) == 1


async def test_a_target_that_a_server_may_not_act_on_is_refused(api: Api) -> None:
    looked_at = await keep(api, target="looked-at")
    elsewhere = await keep(api, target="postgresql://app@db/shop")

    for id_, says in ((looked_at, "has no fix_url"), (elsewhere, "is no [[database]]")):
        refused = problem(await api.admin.post(f"/api/v1/plans/{id_}/apply"), 409)
        assert says in refused["detail"]
        assert refused["remedy"]
        assert await plan_state(api, id_) == "waiting"


async def test_what_a_plan_says_is_not_what_runs(api: Api, shop: FreshDatabase) -> None:
    edited = await keep(api, statements=["DROP TABLE t"], database=shop.name)

    async with worker(api):
        ended = await followed(api, await api.responder.post(f"/api/v1/plans/{edited}/apply"))

    assert ended["run"]["status"] == "refused"
    assert "no longer fits" in ended["run"]["reason"]
    assert ended["journal"] == []
    assert indexes(shop) == ["t_a", "t_b"]


# Found again


async def test_plans_and_runs_are_listed_by_what_is_asked_for(api: Api) -> None:
    mine = [await keep(api) for _ in range(3)]
    other = await keep(api, target="looked-at", fix="vacuum_table", risk="safe")
    await api.responder.post(f"/api/v1/plans/{mine[0]}/decline", json={"reason": "no"})
    await api.responder.post(f"/api/v1/plans/{mine[1]}/apply")

    async def ids(**query: str) -> list[str]:
        answer = await api.viewer.get("/api/v1/plans", params=query)
        return [item["plan"]["plan"] for item in validate(answer.json())["items"]]

    assert await ids() == [other, mine[2]]
    assert await ids(target="main-db") == [mine[2]]
    assert await ids(fix="vacuum_table") == [other]
    assert await ids(state="declined,taken") == [mine[1], mine[0]]
    first = validate((await api.viewer.get("/api/v1/plans", params={"limit": "1"})).json())
    rest = await ids(cursor=first["next"])
    assert [first["items"][0]["plan"]["plan"], *rest] == [other, mine[2]]

    found = validate((await api.viewer.get(f"/api/v1/fix-runs?plan={mine[1]}")).json())
    assert [one["status"] for one in found["items"]] == ["queued"]
    assert validate((await api.viewer.get("/api/v1/fix-runs?status=done")).json())["items"] == []
    whole = validate((await api.viewer.get("/api/v1/fixes")).json())
    assert len(whole["plans"]) == 4
    assert len(whole["runs"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/plans/sha256:nothing",
        "/api/v1/plans/1",
        "/api/v1/fix-runs/00000000",
        "/api/v1/plannings/00000000-0000-4000-8000-000000000000",
    ],
)
async def test_what_there_is_not_is_not_found(api: Api, path: str) -> None:
    assert problem(await api.viewer.get(path), 404)["remedy"]


async def test_every_act_is_audited(api: Api) -> None:
    id_ = await keep(api, risk="irreversible")
    await api.admin.post(f"/api/v1/plans/{id_}/approve")
    await api.responder.post(f"/api/v1/plans/{id_}/apply")

    acts = (await api.admin.get("/api/v1/audit")).json()["items"]

    assert [(one["actor"], one["act"], one["subject"]) for one in acts[:2]] == [
        ("token:responder", "POST /api/v1/plans/{plan}/apply", f"/api/v1/plans/{id_}/apply"),
        ("token:admin", "POST /api/v1/plans/{plan}/approve", f"/api/v1/plans/{id_}/approve"),
    ]


async def test_four_eyes_are_two_people(api: Api) -> None:
    desk = replace(api.serving.desk, rule=Rule(four_eyes=True))
    taking = replace(api.serving.taking, desk=desk)
    api.app.state.serving = replace(api.serving, taking=taking)
    id_ = await keep(api, risk="irreversible")
    other = await access.create_credential(
        api.store.connection, CredentialKind.TOKEN, "other", Role.ADMIN, "test"
    )

    alone = await api.admin.post(f"/api/v1/plans/{id_}/apply")
    await api.admin.post(f"/api/v1/plans/{id_}/approve")
    same = await api.admin.post(f"/api/v1/plans/{id_}/apply")
    both = await api.nobody.post(
        f"/api/v1/plans/{id_}/apply", headers={"Authorization": f"Bearer {other}"}
    )

    assert [alone.status_code, same.status_code, both.status_code] == [403, 403, 202]
