"""`fettle update check` and `plan`: of a folder, without a server and without fettle.toml."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.frontends.cli.calling import Called, fettle
from tests.registry import Registry, serving

RECORD = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": f"{datetime.now(UTC):%Y-%m-%dT00:00:00Z}",
    "summary": "templates run anything",
    "database_specific": {"severity": "CRITICAL"},
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "jinja2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.6"}]}],
        }
    ],
}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as running:
        running.python("jinja2", "2.4.1", "3.1.6")
        running.python("anyio", "4.8.0", "4.9.0")
        running.npm("left", "1.2.0", "1.3.0")
        yield running


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with two locks, in a folder without a fettle.toml."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text("jinja2==2.4.1\nanyio==4.8.0\n")
    packages = {"": {"dependencies": {"left": "^1"}}, "node_modules/left": {"version": "1.2.0"}}
    (folder / "package-lock.json").write_text(
        json.dumps({"lockfileVersion": 3, "packages": packages})
    )
    return folder


@pytest.fixture
def environ(registry: Registry, tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "FETTLE_DATA": str(tmp_path / "data"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": registry.simple,
        "npm_config_registry": registry.url,
        "npm_config_globalconfig": str(tmp_path / "none"),
    }


@pytest.fixture
def records(tmp_path: Path, environ: dict[str, str]) -> Path:
    """Advisories in a folder that a fettle.toml names."""
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "GHSA-aaaa-bbbb-cccc.json").write_text(json.dumps(RECORD))
    npm = {
        **RECORD,
        "id": "GHSA-dddd",
        "affected": [{"package": {"ecosystem": "npm", "name": "x"}}],
    }
    (folder / "GHSA-dddd.json").write_text(json.dumps(npm))
    (tmp_path / "fettle.toml").write_text(f'[updates]\nadvisories = ["{folder}"]\n')
    return folder


def check(*words: str, cwd: Path, environ: Mapping[str, str]) -> tuple[Called, dict[str, Any]]:
    called = fettle("update", "check", *words, "--format", "json", cwd=cwd, environ=environ)
    assert called.out, called.err
    return called, json.loads(called.out)


def test_a_folder_is_looked_at_without_any_settings(shop: Path, environ: dict[str, str]) -> None:
    """Nobody looked for weaknesses: that is said, and the exit code says that it is not whole."""
    called, told = check(str(shop), cwd=shop.parent, environ=environ)
    assert called.code == 3
    assert told["schema"] == "fettle.update_check/1"
    assert (told["total"], told["security"], told["regular"], told["whole"]) == (3, None, 3, False)
    newer = {(one["package"], one["current"], one["version"]) for one in told["updates"]}
    assert newer == {
        ("jinja2", "2.4.1", "3.1.6"),
        ("anyio", "4.8.0", "4.9.0"),
        ("left", "1.2.0", "1.3.0"),
    }
    states = {one["source"]: one["state"] for one in told["sources"]}
    assert states == {
        "dependencies": "ok",
        "images": "ok",
        "platform": "ok",
        "security": "skipped",
    }


def test_what_closes_a_weakness_fails_by_its_severity(
    shop: Path, environ: dict[str, str], records: Path
) -> None:
    called, told = check(str(shop), cwd=shop.parent, environ=environ)
    assert called.code == 2
    assert (told["security"], told["whole"]) == (1, True)
    (update,) = [one for one in told["updates"] if one["type"] == "security"]
    assert (update["package"], update["version"], update["severity"]) == (
        "jinja2",
        "3.1.6",
        "critical",
    )
    assert update["where"] == str(shop / "requirements.txt")


def test_auditors_are_asked_where_the_settings_say_so(shop: Path, environ: dict[str, str]) -> None:
    """With no advisories of one's own: each for what it reads, by what it knows itself."""
    weak = {"id": "PYSEC-1", "fix_versions": ["3.1.6"], "description": "it runs anything"}
    says = {
        "dependencies": [
            {"name": "jinja2", "version": "2.4.1", "vulns": [weak]},
            {"name": "anyio", "version": "4.8.0", "vulns": []},
        ]
    }
    tools = shop.parent / "bin"
    tools.mkdir()
    (tools / "pip-audit").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(says)}\nEND\n")
    (tools / "pip-audit").chmod(0o755)
    (tools / "npm").write_text("#!/bin/sh\necho it is refused >&2; exit 1\n")
    (tools / "npm").chmod(0o755)
    (shop.parent / "fettle.toml").write_text("[updates]\nauditors = true\n")
    path = f"{tools}:{os.environ['PATH']}"
    called, told = check(str(shop), cwd=shop.parent, environ={**environ, "PATH": path})
    assert (called.code, told["security"], told["whole"]) == (2, 1, False)
    (source,) = [one for one in told["sources"] if one["source"] == "security"]
    assert (source["looked_at"], source["told_by"]) == (2, "pip-audit's audit")
    assert [one["reason"] for one in source["passed"]] == ["npm could not audit: it is refused"]


