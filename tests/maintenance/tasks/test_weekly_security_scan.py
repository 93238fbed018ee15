"""Weaknesses are found by real auditors, on real servers; what was not looked at is never clean."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.flow.advised import AdvisedBy
from fettle.maintenance.tasks.weekly_security_scan import (
    DEPENDENCIES,
    EXPOSED,
    REPORT,
    TASK,
    UPDATES,
)
from fettle.model.ports_updates import Outside
from fettle.model.report import Report
from fettle.model.work import Outcome
from fettle.settings import Settings
from fettle.targets.advisories.files import RecordsOnDisk
from fettle.targets.registries.project_files import FilesOnDisk
from fettle.targets.security.scan import Scan
from fettle.testing import given_outside
from fettle.updates.advisories.published import FromFiles
from tests.advisories import Advisories, advisories
from tests.maintenance.working import Steps, tools
from tests.servers import PASSWORD, USER, Server

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
_LOCK = """
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "jinja2"
version = "{version}"
source = {{ registry = "{url}/simple" }}
sdist = {{ url = "{url}/x.tar.gz", hash = "sha256:{zeros}", size = 1 }}

[[package]]
name = "shop"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "jinja2" }}]

[package.metadata]
requires-dist = [{{ name = "jinja2", specifier = "=={version}" }}]
"""
_PROJECT = """
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["jinja2=={version}"]
"""


@pytest.fixture
def served() -> Iterator[Advisories]:
    with advisories() as running:
        yield running


def environ_of(served: Advisories) -> dict[str, str]:
    """Let auditors be found, and ask nobody but the server of the tests."""
    beside = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"npm_config_registry": served.url, "UV_HTTP_RETRIES": "0"}
    return {**os.environ, **own, "PATH": beside}


def steps_of(served: Advisories, settings: Mapping[str, object], **environ: str) -> Steps:
    given = {"security": {"osv": served.url, **dict(settings.get("security", {}))}}  # type: ignore[call-overload]
    own = {**environ_of(served), **environ}
    return Steps(TASK, tools(security=Scan(Settings.model_validate({**settings, **given}), own)))


def project(folder: Path) -> dict[str, object]:
    return {
        "name": "shop",
        "path": folder,
        "environment": ["npm_config_registry", "UV_HTTP_RETRIES"],
    }


def write_python(folder: Path, served: Advisories, version: str) -> None:
    given = {"version": version, "url": served.url, "zeros": "0" * 64}
    (folder / "uv.lock").write_text(_LOCK.format(**given))
    (folder / "pyproject.toml").write_text(_PROJECT.format(**given))


def write_npm(folder: Path, version: str) -> None:
    own = {"name": "shop", "version": "1.0.0", "dependencies": {"lodash": version}}
    (folder / "package.json").write_text(json.dumps(own))
    packages = {"": own, "node_modules/lodash": {"version": version}}
    lock = {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}
    (folder / "package-lock.json").write_text(json.dumps({**lock, "requires": True}))


async def test_each_auditor_finds_what_is_known_and_says_what_closes_it(
    tmp_path: Path, served: Advisories
) -> None:
    write_python(tmp_path, served, "2.4.1")
    (tmp_path / "requirements.txt").write_text("jinja2==2.4.1\nmarkupsafe==3.0.2\n")
    write_npm(tmp_path, "4.17.15")
    steps = steps_of(served, {"project": [project(tmp_path)]})
    told = await steps.do(DEPENDENCIES)
    assert told.outcome is FAILED, told.says
    assert "3 weaknesses (1 critical, 2 high)" in told.says
    assert "could not be looked at" not in told.says
    report = (await steps.do(REPORT)).report
    cells = " | ".join(" ".join(row) for row in rows(report, "Weaknesses"))
    assert "lodash <4.17.21: GHSA-jf85-cpcp-j695: Prototype pollution in lodash" in cells
    assert "jinja2: 3.1.6" in cells
    assert "nobody says how grave" in cells
    looked = {row[1]: row[2] for row in rows(report, "What was looked at")}
    assert looked == {
        "shop: uv.lock": "1 package by uv",
        "shop: requirements.txt": "2 packages by pip-audit",
        "shop: package-lock.json": "1 package by npm",
    }


@asynccontextmanager
async def advised_by(folder: Path) -> AsyncIterator[Outside]:
    """Have advisories in a folder asked about the files that are on disk."""
    outside = given_outside(advisories=FromFiles(RecordsOnDisk(folder)))
    yield replace(outside, files=FilesOnDisk())


async def test_a_lock_that_no_auditor_reads_is_judged_by_advisories(tmp_path: Path) -> None:
    """Poetry's has none; what the advisories say nothing of is told as not looked at."""
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "2.4.1"\n' for name in ("jinja2", "left")
    )
    (tmp_path / "poetry.lock").write_text(f'{packages}[metadata]\nlock-version = "2.1"\n')
    (tmp_path / "yarn.lock").write_text('a@1:\n  version "1.0.0"\n')
    records = tmp_path / "records"
    records.mkdir()
    affected = {
        "package": {"ecosystem": "PyPI", "name": "jinja2"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.6"}]}],
    }
    record = {"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z", "affected": [affected]}
    (records / "GHSA-1.json").write_text(json.dumps({**record, "summary": "it runs anything"}))
    settings = Settings.model_validate({"project": [project(tmp_path)]})
    advised = AdvisedBy(lambda: advised_by(records))
    steps = Steps(TASK, tools(security=Scan(settings, os.environ, advised=advised)))
    told = await steps.do(DEPENDENCIES)
    assert told.outcome is FAILED
    assert "jinja2 2.4.1: GHSA-1 (nobody says how grave): it runs anything" in told.says
    report = (await steps.do(REPORT)).report
    looked = {row[1]: row[2] for row in rows(report, "What was looked at")}
    assert looked == {"shop: poetry.lock": f"2 packages by advisories of {records}"}
    cells = " | ".join(" ".join(row) for row in rows(report, "What was not looked at"))
    assert "yarn.lock" in cells


async def test_what_is_installed_beside_a_project_is_audited(
    tmp_path: Path, served: Advisories
) -> None:
    packages = tmp_path / ".venv/lib/python3.11/site-packages"
    for name, version in (("jinja2", "2.4.1"), ("markupsafe", "3.0.2")):
        metadata = packages / f"{name}-{version}.dist-info"
        metadata.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (metadata / "METADATA").write_text(text)
    told = await steps_of(served, {"project": [project(tmp_path)]}).do(DEPENDENCIES)
    assert told.outcome is FAILED
    assert told.says.startswith("1 weakness (1 high): jinja2 2.4.1: CVE-2026-0001")


async def test_what_is_up_to_date_passes_once_all_of_it_was_audited(
    tmp_path: Path, served: Advisories
) -> None:
    write_python(tmp_path, served, "3.1.6")
    write_npm(tmp_path, "4.17.21")
    told = await steps_of(served, {"project": [project(tmp_path)]}).do(DEPENDENCIES)
    assert (told.outcome, told.says) == (PASSED, "no weakness was found in what was looked at")


async def test_no_auditor_is_given_what_is_nobodys_business(
    tmp_path: Path, served: Advisories
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".npmrc").write_text(f"//127.0.0.1:{served.port}/:_authToken=secret-of-a-person\n")
    folder = tmp_path / "shop"
    folder.mkdir()
    write_npm(folder, "4.17.15")
    await steps_of(served, {"project": [project(folder)]}, HOME=str(home)).do(DEPENDENCIES)
    assert served.asked
    assert not any("authorization" in map(str.lower, headers) for _, headers, _ in served.asked)


@pytest.mark.parametrize("file", ["uv.lock", "requirements.txt", "package-lock.json"])
async def test_advisories_that_do_not_answer_are_no_clean_bill(
    tmp_path: Path, served: Advisories, file: str
) -> None:
    if file == "uv.lock":
        write_python(tmp_path, served, "2.4.1")
    elif file == "requirements.txt":
        (tmp_path / file).write_text("jinja2==2.4.1\n")
    else:
        write_npm(tmp_path, "4.17.15")
    served.works = False
    told = await steps_of(served, {"project": [project(tmp_path)]}).do(DEPENDENCIES)
    assert told.outcome is UNKNOWN
    assert told.says.startswith("nothing was looked at; 1 thing could not be looked at: shop: ")


async def test_what_has_no_auditor_is_told(tmp_path: Path, served: Advisories) -> None:
    (tmp_path / "yarn.lock").write_text("# yarn lockfile v1\n")
    (tmp_path / "requirements.txt").write_text("jinja2>=2\n")
    given = [project(tmp_path), {"name": "gone", "path": tmp_path / "gone"}]
    steps = steps_of(served, {"project": given})
    told = await steps.do(DEPENDENCIES)
    assert told.outcome is UNKNOWN
    not_seen = {row[1]: row[2] for row in rows((await steps.do(REPORT)).report, _NOT)}
    assert not_seen["shop: yarn.lock"] == "no auditor here reads it"
    assert "pinned" in not_seen["shop: requirements.txt"]
    assert "there is no folder" in not_seen["gone"]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo '{}'", "npm's answer is not understood"),
        ("""echo '{"vulnerabilities": {"a": 1}, "metadata": 2}'""", "is not understood"),
        ("""echo '{"error": {"summary": "no lock"}}'; exit 1""", "npm could not audit: no lock"),
        ("echo [1; echo broken >&2; exit 1", "npm could not audit: broken"),
        ("yes 0123456789 | head -c 30000000", "npm said more than is read"),
        ("sleep 60", "npm took longer than 2 s, and was ended"),
        ("printf '[%.0s' $(seq 100000)", "npm could not audit"),
    ],
)
async def test_what_an_auditor_says_amiss_is_no_clean_bill(
    tmp_path: Path, served: Advisories, script: str, says: str
) -> None:
    write_npm(tmp_path, "4.17.15")
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)
    given = {"project": [project(tmp_path)], "security": {"audit_timeout": "2s"}}
    path = f"{program.parent}:{os.environ['PATH']}"
    told = await steps_of(served, given, PATH=path).do(DEPENDENCIES)
    assert told.outcome is UNKNOWN
    assert says in told.says


