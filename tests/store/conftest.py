"""Folders that the unprivileged user reaches, and stores in them."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fettle.store import embedded
from fettle.store.cluster import locate
from fettle.store.postmaster import running
from tests.servers import memory
from tests.store import processes

_numbers = itertools.count(1)


@contextmanager
def _reachable_folder() -> Iterator[Path]:
    # pytest's own folders are below one that root alone may enter
    folder = Path(tempfile.mkdtemp(prefix="fettle-store-", dir=memory()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for data in (found.parent for found in folder.rglob("postmaster.pid")):
            _end(data.parent)
        shutil.rmtree(folder, ignore_errors=True)


def _end(data: Path) -> None:
    if (pid := running(locate(data))) is not None:
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGQUIT)
        wait_for(lambda: running(locate(data)) is None)  # it frees its shared memory


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the unprivileged user may pass through; servers in it are ended."""
    with _reachable_folder() as made:
        yield made


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """Give a data directory with a cluster, whose server is stopped: to be copied, not used."""
    with _reachable_folder() as folder:
        with embedded.acquire(folder / "data"):
            pass
        yield folder / "data"


@pytest.fixture
def data(folder: Path, made: Path) -> Path:
    """Give a data directory of one's own, with a cluster whose server is stopped."""
    return copied(made, folder / "data")


def copied(data: Path, to: Path) -> Path:
    """Copy a data directory, owners and all."""
    subprocess.run(["cp", "-a", str(data), str(to)], check=True)
    return to


@pytest.fixture(scope="session")
def shared() -> Iterator[str]:
    """Give the address of a running embedded server, for fresh databases."""
    with _reachable_folder() as folder, embedded.acquire(folder / "data") as server:
        yield server.conninfo


@pytest.fixture
def address(shared: str) -> Iterator[str]:
    """Give the address of an empty database."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(shared, dbname=name)
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


@pytest.fixture(scope="session")
def oldest() -> Iterator[str]:
    """Give the address of a server of the oldest version that can be a store's."""
    programs = Path("/usr/lib/postgresql/15/bin")
    user = processes.unprivileged()
    with _reachable_folder() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        cluster = folder / "cluster"
        initdb = [str(programs / "initdb"), "-D", str(cluster), "-U", "somebody", "-A", "trust"]
        with processes.running(
            [*initdb, "--no-sync", "-E", "UTF8", "--locale=C"], folder
        ) as process:
            assert process.wait(60) == 0, (folder / "output").read_text()
        settings = [f"unix_socket_directories={folder}", "listen_addresses=", "fsync=off"]
        server = [str(programs / "postgres"), "-D", str(cluster), *_options(settings)]
        address = f"host={folder} user=somebody dbname=postgres"
        with processes.running(server, folder):
            wait_for(lambda: _answers(address))
            yield address


def _options(settings: list[str]) -> list[str]:
    return [part for setting in settings for part in ("-c", setting)]


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_for(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something has happened; fails when it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
