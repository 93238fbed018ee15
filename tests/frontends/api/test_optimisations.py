"""Optimisations by the API: listed, shown with all that was seen, and taken back by a worker."""

import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from fettle.flow import put_back, retain
from fettle.model.experiment import RunStatus
from fettle.settings import Settings
from fettle.targets.webroot.reading import manifest
from tests import optimised_run
from tests.engine.conftest import until
from tests.frontends.api.conftest import Api, worker
from tests.optimised_run import BEGUN, PICTURE
from tests.schemas import validate

ONE = "0123456789ab"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "srv" / "shop"
    made.mkdir(parents=True)
    (made / "index.html").write_bytes(b"<h1>A shop</h1>")
    return made


@asynccontextmanager
async def worker_here(api: Api) -> AsyncIterator[None]:
    """Let a worker of this machine be at work, and have shown that it lives."""

    async def lives() -> bool:
        async with api.serving.pool.connection() as connection:
            return await put_back.lives_there(connection, platform.node())

    async with worker(api, *put_back.carried()):
        await until(lives)
        yield


async def keep(api: Api, *ids: str, **otherwise: Any) -> None:  # noqa: ANN401
    for days, id_ in enumerate(ids):
        run = optimised_run.done(id_, begun=BEGUN + timedelta(days=days))
        await optimised_run.keep(api.store.connection, replace(run, **otherwise))


async def get(api: Api, path: str) -> dict[str, Any]:
    answer = await api.viewer.get(f"/api/v1/optimisations{path}")
    assert answer.status_code == 200, answer.text
    return validate(answer.json())


async def test_runs_are_listed_with_what_they_came_to(api: Api) -> None:
    await keep(api, "aa01", "aa02", "aa03")
    await keep(api, "bb01", status=RunStatus.REFUSED, swapped=False, reason="more bytes")

    first = await get(api, "?limit=2&status=done")
    assert [one["run"] for one in first["items"]] == ["aa03", "aa02"]
    rest = await get(api, f"?limit=2&status=done&cursor={first['next']}")
    assert [one["run"] for one in rest["items"]] == ["aa01"]
    assert rest["next"] is None
    one = first["items"][0]
    assert (one["kept"], one["left_to_people"], one["changed"], one["machine"]) == (
        1,
        1,
        True,
        "web-1",
    )
    assert [(each["metric"], each["share"]) for each in one["improvement"]] == [
        ("lcp", 0.6),
        ("bytes", 0.775),
    ]
    refused = await get(api, "?status=refused,failed")
    assert [(each["run"], each["reason"]) for each in refused["items"]] == [("bb01", "more bytes")]
    assert (await get(api, "?root=/elsewhere"))["items"] == []


async def test_a_run_has_its_steps_its_figures_with_their_spread_and_its_waterfalls(
    api: Api,
) -> None:
    await keep(api, ONE)

    found = await get(api, f"/{ONE[:6]}")
    assert [(one["id"], one["outcome"]) for one in found["optimisations"]] == [
        ("redraw_images", "kept"),
        ("load_late", "taken_back"),
        ("keep_in_browsers", "proposed"),
    ]
    assert found["recommendations"][0]["patch"] == "brotli_static on;"
    before, after = found["loads"]
    assert (before["when"], after["when"]) == ("before", "after")
    lcp = before["metrics"]["lcp"]
    assert (lcp["median"], lcp["iqr"], lcp["rating"]) == (5000, [5000, 5010], "poor")
    assert after["metrics"]["lcp"]["rating"] == "good"
    assert [one["url"] for one in after["waterfall"]] == [
        "https://shop.example/",
        "https://shop.example/hero.jpg.avif",
    ]
    assert found["undo"] == {
        "possible": True,
        "pending": False,
        **dict.fromkeys(("asked_at", "asked_by", "refused")),
    }
    assert (await api.viewer.get("/api/v1/optimisations/none")).status_code == 404


