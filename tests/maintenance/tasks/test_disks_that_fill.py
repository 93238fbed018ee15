"""A disk is full before a backup is restored: no backup is called bad for that, and none good."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.maintenance.tasks.daily_backup_verification import COMPLETED, RESTORE, TASK
from fettle.model.work import Outcome, Told
from fettle.targets.backups.restoring import Restoring
from tests.maintenance.tasks.backing_up import Shop, names_in, restoring, run, shop_of
from tests.maintenance.working import Steps, tools
from tests.servers import Server

UNKNOWN = Outcome.UNKNOWN

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have a small disk")
pytestmark = needs_root


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    """Mount a disk that is soon full, in reach of the servers' user."""
    folder = Path(tempfile.mkdtemp(prefix="fettle-test-", dir="/var/tmp"))
    try:
        run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs", str(folder)])
        try:
            yield folder
        finally:
            run(["umount", "--lazy", str(folder)])
    finally:
        folder.rmdir()


async def restored(
    backup: Mapping[str, object], mebibytes: int, environ: Mapping[str, str] | None = None
) -> Told:
    """Restore a backup, on a disk of so much that is thought to be large."""
    with small_disk(mebibytes) as disk:
        port = restoring(backup, disk, environ=environ)
        assert isinstance(port, Restoring)
        believing = replace(port, free=lambda _: 10 * 1024**3)
        told = await Steps(TASK, tools(backups=believing)).do(COMPLETED, RESTORE)
        assert names_in(disk) == []
    return told


def was_full(told: Told) -> bool:
    """Whether it says which disk was full, and what to do."""
    is_named = re.search(r"the disk of /var/tmp/fettle-test-\w+ was full", told.says)
    return is_named is not None and "make room" in (told.remedy or "")


@pytest.fixture(scope="module")
def large(pg15: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a shop whose rows take some 100 MB."""
    with shop_of(pg15, tmp_path_factory.mktemp("large"), "large") as shop:
        shop.run(
            "INSERT INTO orders SELECT -n, 1, repeat('x', 900) FROM generate_series(1, 90000) n"
        )
        yield shop


@pytest.fixture(scope="module")
def dump(large: Shop) -> Path:
    """Give a dump of it as SQL."""
    return large.dump("large.sql", "-Fp")


def packed(path: Path, folder: Path, how: str) -> dict[str, object]:
    """Return a backup that a dump is packed into, or kept by."""
    target = folder / f"large.{how}"
    if how in ("restic", "borg"):
        return kept_by(how, path, folder / how)
    words = {
        "gz": ["gzip", "--stdout", "--fast", str(path)],
        "lz4": ["lz4", "-c", str(path)],
        "gpg": ["gpg", "--batch", "--homedir", str(folder), "--pinentry-mode", "loopback"],
    }[how]
    if how == "gpg":
        words += ["--passphrase", "key", "--compress-algo", "none", "-o", "-", "-c", str(path)]
    with target.open("wb") as out:
        subprocess.run(words, check=True, stdout=out)
    return {"path": str(target), "passphrase": "key"}


def kept_by(program: str, path: Path, repository: Path) -> dict[str, object]:
    """Keep a dump in a repository, whose passphrase is `key`."""
    if program == "restic":
        environ = {"RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": "key"}
        run(["restic", "init"], environ)
        run(["restic", "backup", str(path)], environ)
    else:
        environ = {"BORG_PASSPHRASE": "key", "HOME": str(repository.parent)}
        run(["borg", "init", "--encryption=repokey", str(repository)], environ)
        run(["borg", "create", f"{repository}::first", str(path)], environ)
    told = {"kind": program, "repository": str(repository), "path": str(path)}
    return {**told, "passphrase": "key"}


@pytest.mark.parametrize("how", ["gz", "lz4", "gpg", "restic", "borg"])
async def test_a_disk_that_fills_is_no_fault_of_what_a_dump_is_packed_into(
    dump: Path, tmp_path: Path, how: str
) -> None:
    backup = packed(dump, tmp_path, how)
    # there is room for an empty cluster, and none for what is taken out of what is around it
    told = await restored(backup, 60, {"HOME": str(tmp_path)})
    assert (told.outcome, was_full(told)) == (UNKNOWN, True), told.says


async def test_a_disk_that_fills_while_rows_come_in_is_no_fault_of_the_dump(dump: Path) -> None:
    told = await restored({"path": str(dump)}, 80)
    assert (told.outcome, was_full(told)) == (UNKNOWN, True), told.says
