"""Base backups, and what restic, borg, pgBackRest and Barman keep, are restored for real."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fettle.maintenance.tasks import quarterly_disaster_recovery_test as drilled
from fettle.maintenance.tasks.daily_backup_verification import COMPLETED, RESTORE, TASK, WHOLE
from fettle.model.work import Outcome
from tests.maintenance.tasks.archiving import Archive, archiving
from tests.maintenance.tasks.backing_up import (
    Shop,
    restoring,
    run,
    scratch_root,
    shop_of,
)
from tests.maintenance.tasks.test_disks_that_fill import needs_root, restored, was_full
from tests.maintenance.working import Steps, tools
from tests.servers import Server

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


@pytest.fixture(scope="module")
def shop(pg15: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop_of(pg15, tmp_path_factory.mktemp("backups"), "kept") as made:
        yield made


@pytest.fixture
def root() -> Iterator[Path]:
    with scratch_root() as made:
        yield made


def steps_of(
    backup: Mapping[str, object],
    root: Path,
    url: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Steps:
    return Steps(TASK, tools(backups=restoring(backup, root, url, environ)))


def a_base(path: Path) -> dict[str, object]:
    return {"kind": "pg_basebackup", "path": str(path)}


# Base backups


@pytest.mark.parametrize("words", [(), ("-Ft",), ("-Ft", "-z")], ids=["plain", "tar", "packed"])
async def test_a_base_backup_is_restored(shop: Shop, root: Path, words: tuple[str, ...]) -> None:
    path = shop.base("-".join(("base", *words)), *words, "--checkpoint=fast")
    steps = steps_of(a_base(path), root, shop.url)
    told = await steps.all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    assert "2 tables with 3,500 rows restored" in told[2].says


@needs_root
@pytest.mark.parametrize(("words", "sizes"), [((), (20, 50)), (("-Ft", "-z"), (30,))])
async def test_a_disk_that_fills_is_no_fault_of_a_base_backup(
    shop: Shop, words: tuple[str, ...], sizes: Sequence[int]
) -> None:
    """It is copied, or at work; of tars it is the log that does not fit, and tar says not why."""
    path = shop.base("-".join(("full", *words)), *words, "--checkpoint=fast")
    for mebibytes in sizes:
        told = await restored(a_base(path), mebibytes)
        assert (told.outcome, was_full(told)) == (UNKNOWN, True), told.says


def flipped(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 0x01]))


def times_in(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(one), one.lstat().st_mtime_ns) for one in folder.rglob("*"))


def largest_in(folder: Path) -> Path:
    files = [one for one in folder.rglob("*") if one.is_file()]
    found = max(files, key=lambda one: one.stat().st_size)
    found.chmod(0o600)
    return found


def a_table(folder: Path, shop: Shop) -> Path:
    with psycopg.connect(shop.url) as connection:
        found = connection.execute("SELECT pg_relation_filepath('orders')").fetchone()
    assert found is not None
    return folder / str(found[0])


async def test_each_damage_to_a_base_backup_is_found(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    made = shop.base("whole", "--checkpoint=fast")
    hurts: dict[str, Callable[[Path], object]] = {
        "a bit": lambda folder: flipped(a_table(folder, shop), 9000),
        "cut": lambda folder: os.truncate(a_table(folder, shop), 8192),
        "gone": lambda folder: a_table(folder, shop).unlink(),
        "no log": lambda folder: shutil.rmtree(folder / "pg_wal"),
        "no version": lambda folder: (folder / "PG_VERSION").unlink(),
    }
    for name, hurt in hurts.items():
        folder = tmp_path / name
        shutil.copytree(made, folder, symlinks=True)
        hurt(folder)
        told = await steps_of(a_base(folder), root, shop.url).do(COMPLETED, WHOLE)
        assert told.outcome is FAILED, (name, told.says)


@pytest.mark.parametrize("words", [("-Ft",), ("-Ft", "-z")], ids=["tar", "packed"])
async def test_each_damage_to_a_base_backup_in_tars_is_found(
    shop: Shop, root: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    made = shop.base("-".join(("tars", *words)), *words, "--checkpoint=fast")
    hurts: dict[str, Callable[[Path], object]] = {
        "a bit": lambda file: flipped(file, file.stat().st_size // 2),
        "cut": lambda file: os.truncate(file, file.stat().st_size // 2),
        "empty": lambda file: os.truncate(file, 0),
        "gone": lambda file: file.unlink(),
    }
    for name, hurt in hurts.items():
        folder = tmp_path / name
        shutil.copytree(made, folder)
        hurt(next(folder.glob("base.tar*")))
        told = await steps_of(a_base(folder), root, shop.url).all()
        assert told[3].outcome is FAILED, (name, [one.says for one in told])


async def test_a_base_backup_without_a_manifest_is_not_called_whole_and_amcheck_sees_its_pages(
    shop: Shop, root: Path
) -> None:
    path = shop.base("bare", "--checkpoint=fast", "--no-manifest")
    steps = steps_of(a_base(path), root, shop.url)
    assert [one.outcome for one in await steps.all()] == [PASSED, UNKNOWN, PASSED, UNKNOWN]
    table = a_table(path, shop)
    with table.open("r+b") as file:
        file.seek(8192 - 60)
        file.write(b"\xff" * 24)  # where a row says of which transaction it is
    told = await steps_of(a_base(path), root, shop.url).do(COMPLETED, RESTORE)
    assert told.outcome is FAILED
    assert "amcheck finds" in told.says


async def test_a_base_backup_that_was_not_completed_is_told(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = shop.base("begun", "--checkpoint=fast")
    (path / "backup_manifest").rename(path / "backup_manifest.tmp")
    told = await steps_of(a_base(path), root, shop.url).do(COMPLETED)
    assert (told.outcome, "is written still" in told.says) == (UNKNOWN, True)
    before = time.time() - 3600
    for file in path.rglob("*"):
        os.utime(file, (before, before), follow_symlinks=False)
    told = await steps_of(a_base(path), root, shop.url).do(COMPLETED)
    assert told.outcome is FAILED
    assert told.says.endswith("was not completed: its manifest was not completed")


async def test_tablespaces_are_copied_and_those_of_the_source_left_alone(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    space = shop.server.folder / "space"
    space.mkdir()
    shutil.chown(space, shop.server.folder.stat().st_uid, shop.server.folder.stat().st_gid)
    shop.run(f"CREATE TABLESPACE aside LOCATION '{space}'")
    try:
        shop.run("CREATE TABLE moved TABLESPACE aside AS SELECT n FROM generate_series(1, 9) AS n")
        mapped = f"--tablespace-mapping={space}={tmp_path}/space"
        paths = [
            shop.base("spaced", "--checkpoint=fast", mapped),
            shop.base("spaced-tar", "--checkpoint=fast", "-Ft"),
        ]
        kept = times_in(tmp_path)
        for path in paths:
            told = await steps_of(a_base(path), root, shop.url).all()
            assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
            assert "3 tables with 3,509 rows restored" in told[2].says
        assert times_in(tmp_path) == kept
        shutil.rmtree(tmp_path / "space")
        lacking = await steps_of(a_base(paths[0]), root, shop.url).do(COMPLETED, RESTORE)
        assert lacking.outcome is FAILED
        assert "lacks its tablespace" in lacking.says
    finally:
        shop.run("DROP TABLE moved", "DROP TABLESPACE aside")
        shutil.rmtree(space, ignore_errors=True)


async def test_a_base_backup_of_another_cluster_is_told(
    shop: Shop, root: Path, server_of: Callable[[int], Server], tmp_path: Path
) -> None:
    path = shop.base("elsewhere", "--checkpoint=fast")
    told = await steps_of(a_base(path), root, server_of(18).url()).do(COMPLETED, RESTORE)
    assert told.outcome is FAILED
    assert "it is of another cluster than main-db is in" in told.says


async def test_what_follows_another_server_follows_nobody_here(shop: Shop, root: Path) -> None:
    path = shop.base("standby", "--checkpoint=fast", "--write-recovery-conf")
    assert (path / "standby.signal").exists()
    told = await steps_of(a_base(path), root, shop.url).do(COMPLETED, RESTORE)
    assert told.outcome is PASSED, told.says
    assert (path / "standby.signal").exists(), "the backup itself was changed"


# Repositories


async def test_a_dump_in_a_repository_of_restic_is_restored(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = shop.dump("kept.dump", "-Fc")
    repository = tmp_path / "restic"
    environ = {"RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": "open sesame"}
    run(["restic", "init"], environ)
    run(["restic", "backup", str(path)], environ)
    backup = {"kind": "restic", "repository": str(repository), "path": str(path)}
    locked = await steps_of(backup, root, shop.url).do(COMPLETED)
    assert (locked.outcome, "there is no key for it" in locked.says) == (UNKNOWN, True)
    wrong = await steps_of({**backup, "passphrase": "close"}, root, shop.url).do(COMPLETED)
    assert (wrong.outcome, "passphrase is not its own" in wrong.says) == (FAILED, True)
    right = {**backup, "passphrase": "open sesame"}
    told = await steps_of(right, root, shop.url).all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    await _finds_what_is_damaged(right, root, shop, repository / "data")


async def test_a_dump_in_a_repository_of_borg_is_restored(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = shop.dump("kept.dump", "-Fc")
    repository = tmp_path / "borg"
    environ = {"BORG_PASSPHRASE": "open sesame", "HOME": str(tmp_path)}
    run(["borg", "init", "--encryption=repokey", str(repository)], environ)
    run(["borg", "create", f"{repository}::first", str(path)], environ)
    backup = {"kind": "borg", "repository": str(repository), "path": str(path)}
    home = {"HOME": str(tmp_path)}
    locked = await steps_of(backup, root, shop.url, home).do(COMPLETED)
    assert (locked.outcome, "there is no key for it" in locked.says) == (UNKNOWN, True)
    wrong = await steps_of({**backup, "passphrase": "close"}, root, shop.url, home).do(COMPLETED)
    assert (wrong.outcome, "passphrase is not its own" in wrong.says) == (FAILED, True)
    right = {**backup, "passphrase": "open sesame"}
    told = await steps_of(right, root, shop.url, home).all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    await _finds_what_is_damaged(right, root, shop, repository / "data", home)


async def _finds_what_is_damaged(
    backup: Mapping[str, object],
    root: Path,
    shop: Shop,
    data: Path,
    environ: Mapping[str, str] | None = None,
) -> None:
    flipped(largest_in(data), largest_in(data).stat().st_size // 2)
    told = await steps_of(backup, root, shop.url, environ).all()
    assert told[3].outcome is FAILED, [one.says for one in told]


async def test_an_old_dump_in_a_new_snapshot_is_old(shop: Shop, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.dump"
    shutil.copy2(shop.dump("fresh.dump", "-Fc"), path)
    before = time.time() - 5 * 86_400
    os.utime(path, (before, before))
    repository = tmp_path / "restic"
    environ = {"RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": "key"}
    run(["restic", "init"], environ)
    run(["restic", "backup", str(path)], environ)
    backup = {
        "kind": "restic",
        "repository": str(repository),
        "path": str(path),
        "passphrase": "key",
    }
    steps = steps_of(backup, root, shop.url)
    assert (await steps.do(COMPLETED)).outcome is PASSED
    told = await steps.do(RESTORE)
    assert told.outcome is FAILED
    assert "what is in it is 5 d old" in told.says


async def test_a_program_that_is_not_here_is_said(root: Path, tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path)}
    for kind, where, needs in (
        ("restic", {"repository": "/r", "path": "/x.dump"}, "apt-get install restic"),
        ("borg", {"repository": "/r", "path": "/x.dump"}, "apt-get install borgbackup"),
        ("pgbackrest", {"stanza": "main"}, "apt-get install pgbackrest"),
        ("barman", {"server": "main"}, "apt-get install barman"),
    ):
        backup = {"kind": kind, "path": None, **where}
        told = await steps_of(backup, root, environ=nothing).do(COMPLETED)
        assert (told.outcome, told.remedy) == (UNKNOWN, needs)


# pgBackRest and Barman


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with archiving() as made:
        yield made


@pytest.fixture(scope="module")
def by_pgbackrest(archive: Archive) -> Mapping[str, object]:
    return archive.by_pgbackrest()


@pytest.fixture(scope="module")
def by_barman(archive: Archive) -> Mapping[str, object]:
    return archive.by_barman()


@needs_root
@pytest.mark.parametrize("mebibytes", [10, 35], ids=["restored", "recovered"])
async def test_a_disk_that_fills_is_no_fault_of_what_pgbackrest_keeps(
    by_pgbackrest: Mapping[str, object], mebibytes: int
) -> None:
    """It says of no disk that it is full, and neither does a server that lacks its log."""
    told = await restored(by_pgbackrest, mebibytes)
    assert (told.outcome, was_full(told)) == (UNKNOWN, True), told.says


@needs_root
async def test_a_disk_that_fills_is_no_fault_of_what_barman_keeps(
    by_barman: Mapping[str, object],
) -> None:
    told = await restored(by_barman, 30)
    assert (told.outcome, was_full(told)) == (UNKNOWN, True), told.says


async def test_a_drill_recovers_the_log_that_was_kept_since(
    archive: Archive,
    by_pgbackrest: Mapping[str, object],
    by_barman: Mapping[str, object],
    root: Path,
) -> None:
    archive.shop.run("INSERT INTO customers VALUES (501, 'a late one')")
    written_at = datetime.now(UTC)
    archive.archived()
    for backup in (by_pgbackrest, by_barman):
        drill = Steps(drilled.TASK, tools(backups=restoring(backup, root, archive.shop.url)))
        told = await drill.do(drilled.RECOVER)
        await drill.do(drilled.LET_GO)
        detail: Any = told.detail
        as_of = datetime.fromisoformat(detail["backups"]["shop"]["detail"]["as_of"])
        assert told.outcome is PASSED, told.says
        assert abs(as_of - written_at) < timedelta(seconds=1)
    archive.shop.run("DELETE FROM customers WHERE id = 501")


async def test_what_pgbackrest_keeps_is_restored(
    archive: Archive, by_pgbackrest: Mapping[str, object], root: Path
) -> None:
    right = by_pgbackrest
    keyless = {**right, "passphrase": None}
    locked = await steps_of(keyless, root, archive.shop.url).do(COMPLETED)
    assert (locked.outcome, "passphrase" in (locked.remedy or "")) == (UNKNOWN, True), locked
    told = await steps_of(right, root, archive.shop.url).all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    assert "2 tables with 3,500 rows restored" in told[2].says
    repository = archive.shop.folder / "repository" / "backup"
    flipped(largest_in(repository), largest_in(repository).stat().st_size // 2)
    told = await steps_of(right, root, archive.shop.url).all()
    assert told[3].outcome is FAILED, [one.says for one in told]


async def test_what_barman_keeps_is_restored(
    archive: Archive, by_barman: Mapping[str, object], root: Path
) -> None:
    backup = by_barman
    told = await steps_of(backup, root, archive.shop.url).all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    assert "2 tables with 3,500 rows restored" in told[2].says
    base = archive.shop.folder / "barman" / "main" / "base"
    gone = a_table(next(base.iterdir()) / "data", archive.shop)
    kept = gone.rename(gone.with_name("kept"))
    lacks = await steps_of(backup, root, archive.shop.url).do(COMPLETED, WHOLE)
    assert (lacks.outcome, "not on disk" in lacks.says) == (FAILED, True), lacks.says
    kept.rename(gone)
    flipped(largest_in(base), largest_in(base).stat().st_size // 2)
    told = await steps_of(backup, root, archive.shop.url).all()
    assert told[3].outcome is FAILED, [one.says for one in told]