async def test_its_pictures_are_for_who_may_look(api: Api) -> None:
    await keep(api, ONE, "ffff")

    pictures = (await get(api, f"/{ONE}"))["pictures"]
    assert [
        (one["kind"], one["when"], one["at"]) for one in pictures if one["kind"] == "frame"
    ] == [
        ("frame", "before", 900),
        ("frame", "before", 5000),
        ("frame", "after", 900),
        ("frame", "after", 2000),
    ]
    answer = await api.viewer.get(pictures[0]["url"])
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"].startswith("private")
    assert (await api.nobody.get(pictures[0]["url"])).status_code == 401
    of_another = pictures[0]["url"].replace(ONE, "ffff")
    assert (await api.viewer.get(of_another)).status_code == 404


async def test_a_worker_of_its_machine_puts_the_root_back_byte_for_byte(
    api: Api, root: Path
) -> None:
    was = manifest(root)
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    await optimised_run.keep(api.store.connection, run, platform.node())
    assert manifest(root) != was

    async with worker_here(api):
        key = {"Idempotency-Key": str(uuid4())}
        path = f"/api/v1/optimisations/{ONE}/undo"
        asked = await api.responder.post(path, headers=key)
        assert asked.status_code == 202, asked.text
        assert asked.headers["location"] == f"/api/v1/optimisations/{ONE}"
        assert validate(asked.json())["undo"]["pending"] is True
        again = await api.responder.post(path, headers=key)
        assert again.headers["idempotent-replayed"] == "true"

        async def undone() -> bool:
            return bool((await get(api, f"/{ONE}"))["status"] == "undone")

        await until(undone)

    assert manifest(root) == was
    found = await get(api, f"/{ONE}")
    assert (found["changed"], found["undo"]["possible"]) == (False, False)
    assert found["reason"] == "token:responder took it back"
    assert found["undone_at"] is not None
    entries = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert [(one["actor"], one["act"]) for one in entries if "undo" in one["act"]] == [
        ("token:responder", "POST /api/v1/optimisations/{run}/undo")
    ]


async def test_what_was_deployed_since_is_not_lost(api: Api, root: Path) -> None:
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    await optimised_run.keep(api.store.connection, run, platform.node())
    (root / "index.html").write_bytes(b"<h1>A new shop</h1>")

    async with worker_here(api):
        assert (await api.responder.post(f"/api/v1/optimisations/{ONE}/undo")).status_code == 202

        async def refused() -> bool:
            return (await get(api, f"/{ONE}"))["undo"]["refused"] is not None

        await until(refused)

    found = await get(api, f"/{ONE}")
    assert "has changed since" in found["undo"]["refused"]
    assert (found["status"], found["undo"]["pending"]) == ("done", False)
    assert (root / "index.html").read_bytes() == b"<h1>A new shop</h1>"


async def test_it_is_refused_where_nobody_could_do_it_or_nothing_is_to_be_done(api: Api) -> None:
    await keep(api, ONE)
    await keep(api, "bb01", status=RunStatus.REFUSED, swapped=False)

    async with worker_here(api):
        answer = await api.responder.post(f"/api/v1/optimisations/{ONE}/undo")
        assert answer.status_code == 409
        assert "on web-1, where no worker is" in answer.json()["detail"]
        nothing = await api.responder.post("/api/v1/optimisations/bb01/undo")
        assert nothing.status_code == 409
        assert "nothing of it to take back" in nothing.json()["detail"]
    assert (await api.viewer.post(f"/api/v1/optimisations/{ONE}/undo")).status_code == 403
    assert (await get(api, f"/{ONE}"))["undo"]["asked_at"] is None


async def test_pictures_go_after_their_time_and_what_was_earned_stays(api: Api) -> None:
    await keep(api, ONE)
    connection = api.store.connection
    kept = Settings().keep.optimisation_pictures

    async with connection.transaction():
        await retain.let_go(connection, Settings(), BEGUN + kept - timedelta(days=1))
    assert len((await get(api, f"/{ONE}"))["pictures"]) == 8
    async with connection.transaction():
        await retain.let_go(connection, Settings(), BEGUN + kept + timedelta(days=1))
    found = await get(api, f"/{ONE}")
    assert found["pictures"] == []
    assert len(found["loads"]) == 2
    assert found["improvement"]


def test_every_machine_has_a_label_that_fits() -> None:
    assert put_back.label_of("web-1") == "at web-1"
    long = [put_back.label_of(f"{'a-long-name-of-a-machine.' * 3}{number}") for number in (1, 2)]
    assert len(set(long)) == 2
    assert all(len(one.encode()) <= 32 for one in long)
