"""Updates over the API: what is on offer, and what people have done about it."""

import platform
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from fettle.flow import put_back, update_looks
from fettle.flow.update_looks import Keeping
from fettle.model.rehearsal import Isolation, Judged, Rehearsal, Verdict, wanted_of
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Installed,
    Level,
    Open,
    Package,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.store import updates
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.report.sarif_schema import as_the_standard_says
from tests.made_packages import served
from tests.moved_clock import MovedClock
from tests.schemas import validate
from tests.targets.rehearsing.shop import git
from tests.targets.rehearsing.test_applying import Live, live_of

UPDATES = "/api/v1/updates"
JINJA = Package(Ecosystem.PYPI, "jinja2")
ADVISORY = Advisory("GHSA-1", summary="Anything can be run", severity=Severity.CRITICAL)
PROJECTS = """
[[project]]
name = "shop"
path = "{folder}"
[project.rehearsal]
test = ["python", "-c", "import alpha; assert alpha.WORKS"]
[project.apply]
how = "in-place"
check = [".venv/bin/python", "-c", "import alpha; assert alpha.WORKS"]

[[project]]
name = "untested"
path = "/srv/untested"
"""


def update(name: str, version: str, where: str) -> Update:
    package = Package(Ecosystem.PYPI, name)
    return Update(
        f"{name}-{version}", package, where, "1.0.0", version, UpdateType.REGULAR, Level.MINOR
    )


CLOSING = replace(
    update("jinja2", "3.1.6", "/srv/untested/uv.lock"),
    type=UpdateType.SECURITY,
    advisories=(ADVISORY,),
)
LONELY = update("openssl", "3.0.2", "db-1")
HELD = replace(update("vite", "6.1.0", "/srv/untested/uv.lock"), held=("it is young",))
OPEN = Open(
    Installed(Package(Ecosystem.PYPI, "request"), "2.88", "/srv/untested/uv.lock"), ADVISORY
)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        registry.add_wheel("alpha", "3.0.0", {"alpha.py": "WORKS = False\n"})
        yield live_of(tmp_path, registry)


@pytest.fixture
def settings_text(tmp_path: Path) -> str:
    return SETTINGS + PROJECTS.format(folder=tmp_path / "shop")


@pytest.fixture
async def api(
    store_environ: dict[str, str], settings_text: str, tmp_path: Path
) -> AsyncIterator[Api]:
    # without the programs of this machine a look takes no time
    environ = {**store_environ, "FETTLE_DATA": str(tmp_path / "data"), "PATH": str(tmp_path)}
    async with running(environ, settings_text, tmp_path, MovedClock(), whole=True) as made:
        yield made


@pytest.fixture
async def machine(
    live: Live, store_environ: dict[str, str], settings_text: str, tmp_path: Path
) -> AsyncIterator[Api]:
    """Give an application on the machine that the project is on."""
    environ = {**live.environ, **store_environ, "FETTLE_DATA": str(live.data)}
    async with running(environ, settings_text, tmp_path, MovedClock(), whole=True) as made:
        yield made


@asynccontextmanager
async def worker_here(api: Api) -> AsyncIterator[None]:
    """Let a worker of this machine be at work, and have shown that it lives."""

    async def lives() -> bool:
        async with api.serving.pool.connection() as connection:
            return await put_back.lives_there(connection, platform.node())

    async with worker(api, *put_back.carried()):
        await until(lives)
        yield


async def seen(
    api: Api, *found: Update, open_: tuple[Open, ...] = (), in_use: tuple[Installed, ...] = ()
) -> None:
    """Let a look tell of these."""
    now = api.clock.now()
    sources = (SourceResult("dependencies", SourceState.OK, now, 3, 4),)
    told = UpdateCheck(now, found, sources, open_, installed=in_use)
    how = Keeping(uuid4(), "fettle", api.serving.settings, "http://fettle")
    async with api.serving.pool.connection() as connection, connection.transaction():
        await update_looks.keep(connection, told, how)


