"""A database is recovered from its newest backup, timed, and compared with what it is now."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fettle.maintenance.tasks.quarterly_disaster_recovery_test import (
    DASHBOARDS,
    LET_GO,
    PREPARE,
    RECORD,
    RECOVER,
    SIMULATE,
    TASK,
    UPDATE,
    VALIDATE,
)
from fettle.model.task import AskPerson
from fettle.model.work import Outcome
from tests.maintenance.tasks.backing_up import Shop, names_in, restoring, scratch_root, shop_of
from tests.maintenance.working import Steps, tools
from tests.servers import PASSWORD, USER, Server

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
OWN = (PREPARE, RECOVER, VALIDATE, RECORD, LET_GO)


@pytest.fixture
def shop(pg15: Server, tmp_path: Path) -> Iterator[Shop]:
    with shop_of(pg15, tmp_path, "drilled") as made:
        yield made


@pytest.fixture
def root() -> Iterator[Path]:
    with scratch_root() as made:
        yield made


def drill_of(
    path: Path, root: Path, url: str | None, more: Mapping[str, object] | None = None
) -> Steps:
    promised = {"rto": "5m", "rpo": "1h", **(more or {})}
    port = restoring({"path": str(path), **promised}, root, url)
    return Steps(TASK, tools(backups=port))


def grow_old(path: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(path, (then, then))


async def test_what_is_recovered_is_timed_and_just_as_the_database(shop: Shop, root: Path) -> None:
    drill = drill_of(shop.dump("shop.dump", "-Fc"), root, shop.url)
    told = [await drill.do(step) for step in OWN]
    assert [one.outcome for one in told] == [PASSED] * 5, [one.says for one in told]
    assert "is clean: " in told[0].says
    assert "was recovered in " in told[1].says
    assert "(5 min was promised)" in told[1].says
    assert "(1 h was promised)" in told[1].says
    assert "2 tables with 3,500 rows: 2 just as in main-db" in told[2].says
    report = told[3].report
    assert report is not None
    assert report.summary == "1 of 1 backup recovered as was promised"
    promises, steps, tables = report.sections
    assert promises.table is not None
    assert (promises.table.rows[0][4], promises.table.rows[0][6]) == ("5 min", "1 h")
    assert len(steps.items) == 3
    assert tables.table is not None
    assert tables.table.rows[1] == ("public.orders", "3,000", "3,000", "the same checksum")
    assert names_in(root) == []


async def test_what_people_do_is_a_step_of_theirs(shop: Shop) -> None:
    steps = {step.name: step for step in TASK.task.procedure.steps}
    order = [PREPARE, SIMULATE, RECOVER, VALIDATE, RECORD, LET_GO, UPDATE, DASHBOARDS]
    assert list(steps) == order
    peoples = (SIMULATE, UPDATE, DASHBOARDS)
    assert all(isinstance(steps[name].act, AskPerson) for name in peoples)
    assert TASK.runs


async def test_what_was_written_since_may_differ_and_more_fails_it(shop: Shop, root: Path) -> None:
    path = shop.dump("shop.dump", "-Fc")
    shop.run(
        "UPDATE orders SET note = 'changed' WHERE id <= 20",
        "INSERT INTO customers VALUES (501, 'a new one')",
    )
    drill = drill_of(path, root, shop.url)
    told = await drill.do(*OWN[:3])
    assert told.outcome is PASSED, told.says
    assert "0 just as in main-db, the others within 5.0 %" in told.says
    shop.run("UPDATE orders SET note = 'changed' WHERE id <= 1000")
    changed = await drill.do(VALIDATE)
    assert changed.outcome is FAILED
    assert "rows" in changed.says
    assert "are in main-db as they were recovered" in changed.says
    shop.run("DELETE FROM orders WHERE id > 1000", "CREATE TABLE younger AS SELECT 1 AS n")
    fewer = await drill.do(VALIDATE)
    assert "public.orders has 3,000 rows, and 1,000 in main-db" in fewer.says
    assert "public.younger was not recovered: it is younger, or left out" in fewer.says
    assert (await drill.do(LET_GO)).outcome is PASSED


async def test_a_table_without_a_key_is_looked_through(shop: Shop, root: Path) -> None:
    shop.run("CREATE TABLE log AS SELECT n, md5(n::text) FROM generate_series(1, 500) AS n")
    path = shop.dump("shop.dump", "-Fc")
    shop.run("INSERT INTO log VALUES (501, 'since')")
    drill = drill_of(path, root, shop.url)
    assert (await drill.do(*OWN[:3])).outcome is PASSED
    shop.run("UPDATE log SET md5 = 'changed' WHERE n < 100")
    told = await drill.do(VALIDATE)
    assert (told.outcome, "of 500 rows 401 are in main-db" in told.says) == (FAILED, True), told
    await drill.do(LET_GO)


async def test_what_took_or_lost_more_than_was_promised_fails_it(shop: Shop, root: Path) -> None:
    path = shop.dump("shop.dump", "-Fc")
    grow_old(path, days=1 / 12)
    slow = drill_of(path, root, shop.url, {"rto": "1ms", "rpo": "1h"})
    told = await slow.do(PREPARE, RECOVER)
    assert told.outcome is FAILED
    assert "s, and 1 ms was promised" in told.says
    assert "what was written in the last 2 h is lost, and 1 h was promised at most" in told.says
    assert (await slow.do(VALIDATE)).outcome is PASSED
    report = (await slow.do(RECORD)).report
    await slow.do(LET_GO)
    assert report is not None
    assert report.summary == "0 of 1 backup recovered as was promised"


async def test_what_cannot_be_recovered_or_compared_is_not_called_so(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = shop.dump("shop.dump", "-Fc")
    cut = tmp_path / "cut.dump"
    shutil.copy2(path, cut)
    os.truncate(cut, cut.stat().st_size // 2)
    broken = drill_of(cut, root, shop.url)
    told = [await broken.do(step) for step in OWN]
    assert [one.outcome for one in told] == [PASSED, FAILED, FAILED, PASSED, PASSED], told
    nothing = drill_of(tmp_path / "none.dump", root, shop.url)
    told = [await nothing.do(step) for step in OWN]
    assert [one.outcome for one in told] == [PASSED, FAILED, UNKNOWN, PASSED, PASSED], told
    assert "nothing was recovered of shop" in told[2].says
    alone = drill_of(path, root, None)
    told = [await alone.do(step) for step in OWN]
    assert [one.outcome for one in told] == [PASSED, PASSED, UNKNOWN, PASSED, PASSED], told
    assert "[[backup]] database" in (told[2].remedy or "")
    away = drill_of(path, root, "postgresql://127.0.0.1:1/shop")
    told = [await away.do(step) for step in OWN]
    assert [one.outcome for one in told] == [PASSED, PASSED, UNKNOWN, PASSED, PASSED], told
    assert "main-db does not answer" in told[2].says


async def test_a_table_that_may_not_be_read_is_said(shop: Shop, root: Path) -> None:
    path = shop.dump("shop.dump", "-Fc")
    shop.run(f"GRANT SELECT ON customers TO {USER}")
    drill = drill_of(path, root, shop.server.url(shop.name, USER, PASSWORD))
    told = await drill.do(*OWN[:3])
    await drill.do(LET_GO)
    assert told.outcome is UNKNOWN
    assert "public.orders was not compared: the role may not read it" in told.says


async def test_what_a_drill_left_that_was_given_up_is_gone_after_a_day(
    shop: Shop, root: Path
) -> None:
    path = shop.dump("shop.dump", "-Fc")
    given_up = drill_of(path, root, shop.url)
    await given_up.do(PREPARE, RECOVER)
    other = drill_of(path, root, shop.url)
    other.run = "run-2"
    await other.do(PREPARE)
    assert len([name for name in names_in(root) if not name.endswith(".lock")]) == 2
    assert (await given_up.do(VALIDATE)).outcome is PASSED
    for name in names_in(root):
        if not name.endswith(".lock"):
            grow_old(root / name / "kept", days=2)
    other.run = "run-3"
    await other.do(PREPARE, LET_GO)
    assert names_in(root) == []
