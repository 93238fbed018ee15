"""What still uses files that were replaced is named, by its service where it has one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fettle.targets.system import restarts as restarts_
from fettle.targets.system.restarts import Restarts, of_needrestart, restarts

NOBODY = {"PATH": "/nonexistent"}
LIB = "7f00-7f01 r-xp 00000000 08:01 12    /usr/lib/x86_64-linux-gnu/libssl.so.3"


def process(root: Path, pid: int, maps: str, cgroup: str, comm: str = "prog") -> Path:
    folder = root / "proc" / str(pid)
    folder.mkdir(parents=True)
    for name, text in (("maps", maps), ("cgroup", cgroup), ("comm", comm)):
        (folder / name).write_text(f"{text}\n")
    return folder


@pytest.fixture
def nobody() -> Iterator[Path]:
    """Give a folder, and look as somebody who may not read everything, as root may."""
    with TemporaryDirectory() as folder:
        was = os.geteuid()
        if was == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(was)


async def test_services_and_programs_are_told_apart(tmp_path: Path) -> None:
    process(tmp_path, 10, f"{LIB} (deleted)", "0::/system.slice/nginx.service")
    process(tmp_path, 11, f"{LIB} (deleted)", "0::/system.slice/nginx.service")
    process(tmp_path, 12, LIB, "0::/system.slice/ssh.service")
    user = "0::/user.slice/user-1.slice/user@1.service/app.slice/x.scope"
    process(tmp_path, 13, f"{LIB} (deleted)", user, "vim")
    process(tmp_path, 14, "7f00-7f01 r-xp 0 0:1 1 /memfd:x (deleted)", "0::/", "java")
    process(tmp_path, 15, f"{LIB} (deleted)".replace("r-xp", "r--p"), "0::/", "reader")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "reboot-required").touch()
    (tmp_path / "run" / "reboot-required.pkgs").write_text("linux-image-6\nlinux-image-6\n")

    found = await restarts(NOBODY, tmp_path)

    assert found == Restarts(
        ("nginx.service",), ("vim (13)",), "packages ask for it: linux-image-6", 0
    )


async def test_whose_files_may_not_be_read_is_counted(nobody: Path) -> None:
    (process(nobody, 10, LIB, "0::/system.slice/a.service") / "maps").chmod(0)

    assert (await restarts(NOBODY, nobody)).unseen == 1


async def test_a_real_program_whose_file_was_replaced_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "sleeper"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", copy)
    running = subprocess.Popen([copy, "60"])  # noqa: ASYNC220 - it only sleeps
    try:
        monkeypatch.setattr(restarts_, "_OF_PACKAGES", (str(tmp_path),))
        before = await restarts(NOBODY)
        copy.rename(tmp_path / "old")
        (tmp_path / "old").unlink()
        after = await restarts(NOBODY)
    finally:
        running.kill()
        running.wait()

    named = f"sleeper ({running.pid})"
    assert named not in before.programs
    assert named in after.programs or after.services


async def test_needrestart_is_believed_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "needrestart"
    program.write_text(f"#!/bin/sh\ncat <<E\n{BATCH}E\n")
    program.chmod(0o755)
    (tmp_path / "proc").mkdir()

    found = await restarts({"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}, tmp_path)

    assert found == of_needrestart(BATCH)
    assert found.services == ("dbus.service", "ssh.service")
    assert found.machine == "kernel 6.1.0-28-amd64 is installed, and does not run"


BATCH = """\
NEEDRESTART-VER: 3.6
NEEDRESTART-KCUR: 6.1.0-25-amd64
NEEDRESTART-KEXP: 6.1.0-28-amd64
NEEDRESTART-KSTA: 3
NEEDRESTART-SVC: dbus.service
NEEDRESTART-SVC: ssh.service
"""