async def get(api: Api, path: str) -> Any:  # noqa: ANN401 - JSON
    answer = await api.viewer.get(UPDATES + path)
    assert answer.is_success, answer.text
    return validate(answer.json())


async def ended(api: Api, answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """Follow what was asked for to its end, as its Location says."""
    assert answer.status_code == 202, answer.text
    path = answer.headers["Location"].removeprefix(UPDATES)

    async def over() -> bool:
        return (await get(api, path))["asked"]["finished_at"] is not None

    await until(over, 120)
    return await get(api, path)


async def test_all_that_is_known_is_written_for_dashboards_and_for_people(api: Api) -> None:
    before = await api.viewer.get(f"{UPDATES}/report")
    await seen(api, CLOSING, HELD, open_=(OPEN,))
    sarif = await api.viewer.get(f"{UPDATES}/report", params={"format": "sarif"})
    markdown = await api.viewer.get(f"{UPDATES}/report", params={"format": "markdown"})
    unknown = await api.viewer.get(f"{UPDATES}/report", params={"format": "pdf"})

    assert before.status_code == 404
    assert sarif.headers["Content-Type"] == "application/sarif+json"
    as_the_standard_says(sarif.json())
    (run,) = sarif.json()["runs"]
    weak = [one["ruleId"] for one in run["results"] if one.get("kind") != "informational"]
    assert weak == ["GHSA-1", "GHSA-1"]
    assert run["properties"]["whole"] is False
    assert "GHSA-1" in markdown.text
    assert markdown.headers["Content-Type"].startswith("text/markdown")
    assert unknown.status_code == 422


async def test_what_is_in_use_is_a_bill_of_materials_as_the_newest_look_saw_it(api: Api) -> None:
    jinja = Installed(CLOSING.package, CLOSING.current, CLOSING.where)
    await seen(api, CLOSING, in_use=(jinja, replace(jinja, version="0.9.0")))
    await seen(api, CLOSING, open_=(OPEN,), in_use=(jinja, OPEN.installed))
    answer = await api.viewer.get(f"{UPDATES}/report", params={"format": "cyclonedx"})
    again = await api.viewer.get(f"{UPDATES}/report", params={"format": "cyclonedx"})

    assert answer.headers["Content-Type"] == "application/vnd.cyclonedx+json"
    assert answer.text == again.text
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(answer.text) is None
    bill = answer.json()
    names = [(one["name"], one["version"]) for one in bill["components"]]
    assert names == [("jinja2", "1.0.0"), ("request", "2.88")]
    (weakness,) = bill["vulnerabilities"]
    assert len(weakness["affects"]) == 2
    assert bill["compositions"][0]["aggregate"] == "incomplete"


async def test_what_is_on_offer_is_listed_as_it_was_seen_last(api: Api) -> None:
    assert (await get(api, ""))["check"] is None
    await seen(api, HELD, CLOSING, LONELY, open_=(OPEN,))

    listed = await get(api, "")
    first = await get(api, "?limit=1")
    rest = await get(api, f"?limit=50&cursor={first['next']}")
    assert [one["id"] for one in listed["items"]] == [CLOSING.id, LONELY.id, HELD.id]
    assert listed["check"]["security"] == 1
    assert not listed["check"]["whole"]
    assert listed["items"][0]["advisories"][0]["severity"] == "critical"
    assert [one["id"] for one in (*first["items"], *rest["items"])] == [
        one["id"] for one in listed["items"]
    ]
    assert [one["id"] for one in (await get(api, "?type=security"))["items"]] == [CLOSING.id]
    assert [one["id"] for one in (await get(api, "?held=true"))["items"]] == [HELD.id]
    assert [one["id"] for one in (await get(api, "?severity=high"))["items"]] == [CLOSING.id]
    weaknesses = await get(api, "/weaknesses")
    assert [one["advisory"]["id"] for one in weaknesses["items"]] == ["GHSA-1"]
    assert weaknesses["check"] == (await get(api, ""))["check"], "how much of all was looked at"
    (check,) = (await get(api, "/checks"))["items"]
    assert (check["total"], check["new"]) == (3, 3)
    one = await get(api, f"/{CLOSING.id}")
    assert (one["update"]["project"], one["rehearsals"], one["runs"]) == ("untested", [], [])


async def test_no_weakness_is_no_figure_where_not_everything_was_looked_at(api: Api) -> None:
    await seen(api, HELD)
    (check,) = (await get(api, "/checks"))["items"]
    assert (check["security"], check["open"], check["regular"]) == (None, None, 1)


async def test_a_look_is_made_by_a_worker_and_followed(api: Api) -> None:
    async with worker(api):
        refused = await api.viewer.post(f"{UPDATES}/checks")
        asked = await api.responder.post(f"{UPDATES}/checks")
        path = asked.headers["Location"].removeprefix(UPDATES)

        async def over() -> bool:
            return (await get(api, path))["check"] is not None

        await until(over, 60)
    told = await get(api, path)
    assert refused.status_code == 403
    assert {one["source"] for one in told["sources"]} == {
        "dependencies",
        "images",
        "platform",
        "security",
    }
    assert told["check"]["actor"].startswith("token:")
    assert not told["check"]["whole"], "the folder of a project is not there"


@pytest.mark.parametrize(
    ("ids", "status", "says"),
    [
        ([CLOSING.id], 409, "nothing says how untested is tested"),
        ([LONELY.id], 409, "is in no [[project]]"),
        (["nothing"], 404, "no update nothing is on offer"),
        ([], 422, ""),
    ],
)
async def test_what_cannot_be_rehearsed_is_refused_at_once(
    api: Api, ids: list[str], status: int, says: str
) -> None:
    await seen(api, CLOSING, LONELY)
    answer = await api.responder.post(f"{UPDATES}/rehearsals", json={"updates": ids})
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


async def test_what_nobody_tried_is_applied_by_an_admin_with_a_reason(api: Api) -> None:
    await seen(api, CLOSING)
    wanted = {"updates": [CLOSING.id]}
    untried = await api.responder.post(f"{UPDATES}/runs", json=wanted)
    reason = {**wanted, "without_rehearsal": "it is being used against us"}
    lesser = await api.responder.post(f"{UPDATES}/runs", json=reason)
    silent = await api.admin.post(f"{UPDATES}/runs", json={**wanted, "without_rehearsal": " "})
    neither = await api.admin.post(f"{UPDATES}/runs", json={})
    asked = await api.admin.post(f"{UPDATES}/runs", json=reason)
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]

    assert (untried.status_code, lesser.status_code) == (409, 403)
    assert "nothing that passed a rehearsal" in untried.json()["detail"]
    assert (silent.status_code, neither.status_code) == (400, 422)
    assert asked.status_code == 202
    assert asked.json()["asked"]["without_rehearsal"] == "it is being used against us"
    assert any(one["act"] == f"POST {UPDATES}/runs" for one in audit)


