"""Backups of real stores: brought back, or refused with nothing changed."""

import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

import fettle
from fettle.errors import Refused, StoreDamaged, StoreError, StoreTooNew, WrongUsage
from fettle.store.backup import DUMP, MANIFEST, backup, restore
from fettle.store.migrate import known, migrate
from fettle.store.store import Store, open_store
from tests.store.disk import mode, small_disk

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Store]:
    async with open_store(data=Path("/nowhere"), url=address) as store:
        yield store


async def keep(store: Store, *ids: str) -> None:
    for id_ in ids:
        document = {"plan": f"sha256:{id_}", "fix": "f", "target": "t", "subject": "s"}
        await store.tables.save_plan(document, "somebody")


async def kept(store: Store) -> set[str]:
    return {plan.id.removeprefix("sha256:") for plan in await store.tables.plans()}


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def forge(directory: Path, **changes: object) -> None:
    manifest = json.loads((directory / MANIFEST).read_text())
    (directory / MANIFEST).write_text(json.dumps(manifest | changes))


async def test_a_store_comes_back_as_it_was(address: str, folder: Path) -> None:
    directory = folder / "new" / "backup"
    async with opened(address) as store:
        await keep(store, "a", "b")
        manifest = await backup(store, directory, NOW)
        await keep(store, "later")
        await restore(store, directory, replace=True)
        assert await kept(store) == {"a", "b"}
        await keep(store, "after")  # it is open and usable
    assert (manifest.made_at, manifest.fettle) == ("2026-03-01T12:00:00+00:00", fettle.__version__)
    assert (manifest.migration, manifest.postgres // 10000) == (known()[-1].number, 18)
    assert {path.name: mode(path) for path in directory.iterdir()} == {
        DUMP: 0o600,
        MANIFEST: 0o600,
    }
    assert names(directory.parent) == ["backup"]


async def test_the_embedded_store_moves_to_the_oldest_server_and_back(
    data: Path, folder: Path, oldest: str
) -> None:
    async with open_store(data=data, url=None) as store:
        await keep(store, "a")
        await backup(store, folder / "embedded", NOW)
        async with opened(oldest) as other:
            await restore(other, folder / "embedded", replace=True)
            assert await kept(other) == {"a"}
            await keep(other, "SET transaction_timeout = 0;")
            await backup(other, folder / "other", NOW)
        await restore(store, folder / "other", replace=True)
        assert await kept(store) == {"a", "SET transaction_timeout = 0;"}


async def test_what_a_store_holds_is_replaced_only_when_that_is_said(
    address: str, folder: Path
) -> None:
    async with opened(address) as store:
        await backup(store, folder / "empty", NOW)
        await restore(store, folder / "empty", replace=False)
        await keep(store, "precious")
        with pytest.raises(Refused, match="not empty") as caught:
            await restore(store, folder / "empty", replace=False)
        assert await kept(store) == {"precious"}
    assert "--replace" in str(caught.value.remedy)


async def test_an_older_store_is_brought_up_to_this_fettle(address: str, folder: Path) -> None:
    async with opened(address) as store:
        await store.connection.execute("DROP SCHEMA fettle CASCADE")
        await migrate(store.connection, "fettle", known()[:1])
        await store.connection.execute(
            "INSERT INTO run (kind, plan, unit, target, subject, actor)"
            " VALUES ('fix', 'sha256:1', 'drop_unused_index', 't', 's', 'a')"
        )
        await backup(store, folder / "old", NOW)
        await restore(store, folder / "old", replace=True)
        assert [run.fix for run in await store.tables.runs()] == ["drop_unused_index"]


async def test_a_backup_of_a_newer_fettle_is_refused(address: str, folder: Path) -> None:
    async with opened(address) as store:
        await backup(store, folder / "backup", NOW)
        forge(folder / "backup", migration=9999, fettle="99.0")
        with pytest.raises(StoreTooNew, match=r"Fettle 99\.0"):
            await restore(store, folder / "backup", replace=True)


@pytest.mark.parametrize("part", [DUMP, MANIFEST])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
async def test_a_damaged_backup_is_refused(
    address: str, folder: Path, part: str, damage: str
) -> None:
    async with opened(address) as store:
        await backup(store, folder / "backup", NOW)
        await keep(store, "precious")
        file = folder / "backup" / part
        text = file.read_bytes()
        if damage == "gone":
            file.unlink()
        elif damage == "cut":
            file.write_bytes(text[: len(text) // 2])
        else:
            file.write_bytes(text.replace(b"m", b"n", 1))
        with pytest.raises(StoreDamaged):
            await restore(store, folder / "backup", replace=True)
        assert await kept(store) == {"precious"}


async def test_a_restore_that_fails_at_its_end_changes_nothing(address: str, folder: Path) -> None:
    async with opened(address) as store:
        execute = store.connection.execute
        await execute("CREATE TABLE public.outside (id int PRIMARY KEY)")
        await execute("CREATE TABLE inside (id int REFERENCES public.outside)")
        await backup(store, folder / "backup", NOW)
        await execute("DROP TABLE public.outside CASCADE")
        await keep(store, "precious")
        with pytest.raises(StoreError, match=r"psql failed.*outside") as caught:
            await restore(store, folder / "backup", replace=True)
        assert await kept(store) == {"precious"}
    assert "the store is as it was" in str(caught.value.remedy)


async def test_a_store_in_use_is_not_waited_for_for_ever(address: str, folder: Path) -> None:
    async with opened(address) as store, opened(address) as other:
        await keep(store, "precious")
        await backup(store, folder / "backup", NOW)
        async with other.connection.transaction():
            await kept(other)
            with pytest.raises(StoreError, match="lock timeout"):
                await restore(store, folder / "backup", replace=True)
        assert await kept(store) == {"precious"}


async def test_without_room_nothing_half_done_is_left(address: str, folder: Path) -> None:
    async with opened(address) as store:
        await keep(store, *(f"{number}{os.urandom(500).hex()}" for number in range(200)))
        with small_disk(50_000), pytest.raises(StoreError, match="pg_dump failed"):
            await backup(store, folder / "backup", NOW)
        assert names(folder) == []
        await backup(store, folder / "backup", NOW)
        with small_disk(50_000), pytest.raises(StoreError, match="pg_restore failed"):
            await restore(store, folder / "backup", replace=True)
        assert len(await store.tables.plans(limit=1000)) == 200


@pytest.mark.parametrize("there", ["file", "full"])
async def test_what_is_there_is_not_overwritten(address: str, folder: Path, there: str) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "precious").touch()
    (folder / "file").touch()
    async with opened(address) as store:
        with pytest.raises(WrongUsage, match="not an empty folder"):
            await backup(store, folder / there, NOW)
    assert (folder / "full" / "precious").exists()


async def test_the_password_is_in_no_argument(address: str, folder: Path) -> None:
    password = str(conninfo_to_dict(address)["password"]).encode()
    seen: set[bytes] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    seen.add((process / "cmdline").read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        async with opened(address) as store:
            await backup(store, folder / "backup", NOW)
            await restore(store, folder / "backup", replace=True)
    finally:
        ended.set()
        watcher.join()
    told = b"".join(seen)
    assert b"pg_dump" in told
    assert b"psql" in told
    assert password not in told


async def test_a_password_of_any_kind_reaches_the_tools(
    address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "it's a p@ss:word/ \\ with everything " + "long" * 400
    role = conninfo_to_dict(address)["dbname"]
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN SUPERUSER".encode())
        admin.execute(
            psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                psycopg.sql.Identifier(str(role)), psycopg.sql.Literal(password)
            )
        )
        own = conninfo_to_dict(address)
        (folder / "services").write_text(
            f"[store]\nhost={own['host']}\ndbname={own['dbname']}\nuser={role}\n"
        )
        monkeypatch.setenv("PGSERVICEFILE", str(folder / "services"))
        monkeypatch.setenv("PGPASSWORD", password)
        async with opened("service=store") as store:
            await backup(store, folder / "backup", NOW)
            await restore(store, folder / "backup", replace=True)
        admin.execute(f"REASSIGN OWNED BY {role} TO fettle".encode())
        admin.execute(f"DROP ROLE {role}".encode())
