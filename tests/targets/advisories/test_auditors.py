"""Auditors are asked for the locks that they read; what they left out was not looked at."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.model.ports_updates import Told
from fettle.model.severity import Severity
from fettle.model.update import Ecosystem, Installed, Package
from fettle.settings import Settings
from fettle.targets.advisories.auditors import AuditorsHere
from fettle.testing import START, SteppedClock
from fettle.updates.advisories.from_auditors import FromAuditors
from fettle.updates.weaknesses import unclosed
from tests.advisories import Advisories, advisories


@pytest.fixture
def served() -> Iterator[Advisories]:
    with advisories() as running:
        yield running


def used(folder: Path, file: str, name: str, version: str) -> Installed:
    kind = Ecosystem.NPM if "package" in file or "yarn" in file else Ecosystem.PYPI
    return Installed(Package(kind, name), version, str(folder / file))


def write_npm(folder: Path, version: str = "4.17.15") -> Installed:
    own = {"name": "shop", "version": "1.0.0", "dependencies": {"lodash": version}}
    (folder / "package.json").write_text(json.dumps(own))
    packages = {"": own, "node_modules/lodash": {"version": version}}
    lock = {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}
    (folder / "package-lock.json").write_text(json.dumps({**lock, "requires": True}))
    return used(folder, "package-lock.json", "lodash", version)


async def about(
    served: Advisories, folder: Path, *installed: Installed, path: str | None = None
) -> Told:
    """Ask the auditors of a project that lets them know where its registry is."""
    given = {
        "security": {"osv": served.url},
        "project": [{"name": "shop", "path": folder, "environment": ["npm_config_registry"]}],
    }
    beside = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = {**os.environ, "npm_config_registry": served.url, "PATH": path or beside}
    here = AuditorsHere(Settings.model_validate(given), environ)
    return await FromAuditors(here, SteppedClock()).about(installed)


def program(folder: Path, name: str, says: object) -> str:
    """Have an auditor that says this; return a PATH that leads to it."""
    file = folder / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(says)}\nEND\n")
    file.chmod(0o755)
    return f"{file.parent}:{os.environ['PATH']}"


async def test_each_says_what_it_knows_of_what_it_reads(served: Advisories, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("jinja2==2.4.1\nmarkupsafe==3.0.2\n")
    installed = [
        used(tmp_path, "requirements.txt", "jinja2", "2.4.1"),
        used(tmp_path, "requirements.txt", "markupsafe", "3.0.2"),
        write_npm(tmp_path),
    ]
    told = await about(served, tmp_path, *installed)
    weak = {one.installed.package.name: one for one in unclosed(installed, told.advisories, [])}
    assert weak.keys() == {"jinja2", "lodash"}
    assert weak["lodash"].advisory.id == "GHSA-jf85-cpcp-j695"
    assert weak["lodash"].advisory.severity is Severity.CRITICAL
    assert (told.passed, told.told_at) == ((), START)
    assert told.told_by == "pip-audit's audit, npm's audit"


async def test_a_lock_without_an_auditor_was_not_looked_at(
    served: Advisories, tmp_path: Path
) -> None:
    (tmp_path / "yarn.lock").write_text("")
    yarn = used(tmp_path, "yarn.lock", "left", "1.0.0")
    told = await about(served, tmp_path, write_npm(tmp_path), yarn)
    (passed,) = told.passed
    assert passed.subject == f"left in {tmp_path / 'yarn.lock'}"
    assert passed.reason == "no auditor here reads it"


async def test_what_an_auditor_left_out_was_not_looked_at(
    served: Advisories, tmp_path: Path
) -> None:
    """It has looked at one of three, and says so of one only."""
    (tmp_path / "requirements.txt").write_text("a==1\nb==1\nc==1\n")
    says = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": []},
            {"name": "b", "version": "1", "skip_reason": "it is not on the index"},
        ]
    }
    path = program(tmp_path, "pip-audit", says)
    each = [used(tmp_path, "requirements.txt", name, "1") for name in "abc"]
    told = await about(served, tmp_path, *each, path=path)
    lock = tmp_path / "requirements.txt"
    assert [(one.subject, one.reason) for one in told.passed] == [
        (f"b in {lock}", "it is not on the index"),
        (str(lock), "pip-audit looked at 1 of its 3"),
    ]


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"dependencies": []}, "pip-audit looked at nothing of it"),
        ({"error": "no"}, "pip-audit's answer is not understood: KeyError('dependencies')"),
    ],
)
async def test_one_that_looked_at_nothing_has_not_looked(
    served: Advisories, tmp_path: Path, says: object, reason: str
) -> None:
    (tmp_path / "requirements.txt").write_text("a==1\n")
    path = program(tmp_path, "pip-audit", says)
    with pytest.raises(CannotLook) as raised:
        await about(served, tmp_path, used(tmp_path, "requirements.txt", "a", "1"), path=path)
    assert raised.value.reason == reason


async def test_one_that_is_not_there_says_how_to_have_it(
    served: Advisories, tmp_path: Path
) -> None:
    with pytest.raises(CannotLook) as raised:
        await about(served, tmp_path, write_npm(tmp_path), path=str(tmp_path))
    assert raised.value.remedy == "apt-get install npm"
