"""Opening the store: embedded and by address; and what it keeps."""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import DiskFull

from fettle.errors import Refused, StoreError, StoreUnreachable, WrongUsage
from fettle.model.fix import FixRun, RunStatus
from fettle.store.cluster import locate
from fettle.store.failures import failed
from fettle.store.migrate import known
from fettle.store.postmaster import running
from fettle.store.store import Store, default_data_dir, open_store
from tests.store.bouncer import pooled
from tests.store.conftest import wait_for
from tests.store.processes import lives, server_pid, unprivileged

NOWHERE = Path("/nowhere")


async def opened(address: str) -> int:
    async with open_store(data=NOWHERE, url=address) as store:
        return store.migration


# Opening it


async def test_the_embedded_store_is_open_while_it_is_used(data: Path) -> None:
    async with open_store(data=data, url=None) as store:
        assert (store.migration, store.data) == (known()[-1].number, data)
        assert store.version >= 180000
        pid = server_pid(data)
        async with open_store(data=data, url=None) as another:
            assert await another.tables.plans() == []
        assert lives(pid)
    wait_for(lambda: not lives(pid))  # it has let go of everything a moment before


async def test_an_opening_that_is_given_up_leaves_no_server(data: Path) -> None:
    async def use() -> None:
        async with open_store(data=data, url=None):
            raise AssertionError("it was given up before")

    task = asyncio.create_task(use())
    await asyncio.to_thread(wait_for, (data / "postgres" / "postmaster.pid").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running(locate(data)) is None


async def test_the_oldest_server_will_do(oldest: str) -> None:
    assert await opened(oldest) == known()[-1].number


async def test_a_standby_is_refused(data: Path) -> None:
    (data / "postgres" / "standby.signal").touch()
    owner = unprivileged()
    os.chown(data / "postgres" / "standby.signal", owner.pw_uid, owner.pw_gid)
    with pytest.raises(StoreError, match="is a standby") as caught:
        async with open_store(data=data, url=None):
            pass
    assert "primary" in str(caught.value.remedy)


async def test_a_pooler_in_transaction_mode_is_refused(address: str, folder: Path) -> None:
    with (
        pooled(address, folder, pool_mode="transaction") as through,
        pytest.raises(StoreError, match="pooler in transaction mode") as caught,
    ):
        await opened(through)
    assert "direct address" in str(caught.value.remedy)


async def test_a_pooler_in_session_mode_will_do(address: str, folder: Path) -> None:
    with pooled(address, folder, pool_mode="session") as through:
        assert await opened(through) == known()[-1].number


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@ss:secret@host/db",
        "postgresql://u:se/secret@host/db",
        "postgresql://u:1/secret@host/db",
        "postgresql://u:100%secret@host/db",
        "postgresql://u:secret@host:port/db",
        "postgresql://u:secret@host:99999/db",
        "host=x password='secret",
        "secret",
    ],
)
async def test_an_address_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(StoreUnreachable) as caught:
        await opened(url)
    assert "secret" not in f"{caught.value.reason} {caught.value.remedy}"


async def test_a_server_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(StoreUnreachable, match="does not let Fettle in"):
        await opened(f"host={folder} user=u dbname=d")


async def test_a_role_that_may_not_make_the_schema_is_told_the_grant(address: str) -> None:
    role = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'".encode())
        with pytest.raises(StoreError, match="permission denied") as caught:
            await opened(make_conninfo(address, user=role, password="secret"))
        admin.execute(f"DROP ROLE {role}".encode())
    assert "GRANT CREATE" in str(caught.value.remedy)


async def test_a_database_in_another_encoding_is_refused(shared: str) -> None:
    with psycopg.connect(shared, autocommit=True) as admin:
        admin.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        with pytest.raises(StoreError, match="encoding is SQL_ASCII") as caught:
            await opened(make_conninfo(shared, dbname="plain"))
        admin.execute("DROP DATABASE plain")
    assert "ENCODING 'UTF8'" in str(caught.value.remedy)


