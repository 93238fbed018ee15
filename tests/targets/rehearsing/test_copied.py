"""Tests are given a copy of a database: a fresh one each time, and the source stays as it is."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from fettle.errors import ActFailed
from fettle.model.quantity import Bytes
from fettle.model.rehearsal import Isolation, TestsState
from fettle.store import embedded
from fettle.targets.rehearsing.copied import copied, refuse_no_room
from fettle.targets.rehearsing.sandbox import Sandbox
from tests.conftest import FreshDatabase
from tests.made_packages import served
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.test_applying import Live, live_of

_PROGRAM = """\
import os, pathlib, subprocess, sys
sys.path[:0] = os.environ["PACKAGES"].split(":")
import psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    (count,) = connection.execute("SELECT count(*) FROM orders").fetchone()
    assert count == 2, count
    connection.execute("DELETE FROM orders")
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        yield live_of(tmp_path, registry)


@pytest.fixture
def data() -> Iterator[Path]:
    """Give a folder that another user may pass through, as root's server has to."""
    with tempfile.TemporaryDirectory(prefix="fettle-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def test_each_run_has_a_copy_of_its_own_and_the_source_stays(
    live: Live, data: Path, pg18_database: FreshDatabase
) -> None:
    pg18_database.run("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2)")
    packages = Path(psycopg.__file__).parents[1]
    yard = shop.yard_of(
        live.folder,
        data,
        {**live.environ, "PACKAGES": str(packages)},
        databases={"main": pg18_database.url},
        test=("python", "-c", _PROGRAM),
        database="main",
        variables=("PACKAGES",),
        visible=(packages,),
    )

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        folder = data / "rehearsals" / "r1" / "database"
        first, again = await bench.tried([]), await bench.tried([])
        assert embedded.runs(folder)

    assert (first.state, again.state) == (TestsState.PASSED, TestsState.PASSED), first.says
    assert not embedded.runs(folder)
    assert not folder.exists()
    with psycopg.connect(pg18_database.url) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)


def test_a_database_that_finds_no_room_is_not_copied(tmp_path: Path) -> None:
    refuse_no_room(Bytes(1), tmp_path, copies=3)
    with pytest.raises(ActFailed, match=r"that takes .* PiB, and .* is free in") as refused:
        refuse_no_room(Bytes(10**15), tmp_path, copies=3)
    assert "[project.rehearsal] database" in str(refused.value.remedy)


async def test_a_source_that_somebody_has_locked_is_not_waited_for(
    tmp_path: Path, pg18_database: FreshDatabase
) -> None:
    pg18_database.run("CREATE TABLE orders (id int)")
    sandbox = Sandbox(Isolation.NONE)
    with psycopg.connect(pg18_database.url) as other:
        other.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ActFailed, match="canceling statement due to"):
            async with copied(pg18_database.url, "URL", tmp_path, sandbox, timedelta(minutes=1)):
                raise AssertionError
