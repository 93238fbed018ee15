"""Real projects of uv, pip and npm, rehearsed against a registry on this machine."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.model.rehearsal import TestsState, Verdict
from fettle.model.update import Ecosystem
from tests.made_packages import Registry, served
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import client, git, rehearsed, wanting, yard_of

PYTHON = ("python", "-m", "unittest", "-q")
PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["alpha>=1", "beta==1.0.0"]
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with served() as registry:
        shop.stock(registry)
        yield registry


@pytest.fixture
def environ(tmp_path: Path, registry: Registry) -> dict[str, str]:
    return shop.environ(tmp_path / "home", registry)


def locked(folder: Path, environ: dict[str, str], registry: Registry) -> Path:
    """Return a project of uv's, locked when alpha and beta were at 1.0.0."""
    shop.repository(folder, {"pyproject.toml": PYPROJECT, "test_shop.py": shop.TEST})
    client(folder, environ, "uv", "lock", "--upgrade-package", "alpha==1.0.0")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    return folder


async def test_of_a_uv_project_the_good_one_lands_and_nothing_else_is_touched(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    folder = locked(tmp_path / "shop", environ, registry)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    yard = yard_of(folder, tmp_path / "data", environ, test=PYTHON)
    wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0", "beta==2.0.0")

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        judged, trials = await rehearsed(bench, wanted)
        await bench.keep(str(judged.commit))
        bench.finished()

    assert judged.verdict is Verdict.PARTLY, trials
    assert judged.landed == ("uv.lock#alpha==1.1.0",)
    assert judged.left["uv.lock#beta==2.0.0"].startswith("tests fail: ")
    assert git(folder, "log", "-1", "--format=%s %an", str(judged.commit)) == (
        "Raise alpha to 1.1.0 Fettle"
    )
    assert git(folder, "diff", "--name-only", "HEAD", str(judged.commit)) == "uv.lock"
    assert 'name = "alpha"\nversion = "1.1.0"' in git(folder, "show", f"{judged.commit}:uv.lock")
    assert before == {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert git(folder, "worktree", "list").count("\n") == 0
    assert git(folder, "for-each-ref", "--format=%(refname)", "refs/fettle") == "refs/fettle/r1"
    left = {path.name for path in (tmp_path / "data" / "rehearsals").iterdir() if path.is_dir()}
    assert left == {"cache"}


async def test_of_several_the_bad_ones_are_found_also_in_a_group(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    """Of six; beta is bad in its group, and epsilon fails only together with zeta."""
    names = ("gamma", "delta", "epsilon", "zeta")
    for name in names:
        for version in ("1.0.0", "1.1.0"):
            registry.add_wheel(name, version, {f"{name}.py": f"VERSION = {version!r}\n"})
    asks = ", ".join(f'"{name}>=1"' for name in ("alpha", "beta", *names))
    text = PYPROJECT.replace('"alpha>=1", "beta==1.0.0"', asks)
    check = (
        "import alpha, beta, gamma, delta, epsilon, zeta\n"
        "assert (alpha.WORKS, beta.WORKS) == (True, True)\n"
        "assert '1.0.0' in (epsilon.VERSION, zeta.VERSION)\n"
    )
    files = {"pyproject.toml": text, "check.py": check}
    folder = shop.repository(tmp_path / "shop", files)
    held = [word for name in ("alpha", "beta", *names) for word in ("-P", f"{name}==1.0.0")]
    client(folder, environ, "uv", "lock", *held)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    newer = ["alpha==1.1.0", "beta==2.0.0", *(f"{name}==1.1.0" for name in names)]
    wanted = [
        replace(one, group="pair" if one.package.name in {"beta", "gamma"} else "")
        for one in wanting("uv.lock", Ecosystem.PYPI, *newer)
    ]
    yard = yard_of(folder, tmp_path / "data", environ, test=("python", "check.py"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        judged, trials = await rehearsed(bench, wanted)

    landed = {one.partition("#")[2] for one in judged.landed}
    good = {"alpha==1.1.0", "gamma==1.1.0", "delta==1.1.0", "epsilon==1.1.0"}
    assert landed == good, trials
    left = {one.partition("#")[2]: why for one, why in judged.left.items()}
    assert {*left} == {"beta==2.0.0", "zeta==1.1.0"}
    assert all(why.startswith("tests fail: ") for why in left.values())
    lock = tomllib.loads(git(folder, "show", f"{judged.commit}:uv.lock"))
    locked = {one["name"]: one["version"] for one in lock["package"]}
    assert (locked["beta"], locked["gamma"]) == ("1.0.0", "1.1.0")
    assert locked["epsilon"] == "1.1.0"
    assert len(trials) <= 12


async def test_an_exact_pin_of_pyproject_is_raised_with_the_lock(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    registry.add_wheel("beta", "1.2.0", {"beta.py": "WORKS = True\n"})
    folder = locked(tmp_path / "shop", environ, registry)
    yard = yard_of(folder, tmp_path / "data", environ, test=PYTHON)

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanting("uv.lock", Ecosystem.PYPI, "beta==1.2.0"))

    assert trial.state is TestsState.PASSED, trial.says
    assert '"beta==1.2.0"]' in git(folder, "show", f"{trial.commit}:pyproject.toml")


async def test_of_a_pip_project_a_pin_is_rewritten_and_all_else_stays_to_the_byte(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    pins = "# ours\nAlpha==1.0.0 ; python_version > '3'  # keep\r\n\nbeta == 1.0.0\n"
    files = {"requirements.txt": pins, "test_shop.py": shop.TEST}
    folder = shop.repository(tmp_path / "shop", files)
    yard = yard_of(folder, tmp_path / "data", environ, test=PYTHON)
    wanted = wanting("requirements.txt", Ecosystem.PYPI, "alpha==1.1.0", "beta==2.0.0")

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        judged, trials = await rehearsed(bench, wanted)

    assert judged.landed == ("requirements.txt#alpha==1.1.0",), trials
    raised = git(folder, "cat-file", "blob", f"{judged.commit}:requirements.txt")
    assert raised == pins.replace("Alpha==1.0.0", "Alpha==1.1.0").replace("\r\n", "\n").strip()


async def test_hashes_are_compiled_anew_or_it_is_said_why_not(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    files = {
        "requirements.in": "alpha\nbeta==1.0.0\n",
        "requirements.txt": "alpha==1.0.0\n",
        "test_shop.py": shop.TEST,
    }
    folder = shop.repository(tmp_path / "shop", files)
    words = ("uv", "pip", "compile", "requirements.in", "--generate-hashes", "-q", "-o")
    client(folder, environ, *words, "requirements.txt")
    git(folder, "commit", "--quiet", "--all", "--message=Lock")
    yard = yard_of(folder, tmp_path / "data", environ, test=PYTHON)
    wanted = wanting("requirements.txt", Ecosystem.PYPI, "alpha==1.1.0")

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        compiled = await bench.tried(wanted)
    git(folder, "rm", "--quiet", "requirements.in")
    git(folder, "commit", "--quiet", "--message=Forget what is asked for")
    async with yard.opened("shop", "r2", "rehearsal", tests=True) as bench:
        refused = await bench.tried(wanted)

    assert compiled.state is TestsState.PASSED, compiled.says
    raised = git(folder, "show", f"{compiled.commit}:requirements.txt")
    assert "alpha==1.1.0" in raised
    assert raised.count("--hash=sha256:") == 2
    assert "uv pip compile requirements.in --generate-hashes" in raised
    assert refused.state is TestsState.UNRAISED
    assert "has hashes, and there is no requirements.in" in refused.says


async def test_of_an_npm_project_the_lock_is_raised_in_the_manner_it_asks(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    shop.need_npm(environ)
    asks = {"dependencies": {"alpha": "~1.0.0", "beta": "1.0.0"}}
    check = "const {works} = require('alpha'); const b = require('beta'); "
    files = {
        "package.json": json.dumps({"name": "shop", "version": "1.0.0", **asks}, indent=2) + "\n",
        "test.js": f"{check}process.exit(works && b.works ? 0 : 1)\n",
    }
    folder = shop.repository(tmp_path / "shop", files)
    client(folder, environ, "npm", "install", "--package-lock-only", "--ignore-scripts")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    yard = yard_of(folder, tmp_path / "data", environ, test=("node", "test.js"))
    wanted = wanting("package-lock.json", Ecosystem.NPM, "alpha==1.1.0", "beta==2.0.0")

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        judged, trials = await rehearsed(bench, wanted)

    assert judged.landed == ("package-lock.json#alpha==1.1.0",), trials
    raised = json.loads(git(folder, "show", f"{judged.commit}:package.json"))
    assert raised["dependencies"] == {"alpha": "~1.1.0", "beta": "1.0.0"}
    lock = json.loads(git(folder, "show", f"{judged.commit}:package-lock.json"))
    assert lock["packages"]["node_modules/alpha"]["version"] == "1.1.0"
