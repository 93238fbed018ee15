"""Real projects of Poetry, pnpm, Yarn and npm, raised against a registry on this machine."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fettle.model.rehearsal import TestsState
from fettle.model.update import Ecosystem, Package, Raise
from fettle.updates import locks
from tests.made_packages import Registry, served
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import client, git, rehearsed, wanting, yard_of

SDKS = Path(__file__).parents[3] / ".work" / "sdks"
PACKAGES = SDKS / "node_modules"
ASKS = {"dependencies": {"alpha": "~1.0.0", "beta": "1.0.0", "omega": "^1.0.0"}}
CHECK = """\
const {works} = require('alpha'), b = require('beta'), o = require('omega')
process.exit(works && b.works && o.inner ? 0 : 1)
"""
PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["alpha>=1", "beta==1.0.0", "omega (>=1,<2)"]

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "made"
url = "REGISTRY/simple/"
priority = "primary"
"""


@dataclass(frozen=True)
class Client:
    """A client of npm's packages: its program, its lock, and how that is written first."""

    program: Path | None
    lock: str
    words: tuple[str, ...]
    files: Mapping[str, str]

    def __str__(self) -> str:
        return self.program.parent.parent.name if self.program else self.words[0]


NPM = Client(
    None, "package-lock.json", ("npm", "install", "--package-lock-only", "--ignore-scripts"), {}
)
PNPM = Client(
    PACKAGES / "pnpm" / "bin" / "pnpm.cjs",
    "pnpm-lock.yaml",
    ("pnpm", "install", "--lockfile-only", "--no-frozen-lockfile"),
    {},
)
YARN = Client(PACKAGES / "yarn" / "bin" / "yarn.js", "yarn.lock", ("yarn", "install"), {})
BERRY = Client(
    PACKAGES / "@yarnpkg" / "cli-dist" / "bin" / "yarn.js",
    "yarn.lock",
    ("yarn", "install", "--no-immutable"),
    {".yarnrc.yml": "nodeLinker: node-modules\n", "yarn.lock": "", ".gitignore": "node_modules\n"},
)
CLIENTS = (NPM, PNPM, YARN, BERRY)
# The newest Yarn takes as long as the others together.
QUICK = (NPM, PNPM, YARN, pytest.param(BERRY, marks=pytest.mark.soak))


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Serve alpha and beta as ever, and omega, which asks for inner, of which there are several."""
    with served() as registry:
        shop.stock(registry)
        for version in ("1.0.0", "1.1.0", "1.2.0", "2.0.0"):
            registry.add_tarball("inner", version, {"index.js": f"exports.is = '{version}'\n"})
            registry.add_wheel("inner", version, {"inner.py": f"IS = '{version}'\n"})
        script = {"index.js": "exports.inner = require('inner').is\n"}
        registry.add_tarball("omega", "1.0.0", script, {"dependencies": {"inner": "^1.0.0"}})
        registry.add_wheel("omega", "1.0.0", {"omega.py": "import inner\n"}, ("inner>=1,<2",))
        yield registry


@pytest.fixture
def environ(tmp_path: Path, registry: Registry) -> dict[str, str]:
    environ = shop.environ(tmp_path / "home", registry)
    return {
        **environ,
        "YARN_REGISTRY": f"{registry.address}/npm/",
        "YARN_NPM_REGISTRY_SERVER": f"{registry.address}/npm",
        "YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1",
        "YARN_NPM_MINIMAL_AGE_GATE": "0",  # the registry tells nobody when a version came out
        "YARN_ENABLE_TELEMETRY": "0",
    }


def with_client(client: Client, environ: dict[str, str], folder: Path) -> dict[str, str]:
    """Return an environment in which a client is in the PATH."""
    shop.need_npm(environ)
    if client.program is None:
        return environ
    folder.mkdir()
    (folder / client.words[0]).symlink_to(client.program)
    client.program.chmod(0o755)
    return {**environ, "PATH": f"{folder}:{environ['PATH']}"}


def locked(folder: Path, one: Client, environ: dict[str, str], registry: Registry) -> Path:
    """Return a project that was locked when there was nothing newer than 1.0.0."""
    newer = {
        name: {version: versions.pop(version) for version in list(versions) if version != "1.0.0"}
        for name, versions in registry.tarballs.items()
    }
    text = json.dumps({"name": "shop", "version": "1.0.0", **ASKS}, indent=4) + "\n\n"
    shop.repository(folder, {"package.json": text, "test.js": CHECK, **one.files})
    client(folder, environ, *one.words)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    for name, versions in newer.items():
        registry.tarballs[name] |= versions
    return folder


def versions_of(folder: Path, commit: str | None, lock: str) -> dict[str, str]:
    """Return what a commit's lock says is in use, as Fettle reads it."""
    read = locks.read(lock, git(folder, "show", f"{commit}:{lock}"), lock)
    assert len({one.package.name for one in read.installed}) == len(read.installed)
    return {one.package.name: one.version for one in read.installed}


