"""Packages that run code as they are installed, and disks without room: contained, and said."""

import base64
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fettle.model.rehearsal import RunState, TestsState, Trial
from fettle.model.update import Ecosystem
from fettle.targets.rehearsing import hashes
from fettle.targets.rehearsing.yard import Yard
from tests.made_packages import Registry, served, wheel
from tests.store.disk import small_disk
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import client, git, wanting, yard_of
from tests.targets.rehearsing.test_applying import Live, live_of

ALPHA = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.2.0")
# What it does whenever it is built: it looks for secrets, and writes wherever it can.
BACKEND = """\
import base64, os, pathlib
WHEEL = base64.b64decode({wheel!r})
found = [name for name in os.environ if 'SECRET' in name]
for place in ({places}, os.path.expanduser('~/evil'), '/tmp/evil-of-alpha', '/usr/evil'):
    try:
        pathlib.Path(place).write_text('evil')
    except OSError:
        pass
found += [str(one) for one in pathlib.Path({home!r}).glob('secret')]
if found:
    raise SystemExit('it found ' + ' '.join(found))
def build_wheel(folder, *_, **__):
    name = 'alpha-1.2.0-py3-none-any.whl'
    pathlib.Path(folder, name).write_bytes(WHEEL)
    return name
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with served() as registry:
        yield registry


@pytest.fixture
def live(tmp_path: Path, registry: Registry) -> Live:
    live = live_of(tmp_path, registry)
    home = Path(live.environ["HOME"])
    (home / "secret").write_text("hush")
    made = base64.b64encode(wheel("alpha", "1.2.0", {"alpha.py": "WORKS = True\n"})).decode()
    places = f"{str(home / 'evil')!r}, {str(live.data / 'evil')!r}"
    registry.add_sdist("alpha", "1.2.0", BACKEND.format(wheel=made, places=places, home=str(home)))
    return live


def evil(live: Live) -> list[Path]:
    """Return what a package has written where it must not."""
    places = (Path(live.environ["HOME"]), live.data, Path("/usr"))
    beside = Path("/tmp/evil-of-alpha")
    return [one for one in (*(place / "evil" for place in places), beside) if one.exists()]


async def tried(yard: Yard, where: str = "uv.lock") -> Trial:
    ecosystem = Ecosystem.NPM if where.endswith(".json") else Ecosystem.PYPI
    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        return await bench.tried(wanting(where, ecosystem, "alpha==1.2.0"))


async def test_code_of_a_package_of_uvs_runs_only_where_that_is_let_and_contained(
    live: Live,
) -> None:
    before = live.state
    test = ("python", "-c", "import alpha; assert alpha.WORKS")
    refused = await tried(yard_of(live.folder, live.data, live.environ, test=test))
    built = await tried(yard_of(live.folder, live.data, live.environ, test=test, builds=True))

    assert refused.state is TestsState.UNRAISED
    assert "[project.rehearsal] builds = true would let it, in the sandbox" in refused.says
    assert built.state is TestsState.PASSED, built.says
    assert live.state == before
    assert evil(live) == []


async def test_code_of_a_package_of_pips_likewise(live: Live, tmp_path: Path) -> None:
    files = {"requirements.txt": "alpha==1.0.0\n"}
    folder = shop.repository(tmp_path / "pips", files)
    test = ("python", "-c", "import alpha; assert alpha.WORKS")
    refused = await tried(yard_of(folder, live.data, live.environ, test=test), "requirements.txt")
    built = await tried(
        yard_of(folder, live.data, live.environ, test=test, builds=True), "requirements.txt"
    )

    assert refused.state is TestsState.UNRAISED
    assert "[project.rehearsal] builds = true would let it, in the sandbox" in refused.says
    assert built.state is TestsState.PASSED, built.says
    assert evil(live) == []


async def test_scripts_of_npms_run_only_where_that_is_let_without_the_network_and_contained(
    tmp_path: Path, registry: Registry
) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    environ = shop.environ(home, registry)
    shop.need_npm(environ)
    reaches = f"fetch('{registry.address}/').then(() => 'reached', () => 'alone')"
    install = (
        "const fs = require('fs');"
        f"for (const one of ['{home}/evil', '{data}/evil', './built'])"
        " { try { fs.writeFileSync(one, 'x') } catch {} };"
        f"{reaches}.then(said => fs.writeFileSync('./built', said))"
    )
    for version in ("1.0.0", "1.2.0"):
        scripts = {"scripts": {"install": "node install.js"}} if version == "1.2.0" else {}
        files = {"index.js": "exports.works = true\n", "install.js": install}
        registry.add_tarball("alpha", version, files, scripts)
    asks = {"name": "shop", "version": "1.0.0", "dependencies": {"alpha": "1.0.0"}}
    folder = shop.repository(tmp_path / "shop", {"package.json": json.dumps(asks)})
    client(folder, environ, "npm", "install", "--package-lock-only", "--ignore-scripts")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    plain = ("sh", "-c", "test ! -e node_modules/alpha/built")
    built = ("sh", "-c", "grep -q alone node_modules/alpha/built")

    without = await tried(yard_of(folder, data, environ, test=plain), "package-lock.json")
    let = await tried(yard_of(folder, data, environ, test=built, builds=True), "package-lock.json")

    assert without.state is TestsState.PASSED, without.says
    assert let.state is TestsState.PASSED, let.says
    assert not (home / "evil").exists()
    assert not (data / "evil").exists()


async def test_on_a_full_disk_the_way_back_needs_no_room_and_the_rest_follows(
    live: Live, tmp_path: Path
) -> None:
    before = live.state
    raised = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    is_full = tmp_path / "full"
    (tmp_path / "programs").mkdir()
    program = tmp_path / "programs" / "git"  # which a file's limit would end, and a disk would not
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *update-ref*|*read-tree*) if [ -e {is_full} ]; then\n'
        "echo 'fatal: No space left on device' >&2; exit 128; fi ;; esac\n"
        f'exec {shutil.which("git")} "$@"\n'
    )
    program.chmod(0o755)
    path = f"{program.parent}:{live.environ['PATH']}"
    yard = Live(live.folder, live.data, {**live.environ, "PATH": path}).yard()

    async def full() -> Sequence[str]:
        is_full.touch()
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        return ["the disk is full"]

    try:
        async with yard.opened("shop", "a1", "apply", tests=False) as bench:
            came = await bench.in_place(await bench.commit_of(raised), raised, "raise", full)
        in_use = hashes.of_file(live.folder / "uv.lock"), hashes.of_folder(live.folder / ".venv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        is_full.unlink(missing_ok=True)
    swept = await yard.sweep(shop.forgotten)

    assert came.state is RunState.STRANDED, "nobody says that it is back before the branch is"
    assert "No space left on device" in came.says
    assert in_use == before[:2], "the files and the environment are back at once"
    assert [one.came.state for one in swept] == [RunState.RETURNED], swept
    assert live.state == before


async def test_what_finds_no_room_before_anything_is_in_use_changes_nothing(live: Live) -> None:
    before = live.state
    yard = yard_of(live.folder, live.data, live.environ, test=("true",))
    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        with small_disk(200):
            trial = await bench.tried(wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0"))

    assert trial.state is TestsState.UNRAISED
    assert live.state == before
    assert {one.name for one in (live.data / "rehearsals").iterdir() if one.is_dir()} == {"cache"}


def test_where_there_is_too_little_room_nothing_is_begun(live: Live, tmp_path: Path) -> None:
    """On a real disk of 20 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=20m tmpfs {disk}"
    if subprocess.run([*apart, mount], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a disk of their own")
    said = subprocess.run(
        [*apart, f"{mount} && exec {sys.executable} -c '{_BEGUN}' {live.folder} {disk}"],
        env={**live.environ, "PYTHONPATH": ":".join(sys.path)},
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert said.stdout.strip() == f"less than 512 MiB is free in {disk}/rehearsals"


_BEGUN = """
import asyncio, os, sys
from pathlib import Path
from fettle.errors import Refused
from tests.targets.rehearsing.shop import yard_of

async def begun():
    yard = yard_of(Path(sys.argv[1]), Path(sys.argv[2]), dict(os.environ), test=("true",))
    async with yard.opened("shop", "r1", "rehearsal", tests=True):
        pass

try:
    asyncio.run(begun())
except Refused as error:
    print(error.reason)
"""