async def test_an_auditor_that_is_not_there_is_no_error(tmp_path: Path, served: Advisories) -> None:
    write_npm(tmp_path, "4.17.15")
    steps = steps_of(served, {"project": [project(tmp_path)]}, PATH=str(tmp_path))
    told = await steps.do(DEPENDENCIES)
    assert (told.outcome, told.remedy) == (UNKNOWN, "apt-get install npm")


async def test_a_milder_weakness_is_told_and_fails_nothing(
    tmp_path: Path, served: Advisories
) -> None:
    write_npm(tmp_path, "4.17.15")
    steps = steps_of(served, {"project": [project(tmp_path)], "security": {"fail_from": "low"}})
    assert (await steps.do(DEPENDENCIES)).outcome is FAILED
    write_python(tmp_path, served, "2.4.1")
    (tmp_path / "package-lock.json").unlink()
    steps = steps_of(
        served, {"project": [project(tmp_path)], "security": {"fail_from": "critical"}}
    )
    told = await steps.do(DEPENDENCIES)
    assert (told.outcome, told.says) == (PASSED, "1 weakness (1 high)")


@pytest.mark.parametrize(
    ("check", "until", "outcome"),
    [
        ("weekly-security-scan", None, PASSED),
        ("weekly-security-scan", "2020-01-31", FAILED),
        ("*", None, FAILED),
    ],
)
async def test_a_weakness_that_is_accepted_fails_nothing_as_long_as_that_holds(
    tmp_path: Path, served: Advisories, check: str, until: str | None, outcome: Outcome
) -> None:
    write_npm(tmp_path, "4.17.15")
    accepted = {"check": check, "subject": "shop: lodash *: GHSA-jf85-*", "reason": "not reached"}
    ignore = {**accepted, **({"until": until} if until else {})}
    steps = steps_of(served, {"project": [project(tmp_path)], "ignore": [ignore]})
    assert (await steps.do(DEPENDENCIES)).outcome is outcome