async def test_an_update_is_rehearsed_applied_and_taken_back(machine: Api, live: Live) -> None:
    before = live.state
    good = update("alpha", "1.1.0", str(live.folder / "uv.lock"))
    bad = update("alpha", "3.0.0", str(live.folder / "uv.lock"))
    await seen(machine, good, bad)
    api = machine.responder
    async with worker_here(machine):
        failed = await ended(
            machine, await api.post(f"{UPDATES}/rehearsals", json={"updates": [bad.id]})
        )
        asked = await api.post(f"{UPDATES}/rehearsals", json={"updates": [good.id]})
        tried = await ended(machine, asked)
        between = live.state
        applied = await ended(
            machine, await api.post(f"{UPDATES}/runs", json={"rehearsal": tried["id"]})
        )
        version = live.version()
        run = applied["run"]
        undone = await ended(machine, await api.post(f"{UPDATES}/runs/{run['number']}/undo"))
        again = await api.post(f"{UPDATES}/runs/{run['number']}/undo")

    assert failed["rehearsal"]["verdict"] == "failed"
    assert tried["rehearsal"]["verdict"] == "passed"
    assert any("tests run with" in one["line"] for one in tried["log"])
    assert between == before, "who only tries changes nothing"
    assert (run["status"], run["verified"], version) == ("done", True, "1.1.0")
    assert run["actor"].startswith("token:")
    assert applied["rehearsal"]["number"] == tried["rehearsal"]["number"]
    assert (undone["run"]["status"], undone["run"]["undoes"]) == ("done", run["run"])
    assert live.state[0] == before[0], "to the byte what it was"
    assert again.status_code == 409
    deployed = (await machine.viewer.get("/api/v1/deploys?service=shop")).json()["items"]
    assert [(one["version"], one["note"]) for one in deployed] == [
        ("update run 2", "Take back: Raise alpha to 1.1.0"),
        ("update run 1", "Raise alpha to 1.1.0"),
    ], "what changed is a suspect of what goes wrong then"
    one = await get(machine, f"/{good.id}")
    assert [each["verdict"] for each in one["rehearsals"]] == ["passed"]
    assert sorted(each["status"] for each in one["runs"]) == ["done", "undone"]