def test_a_weakness_that_is_accepted_fails_nothing(
    shop: Path, environ: dict[str, str], records: Path
) -> None:
    with (shop.parent / "fettle.toml").open("a") as file:
        file.write(
            '[[updates.ignore]]\nadvisory = "GHSA-aaaa-bbbb-cccc"\nreason = "our own templates"\n'
        )
    called, _ = check(str(shop), cwd=shop.parent, environ=environ)
    assert called.code == 0


def test_a_registry_that_is_gone_is_told_and_nothing_is_called_up_to_date(
    shop: Path, environ: dict[str, str]
) -> None:
    gone = {**environ, "PIP_INDEX_URL": "http://127.0.0.1:1/simple"}
    called, told = check(str(shop), cwd=shop.parent, environ=gone)
    assert called.code == 3
    (source,) = [one for one in told["sources"] if one["source"] == "dependencies"]
    assert (source["state"], source["looked_at"], source["total"]) == ("ok", 1, 3)
    assert all("127.0.0.1:1" in one["reason"] for one in source["passed"])


def test_without_node_what_is_npms_is_skipped_and_says_so(
    shop: Path, environ: dict[str, str], records: Path
) -> None:
    """Neither a setting nor an npm says where packages are; Python's are looked at all the same."""
    without = {key: value for key, value in environ.items() if key != "npm_config_registry"}
    without |= {"PATH": "/nonexistent", "npm_config_userconfig": "/nonexistent"}
    called, told = check(str(shop), "--only", "dependencies", cwd=shop.parent, environ=without)
    assert (called.code, told["whole"], told["security"]) == (3, False, None)
    (source,) = told["sources"]
    assert (source["looked_at"], source["total"]) == (2, 3)
    (passed,) = source["passed"]
    assert passed["subject"] == f"left in {shop / 'package-lock.json'}"
    assert passed["reason"] == "no registry of npm is known here"
    assert "install Node" in passed["remedy"]
    assert {one["package"] for one in told["updates"]} == {"jinja2", "anyio"}


def test_a_second_look_only_asks_whether_what_is_known_still_holds(
    shop: Path, environ: dict[str, str], registry: Registry
) -> None:
    check(str(shop), cwd=shop.parent, environ=environ)
    assert len(registry.asked) == 3
    registry.asked.clear()
    check(str(shop), cwd=shop.parent, environ=environ)
    assert registry.conditional == [True, True, True]


def test_a_plan_says_what_would_be_taken_and_why_others_are_held(
    shop: Path, environ: dict[str, str], records: Path
) -> None:
    words = ("update", "plan", str(shop), "--format", "json")
    called = fettle(*words, cwd=shop.parent, environ=environ)
    told = json.loads(called.out)
    assert (called.code, told["schema"]) == (0, "fettle.update_plan/1")
    taken = {one["package"] for group in told["groups"] for one in group["updates"]}
    assert taken == {"jinja2", "anyio", "left"}
    assert told["held"] == []


