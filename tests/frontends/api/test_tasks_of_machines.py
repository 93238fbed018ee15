"""Tasks that come along are done by workers on machines: their logs, certificates, weaknesses."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.certificates import DAY, made
from tests.frontends.api.conftest import SETTINGS, Api, running, worker
from tests.frontends.api.test_task_runs import came_to, decide, outcomes, start
from tests.moved_clock import MovedClock

REASON = "the disk is full"
ENDED = ("passed", "failed", "unknown")


@pytest.fixture
async def api(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
    logs = tmp_path / "logs"
    logs.mkdir(mode=0o755)
    (logs / "app.log").write_text("a line\n" * 1000)
    certificate = tmp_path / "own.pem"
    certificate.write_bytes(made("own", ["own.example"], by=None, ends=9000 * DAY).pem)
    settings = f"""
[[rotation]]
name = "shop"
paths = ["{logs}/*.log"]
size = "1 KiB"
state = "{tmp_path}/state"
[[certificate]]
name = "own"
files = ["{certificate}"]
[[project]]
name = "shop"
path = "{tmp_path}/nowhere"
"""
    environ = {**store_environ, "PATH": "/usr/sbin:/usr/bin:/bin", "FETTLE_DATA": str(tmp_path)}
    async with running(environ, SETTINGS + settings, tmp_path, MovedClock(), whole=True) as made_:
        yield made_


async def test_logs_are_rotated_by_a_worker(api: Api, tmp_path: Path) -> None:
    async with worker(api):
        run = await start(api, "daily-log-rotation", reason=REASON)
        ended = await came_to(api, run["run"], "passed", "failed", "unknown")
    assert ended["status"] == "passed", ended
    assert outcomes(ended) == ["passed"] * 4
    assert (tmp_path / "logs/app.log.1").stat().st_size == 7000
    log = await api.viewer.get(f"/api/v1/task-runs/{run['run']}/steps/1/log")
    assert any("renaming" in line["line"] for line in log.json()["lines"])


async def test_certificates_are_looked_after_once_a_person_has_approved(api: Api) -> None:
    async with worker(api):
        run = await start(api, "monthly-certificate-renewal", reason=REASON)
        waiting = await came_to(api, run["run"], "waiting", "failed")
        assert outcomes(waiting)[0] == "passed"
        await decide(api, run["run"], "approve")
        ended = await came_to(api, run["run"], "passed", "failed", "unknown")
    assert ended["status"] == "passed", ended
    assert ended["steps"][-1]["result"].startswith("all 1 are valid for 30 d at least")


async def test_what_could_not_be_scanned_is_told_by_the_run(api: Api) -> None:
    api.clock.moment += timedelta(minutes=1)
    async with worker(api):
        run = await start(api, "weekly-security-scan", reason=REASON)
        ended = await came_to(api, run["run"], "passed", "failed", "unknown")
    assert ended["status"] in ("failed", "unknown")
    assert outcomes(ended)[0] == "unknown"
    assert "there is no folder" in ended["steps"][0]["error"]


class TestOnSeveralMachines:
    """What is looked after lies on two machines, each of which has a worker with its label."""

    @pytest.fixture
    async def api(self, store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Api]:
        settings = ""
        for label in ("web", "db"):
            logs = tmp_path / label
            logs.mkdir(mode=0o755)
            (logs / "app.log").write_text("a line\n" * 1000)
            pair = made(label, [f"{label}.example"], by=None, ends=9000 * DAY)
            (logs / "own.pem").write_bytes(pair.pem)
            settings += f"""
[[rotation]]
name = "{label}"
paths = ["{logs}/*.log"]
size = "1 KiB"
state = "{tmp_path}/state-{label}"
on = "{label}"
[[certificate]]
name = "{label}"
files = ["{logs}/own.pem"]
on = "{label}"
[[project]]
name = "{label}"
path = "{tmp_path}/nowhere-{label}"
on = "{label}"
"""
        environ = {**store_environ, "PATH": "/usr/sbin:/usr/bin:/bin"}
        environ["FETTLE_DATA"] = str(tmp_path)
        async with running(environ, SETTINGS + settings, tmp_path, MovedClock(), whole=True) as one:
            yield one

    async def test_logs_are_rotated_on_each(self, api: Api, tmp_path: Path) -> None:
        await api.serving.engine.prepare()
        async with api.serving.engine.worker(labels=("web",)):
            run = await start(api, "daily-log-rotation", reason=REASON)
            async with api.serving.engine.worker(labels=("db",)):
                ended = await came_to(api, run["run"], *ENDED)
        assert ended["status"] == "passed", ended
        assert outcomes(ended) == ["passed"] * 8
        assert ended["steps"][0]["description"] == "Rotate the applications' logs on web"
        assert ended["steps"][0]["result"] == "web: 1 of 1 log rotated"
        assert ended["steps"][1]["result"] == "db: 1 of 1 log rotated"
        assert (tmp_path / "web/app.log.1").exists()
        assert (tmp_path / "db/app.log.1").exists()

    async def test_certificates_are_looked_at_on_each_and_reported_together(self, api: Api) -> None:
        await api.serving.engine.prepare()
        async with api.serving.engine.worker(labels=("web", "db")):
            run = await start(api, "monthly-certificate-renewal", reason=REASON)
            await came_to(api, run["run"], "waiting", "failed")
            await decide(api, run["run"], "approve")
            ended = await came_to(api, run["run"], *ENDED)
            answer = await api.viewer.get(f"/api/v1/task-runs/{run['run']}/report")
        assert ended["status"] == "passed", ended
        assert outcomes(ended) == ["passed"] * 10
        assert all("all 1 are valid" in step["result"] for step in ended["steps"][-2:])
        rows = answer.json()["sections"][0]["table"]["rows"]
        assert sorted(row[1] for row in rows) == ["db", "web"]

    async def test_projects_are_scanned_on_each_and_reported_together(self, api: Api) -> None:
        await api.serving.engine.prepare()
        async with api.serving.engine.worker(labels=("web", "db")):
            run = await start(api, "weekly-security-scan", reason=REASON)
            ended = await came_to(api, run["run"], *ENDED)
            answer = await api.viewer.get(f"/api/v1/task-runs/{run['run']}/report")
        steps = {step["description"]: step for step in ended["steps"]}
        for label in ("web", "db"):
            told = steps[f"Look for known weaknesses of dependencies on {label}"]["error"]
            assert f"nowhere-{label}" in told
        told = answer.json()
        assert "nowhere-web" in str(told)
        assert "nowhere-db" in str(told)
        assert "db's packages" in str(told)
