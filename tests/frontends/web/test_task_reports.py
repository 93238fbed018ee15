"""The report of a run: on its page, beside the one before, as a file, and sent to its team."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from fettle.model.role import Role
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.web.browsing import let_in
from tests.moved_clock import MovedClock
from tests.schemas import validate

TASK = """
[[task]]
id = "own-care"
name = "Own care"
frequency = "daily"
automation = "full"
window = { start = "03:00", timezone = "UTC", duration = "2h" }
[task.procedure]
estimated_duration = "10m"
continue_on_error = true
[[task.procedure.steps]]
name = "Look"
command = ["/bin/sh", "-c", "test -e FILE"]
[[task.procedure.steps]]
name = "Say"
command = ["/bin/echo", "done"]
"""


@pytest.fixture
async def api(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    environ = {**store_environ, "PATH": "/usr/bin:/bin"}
    settings = SETTINGS + TASK.replace("FILE", str(tmp_path / "there"))
    async with running(environ, settings, tmp_path, MovedClock(), whole=True) as made:
        made.clock.moment = datetime.fromisoformat("2026-11-27T12:00:00+00:00")
        yield made


async def done(api: Api, task: str) -> dict[str, object]:
    answer = await api.admin.post(f"/api/v1/tasks/{task}/run", json={"reason": "to see it"})
    assert answer.status_code == 202, answer.text
    path = f"/api/v1/task-runs/{answer.json()['run']}"

    async def ended() -> bool:
        return (await api.viewer.get(path)).json()["finished_at"] is not None

    await until(ended, 60)
    return validate((await api.viewer.get(path)).json())


async def test_the_report_of_a_run_is_seen_compared_taken_along_and_sent(api: Api) -> None:
    async with worker(api):
        first = await done(api, "weekly-performance-analysis")
        await done(api, "weekly-performance-analysis")
    cookie = await let_in(api, "http://fettle", Role.VIEWER)
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    one = (await api.nobody.get("/maintenance/runs/1", headers=headers)).text
    two = (await api.nobody.get("/maintenance/runs/2", headers=headers)).text
    markdown = await api.nobody.get("/maintenance/runs/2/report.md", headers=headers)
    pdf = await api.nobody.get("/maintenance/runs/2/report.pdf", headers=headers)
    document = validate((await api.viewer.get("/api/v1/task-runs/2/report")).json())
    async with api.serving.pool.connection() as connection:
        rows = await (
            await connection.execute(b"SELECT message FROM outbox WHERE event = 'report'")
        ).fetchall()

    assert first["status"] in {"passed", "unknown"}, first
    assert document["title"] in one
    assert "other than in run" not in one
    assert "other than in run 1" in two
    assert markdown.text.startswith("# ")
    assert pdf.content.startswith(b"%PDF")
    assert 'filename="weekly-performance-analysis-2.pdf"' in pdf.headers["content-disposition"]
    assert rows[0][0]["title"] == document["title"]
    assert rows[0][0]["body"].startswith(f"{document['summary']}\n\n")
    assert rows[0][0]["url"].endswith("/maintenance/runs/1")


async def test_a_run_whose_steps_write_no_report_is_reported_step_by_step(
    api: Api, tmp_path: Path
) -> None:
    async with worker(api):
        await done(api, "own-care")
        (tmp_path / "there").touch()
        await done(api, "own-care")
    document = validate((await api.viewer.get("/api/v1/task-runs/1/report")).json())
    cookie = await let_in(api, "http://fettle", Role.VIEWER)
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    two = (await api.nobody.get("/maintenance/runs/2", headers=headers)).text
    markdown = await api.nobody.get("/maintenance/runs/2/report.md", headers=headers)
    pdf = await api.nobody.get("/maintenance/runs/2/report.pdf", headers=headers)

    assert document["title"] == "Own care of 2026-11-27"
    assert "It failed: “Look” failed" in document["summary"]
    assert [row[:2] for row in document["sections"][0]["table"]["rows"]] == [
        ["Look", "failed"],
        ["Say", "passed"],
    ]
    assert "2 things other than in run 1" in two
    assert "| Look | passed |" in markdown.text
    assert "Own care: how long its steps took" in markdown.text
    assert pdf.content.startswith(b"%PDF")


async def test_a_run_that_goes_on_has_no_report_yet(api: Api) -> None:
    answer = await api.admin.post(
        "/api/v1/tasks/weekly-performance-analysis/run", json={"reason": "to see it"}
    )
    none = await api.viewer.get(f"/api/v1/task-runs/{answer.json()['run']}/report")
    said = "run 1 goes on, and has written no report yet"
    assert (none.status_code, none.json()["detail"]) == (404, said)