async def test_nothing_is_clean_where_nothing_is_configured(served: Advisories) -> None:
    steps = steps_of(served, {})
    for step in (DEPENDENCIES, EXPOSED):
        told = await steps.do(step)
        assert told.outcome is UNKNOWN
        assert told.says.startswith("nothing was looked at; no [[")
    told = await steps.do(REPORT)  # the step of updates never came to an end
    assert told.outcome is UNKNOWN
    assert "the step came to no end" in told.says


async def test_a_whole_scan_is_reported_with_what_it_covers(
    tmp_path: Path, served: Advisories, apt: dict[str, str], pg18: Server
) -> None:
    write_npm(tmp_path, "4.17.15")
    ask(apt, "update")
    settings = Settings.model_validate(
        {
            "project": [project(tmp_path)],
            "database": [{"name": "main-db", "url": pg18.url(user=USER, password=PASSWORD)}],
            "service": [{"name": "shop", "url": served.url}],
            "outgoing": {"allow": ["127.0.0.1"]},
        }
    )
    steps = Steps(TASK, tools(security=Scan(settings, {**environ_of(served), **apt})))
    told = await steps.all()
    assert [part.outcome for part in told] == [FAILED, UNKNOWN, FAILED, UNKNOWN]
    report = told[-1].report
    areas = {row[0] for row in rows(report, "What was looked at")}
    assert areas == {"dependencies", "database", "sites", "packages"}
    assert {row[1] for row in rows(report, _NOT)} == {
        "main-db: pg_hba.conf",
        "main-db: how passwords are kept",
    }
    assert "lodash: lodash 4.17.21" in report.sections[1].items if report else ()
    assert PASSWORD not in str(told)