async def test_the_environments_encoding_is_not_meant(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    async with open_store(data=NOWHERE, url=address) as store:
        await store.tables.save_plan(plan("aaaaaa1") | {"why": "grün 漢"}, "somebody")
        assert (await store.tables.find_plan("aaaaaa1"))["why"] == "grün 漢"


def test_the_data_directory_is_the_environments_or_the_platforms() -> None:
    assert default_data_dir({"FETTLE_DATA": "/srv/fettle"}) == Path("/srv/fettle")
    default = default_data_dir({})
    assert default.name == "fettle"
    if os.geteuid() == 0:  # PostgreSQL's user cannot pass through root's home
        assert default == Path("/var/lib/fettle")


# What it keeps


def diagnosis(started_at: str, *severities: str, target: str = "shop") -> dict[str, Any]:
    findings = [
        {"key": f"k{n}", "check": f"c{n}", "severity": each} for n, each in enumerate(severities)
    ]
    looked = {"target": target, "started_at": started_at, "findings": findings[:1]}
    seen = {"accepted": findings[1:], "unknown": [{"check": "unseen"}], "clean": ["good"]}
    return {**looked, **seen}


def plan(id_: str) -> dict[str, Any]:
    return {"plan": f"sha256:{id_}", "fix": "drop_unused_index", "target": "shop", "subject": "i"}


async def test_the_last_diagnosis_is_the_latest_of_its_target(address: str) -> None:
    async with open_store(data=NOWHERE, url=address) as store:
        assert await store.tables.last_diagnosis("shop") is None
        for document in (
            diagnosis("2026-03-02T00:00:00+00:00", "high", "low"),
            diagnosis("2026-03-01T00:00:00+00:00", "info"),
            diagnosis("2026-03-03T00:00:00+00:00", target="other"),
        ):
            await store.tables.save_diagnosis(document)
        last = await store.tables.last_diagnosis("shop")
    assert last is not None
    assert last.started_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert {key: str(severity) for key, severity in last.severities.items()} == {
        "k0": "high",
        "k1": "low",
    }
    assert last.asked == {"c0", "c1", "unseen", "good"}


async def test_a_plan_is_found_by_the_beginning_of_its_id(address: str) -> None:
    async with open_store(data=NOWHERE, url=address) as store:
        for id_ in ("aaaaaa1", "aaaaaa2", "bbbbbb%"):
            await store.tables.save_plan(plan(id_), "somebody")
        assert (await store.tables.find_plan("aaaaaa1"))["plan"] == "sha256:aaaaaa1"
        assert (await store.tables.find_plan("sha256:bbbbbb"))["plan"] == "sha256:bbbbbb%"
        for wrong, why in (("aaaaaa", "several"), ("cccccc", "no plan"), ("a", "no plan")):
            with pytest.raises(WrongUsage, match=why):
                await store.tables.find_plan(wrong)
        with pytest.raises(WrongUsage, match="no plan"):
            await store.tables.find_plan("%%%%%%")  # not a pattern


async def test_a_store_that_fails_while_it_is_used_says_so(address: str) -> None:
    async with open_store(data=NOWHERE, url=address) as store:
        await store.connection.execute("SET default_transaction_read_only = on")
        with pytest.raises(StoreError, match=r"cannot be read or written: .* read-only") as caught:
            await store.tables.save_plan(plan("aaaaaa1"), "somebody")
        assert "primary" in str(caught.value.remedy)

        with suppress(psycopg.OperationalError):
            await store.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(StoreUnreachable, match="cannot be read or written"):
            await store.tables.plans()


def test_a_full_disk_is_told_with_what_to_do() -> None:
    error = failed(DiskFull("could not extend file"), "the store cannot be read or written")

    assert error.reason == "the store cannot be read or written: could not extend file"
    assert error.remedy == "make room on the store's disk, and try again"


async def test_text_that_the_store_cannot_hold_is_kept_without_it(address: str) -> None:
    async with open_store(data=NOWHERE, url=address) as store:
        await store.tables.save_plan(plan("aaaaaa1") | {"why": "a\0b\ud800c'\"\\"}, "somebody")
        assert (await store.tables.find_plan("aaaaaa1"))["why"] == "a\ufffdb\ufffdc'\"\\"


def run_of(subject: str, plan_: str = "sha256:aaaaaa1") -> FixRun:
    return FixRun("", plan_, "drop_unused_index", "shop", subject, "somebody")


async def test_one_run_of_a_subject_at_a_time(address: str) -> None:
    async with (
        open_store(data=NOWHERE, url=address) as store,
        open_store(data=NOWHERE, url=address) as other,
    ):
        begun = await asyncio.gather(
            *(each.tables.begin_run(run_of("i"), {}, None) for each in (store, other)),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in begun) == ["FixRun", "Refused"]
        with pytest.raises(Refused, match="another run is at work"):
            await store.tables.begin_run(run_of("i", "sha256:another"), {}, None)
        await store.tables.begin_run(run_of("another"), {}, None)


async def test_a_run_and_its_journal_are_kept_in_their_order(address: str) -> None:
    async with open_store(data=NOWHERE, url=address) as store:
        run = await store.tables.begin_run(run_of("i"), {}, {"statements": ["undo"]})
        journal = store.tables.journal(run)
        for number in range(3):
            await journal.write("step", {"number": number})
        ended = await end(store, run)
        found, undo = await store.tables.find_run(run.id[:8])
        written = await store.tables.read_journal(run.id)
    assert (found.status, found.verified, undo) == (ended.status, True, {"statements": ["undo"]})
    assert [entry.detail["number"] for entry in written] == [0, 1, 2]


async def end(store: Store, run: FixRun) -> FixRun:
    ended = run.ended(RunStatus.DONE, None, datetime(2026, 3, 1, tzinfo=UTC), verified=True)
    await store.tables.end_run(ended)
    return ended


async def test_a_run_whose_process_died_is_unsure(address: str) -> None:
    async with open_store(data=NOWHERE, url=address) as store:
        run = await store.tables.begin_run(run_of("i"), {}, None)
        await store.tables.leave_unsure("shop", "i")
        found, _ = await store.tables.find_run(run.id)
        assert found.status is RunStatus.UNSURE
        await store.tables.begin_run(run_of("i"), {}, None)
