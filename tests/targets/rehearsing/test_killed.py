"""Rehearsals and applications are killed at random: the live tree is the old one or the new one.

FETTLE_SEED makes the same plan again; `make soak` kills a hundred of each.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests import soaking
from tests.made_packages import served
from tests.targets.rehearsing.shop import git
from tests.targets.rehearsing.test_applying import Live, live_of

ALPHA = "shop/uv.lock#alpha==1.1.0"
SETTINGS = """
[[project]]
name = "shop"
path = "{folder}"
[project.rehearsal]
test = ["python", "-c", "import alpha; assert alpha.WORKS"]
[project.apply]
how = "in-place"
check = [".venv/bin/python", "-c", "import alpha; assert alpha.WORKS"]
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        yield live_of(tmp_path, registry)


@dataclass
class Killing:
    """A project in use, and commands about it that are killed."""

    live: Live
    environ: dict[str, str]
    chance: random.Random
    takes: dict[str, float] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    old: tuple[str, ...] = ()
    kept: Path = Path()

    def begin(self) -> None:
        """Write the settings, keep what is in use, and see how long everything takes."""
        text = SETTINGS.format(folder=self.live.folder)
        (self.live.data.parent / "fettle.toml").write_text(text)
        self.kept = self.live.data.parent / "kept"
        shutil.copytree(self.live.folder / ".venv", self.kept, symlinks=True)
        self.old = self.live.state
        for verb in (("rehearse", ALPHA), ("apply", ALPHA)):
            began = time.monotonic()
            done = self.called(*verb)
            assert done.returncode == 0, done.stderr
            self.takes[verb[0]] = time.monotonic() - began
        assert self.live.version() == "1.1.0"
        self.put_back()

    def called(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            self._words(*words), cwd=self.live.data.parent, env=self.environ,
            check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def killed(self, *words: str) -> None:
        """Run a command, and kill it at some moment; then see what is there.

        How long it takes changes with what else the machine does: it is learnt each time.
        """
        began = time.monotonic()
        process = subprocess.Popen(
            self._words(*words), cwd=self.live.data.parent, env=self.environ,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(self.chance.uniform(0.3, 1.1) * self.takes[words[0]])
            self.seen["ended before"] += 1
            self.takes[words[0]] = time.monotonic() - began
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.seen[f"{words[0]} killed"] += 1
            self.takes[words[0]] = max(self.takes[words[0]], time.monotonic() - began)
        self.see()

    def see(self) -> None:
        """See that the tree is the old or the new one, and that after a start nothing is left."""
        at_once = (self._lock(), self.live.version())
        whole = at_once in {("old", "1.0.0"), ("new", "1.1.0")}
        self.seen["old or new at once" if whole else "between two exchanges"] += 1
        told = self.called("history", "--format=json")
        assert told.returncode == 0, told.stderr
        states = [one["status"] for one in json.loads(told.stdout)["runs"]]
        assert not {"running", "stranded"} & {*states}, told.stdout
        if self._lock() == "old":
            assert self.live.state == self.old, "to the byte what it was"
        else:
            assert self.live.version() == "1.1.0"
            assert git(self.live.folder, "status", "--porcelain") == ""
            assert git(self.live.folder, "log", "-1", "--format=%s") == "Raise alpha to 1.1.0"
            self.seen["applied"] += 1
            self.put_back()
        self._see_nothing_left()

    def _see_nothing_left(self) -> None:
        names = {one.name for one in self.live.folder.iterdir()}
        assert names == {".git", ".gitignore", ".venv", "pyproject.toml", "uv.lock"}
        work = self.live.data / "rehearsals"
        assert {one.name for one in work.iterdir() if one.is_dir()} == {"cache"}
        assert git(self.live.folder, "worktree", "list").count("\n") == 0
        assert not (self.live.folder / ".git" / "index.lock").exists()
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
            except psutil.Error:
                continue
            assert str(work) not in words, words

    def put_back(self) -> None:
        """Let the old tree be in use again, as if nothing had been applied."""
        git(self.live.folder, "reset", "--quiet", "--hard", self.old[2])
        shutil.rmtree(self.live.folder / ".venv")
        shutil.copytree(self.kept, self.live.folder / ".venv", symlinks=True)
        assert self.live.state == self.old

    def _lock(self) -> str:
        text = (self.live.folder / "uv.lock").read_text()
        return "new" if 'name = "alpha"\nversion = "1.1.0"' in text else "old"

    @staticmethod
    def _words(*words: str) -> list[str]:
        return [sys.executable, "-m", "fettle", "update", *words]


def kill(live: Live, store_environ: dict[str, str], times: int) -> Counter[str]:
    """Kill so many rehearsals, and so many applications."""
    environ = {**live.environ, **store_environ, "FETTLE_DATA": str(live.data)}
    killing = Killing(live, environ, random.Random(soaking.seed()))
    killing.begin()
    for _ in range(times):
        killing.killed("rehearse", ALPHA)
        killing.killed("apply", ALPHA)
    print(dict(killing.seen))  # noqa: T201
    return killing.seen


def test_a_few_that_are_killed_leave_the_old_or_the_new(
    live: Live, store_environ: dict[str, str]
) -> None:
    seen = kill(live, store_environ, 2)

    assert seen["rehearse killed"] + seen["apply killed"] + seen["ended before"] == 4


@pytest.mark.soak
def test_a_hundred_that_are_killed_leave_the_old_or_the_new(
    live: Live, store_environ: dict[str, str]
) -> None:
    seen = kill(live, store_environ, 100)

    assert seen["apply killed"] > 50
    assert seen["applied"] > 0