# The machine's packages: apt, with a repository of its own


@pytest.fixture
def apt(tmp_path: Path) -> dict[str, str]:
    """Give another apt than the machine's: two packages, one with a security update."""
    root = tmp_path / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "etc", "repo", "dpkg"):
        (root / folder).mkdir(parents=True)
    installed = "Status: install ok installed\nArchitecture: all\nMaintainer: a\nDescription: b\n"
    (root / "dpkg/status").write_text(
        "".join(f"Package: {name}\n{installed}Version: 1.0\n\n" for name in ("leaky", "fine"))
    )
    for name, label in (("safe", "Debian-Security"), ("usual", "Debian")):
        repository = root / "repo" / name
        repository.mkdir()
        package = "leaky" if name == "safe" else "fine"
        (repository / "Packages").write_text(
            f"Package: {package}\nVersion: 1.1\nArchitecture: all\nMaintainer: a\n"
            f"Filename: ./{package}.deb\nSize: 1\nSHA256: {'0' * 64}\nDescription: b\n\n"
        )
        suite = "stable-security" if name == "safe" else "stable"
        (repository / "Release").write_text(
            f"Origin: Debian\nLabel: {label}\nSuite: {suite}\nVersion: 12\n"
        )
    sources = [f"deb [trusted=yes] file:{root}/repo/{name} ./\n" for name in ("safe", "usual")]
    (root / "etc/sources.list").write_text("".join(sources))
    (root / "apt.conf").write_text(
        f'Dir::State "{root}/state";\nDir::State::status "{root}/dpkg/status";\n'
        f'Dir::Cache "{root}/cache";\nDir::Etc::sourcelist "{root}/etc/sources.list";\n'
        'Dir::Etc::sourceparts "-";\nAPT::Sandbox::User "root";\nDir::Etc::parts "-";\n'
    )
    return {"APT_CONFIG": str(root / "apt.conf")}


async def test_security_updates_that_wait_are_found_by_apts_own_word(
    served: Advisories, apt: dict[str, str]
) -> None:
    ask(apt, "update")
    steps = Steps(TASK, tools(security=Scan(Settings(), {**os.environ, **apt})))
    told = await steps.do(UPDATES)
    assert told.outcome is FAILED, told.says
    assert "leaky 1.0 has a security update (Debian-Security:12/stable-security)" in told.says
    assert "fine" not in told.says
    assert told.remedy is not None
    assert "apt-get install --only-upgrade leaky, to 1.1" in told.remedy


async def test_old_lists_say_nothing(served: Advisories, apt: dict[str, str]) -> None:
    told = await Steps(TASK, tools(security=Scan(Settings(), {**os.environ, **apt}))).do(UPDATES)
    assert (told.outcome, told.remedy) == (UNKNOWN, "apt-get update")
    assert "apt has no lists of packages" in told.says
    ask(apt, "update")
    later = datetime.now(UTC) + timedelta(days=3)
    steps = Steps(TASK, tools(security=Scan(Settings(), {**os.environ, **apt})), moment=later)
    told = await steps.do(UPDATES)
    assert "apt's lists are" in told.says
    assert "leaky" in told.says  # what they say is true all the same


async def test_a_machine_without_a_source_of_security_updates_is_not_called_clean(
    served: Advisories, apt: dict[str, str]
) -> None:
    sources = Path(apt["APT_CONFIG"]).parent / "etc/sources.list"
    sources.write_text(sources.read_text().splitlines()[1] + "\n")
    ask(apt, "update")
    told = await Steps(TASK, tools(security=Scan(Settings(), {**os.environ, **apt}))).do(UPDATES)
    assert told.outcome is UNKNOWN
    assert "none of apt's sources is of the distribution's security team" in told.says


async def test_what_is_held_back_is_told_too(served: Advisories, apt: dict[str, str]) -> None:
    status = Path(apt["APT_CONFIG"]).parent / "dpkg/status"
    status.write_text(status.read_text().replace("Status: install", "Status: hold", 1))
    ask(apt, "update")
    told = await Steps(TASK, tools(security=Scan(Settings(), {**os.environ, **apt}))).do(UPDATES)
    assert "leaky 1.0 has a security update" in told.says


def ask(apt: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        ["apt-get", "-qq", *words], env={**os.environ, **apt}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


_NOT = "What was not looked at"


def rows(report: Report | None, title: str) -> tuple[tuple[str, ...], ...]:
    assert report is not None
    (section,) = (one for one in report.sections if one.title == title)
    return section.table.rows if section.table is not None else ()
