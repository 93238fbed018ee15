"""Locks that uv, pip's compiler and npm themselves have written, at a registry on loopback."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.model.ports_updates import Project, Seen
from fettle.model.update import Ecosystem, Package
from fettle.targets.registries.look_up import registries
from fettle.targets.registries.project_files import FilesOnDisk
from fettle.testing import SteppedClock, given_outside
from fettle.updates.sources.dependencies import look
from tests.registry import Registry, serving

UV = Path(sys.executable).with_name("uv")


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as running:
        running.python("anyio", "4.8.0", "4.9.0", requires=("idna>=2.8",))
        running.python("idna", "3.9", "3.10")
        running.python("pytest", "8.3.4")
        running.npm("left", "1.2.0", "1.3.0", "2.0.0", needs={"deep": "^1.0.0"})
        running.npm("deep", "1.0.0", "1.1.0")
        running.npm("@scope/dev", "3.0.0")
        yield running


@pytest.fixture
def environ(registry: Registry, tmp_path: Path) -> Mapping[str, str]:
    """The environment of a user whose clients are set to the registry."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "UV_DEFAULT_INDEX": registry.simple,
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON": sys.executable,
        "PIP_CONFIG_FILE": os.devnull,
        "npm_config_registry": registry.url,
        "npm_config_cache": str(tmp_path / "npm"),
        "npm_config_globalconfig": str(tmp_path / "none"),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shop"
    made.mkdir()
    return made


def run(words: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        words, cwd=folder, env=dict(environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def looked(folder: Path, environ: Mapping[str, str]) -> Seen:
    async with registries(SteppedClock(), environ, None) as asked:
        return await look(
            replace(
                given_outside(registries=asked),
                files=FilesOnDisk(),
                projects=(Project("shop", folder),),
            )
        )


async def test_a_project_of_uv(
    registry: Registry, environ: Mapping[str, str], folder: Path
) -> None:
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["anyio>=4,<4.9"]\n[dependency-groups]\ndev = ["pytest"]\n'
    )
    run([str(UV), "lock"], folder, environ)
    seen = await looked(folder, environ)
    told = [
        (one.package.name, one.version, one.asks, one.needed_by, one.development)
        for one in seen.installed
    ]
    assert told == [
        ("anyio", "4.8.0", ">=4,<4.9", (), False),
        ("idna", "3.10", "", ("anyio",), False),
        ("pytest", "8.3.4", "", (), True),
    ]
    anyio = seen.offers[Package(Ecosystem.PYPI, "anyio")]
    assert [one.version for one in anyio.releases] == ["4.8.0", "4.9.0"]
    assert (seen.result.looked_at, seen.result.total) == (3, 3)


async def test_a_project_of_pip_with_hashes(
    registry: Registry, environ: Mapping[str, str], folder: Path
) -> None:
    (folder / "requirements.in").write_text("anyio<4.9\n")
    words = [str(UV), "pip", "compile", "--quiet", "--generate-hashes", "--emit-index-url"]
    run([*words, "requirements.in", "-o", "requirements.txt"], folder, environ)
    assert "--hash=sha256:" in (folder / "requirements.txt").read_text()
    seen = await looked(folder, environ)
    told = [(one.package.name, one.version, one.direct, one.needed_by) for one in seen.installed]
    assert told == [("anyio", "4.8.0", True, ()), ("idna", "3.10", False, ("anyio",))]
    assert (seen.result.looked_at, seen.result.total) == (2, 2)


@pytest.mark.parametrize("version", [1, 2, 3])
async def test_a_project_of_npm(
    registry: Registry, environ: Mapping[str, str], folder: Path, version: int
) -> None:
    asked = {"dependencies": {"left": "~1.2.0"}, "devDependencies": {"@scope/dev": "^3.0.0"}}
    (folder / "package.json").write_text(json.dumps({"name": "shop", "version": "1.0.0"} | asked))
    npm = shutil.which("npm")
    assert npm is not None, "script/npm brings it"
    words = [npm, "install", "--package-lock-only", f"--lockfile-version={version}"]
    run([*words, "--no-audit", "--no-fund", "--ignore-scripts"], folder, environ)
    registry.asked.clear()
    seen = await looked(folder, environ)
    told = [
        (one.package.name, one.version, one.asks, one.needed_by, one.development)
        for one in seen.installed
    ]
    assert told == [
        ("@scope/dev", "3.0.0", "^3.0.0", (), True),
        ("deep", "1.1.0", "", ("left",), False),
        ("left", "1.2.0", "~1.2.0", (), False),
    ]
    left = seen.offers[Package(Ecosystem.NPM, "left")]
    assert (left.newest, len(left.releases)) == ("2.0.0", 3)
    assert sorted(one.path for one in registry.asked) == ["/@scope/dev", "/deep", "/left"]
