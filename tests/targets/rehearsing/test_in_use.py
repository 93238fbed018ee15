"""Projects of pip and npm in use: what passed is applied beside, exchanged, and taken back."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fettle.model.rehearsal import Came, RunState, TestsState, Wanted
from fettle.model.update import Ecosystem
from fettle.targets.rehearsing import hashes
from fettle.targets.rehearsing.yard import Yard
from tests.made_packages import Registry, served
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import client, git, wanting, yard_of


@dataclass(frozen=True)
class InUse:
    """A project in use: its files, its environment, and how it says whether it works."""

    folder: Path
    environ: dict[str, str]
    files: tuple[str, ...]
    environment: str
    says: tuple[str, ...]
    wanted: list[Wanted]

    @property
    def state(self) -> tuple[str, ...]:
        """What is in use, and where its branch is."""
        return (
            *(hashes.of_file(self.folder / name) for name in self.files),
            hashes.of_folder(self.folder / self.environment),
            git(self.folder, "rev-parse", "HEAD"),
            git(self.folder, "status", "--porcelain", "--ignored"),
        )

    def yard(self, *, works: bool) -> Yard:
        """Return its yard; whether it works after an update its check says."""
        check = self.says if works else ("sh", "-c", "echo it is down; exit 1")
        return yard_of(
            self.folder,
            self.folder.parent / "data",
            self.environ,
            test=self.says,
            apply={"how": "in-place", "check": check},
        )


@pytest.fixture
def registry() -> Iterator[Registry]:
    with served() as registry:
        shop.stock(registry)
        yield registry


def of_pip(tmp_path: Path, environ: dict[str, str]) -> InUse:
    folder = shop.repository(tmp_path / "shop", {"requirements.txt": "alpha==1.0.0\n"})
    client(folder, environ, "python3", "-m", "venv", ".venv")
    client(folder, environ, ".venv/bin/pip", "install", "-r", "requirements.txt")
    says = (".venv/bin/python", "-c", "import alpha; assert alpha.WORKS")
    wanted = wanting("requirements.txt", Ecosystem.PYPI, "alpha==1.1.0")
    return InUse(folder, environ, ("requirements.txt",), ".venv", says, wanted)


def of_npm(tmp_path: Path, environ: dict[str, str]) -> InUse:
    shop.need_npm(environ)
    asks = {"name": "shop", "version": "1.0.0", "dependencies": {"alpha": "^1.0.0"}}
    folder = shop.repository(tmp_path / "shop", {"package.json": json.dumps(asks) + "\n"})
    client(folder, environ, "npm", "install", "--package-lock-only", "alpha@1.0.0")
    client(folder, environ, "npm", "ci", "--ignore-scripts")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    says = ("node", "-e", "process.exit(require('alpha').works ? 0 : 1)")
    wanted = wanting("package-lock.json", Ecosystem.NPM, "alpha==1.1.0")
    files = ("package-lock.json", "package.json")
    return InUse(folder, environ, files, "node_modules", says, wanted)


@pytest.fixture(params=[of_pip, of_npm], ids=["pip", "npm"])
def in_use(request: pytest.FixtureRequest, tmp_path: Path, registry: Registry) -> InUse:
    made: InUse = request.param(tmp_path, shop.environ(tmp_path / "home", registry))
    return made


async def no_worse() -> Sequence[str]:
    return ()


async def applied(yard: Yard, wanted: list[Wanted]) -> Came:
    """Rehearse, and apply what passed."""
    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(wanted)
        assert trial.state is TestsState.PASSED, trial.says
        await bench.keep(str(trial.commit))
        bench.finished()
    async with yard.opened("shop", "a1", "apply", tests=False) as bench:
        return await bench.in_place(str(trial.commit), wanted, "raise alpha", no_worse)


async def test_it_is_raised_in_use_and_taken_back_to_the_byte(in_use: InUse) -> None:
    before, base = in_use.state, git(in_use.folder, "rev-parse", "HEAD")
    came = await applied(in_use.yard(works=True), in_use.wanted)
    raised = git(in_use.folder, "rev-parse", "HEAD")
    dirty = git(in_use.folder, "status", "--porcelain")
    async with in_use.yard(works=True).opened("shop", "u1", "undo", tests=False) as bench:
        commit = await bench.reverting(base, raised)
        undone = await bench.in_place(commit, in_use.wanted, "take back", no_worse)

    assert (came.state, came.verified) == (RunState.DONE, True), came.says
    assert dirty == ""
    assert came.after != came.before
    assert undone.state is RunState.DONE, undone.says
    assert in_use.state[: len(in_use.files)] == before[: len(in_use.files)], "to the byte"
    assert undone.after is not None
    assert came.before is not None
    assert undone.after.files == came.before.files


@pytest.mark.parametrize("in_use", [of_npm], ids=["npm"], indirect=True)
async def test_where_it_does_not_work_everything_is_as_it_was(in_use: InUse) -> None:
    before = in_use.state
    came = await applied(in_use.yard(works=False), in_use.wanted)

    assert came.state is RunState.RETURNED
    assert "it is down" in came.says
    assert in_use.state == before
    assert came.before == came.after
