"""Backups are verified while things happen to their files, the disk, the worker and the keys."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fettle.maintenance.tasks.daily_backup_verification import COMPLETED, RESTORE, TASK, WHOLE
from fettle.model.quantity import Bytes
from fettle.model.work import Outcome, Told
from fettle.settings import load
from fettle.store.cluster import user_for
from fettle.targets.backups.restoring import Restoring, backups_of
from tests.maintenance.tasks.backing_up import (
    Shop,
    names_in,
    restoring,
    run,
    running,
    scratch_root,
    shop_of,
)
from tests.maintenance.working import Steps, tools
from tests.servers import Server

PASSED, UNKNOWN = Outcome.PASSED, Outcome.UNKNOWN
CUSTOM, PLAIN = ("-Fc",), ("-Fp",)


@pytest.fixture(scope="module")
def shop(pg15: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop_of(pg15, tmp_path_factory.mktemp("backups"), "disturbed") as made:
        yield made


@pytest.fixture
def root() -> Iterator[Path]:
    with scratch_root() as made:
        yield made


def steps_of(
    path: Path, root: Path, url: str | None = None, more: Mapping[str, object] | None = None
) -> Steps:
    return Steps(TASK, tools(backups=restoring({"path": str(path), **(more or {})}, root, url)))


async def at_work(steps: Steps) -> "asyncio.Task[Told]":
    """Begin to restore, and return when that is done and the queries are asked."""
    task = asyncio.create_task(steps.do(RESTORE))
    async with asyncio.timeout(60):
        while not any("looking at what is in it" in line for line in steps.lines):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return task


def open_to(path: Path, mode: int) -> None:
    path.chmod(mode)


async def test_a_dump_that_is_written_still_is_left_and_the_one_before_it_is_looked_at(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "shop-1.dump"
    shutil.copy2(shop.dump("first.dump", *CUSTOM), whole)
    growing = tmp_path / "shop-2.dump"
    growing.write_bytes(whole.read_bytes()[:4000])
    script = "import sys, time; f = open(sys.argv[1], 'ab'); print(1, flush=True); time.sleep(60)"
    with running([sys.executable, "-c", script, str(growing)]):
        told = await steps_of(tmp_path / "shop-*.dump", root, shop.url).do(COMPLETED)
        alone = await steps_of(growing, root).do(COMPLETED)
    assert told.outcome is PASSED
    assert "shop-1.dump is moments old" in told.says
    assert "shop-2.dump is written still: process" in told.says
    assert (alone.outcome, "is written still" in alone.says) == (UNKNOWN, True)


async def test_a_dump_that_changes_while_it_is_read_is_not_called_good(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy2(shop.dump("changes.dump", *CUSTOM), tmp_path))
    steps = steps_of(path, root, shop.url, {"queries": ["SELECT pg_sleep(1) IS NOT NULL"]})
    await steps.do(COMPLETED, WHOLE)
    task = await at_work(steps)
    os.utime(path)
    told = await task
    assert told.outcome is UNKNOWN
    assert told.says == "shop: changes.dump was written while it was read"


async def test_a_dump_as_sql_runs_its_commands_as_nobody_who_could_do_harm(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "told.sql"
    text = shop.dump("told.sql", *PLAIN).read_text()
    path.write_text(f"\\! id -u > told; cp told ..\n{text}")
    open_to(path, 0o600)
    open_to(root, 0o777)
    told = await steps_of(path, root, shop.url).do(COMPLETED, RESTORE)
    assert told.outcome is PASSED, told.says
    who = root / "told"
    assert who.read_text().strip() == str(user_for(root / "nothing").pw_uid)
    who.unlink()


async def test_a_library_that_it_needs_from_the_start_on_is_named(
    pg15: Server, root: Path, tmp_path: Path
) -> None:
    with shop_of(pg15, tmp_path, "loaded") as loaded:
        loaded.run(
            "CREATE EXTENSION pg_stat_statements",
            "CREATE MATERIALIZED VIEW slow AS SELECT query FROM pg_stat_statements LIMIT 1",
        )
        path = loaded.dump("loaded.dump", *CUSTOM)
    told = await steps_of(path, root).do(COMPLETED, RESTORE)
    assert told.outcome is UNKNOWN
    assert "it needs a library from the server's start on: pg_stat_statements must" in told.says
    assert told.remedy == "name it with [[backup]] preload"
    steps = steps_of(path, root, more={"preload": ["pg_stat_statements"]})
    assert (await steps.do(COMPLETED, RESTORE)).outcome is PASSED


async def test_a_restore_ends_before_the_disk_is_full(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = shop.dump("large.dump", *CUSTOM)
    settings = {"path": str(path), "queries": ["SELECT pg_sleep(60)"]}  # it is not done before
    port = restoring(settings, root, shop.url)
    assert isinstance(port, Restoring)
    rooms = iter([10 * 1024**3, 10 * 1024**3])
    filling = replace(port, free=lambda _: next(rooms, Bytes(1024)))
    told = await Steps(TASK, tools(backups=filling)).do(COMPLETED, RESTORE)
    assert told.outcome is UNKNOWN
    assert "was about to be full" in told.says
    none = replace(port, free=lambda _: Bytes(1024))
    told = await Steps(TASK, tools(backups=none)).do(COMPLETED, RESTORE)
    assert told.outcome is UNKNOWN
    assert "has 1.0 KiB free, and" in told.says


async def test_what_one_of_three_lacks_hides_nothing_of_the_others(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = shop.dump("three.dump", *CUSTOM)
    file = tmp_path / "fettle.toml"
    begun = '[[backup]]\nname = "{}"\nkind = "{}"\npath = "{}"\nrestore_in = "{}"\n'
    kept = 'repository = "{}"\npassphrase = "${{{}}}"\n'
    file.write_text(
        begun.format("dumps", "pg_dump", path, root)
        + begun.format("offsite", "restic", path, root)
        + kept.format(tmp_path / "restic", "RESTIC_KEY")
        + begun.format("vault", "borg", path, root)
        + kept.format(tmp_path / "borg", "BORG_KEY")
    )
    run(["restic", "init", "--repo", str(tmp_path / "restic")], {"RESTIC_PASSWORD": "key"})
    run(
        ["restic", "backup", "--repo", str(tmp_path / "restic"), str(path)],
        {"RESTIC_PASSWORD": "key"},
    )
    environ = {**os.environ, "RESTIC_KEY": "key"}
    port = backups_of(load(file, environ), environ)
    told = await Steps(TASK, tools(backups=port)).all()
    assert [one.outcome for one in told] == [UNKNOWN] * 4, [one.says for one in told]
    assert "the environment has no BORG_KEY" in told[0].says
    assert told[0].remedy == "export BORG_KEY=…"
    assert told[3].report is not None
    table = told[3].report.sections[0].table
    assert table is not None
    assert {row[0]: row[-1] for row in table.rows} == {
        "dumps": "good",
        "offsite": "good",
        "vault": "could not be checked",
    }


@pytest.mark.parametrize(
    ("repository", "remedy"),
    [
        ("rest:http://127.0.0.1:1/", "see that the network and the credentials let the worker in"),
        ("s3:http://127.0.0.1:1/bucket", "export AWS_SECRET_ACCESS_KEY=…"),
    ],
)
async def test_a_repository_that_is_not_reached_is_no_damaged_one(
    root: Path, repository: str, remedy: str
) -> None:
    backup: dict[str, object] = {
        "kind": "restic",
        "repository": repository,
        "path": "/var/backups/x.dump",
        "passphrase": "key",
    }
    if repository.startswith("s3"):
        backup["environment"] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    port = restoring(backup, root, environ={"AWS_ACCESS_KEY_ID": "me"})
    told = await Steps(TASK, tools(backups=port)).do(COMPLETED)
    assert (told.outcome, "was not to be reached" in told.says) == (UNKNOWN, True), told.says
    assert told.remedy == remedy


async def test_what_a_worker_that_was_killed_has_left_is_gone_with_the_next_go(
    shop: Shop, root: Path
) -> None:
    path = shop.dump("killed.dump", *CUSTOM)
    script = """
import asyncio, sys
from pathlib import Path
from tests.maintenance.tasks.backing_up import restoring
async def main():
    async def say(line):
        if "looking at" in line:
            print("restored", flush=True)
    port = restoring({"path": sys.argv[1], "queries": ["SELECT pg_sleep(60)"]}, Path(sys.argv[2]))
    await port.restore("shop", sys.argv[1], "run-1", say)
asyncio.run(main())
"""
    with running([sys.executable, "-c", script, str(path), str(root)]):
        pass
    left = [name for name in names_in(root) if not name.endswith(".lock")]
    assert len(left) == 1
    server = int((root / left[0] / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert psutil.pid_exists(server)
    steps = steps_of(path, root, shop.url)
    steps.run = "another run"
    assert (await steps.do(COMPLETED, RESTORE)).outcome is PASSED
    assert names_in(root) == []
    assert not psutil.pid_exists(server)


async def test_one_that_is_cancelled_leaves_nothing(shop: Shop, root: Path) -> None:
    path = shop.dump("cancelled.dump", *CUSTOM)
    steps = steps_of(path, root, shop.url, {"queries": ["SELECT pg_sleep(60)"]})
    await steps.do(COMPLETED)
    task = await at_work(steps)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert names_in(root) == []