async def test_what_was_cut_off_is_not_begun_again(machine: Api, live: Live) -> None:
    before = live.state
    good = update("alpha", "1.1.0", str(live.folder / "uv.lock"))
    await seen(machine, good)
    asked = await machine.responder.post(f"{UPDATES}/rehearsals", json={"updates": [good.id]})
    begun = Rehearsal(
        asked.json()["id"],
        "shop",
        str(live.folder),
        "0" * 40,
        (wanted_of(good),),
        "token:responder",
        Isolation.BUBBLEWRAP,
        machine.clock.now(),
        machine=platform.node(),
    )
    async with machine.serving.pool.connection() as connection:
        await updates.begin_rehearsal(connection, begun)
    async with worker_here(machine):
        told = await ended(machine, asked)
    assert told["asked"]["state"] == "failed"
    assert "was cut off" in told["asked"]["says"]
    assert told["rehearsal"]["verdict"] == "cut off"
    assert live.state == before


async def test_a_tree_that_moved_is_refused_and_said_where_it_was_asked(
    machine: Api, live: Live
) -> None:
    good = update("alpha", "1.1.0", str(live.folder / "uv.lock"))
    await seen(machine, good)
    api = machine.responder
    async with worker_here(machine):
        tried = await ended(
            machine, await api.post(f"{UPDATES}/rehearsals", json={"updates": [good.id]})
        )
        git(live.folder, "commit", "--quiet", "--allow-empty", "--message=Go on")
        applied = await ended(
            machine, await api.post(f"{UPDATES}/runs", json={"rehearsal": tried["id"]})
        )
    assert (applied["asked"]["state"], applied["run"]) == ("refused", None)
    assert "has moved since" in applied["asked"]["says"]
    assert "rehearse it on what is there now" in applied["asked"]["remedy"]


async def test_what_was_rehearsed_elsewhere_is_applied_where_a_worker_lives(api: Api) -> None:
    commit = "1" * 40
    known = Rehearsal(
        str(uuid4()), "shop", "/srv/shop", "0" * 40, (wanted_of(LONELY),), "cli:ada",
        Isolation.BUBBLEWRAP, api.clock.now(), machine="far-away",
    )  # fmt: skip
    judged = Judged(Verdict.PASSED, (LONELY.id,), {}, commit)
    async with api.serving.pool.connection() as connection:
        await updates.begin_rehearsal(connection, known)
        await updates.end_rehearsal(connection, known.id, judged, api.clock.now())
    answer = await api.responder.post(f"{UPDATES}/runs", json={"rehearsal": "1"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "it was done on far-away, where no worker is"
