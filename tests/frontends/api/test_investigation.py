"""An issue investigated and mended by the API: found, planned, applied, watched, resolved."""

from collections.abc import Iterator
from typing import Any

import pytest

from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, worker
from tests.frontends.api.test_fixes import TWINS
from tests.frontends.api.test_issues import events, refused
from tests.schemas import validate
from tests.servers import Server

DATABASES = """
[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"
"""
TWIN = "index_duplicate:public.t_b"


@pytest.fixture
def shop(pg18: Server) -> Iterator[FreshDatabase]:
    with servers.fresh_database(pg18, "shop_of_issues") as url:
        database = FreshDatabase("shop_of_issues", url, pg18)
        database.run(*TWINS)
        yield database


@pytest.fixture
def environ(store_environ: dict[str, str], shop: FreshDatabase) -> dict[str, str]:
    return {**store_environ, "SHOP": shop.url}


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + DATABASES


def twin(*, firing: bool = True) -> Signal:
    """Give what Fettle's own check files about two indexes that are the same."""
    return Signal(
        "checks/main-db",
        SignalKind.CHECK,
        TWIN,
        firing,
        "Two indexes are the same: public.t_b",
        severity=Severity.MEDIUM,
        service="shop",
        labels={"database": "main-db"},
    )


async def investigated(api: Api, number: int = 1) -> dict[str, Any]:
    """Wait until nothing is to be looked at for an issue any more."""

    async def over() -> bool:
        found = await api.show(number)
        return found["diagnosis"] is not None and not found["diagnosis"]["waiting"]

    await until(over)
    return await api.show(number)  # its timeline was read before what was waited for, in between


async def watched(api: Api, number: int = 1) -> dict[str, Any]:
    """Wait until a fix has ended and what it did was looked at."""

    async def over() -> bool:
        return "fix-done" in events(await api.show(number))

    await until(over)
    return await investigated(api, number)


async def test_an_incident_is_found_mended_watched_and_resolved(api: Api) -> None:
    await api.arrive(twin())
    waiting = await api.show(1)
    async with worker(api):
        found = await investigated(api)
        (fix,) = found["fixes"]
        plan = fix["plan"]["plan"]["plan"]
        applied = await api.responder.post(f"/api/v1/plans/{plan}/apply")
        mended = await watched(api)

    assert waiting["diagnosis"]["waiting"] is True
    assert waiting["diagnosis"]["status"] is None
    (look,) = found["diagnosis"]["looks"]
    assert (look["database"], look["state"], look["asked_by"]) == ("main-db", "done", "fettle")
    assert look["document"]["schema"] == "fettle.check/1"
    validate({**look["document"]})
    assert look["document"]["queries"]
    assert look["summary"].startswith("main-db: ")
    assert fix["why"] == "it is what the issue tells of"
    assert fix["plan"]["waits_for"] == "responder"
    assert fix["plan"]["issues"] == [1]
    assert applied.status_code == 202

    happened = events(mended)
    order = ["diagnosed", "planned", "acknowledged", "fix-begun", "identified", "fixing"]
    places = [happened.index(event) for event in [*order, "fix-done", "monitoring"]]
    assert places == sorted(places)
    assert mended["status"] == "monitoring"
    assert mended["acknowledged_by"] == "token:responder"
    assert mended["milestones"]["mitigated"] is not None
    (after,) = mended["diagnosis"]["looks"]
    assert after["why"] == "after drop_duplicate_index"
    assert TWIN in after["change"]["gone"]
    (fixed,) = mended["fixes"]
    assert fixed["plan"]["state"] == "taken"
    assert [run["status"] for run in fixed["runs"]] == ["done"]
    assert "fix-done" in [one["event"] for one in mended["recovery"]]

    resolved = await api.act(1, "resolve")
    (last,) = [one for one in resolved["timeline"] if one["event"] == "resolved"]
    assert "drop_duplicate_index" in last["text"]


async def test_without_anything_seen_resolving_needs_words(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    said = refused(await api.try_to(number, "resolve"), 409)

    assert "evidence" in said["detail"]


async def test_what_shows_the_trouble_can_be_looked_at_again(api: Api, shop: FreshDatabase) -> None:
    number = (await api.report("The database is slow", service="shop"))["number"]
    async with worker(api):
        first = await investigated(api, number)
        shop.run("DROP INDEX t_b")
        again = await api.try_to(number, "diagnose", symptoms=["carts hang"])
        found = await investigated(api, number)

    assert again.status_code == 202
    assert validate(again.json())["diagnosis"]["waiting"] is True
    (look,) = found["diagnosis"]["looks"]
    assert TWIN in look["change"]["gone"]
    assert look["document"]["symptoms"][0] == "carts hang"
    assert events(found).count("diagnosed") == 2
    assert "diagnose" in events(found)
    states = [one["stages"][4]["state"] for one in (first, found)]
    assert states == ["waiting", "open"]  # the fix was taken down with what it cures


async def test_a_report_that_names_no_database_is_not_looked_into(api: Api) -> None:
    number = (await api.report("A typo in the wiki", service="wiki"))["number"]

    shown = await api.show(number)
    nameless = refused(await api.try_to(number, "diagnose"), 409)
    unknown = refused(await api.try_to(number, "diagnose", database="elsewhere"), 404)
    named = await api.try_to(number, "diagnose", database="main-db")

    assert (shown["diagnosis"], shown["fixes"]) == (None, [])
    assert "name a database" in nameless["remedy"]
    assert "main-db" in unknown["remedy"]
    assert named.status_code == 202


async def test_who_judges_an_issue_to_be_about_a_database_has_it_looked_at(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    body = {"class": "database-performance-degradation", "reason": "it is the disk"}
    judged = await api.act(number, "classify", **body)

    assert judged["diagnosis"]["waiting"] is True
    assert judged["diagnosis"]["looks"][0]["asked_by"] == "token:responder"


async def test_a_plan_that_is_asked_for_hangs_on_its_issue(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]
    wish = {"target": "main-db", "fix": "drop_duplicate_index", "issue": number}
    async with worker(api):
        asked = await api.responder.post("/api/v1/plans", json=wish)
        assert asked.status_code == 202

        async def planned() -> bool:
            return bool((await api.show(number))["fixes"])

        await until(planned)
    shown = await api.show(number)
    (fix,) = shown["fixes"]
    plan = fix["plan"]["plan"]["plan"]
    declined = await api.responder.post(f"/api/v1/plans/{plan}/decline", json={"reason": "later"})

    assert fix["why"] == "token:responder asked for it"
    assert declined.status_code == 200
    after = await api.show(number)
    assert events(after)[-2:] == ["planned", "plan-declined"]
    assert after["timeline"][-1]["text"].endswith(": later")
    assert after["fixes"][0]["plan"]["waits_for"] is None


async def test_hostile_names_are_data(api: Api, shop: FreshDatabase) -> None:
    shop.run(
        'CREATE TABLE "<script>alert(1)</script>" (a int)',
        'CREATE INDEX "x; DROP TABLE t; --" ON "<script>alert(1)</script>" (a)',
        'CREATE INDEX "y\' OR 1=1" ON "<script>alert(1)</script>" (a)',
    )
    number = (await api.report("The database is slow", service="shop"))["number"]
    async with worker(api):
        found = await investigated(api, number)

    subjects = [one["plan"]["plan"]["subject"] for one in found["fixes"]]
    assert any("OR 1=1" in subject for subject in subjects)
