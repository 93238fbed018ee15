"""Dependencies: what is locked is asked about, and what was not looked at is told."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fettle.model.ports_updates import Project
from fettle.model.update import Ecosystem, Offers, Package, Passed, SourceState
from fettle.testing import GivenFiles, GivenRegistries, given_outside
from fettle.updates.sources.dependencies import look

PINNED = "anyio==4.8.0\nidna==3.10\n"


async def test_what_is_locked_is_told_with_what_is_on_offer() -> None:
    registries = GivenRegistries({"anyio": ["4.8.0", "4.9.0"], "idna": ["3.10"]})
    seen = await look(given_outside({"requirements.txt": PINNED}, registries=registries))
    assert [(one.package.name, one.where) for one in seen.installed] == [
        ("anyio", "/srv/shop/requirements.txt"),
        ("idna", "/srv/shop/requirements.txt"),
    ]
    anyio = seen.offers[Package(Ecosystem.PYPI, "anyio")]
    assert [one.version for one in anyio.releases] == ["4.8.0", "4.9.0"]
    result = seen.result
    assert (result.state, result.looked_at, result.total) == (SourceState.OK, 2, 2)


async def test_what_could_not_be_asked_about_is_told_for_each() -> None:
    """One package that fails stops no other; coverage says how many were looked at."""
    registries = GivenRegistries({"anyio": ["4.9.0"]})
    files = {"requirements.txt": f"{PINNED}unpinned>=1\n", "Pipfile.lock": "{}"}
    seen = await look(given_outside(files, registries=registries))
    result = seen.result
    assert (result.state, result.looked_at, result.total) == (SourceState.OK, 1, 4)
    assert [(one.subject, one.reason) for one in result.passed] == [
        ("/srv/shop/Pipfile.lock", "no reader here knows it"),
        (
            "unpinned in /srv/shop/requirements.txt",
            "it is not pinned to a version: what is in use is not to be told",
        ),
        ("idna in /srv/shop/requirements.txt", "nobody has idna"),
    ]


async def test_a_version_that_nobody_can_read_is_not_called_up_to_date() -> None:
    lock = json.dumps(
        {
            "lockfileVersion": 3,
            "packages": {
                "": {"dependencies": {"left": "*", "odd": "*"}},
                "node_modules/left": {"version": "1.2.0"},
                "node_modules/odd": {"version": "the-one-of-may"},
            },
        }
    )
    registries = GivenRegistries({"left": ["1.2.0"], "odd": ["1.0.0"]})
    seen = await look(given_outside({"package-lock.json": lock}, registries=registries))
    assert (seen.result.looked_at, seen.result.total) == (1, 2)
    assert [(one.subject, one.reason) for one in seen.result.passed] == [
        (
            "odd in /srv/shop/package-lock.json",
            "'the-one-of-may' is no version that can be compared",
        )
    ]


async def test_a_lock_that_cannot_be_read_stops_no_other() -> None:
    registries = GivenRegistries({"anyio": ["4.9.0"], "idna": ["3.10"]})
    files = {"requirements.txt": PINNED, "package-lock.json": "{"}
    result = (await look(given_outside(files, registries=registries))).result
    assert (result.looked_at, result.total) == (2, 3)
    (passed,) = result.passed
    assert passed.subject == "/srv/shop/package-lock.json"
    assert passed.reason.startswith("/srv/shop/package-lock.json is no JSON")


async def test_what_comes_from_git_is_told_and_own_code_is_not() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"tool": "github:x/tool", "own": "file:own"}},
            "node_modules/tool": {"version": "1.0.0", "resolved": "git+ssh://git@git.example/x"},
            "node_modules/own": {"version": "1.0.0", "resolved": "file:own.tgz"},
        },
    }
    result = (await look(given_outside({"package-lock.json": json.dumps(lock)}))).result
    assert [one.reason for one in result.passed] == ["it comes from git, and no registry offers it"]


async def test_each_package_of_several_projects_is_asked_for() -> None:
    registries = GivenRegistries({"anyio": ["4.9.0"], "idna": ["3.10"]})
    projects = (Project("shop", Path("/srv/shop")), Project("other", Path("/srv/other")))
    outside = given_outside({"requirements.txt": PINNED}, registries=registries, projects=projects)
    result = (await look(outside)).result
    assert (result.looked_at, result.total) == (4, 4)


async def test_a_folder_without_a_lock_was_not_looked_at() -> None:
    """It is never up to date."""
    result = (await look(given_outside())).result
    assert result.state is SourceState.FAILED
    assert result.reason == "nothing in /srv/shop tells its dependencies"


async def test_without_a_project_it_is_skipped() -> None:
    result = (await look(given_outside(projects=()))).result
    assert (result.state, result.remedy) == (SourceState.SKIPPED, "[[project]], or a PATH")


@dataclass
class ByProject:
    """Registries of each project, by its name."""

    each: Mapping[str, GivenRegistries]

    async def offers(
        self, packages: Collection[Package], project: Project, named: Sequence[str] = ()
    ) -> Mapping[Package, Offers | Passed]:
        """Return what is on offer for each package, where a project asks."""
        return await self.each[project.name].offers(packages, project, named)


async def test_what_is_withdrawn_is_told_by_the_registries_of_its_own_project() -> None:
    """That another project's registry does not have it takes nothing from this one."""
    own = GivenRegistries({"idna": ["3.10"]})
    registries = ByProject({"shop": own, "site": GivenRegistries({"idna": ["3.9", "3.11"]})})
    projects = tuple(Project(name, Path(f"/srv/{name}")) for name in ("shop", "site"))
    files = {"requirements.txt": "idna==3.10\n"}
    seen = await look(given_outside(files, registries=registries, projects=projects))
    assert [(one.where, one.version, one.reason) for one in seen.result.withdrawn] == [
        ("/srv/site/requirements.txt", "3.10", "its registry does not have it")
    ]