@pytest.mark.parametrize("one", CLIENTS, ids=str)
async def test_the_good_one_lands_in_the_manner_it_is_asked_for_and_nothing_else_is_touched(
    tmp_path: Path, registry: Registry, environ: dict[str, str], one: Client
) -> None:
    environ = with_client(one, environ, tmp_path / "bin")
    folder = locked(tmp_path / "shop", one, environ, registry)
    yard = yard_of(folder, tmp_path / "data", environ, test=("node", "test.js"))
    wanted = wanting(one.lock, Ecosystem.NPM, "alpha==1.1.0", "beta==2.0.0")

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        judged, trials = await rehearsed(bench, wanted)

    assert judged.landed == (f"{one.lock}#alpha==1.1.0",), trials
    assert judged.left[f"{one.lock}#beta==2.0.0"].startswith("tests fail: ")
    before = git(folder, "show", "HEAD:package.json")
    after = git(folder, "show", f"{judged.commit}:package.json")
    assert after == before.replace('"~1.0.0"', '"~1.1.0"')
    assert versions_of(folder, judged.commit, one.lock) == {
        "alpha": "1.1.0",
        "beta": "1.0.0",
        "omega": "1.0.0",
        "inner": "1.0.0",
    }
    changed = git(folder, "diff", "--name-only", "HEAD", str(judged.commit)).split()
    assert set(changed) == {"package.json", one.lock}
    assert git(folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("one", QUICK, ids=str)
async def test_what_others_ask_for_comes_to_the_very_version_and_no_further_than_they_let_it(
    tmp_path: Path, registry: Registry, environ: dict[str, str], one: Client
) -> None:
    environ = with_client(one, environ, tmp_path / "bin")
    folder = locked(tmp_path / "shop", one, environ, registry)
    yard = yard_of(folder, tmp_path / "data", environ, test=("node", "test.js"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        smallest = await bench.tried(wanting(one.lock, Ecosystem.NPM, "inner==1.1.0"))
        beyond = await bench.tried(wanting(one.lock, Ecosystem.NPM, "inner==2.0.0"))

    assert smallest.state is TestsState.PASSED, smallest.says
    assert versions_of(folder, smallest.commit, one.lock)["inner"] == "1.1.0"
    assert git(folder, "diff", "--name-only", "HEAD", str(smallest.commit)) == one.lock
    assert beyond.state is TestsState.UNRAISED
    assert "inner" in beyond.says


@pytest.mark.parametrize("one", QUICK, ids=str)
async def test_an_ancestor_is_raised_so_that_what_it_asks_for_comes_in(
    tmp_path: Path, registry: Registry, environ: dict[str, str], one: Client
) -> None:
    environ = with_client(one, environ, tmp_path / "bin")
    folder = locked(tmp_path / "shop", one, environ, registry)
    script = {"index.js": "exports.inner = require('inner').is\n"}
    registry.add_tarball("inner", "2.1.0", {"index.js": "exports.is = '2.1.0'\n"})
    registry.add_tarball("omega", "1.1.0", script, {"dependencies": {"inner": "^2.0.0"}})
    yard = yard_of(folder, tmp_path / "data", environ, test=("node", "test.js"))
    wanted = [
        replace(each, through=(Raise(Package(Ecosystem.NPM, "omega"), "1.0.0", "1.1.0"),))
        for each in wanting(one.lock, Ecosystem.NPM, "inner==2.0.0")
    ]

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanted)

    assert trial.state is TestsState.PASSED, trial.says
    found = versions_of(folder, trial.commit, one.lock)
    assert (found["omega"], found["inner"]) == ("1.1.0", "2.0.0")


@pytest.mark.parametrize(
    ("here", "lock_of"), [(YARN, BERRY), (BERRY, YARN)], ids=["classic here", "berry here"]
)
async def test_a_yarn_that_would_write_the_lock_anew_in_its_own_form_is_not_let(
    tmp_path: Path, registry: Registry, environ: dict[str, str], here: Client, lock_of: Client
) -> None:
    theirs = with_client(lock_of, environ, tmp_path / "theirs")
    folder = locked(tmp_path / "shop", lock_of, theirs, registry)
    environ = with_client(here, environ, tmp_path / "bin")
    yard = yard_of(folder, tmp_path / "data", environ, test=("node", "test.js"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanting("yarn.lock", Ecosystem.NPM, "alpha==1.1.0"))

    assert trial.state is TestsState.UNRAISED
    assert trial.says.startswith("yarn.lock is of Yarn "), trial.says


async def test_where_the_program_is_missing_it_is_said(
    tmp_path: Path, registry: Registry, environ: dict[str, str]
) -> None:
    here = with_client(PNPM, environ, tmp_path / "bin")
    folder = locked(tmp_path / "shop", PNPM, here, registry)
    yard = yard_of(folder, tmp_path / "data", environ, test=("node", "test.js"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanting("pnpm-lock.yaml", Ecosystem.NPM, "alpha==1.1.0"))

    assert trial.state is TestsState.UNRAISED
    assert trial.says == "pnpm is not on this machine"


PINNED_LOCK = """\
importers:
  .:
    packageManagerDependencies:
      pnpm:
        specifier: $named
        version: $named
packages:
  pnpm@$named: {}
  pnpm@$asked: {}
"""
PINNED = f"""\
#!/bin/sh
# As pnpm 12 does: it is the one that the project names, and keeps that in the lock.
named=$(sed -n 's/.*"packageManager": "pnpm@\\([^"+]*\\).*/\\1/p' package.json)
asked=$(sed -n 's/.*"pnpm": "\\([^"]*\\)".*/\\1/p' package.json)
[ "$1" = --version ] && exec echo "$named"
cat > pnpm-lock.yaml <<END
{PINNED_LOCK}END
"""


@pytest.mark.parametrize(
    ("before", "current", "version", "after"),
    [
        (
            '{"packageManager": "pnpm@12.0.0+sha512.0a"}',
            "12.0.0",
            "12.1.0",
            '{"packageManager": "pnpm@12.1.0"}',
        ),
        (
            '{"packageManager": "pnpm@12.0.0+sha512.0a", "devDependencies": {"pnpm": "9.0.0"}}',
            "9.0.0",
            "9.1.0",
            '{"packageManager": "pnpm@12.0.0+sha512.0a", "devDependencies": {"pnpm": "9.1.0"}}',
        ),
    ],
    ids=["the one that is named", "one that is depended on"],
)
async def test_the_pnpm_that_a_project_names_is_raised_where_it_is_named(
    tmp_path: Path, environ: dict[str, str], before: str, current: str, version: str, after: str
) -> None:
    program = tmp_path / "bin" / "pnpm"
    program.parent.mkdir()
    program.write_text(PINNED)
    program.chmod(0o755)
    lock = PINNED_LOCK.replace("$named", "12.0.0").replace("$asked", "9.0.0")
    files = {"package.json": f"{before}\n", "pnpm-lock.yaml": lock}
    folder = shop.repository(tmp_path / "shop", files)
    path = f"{program.parent}:{environ['PATH']}"
    yard = yard_of(folder, tmp_path / "data", {**environ, "PATH": path})
    (wanted,) = wanting("pnpm-lock.yaml", Ecosystem.NPM, f"pnpm=={version}")

    async with yard.opened("shop", "r1", "apply", tests=False) as bench:
        commit = await bench.commit_of([replace(wanted, current=current)])

    assert git(folder, "show", f"{commit}:package.json") == after
    assert f"  pnpm@{version}: {{}}" in git(folder, "show", f"{commit}:pnpm-lock.yaml")


def poetry_project(
    folder: Path, environ: dict[str, str], registry: Registry, text: str = PYPROJECT
) -> Path:
    """Return a project of Poetry's, locked when there was nothing newer than 1.0.0."""
    newer = {
        name: {file: files.pop(file) for file in list(files) if "-1.0.0" not in file}
        for name, files in registry.wheels.items()
    }
    text = text.replace("REGISTRY", registry.address)
    test = shop.TEST.replace("import alpha, beta", "import alpha, beta, omega")
    shop.repository(folder, {"pyproject.toml": text, "test_shop.py": test})
    mine = {"POETRY_CACHE_DIR": str(folder.parent / "mine"), "POETRY_VIRTUALENVS_CREATE": "false"}
    client(folder, {**environ, **mine}, "poetry", "lock", "--no-interaction")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    for name, files in newer.items():
        registry.wheels[name] |= files
    return folder


@pytest.fixture
def poetic(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return an environment in which Poetry is in the PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "poetry").symlink_to(SDKS / "poetry" / "bin" / "poetry")
    return {**environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{environ['PATH']}"}


def poetry_versions(folder: Path, commit: str | None) -> dict[str, str]:
    """Return what a commit's poetry.lock says."""
    lock = tomllib.loads(git(folder, "show", f"{commit}:poetry.lock"))
    return {one["name"]: one["version"] for one in lock["package"]}


async def test_of_a_poetry_project_only_its_lock_is_raised_and_what_pins_exactly(
    tmp_path: Path, registry: Registry, poetic: dict[str, str]
) -> None:
    folder = poetry_project(tmp_path / "shop", poetic, registry)
    yard = yard_of(folder, tmp_path / "data", poetic, test=("python", "-m", "unittest", "-q"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        good = await bench.tried(wanting("poetry.lock", Ecosystem.PYPI, "alpha==1.1.0"))
        bad = await bench.tried(wanting("poetry.lock", Ecosystem.PYPI, "beta==2.0.0"))

    assert good.state is TestsState.PASSED, good.says
    assert bad.state is TestsState.FAILED, bad.says
    assert git(folder, "diff", "--name-only", "HEAD", str(good.commit)) == "poetry.lock"
    expected = {"alpha": "1.1.0", "beta": "1.0.0", "omega": "1.0.0", "inner": "1.0.0"}
    assert poetry_versions(folder, good.commit) == expected
    assert "beta==2.0.0" in git(folder, "show", f"{bad.commit}:pyproject.toml")


async def test_of_a_poetry_project_what_others_ask_for_comes_to_the_very_version(
    tmp_path: Path, registry: Registry, poetic: dict[str, str]
) -> None:
    folder = poetry_project(tmp_path / "shop", poetic, registry)
    yard = yard_of(folder, tmp_path / "data", poetic, test=("python", "-m", "unittest", "-q"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        smallest = await bench.tried(wanting("poetry.lock", Ecosystem.PYPI, "inner==1.1.0"))
        beyond = await bench.tried(wanting("poetry.lock", Ecosystem.PYPI, "inner==2.0.0"))

    assert smallest.state is TestsState.PASSED, smallest.says
    assert poetry_versions(folder, smallest.commit)["inner"] == "1.1.0"
    assert beyond.state is TestsState.UNRAISED
    assert "inner" in beyond.says


@pytest.mark.soak
async def test_poetrys_own_form_of_an_exact_pin_is_raised_with_the_lock(
    tmp_path: Path, registry: Registry, poetic: dict[str, str]
) -> None:
    registry.add_wheel("beta", "1.2.0", {"beta.py": "WORKS = True\n"})
    source = PYPROJECT[PYPROJECT.index("[[tool.poetry.source]]") :]
    text = f"""\
[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
python = ">=3.11"
Beta = {{ version = "1.0.0" }}
alpha = "1.0.0"
omega = "^1.0.0"

{source}"""
    folder = poetry_project(tmp_path / "shop", poetic, registry, text)
    yard = yard_of(folder, tmp_path / "data", poetic, test=("python", "-m", "unittest", "-q"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanting("poetry.lock", Ecosystem.PYPI, "beta==1.2.0"))

    assert trial.state is TestsState.PASSED, trial.says
    assert 'version = "1.2.0"' in git(folder, "show", f"{trial.commit}:pyproject.toml")
    assert poetry_versions(folder, trial.commit)["beta"] == "1.2.0"


async def test_poetry_builds_nothing_to_learn_what_a_package_needs(
    tmp_path: Path, registry: Registry, poetic: dict[str, str]
) -> None:
    folder = poetry_project(tmp_path / "shop", poetic, registry)
    ran = tmp_path / "data" / "rehearsals" / "cache" / "ran"
    backend = f"open({str(ran)!r}, 'w').close()\n"
    registry.add_sdist("inner", "1.3.0", backend)
    yard = yard_of(folder, tmp_path / "data", poetic, test=("python", "-m", "unittest", "-q"))

    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanting("poetry.lock", Ecosystem.PYPI, "inner==1.3.0"))

    assert trial.state is TestsState.UNRAISED
    assert "builds = true" in trial.says
    assert not ran.exists()
