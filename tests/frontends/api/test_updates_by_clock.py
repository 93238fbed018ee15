"""Updates that are taken by the clock: the task, done by a worker on a real repository."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.frontends.api.test_updates import get, seen, update, worker_here
from tests.made_packages import served
from tests.moved_clock import MovedClock
from tests.schemas import validate
from tests.targets.rehearsing.shop import git
from tests.targets.rehearsing.test_applying import Live, live_of

PROJECT = """
[[project]]
name = "shop"
path = "{folder}"
[project.rehearsal]
test = ["python", "-c", "import alpha; assert alpha.WORKS"]
[project.apply]
by_clock = true

[[task]]
id = "weekly-updates"
automation = "full"
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        yield live_of(tmp_path, registry)


@pytest.fixture
async def machine(live: Live, store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    """Give an application on the machine that the project is on."""
    environ = {**live.environ, **store_environ, "FETTLE_DATA": str(live.data)}
    settings = SETTINGS + PROJECT.format(folder=live.folder)
    async with running(environ, settings, tmp_path, MovedClock(), whole=True) as made:
        yield made


async def test_the_task_tries_and_applies_what_a_look_has_found(machine: Api, live: Live) -> None:
    await seen(machine, update("alpha", "1.1.0", str(live.folder / "uv.lock")))
    async with worker_here(machine):
        begun = await machine.admin.post(
            "/api/v1/tasks/weekly-updates/run", json={"reason": "a test"}
        )
        assert begun.status_code == 202, begun.text
        path = f"/api/v1/task-runs/{begun.json()['run']}"

        async def over() -> bool:
            told = validate((await machine.viewer.get(path)).json())
            return told["status"] in {"passed", "failed", "unknown", "refused"}

        await until(over, 90)
    told = (await machine.viewer.get(path)).json()
    (run,) = (await get(machine, "/runs"))["items"]
    audited = (await machine.admin.get("/api/v1/audit")).json()["items"]

    assert told["status"] == "passed", told
    assert (run["status"], run["verified"]) == ("done", True)
    assert run["actor"] == "task:weekly-updates"
    assert git(live.folder, "log", "-1", "--format=%s", run["branch"]) == "Raise alpha to 1.1.0"
    assert ("task:weekly-updates", "apply updates", "shop") in {
        (one["actor"], one["act"], one["subject"]) for one in audited
    }