async def test_nobody_is_offered_what_only_the_registry_of_another_project_has() -> None:
    """Of the same name there may be another package elsewhere."""
    own = GivenRegistries({"utils": ["1.0", "1.1"], "idna": ["3.10"]})
    registries = ByProject(
        {"shop": own, "site": GivenRegistries({"utils": ["1.0", "1.1", "99.0"]})}
    )
    projects = tuple(Project(name, Path(f"/srv/{name}")) for name in ("shop", "site"))
    files = {"requirements.txt": "utils==1.0\nidna==3.10\n"}
    for order in (projects, projects[::-1]):
        seen = await look(given_outside(files, registries=registries, projects=order))
        offered = seen.offers[Package(Ecosystem.PYPI, "utils")]
        assert [one.version for one in offered.releases] == ["1.0", "1.1"]
        assert [one.subject for one in seen.result.passed] == [
            "idna in /srv/site/requirements.txt"
        ], "what one registry lacks was looked at where another has it"


ASKS = """
[project]
name = "shop"
dependencies = ["anyio>=4", "Idna", "flask[async]>=3", "pywin32; sys_platform == 'win32'"]
"""


@pytest.mark.parametrize(
    ("files", "passed"),
    [
        ({"package-lock.json": '{"lockfileVersion": 3, "packages": {}}', "pyproject.toml": ASKS},
         {"pyproject.toml": "of anyio, flask, idna"}),
        ({"requirements.txt": PINNED, "pyproject.toml": ASKS}, {"pyproject.toml": "of flask"}),
        ({"requirements.txt": f"{PINNED}flask>=3\n", "pyproject.toml": ASKS},
         {"flask in": "it is not pinned to a version"}),
        ({"uv.lock": "version = 1", "pyproject.toml": ASKS}, {}),
        ({"requirements.txt": PINNED, "package.json": '{"dependencies": {"left": "^1"}}'},
         {"package.json": "of left"}),
        ({"requirements.txt": PINNED, "package.json": '{"type": "module"}'}, {}),
        ({"uv.lock": "version = 1", "bun.lock": "", "package.json": '{"dependencies": {"a": "1"}}'},
         {"bun.lock": "no reader here knows it"}),
        ({"uv.lock": "version = 1", "pylock.docs.toml": ""},
         {"pylock.docs.toml": "no reader here knows it"}),
        ({"requirements.txt": PINNED, "pyproject.toml": "["}, {"pyproject.toml": "is no TOML"}),
    ],
)  # fmt: skip
async def test_what_no_lock_holds_was_not_looked_at(
    files: dict[str, str], passed: dict[str, str]
) -> None:
    """A lock of one kind says nothing of what the project asks for of the other."""
    registries = GivenRegistries({"anyio": ["4.8.0"], "idna": ["3.10"]})
    result = (await look(given_outside(files, registries=registries))).result
    told = {one.subject.removeprefix("/srv/shop/"): one.reason for one in result.passed}
    assert len(told) == len(passed), told
    for (subject, reason), (begins, says) in zip(told.items(), passed.items(), strict=True):
        assert subject.startswith(begins)
        assert says in reason


async def test_a_lock_that_holds_nothing_says_that_there_is_nothing() -> None:
    """A project that asks for nothing is looked at as a whole."""
    result = (await look(given_outside({"uv.lock": "version = 1"}))).result
    assert (result.state, result.looked_at, result.total) == (SourceState.OK, 0, 0)


async def test_a_lock_that_is_a_link_to_elsewhere_is_told() -> None:
    """Nothing outside the folder is read: an empty file of requirements has nothing to say."""
    outside = given_outside({"requirements.txt": PINNED})
    linked = replace(outside, files=Linked({"requirements.txt": ""}))
    (passed,) = (await look(linked)).result.passed
    assert passed.reason.endswith("is gone, or a link to outside of /srv/shop")


class Linked(GivenFiles):
    """Files that are links to outside of their folder."""

    def text(self, project: Project, name: str) -> str | None:  # noqa: ARG002 - none is read
        """Return what is in a file."""
        return None
