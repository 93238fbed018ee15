"""Projects to try updates of, in repositories of their own, and the yard that they are in."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fettle.main import SystemClock
from fettle.model.ports_rehearsal import Bench, Say
from fettle.model.rehearsal import Judged, Swept, Trial, Wanted
from fettle.model.update import Ecosystem, Package
from fettle.settings.rehearsing import ApplySettings, RehearsalSettings
from fettle.settings.security import ProjectSettings
from fettle.targets.rehearsing.workplace import Workplaces
from fettle.targets.rehearsing.yard import Yard
from fettle.updates.rehearsal import next_of
from tests.made_packages import Registry

TEST = """\
import unittest
import alpha, beta

class Works(unittest.TestCase):
    def test_it(self):
        self.assertEqual((alpha.WORKS, beta.WORKS), (True, True))
"""


def stock(registry: Registry) -> None:
    """Have alpha, whose newer versions work, and beta, whose newer one does not; of both kinds."""
    for name, versions in {"alpha": ("1.0.0", "1.1.0"), "beta": ("1.0.0", "2.0.0")}.items():
        for version in versions:
            works = version != "2.0.0"
            registry.add_wheel(name, version, {f"{name}.py": f"WORKS = {works}\n"})
            script = {"index.js": f"exports.works = {str(works).lower()}\n"}
            registry.add_tarball(name, version, script)


@dataclass
class Said:
    """What was said."""

    lines: list[str] = field(default_factory=list)

    async def __call__(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)


async def forgotten(_swept: Swept) -> None:
    """Keep nothing of what became of what was left."""


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as a user of its own."""
    named = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(
        ["git", *named, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def need_npm(environ: Mapping[str, str]) -> None:
    """Skip a test where there is no npm."""
    if shutil.which("npm", path=environ["PATH"]) is None:
        pytest.skip("npm is not on this machine: it comes with nodejs, or by script/npm")


def client(folder: Path, environ: Mapping[str, str], *words: str) -> None:
    """Run a client of packages in a folder."""
    subprocess.run(words, cwd=folder, env=environ, check=True, capture_output=True)


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """Make a repository that holds these files, and ignores what clients install."""
    folder.mkdir(parents=True)
    for name, text in {".gitignore": ".venv\nnode_modules\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Begin")
    return folder


def environ(home: Path, registry: Registry) -> dict[str, str]:
    """Return the environment of somebody who has nothing but a registry."""
    home.mkdir(exist_ok=True)
    path = os.pathsep.join((str(Path(os.__file__).parents[2] / "bin"), os.environ["PATH"]))
    brought = str(Path(__file__).parents[3] / ".work" / "node" / "bin")  # by script/npm
    venv = str(Path(os.environ.get("VIRTUAL_ENV", Path(__file__).parents[3] / ".venv")) / "bin")
    return {
        "PATH": f"{venv}:{path}:{brought}",
        "HOME": str(home),
        "AWS_SECRET_ACCESS_KEY": "hush",
        **registry.variables,
    }


def yard_of(
    folder: Path,
    data: Path,
    environ: Mapping[str, str],
    *,
    apply: Mapping[str, Any] | None = None,
    say: Say | None = None,
    databases: Mapping[str, str] | None = None,
    **rehearsal: Any,  # noqa: ANN401 - settings
) -> Yard:
    """Return a yard with one project, `shop`."""
    settings = ProjectSettings(
        name="shop",
        path=folder,
        rehearsal=RehearsalSettings(**rehearsal),
        apply=ApplySettings(**(apply or {})),
    )
    workplaces = Workplaces(data / "rehearsals")
    return Yard(
        {"shop": settings}, databases or {}, workplaces, environ, say or Said(), SystemClock()
    )


def wanting(where: str, ecosystem: Ecosystem, *named: str) -> list[Wanted]:
    """Return what is wanted: `alpha==1.1.0`, from 1.0.0."""
    pairs = [one.split("==") for one in named]
    return [
        Wanted(f"{where}#{name}=={version}", Package(ecosystem, name), version, where, "1.0.0")
        for name, version in pairs
    ]


async def rehearsed(bench: Bench, wanted: list[Wanted]) -> tuple[Judged, list[Trial]]:
    """Rehearse on a bench until there is a verdict."""
    trials: list[Trial] = []
    while not isinstance(step := next_of(wanted, trials), Judged):
        trials.append(await bench.tried([one for one in wanted if one.id in step.members]))
    return step, trials
