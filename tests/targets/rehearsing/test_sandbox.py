"""What runs in the sandbox sees nothing of the user's, reaches nobody, and ends in time."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import ActFailed, Refused
from fettle.model.quantity import Bytes
from fettle.model.rehearsal import Isolation
from fettle.targets.rehearsing.bounds import Bounds
from fettle.targets.rehearsing.sandbox import Sandbox, View, sandbox_of

BOUNDS = Bounds(timedelta(seconds=60))


@pytest.fixture
async def sandbox() -> Sandbox:
    return await sandbox_of(os.environ, without_isolation=False)


@pytest.fixture
def view(tmp_path: Path) -> View:
    for name in ("base", "tree"):
        (tmp_path / name).mkdir()
    (tmp_path / "tree" / "file").write_text("here")
    live = Path("/srv/shop")
    return View(tmp_path / "base", tmp_path / "tree", live, live)


async def shell(sandbox: Sandbox, view: View, script: str, bounds: Bounds = BOUNDS) -> str:
    ended = await sandbox.run(["sh", "-c", script], view, bounds)
    return ended.output.decode() + ended.errors.decode()


async def test_it_writes_to_its_tree_where_the_live_one_is_and_nowhere_else(
    sandbox: Sandbox, view: View
) -> None:
    said = await shell(
        sandbox, view, "pwd; cat file; echo new > file; touch /usr/x /etc/x; touch $HOME/x /tmp/y"
    )

    assert said.startswith("/srv/shop\nhere")
    assert said.count("Read-only file system") + said.count("Permission denied") >= 1
    assert (view.tree / "file").read_text() == "new\n"
    assert (view.base / "home" / "x").exists()
    assert (view.base / "tmp" / "y").exists()
    assert "y" not in os.listdir("/tmp")  # noqa: PTH208


async def test_it_is_told_no_secret_and_sees_no_home(
    sandbox: Sandbox, view: View, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    (tmp_path / "secret").write_text("hush")

    said = await shell(
        sandbox, view, f"env; cat {tmp_path}/secret /root/.npmrc /etc/shadow; ls /home /root /var"
    )

    assert "hush" not in said
    assert said.count("No such file") >= 3
    assert "HOME=/home/fettle" in said


async def test_of_the_repository_it_sees_the_tree_only(sandbox: Sandbox, view: View) -> None:
    (view.tree / ".git").write_text("gitdir: /somewhere")

    assert "gitdir" not in await shell(sandbox, view, "cat .git; rm -f .git; rm -rf ./*")
    assert (view.tree / ".git").read_text() == "gitdir: /somewhere"
    assert not (view.tree / "file").exists(), "what is its own it may well delete"


async def test_it_reaches_nobody_unless_somebody_fetches(sandbox: Sandbox, view: View) -> None:
    script = (
        "import socket\ntry: socket.create_connection(('127.0.0.1', {}), 2); print('reached')\n"
        "except OSError as error: print('no', error)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [sys.executable, "-c", script.format(server.getsockname()[1])]
        off = await sandbox.run(words, _with_python(view), BOUNDS)
        on = await sandbox.run(words, replace(_with_python(view), network=True), BOUNDS)

    assert off.output.startswith(b"no"), off
    assert on.output == b"reached\n", on


def _with_python(view: View) -> View:
    prefixes = {Path(sys.base_prefix), Path(sys.prefix)}
    return replace(view, reads=[(prefix, prefix) for prefix in prefixes])


async def test_it_sees_no_process_but_its_own(sandbox: Sandbox, view: View) -> None:
    said = await shell(sandbox, view, "ls /proc | grep -c '^[0-9]'")

    assert int(said.split()[0]) < 10


async def test_who_hangs_is_ended_with_all_that_it_started(sandbox: Sandbox, view: View) -> None:
    script = (
        "trap '' TERM; (setsid sh -c 'while :; do date +%N >alive; sleep .05; done') & sleep 99"
    )
    with pytest.raises(ActFailed, match="took longer than"):
        await shell(sandbox, view, script, replace(BOUNDS, within=timedelta(seconds=1)))

    before = (view.tree / "alive").read_text()
    await asyncio.sleep(0.3)
    assert (view.tree / "alive").read_text() == before


@pytest.mark.parametrize(
    ("script", "bounds", "why"),
    [
        (
            "for i in $(seq 60); do sleep 30 & done; wait",
            replace(BOUNDS, processes=30),
            "more than 30 processes|Cannot fork|Resource temporarily",
        ),
        (
            "exec tail /dev/zero",
            replace(BOUNDS, memory=Bytes.parse("64 MiB")),
            "more than 64 MiB of memory",
        ),
        ("sleep 30", replace(BOUNDS, free=Bytes(2**60)), "is left on the disk"),
    ],
)
async def test_who_takes_too_much_is_ended(
    sandbox: Sandbox, view: View, script: str, bounds: Bounds, why: str
) -> None:
    began = time.monotonic()
    with pytest.raises(ActFailed, match=why):
        raise ActFailed(await shell(sandbox, view, script, bounds))
    assert time.monotonic() - began < 20


async def test_it_ends_with_whoever_started_it(view: View, tmp_path: Path) -> None:
    alive = tmp_path / "tree" / "alive"
    program = (
        "import asyncio, os, sys\nfrom datetime import timedelta\nfrom pathlib import Path\n"
        "from fettle.targets.rehearsing.bounds import Bounds\n"
        "from fettle.targets.rehearsing.sandbox import View, sandbox_of\n"
        f"base, tree = Path({str(view.base)!r}), Path({str(view.tree)!r})\n"
        "live = Path('/srv/shop')\n"
        "async def main():\n"
        "    sandbox = await sandbox_of(os.environ, without_isolation=False)\n"
        "    script = 'while :; do date +%N >alive; sleep .05; done'\n"
        "    view = View(base, tree, live, live)\n"
        "    await sandbox.run(['sh', '-c', script], view, Bounds(timedelta(seconds=60)))\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)  # noqa: TID251
    while not alive.exists():
        await asyncio.sleep(0.05)
        assert process.returncode is None
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await asyncio.sleep(0.3)

    before = alive.read_text()
    await asyncio.sleep(0.3)
    assert alive.read_text() == before


async def test_where_nothing_isolates_it_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    broken.chmod(0o755)
    here: Mapping[str, str] = {"PATH": f"{tmp_path}:/usr/bin:/bin"}

    with pytest.raises(Refused, match="No permissions to create new namespace"):
        await sandbox_of(here, without_isolation=False)
    with pytest.raises(Refused, match="not on this machine"):
        await sandbox_of({"PATH": str(tmp_path / "empty")}, without_isolation=False)
    allowed = await sandbox_of(here, without_isolation=True)
    assert allowed.isolation is Isolation.NONE


async def test_without_isolation_it_works_in_its_tree_all_the_same(view: View) -> None:
    said = await shell(
        Sandbox(Isolation.NONE), view, "pwd; echo $HOME; cat file; env | grep -c AWS"
    )

    assert said.splitlines()[:3] == [str(view.tree), str(view.base / "home"), "here0"]