def test_a_plan_shows_what_has_changed_where_the_package_tells(
    shop: Path, environ: dict[str, str], registry: Registry
) -> None:
    """A check asks once for each package; only a plan reads more."""
    changes = "# Changes\n\n## 4.9.0\n- tasks are faster\n\n## 4.8.0\n- old\n"
    archive = registry.sdist("anyio", "4.9.0", {"CHANGES.md": changes})
    check(str(shop), cwd=shop.parent, environ=environ)
    assert archive not in [one.path for one in registry.asked]
    words = ("update", "plan", str(shop), "--only", "dependencies")
    told = json.loads(fettle(*words, "--format", "json", cwd=shop.parent, environ=environ).out)
    notes = {one["package"]: one["notes"] for each in told["groups"] for one in each["updates"]}
    assert notes == {"anyio": "## 4.9.0\n- tasks are faster", "left": ""}
    text = fettle(*words, cwd=shop.parent, environ=environ).out
    assert "| - tasks are faster" in text
    assert [one.path for one in registry.asked].count(archive) == 1


def test_of_what_others_ask_for_the_ancestor_to_raise_is_named(
    shop: Path, environ: dict[str, str], records: Path, registry: Registry
) -> None:
    """flask holds jinja2 below 3: the index does not tell, and the metadata of its wheels does."""
    registry.python("flask", "1.0", "2.0", "2.1")
    for version, asks in (("1.0", "Jinja2<3"), ("2.0", "jinja2>=2.10,<3"), ("2.1", "Jinja2>=3.1")):
        metadata = f"Name: flask\nVersion: {version}\nRequires-Dist: {asks}\n"
        registry.described("flask", version, metadata)
    (shop / "requirements.txt").write_text("flask==1.0\njinja2==2.4.1\n    # via flask\n")
    _, told = check(str(shop), cwd=shop.parent, environ=environ)
    (update,) = [one for one in told["updates"] if one["type"] == "security"]
    assert update["through"] == [{"package": "flask", "current": "1.0", "version": "2.1"}]


def test_a_major_update_is_held_by_the_policy(shop: Path, environ: dict[str, str]) -> None:
    words = ("update", "plan", str(shop), "--only", "dependencies", "--format", "json")
    told = json.loads(fettle(*words, cwd=shop.parent, environ=environ).out)
    held = {one["package"]: one["held"] for one in told["held"]}
    assert held == {"jinja2": ["it is a major update, and minor ones are taken"]}


def test_text_is_for_people(shop: Path, environ: dict[str, str]) -> None:
    called = fettle("update", "check", str(shop), cwd=shop.parent, environ=environ)
    first = called.out.splitlines()[0]
    assert first == (
        "Nobody looked for weaknesses, 3 newer versions on offer; not everything was looked at."
    )


def test_a_look_is_written_for_dashboards_and_as_a_bill_of_materials(
    shop: Path, environ: dict[str, str], records: Path
) -> None:
    told = {}
    for form in ("sarif", "cyclonedx"):
        words = ("update", "check", str(shop), "--format", form)
        called = fettle(*words, cwd=shop.parent, environ=environ)
        assert called.code == 2
        told[form] = json.loads(called.out)
    (run,) = told["sarif"]["runs"]
    levels = {one["ruleId"]: one["level"] for one in run["results"]}
    assert levels == {"GHSA-aaaa-bbbb-cccc": "error", "newer-version": "none"}
    components = {one["purl"] for one in told["cyclonedx"]["components"]}
    assert components >= {"pkg:pypi/jinja2@2.4.1", "pkg:pypi/anyio@4.8.0", "pkg:npm/left@1.2.0"}
    assert [one["id"] for one in told["cyclonedx"]["vulnerabilities"]] == ["GHSA-aaaa-bbbb-cccc"]
    assert told["cyclonedx"]["compositions"][0]["aggregate"] == "complete"


def test_an_unknown_source_and_a_path_that_is_no_folder_are_wrong_usage(
    shop: Path, environ: dict[str, str]
) -> None:
    for words in (("--only", "nothing", str(shop)), (str(shop / "gone"),)):
        called = fettle("update", "check", *words, cwd=shop.parent, environ=environ)
        assert called.code == 64, called.err
