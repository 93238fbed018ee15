"""What is taken back is only ever our own; what somebody did meanwhile stays, and is said."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import ActFailed, Refused
from fettle.model.rehearsal import Came, Isolation, Proof, RunState, Swept
from fettle.settings.security import ProjectSettings
from fettle.targets.rehearsing import applying
from fettle.targets.rehearsing import sweep as sweeping
from fettle.targets.rehearsing.bench import Bench
from fettle.targets.rehearsing.repository import File, Repository
from fettle.targets.rehearsing.sandbox import Sandbox
from fettle.targets.rehearsing.swap import Environment, Swap
from fettle.targets.rehearsing.workplace import Journal, Workplaces
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import Said, git

OLD, NEW = "alpha==1\n", "alpha==2\n"
ENVIRON = dict(os.environ)


@dataclass
class Half:
    """A swap that somebody has begun who is gone: everything is exchanged, and unchecked."""

    root: Path
    workplaces: Workplaces
    base: str
    commit: str

    @property
    def work(self) -> Path:
        return self.workplaces.folder / "a1"

    @property
    def state(self) -> tuple[str, ...]:
        lock, program = self.root / "lock", self.root / ".venv" / "program"
        return (lock.read_text(), program.read_text(), git(self.root, "rev-parse", "HEAD"))

    async def swept(self) -> Came:
        (one,) = await sweep(self.workplaces)
        return one.came


async def sweep(workplaces: Workplaces, kept: list[Swept] | None = None) -> list[Swept]:
    async def keep(one: Swept) -> None:
        if kept is None:
            return
        kept.append(one)

    return await sweeping.sweep(workplaces, ENVIRON, Said(), keep)


def repository(folder: Path) -> Path:
    """Make a project with a lock, and an environment that git does not know."""
    root = shop.repository(folder, {"lock": OLD, "app": "1\n"})
    (root / ".venv").mkdir()
    (root / ".venv" / "program").write_text("old")
    return root


async def begun(journal: Journal, root: Path) -> Swap:
    """Build what is to come beside what is in use."""
    here = Repository(root, "git", ENVIRON)
    base = await here.head()
    files = {"lock": File(NEW.encode())}
    commit = await here.commit(base, files, "Raise alpha\n", journal.folder)
    beside = Path(f".venv.fettle-{journal.folder.name[:8]}")
    (root / beside).mkdir()
    (root / beside / "program").write_text("new")
    journal.note(beside=[str(beside)], kind="apply")
    swap = Swap(here, journal)
    await swap.prepare(base, commit, files, [Environment(Path(".venv"), beside)])
    return swap


@pytest.fixture
async def half(tmp_path: Path) -> Half:
    root, workplaces = repository(tmp_path / "shop"), Workplaces(tmp_path / "work")
    async with workplaces.begun("a1", root, {}) as journal:
        swap = await begun(journal, root)
        await swap.swap("raise alpha")
    notes = journal.notes["swap"]
    return Half(root, workplaces, notes["base"], notes["commit"])


async def test_what_nobody_touched_comes_back_with_its_branch(half: Half) -> None:
    assert half.state == (NEW, "new", half.commit)
    came = await half.swept()

    assert came.state is RunState.RETURNED, came.says
    assert half.state == (OLD, "old", half.base)
    assert came.before is not None
    assert came.before == came.after
    assert came.before.head == half.base
    assert git(half.root, "status", "--porcelain") == ""
    assert not half.work.exists()


def edit(half: Half) -> str:
    (half.root / "lock").write_text("alpha==2\nbeta==1\n")
    return "lock"


def go_on(half: Half) -> str:
    (half.root / "app").write_text("2\n")
    git(half.root, "commit", "--quiet", "--all", "--message=Go on")
    return "the branch is at"


def build_anew(half: Half) -> str:
    (half.root / ".venv").rename(half.root / "theirs")
    (half.root / ".venv").mkdir()
    (half.root / ".venv" / "program").write_text("theirs")
    return ".venv"


@pytest.mark.parametrize("theirs", [edit, go_on, build_anew])
async def test_what_somebody_did_since_is_not_written_over(half: Half, theirs: object) -> None:
    assert callable(theirs)
    what = theirs(half)
    there = half.state
    came = await half.swept()
    again = await half.swept()

    assert came.state is again.state is RunState.STRANDED
    assert half.state == there, "nothing of it was touched"
    assert f"somebody has changed it since ({what}" in came.says
    assert half.commit[:12] in came.says
    assert f"rm -r {half.work}" in came.says
    assert f"{half.root}/.venv.fettle-a1" in came.says, "what it left beside is named, too"


async def test_while_it_is_not_brought_back_nothing_else_is_begun_there(half: Half) -> None:
    edit(half)
    await half.swept()
    with pytest.raises(Refused, match="is not brought back") as refused:
        async with half.workplaces.begun("a2", half.root, {}):
            raise AssertionError
    async with half.workplaces.begun("r1", half.root.parent, {"kind": "rehearsal"}) as other:
        await sweeping.clean_up(other, ENVIRON, Said())  # another repository
    (half.root / "lock").write_text(NEW)
    came = await half.swept()

    assert f"rm -r {half.work}" in str(refused.value.remedy)
    assert came.state is RunState.RETURNED
    async with half.workplaces.begun("a4", half.root, {}):
        pass


def of_an_earlier_version(notes: dict[str, Any]) -> None:
    del notes["root"], notes["swap"]["before"]["head"]
    notes["swap"]["inodes"] = [live for live, _ in notes["swap"]["inodes"]]


def of_a_later_version(notes: dict[str, Any]) -> None:
    notes["swap"]["links"] = []


@pytest.mark.parametrize("written", [of_an_earlier_version, of_a_later_version])
async def test_what_another_version_has_left_is_said_and_hinders_no_other(
    half: Half, tmp_path: Path, written: Callable[[dict[str, Any]], None]
) -> None:
    journal = half.work / "journal.json"
    notes = json.loads(journal.read_text())
    written(notes)
    journal.write_text(json.dumps(notes))
    async with half.workplaces.begun("b2", tmp_path / "other", {"kind": "rehearsal"}):
        pass
    told = {one.id: one.came for one in await sweep(half.workplaces)}

    assert {id_: one.state for id_, one in told.items()} == {
        "a1": RunState.STRANDED,
        "b2": RunState.FAILED,
    }
    assert "another version of Fettle has written its journal (swap." in told["a1"].says
    assert f"rm -r {half.work}" in told["a1"].says
    assert half.state == (NEW, "new", half.commit), "nothing of it was touched"
    with pytest.raises(Refused, match="is not brought back"):
        async with half.workplaces.begun("a3", half.root, {}):
            raise AssertionError


async def test_a_journal_that_cannot_be_read_is_left_with_what_brings_back(half: Half) -> None:
    (half.work / "journal.json").write_text("{")
    came = await half.swept()

    assert came.state is RunState.STRANDED
    assert (half.work / "old" / "0").read_text() == OLD


async def test_nobody_sweeps_a_repository_that_somebody_works_on(half: Half) -> None:
    with half.workplaces.held(half.root) as ours:
        assert ours
        assert await sweep(half.workplaces) == []

    assert half.state == (NEW, "new", half.commit)


async def test_what_becomes_of_it_is_told_until_it_is_kept(half: Half) -> None:
    async def away(_one: Swept) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await sweeping.sweep(half.workplaces, ENVIRON, Said(), away)
    kept: list[Swept] = []
    await sweep(half.workplaces, kept)

    assert [(one.id, one.came.state) for one in kept] == [("a1", RunState.RETURNED)]
    assert not half.work.exists()


async def test_what_is_in_use_and_checked_is_told_as_that_where_nobody_could_keep_it(
    tmp_path: Path,
) -> None:
    root, workplaces = repository(tmp_path / "shop"), Workplaces(tmp_path / "work")
    came = Came(RunState.DONE, True, "it works", Proof(), Proof({"lock": "1"}, {}, "2"))
    async with workplaces.begun("a1", root, {}) as journal:
        swap = await begun(journal, root)
        await swap.swap("raise alpha")
        swap.checked(came)
        await sweeping.clean_up(journal, ENVIRON, Said())
    left = [path.name for path in root.iterdir() if "fettle" in path.name]
    kept: list[Swept] = []
    await sweep(workplaces, kept)

    assert left == [], "all but the journal is cleaned up at once"
    assert [one.came for one in kept] == [came]
    assert await sweep(workplaces) == []


async def test_a_lock_that_a_killed_git_left_is_in_nobodys_way(half: Half) -> None:
    for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        lock = half.root / ".git" / name
        lock.touch()
        os.utime(lock, (0, 0))
    came = await half.swept()

    assert came.state is RunState.RETURNED, came.says
    assert half.state == (OLD, "old", half.base)


async def test_a_lock_of_a_git_that_is_at_work_is_left_to_it(half: Half) -> None:
    lock = half.root / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    words = ["git", "cat-file", "--batch"]
    at_work = subprocess.Popen(words, cwd=half.root, stdin=subprocess.PIPE)  # noqa: ASYNC220
    try:
        with pytest.raises(ActFailed, match=r"index\.lock is there"):
            await Repository(half.root, "git", ENVIRON, patience_s=0).unlock()
    finally:
        at_work.communicate()
    assert lock.exists()
    await Repository(half.root, "git", ENVIRON, patience_s=0).unlock()
    assert not lock.exists()


def commit_meanwhile(root: Path) -> None:
    git(root, "commit", "--quiet", "--allow-empty", "--message=Meanwhile")


def edit_meanwhile(root: Path) -> None:
    (root / "app").write_text("2\n")


@pytest.mark.parametrize("meanwhile", [commit_meanwhile, edit_meanwhile])
async def test_a_tree_that_changed_while_it_was_built_is_not_swapped(
    tmp_path: Path, meanwhile: object
) -> None:
    root, workplaces = repository(tmp_path / "shop"), Workplaces(tmp_path / "work")
    async with workplaces.begun("a1", root, {}) as journal:
        swap = await begun(journal, root)
        assert callable(meanwhile)
        meanwhile(root)
        with pytest.raises(ActFailed, match="has changed since this began"):
            await swap.swap("raise alpha")

    assert not swap.in_use
    assert (root / "lock").read_text() == OLD
    assert (root / ".venv" / "program").read_text() == "old"


async def test_what_somebody_has_staged_stays_staged(half: Half) -> None:
    (half.root / "new").write_text("theirs\n")
    git(half.root, "add", "new")
    await half.swept()

    assert git(half.root, "status", "--porcelain") == "A  new"


@pytest.mark.parametrize(("remote", "state"), [("origin", RunState.FAILED), ("", RunState.DONE)])
async def test_a_branch_that_nobody_may_have_pushed_is_not_called_done(
    tmp_path: Path, remote: str, state: RunState
) -> None:
    root, workplaces = repository(tmp_path / "shop"), Workplaces(tmp_path / "work")
    ref = "refs/heads/fettle/update-1"
    async with workplaces.begun("a1", root, {"kind": "apply"}) as journal:
        here = Repository(root, "git", ENVIRON)
        files = {"lock": File(NEW.encode())}
        commit = await here.commit(await here.head(), files, "Raise\n", journal.folder)
        journal.note(branch=ref, commit=commit, remote=remote)
        await here.keep(ref, commit)
    (one,) = await sweep(workplaces)

    assert one.came.state is state
    assert one.came.says.startswith("it was cut off")
    assert (await here.refs(ref)) == {ref: commit}, "whoever wants it can take it, or undo it"


async def test_what_the_disk_refuses_before_anything_is_in_use_is_a_failure(tmp_path: Path) -> None:
    async def no_worse() -> Sequence[str]:
        return ()

    root, workplaces = repository(tmp_path / "shop"), Workplaces(tmp_path / "work")
    settings = ProjectSettings(name="shop", path=root)
    async with workplaces.begun("a1", root, {"kind": "apply"}) as journal:
        (journal.folder / "t1").touch()  # where a tree is to be
        here = Repository(root, "git", ENVIRON)
        base = await here.head()
        bench = Bench(
            here, settings, Sandbox(Isolation.NONE), journal, tmp_path, base, ENVIRON, Said()
        )
        with pytest.raises(ActFailed, match="File exists"):
            await applying.in_place(bench, base, (), "raise", no_worse)
