"""What an update brings along must have been out for as long as the policy says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from fettle.errors import Refused
from fettle.flow.update_age import Asking, refuse_unready
from fettle.model.ports_rehearsal import Bench
from fettle.model.rehearsal import Wanted
from fettle.model.update import Ecosystem, Offers, Package, Passed, Raise, Release
from fettle.settings.security import ProjectSettings
from fettle.testing import START
from fettle.updates.policy import Policy, Rule, Terms

KIT, DEP, NEW = (Package(Ecosystem.PYPI, name) for name in ("kit", "dep", "new"))
BEFORE = {"requirements.txt": "kit==1.0\ndep==3.0\n"}
WANTED = Wanted("u1", KIT, "1.1", "requirements.txt", "1.0")
WITH_NEW = "kit==1.1\ndep==3.0\nnew==0.1\n"
OUT: Mapping[str, float | None] = {"1.1": 9}


@dataclass
class Commits:
    """A bench of two commits, by their files."""

    files: Mapping[str, Mapping[str, str]]

    async def text(self, commit: str, name: str) -> str | None:
        """Return a file as a commit has it."""
        return self.files[commit].get(name)


@dataclass
class Dates:
    """When versions came out, in days before now; what is not there nobody knows."""

    ages: Mapping[Package, Mapping[str, float | None]]
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    asked: list[Package] = field(default_factory=list)
    named: Sequence[str] = ()

    async def __call__(
        self, project: ProjectSettings, packages: Collection[Package], named: Sequence[str]
    ) -> Mapping[Package, Offers | Passed]:
        """Return what is on offer."""
        assert project.name == "shop"
        self.asked += packages
        assert list(named) == list(self.named)
        return {one: self._of(one) for one in packages}

    def _of(self, package: Package) -> Offers | Passed:
        if package not in self.ages:
            return Passed(package.name, "nobody answers")
        releases = (
            Release(
                version,
                None if days is None else START - timedelta(days=days),
                self.withdrawn.get(version),
            )
            for version, days in self.ages[package].items()
        )
        return Offers(package, tuple(releases))


async def apply(
    after: Mapping[str, str],
    ages: Mapping[Package, Mapping[str, float | None]],
    *wanted: Wanted,
    policy: Policy | None = None,
    before: Mapping[str, str] = BEFORE,
    withdrawn: Mapping[str, str] | None = None,
    named: Sequence[str] = (),
) -> list[Package]:
    """Come from one commit to the other; return what was asked about.

    `withdrawn` are reasons by versions, `named` the registries to ask besides the clients' own.
    """
    dates = Dates(ages, withdrawn or {}, named=named)
    bench = cast("Bench", Commits({"a": before, "b": after}))
    project = ProjectSettings(name="shop", path=Path("/srv/shop"))
    asking = Asking(project, dates, policy or Policy(), START)
    await refuse_unready(bench, ("a", "b"), asking, wanted or (WANTED,))
    return sorted(dates.asked)


async def test_what_was_named_may_be_young_and_of_an_unknown_age() -> None:
    after = {"requirements.txt": "kit==1.1\ndep==3.0\n"}
    assert await apply(after, {KIT: {"1.1": 0.1}}) == [KIT]
    assert await apply(after, {KIT: {"1.1": None}}) == [KIT]


async def test_what_was_withdrawn_since_it_was_named_is_refused() -> None:
    """Of what it brings along the client takes care, and npm's calls half of it deprecated."""
    after = {"requirements.txt": "kit==1.1\ndep==3.1\n"}
    ages = {KIT: OUT, DEP: {"3.1": 9.0}}
    with pytest.raises(Refused) as raised:
        await apply(after, ages, withdrawn={"1.1": "somebody has stolen it"})
    assert raised.value.reason == "what is wanted was withdrawn: kit 1.1: somebody has stolen it"
    assert "--now" in str(raised.value.remedy)
    assert await apply(after, ages, withdrawn={"3.1": "use another"}) == [DEP, KIT]


async def test_what_was_deleted_since_it_was_named_is_refused() -> None:
    after = {"requirements.txt": "kit==1.1\ndep==3.0\n"}
    with pytest.raises(Refused) as raised:
        await apply(after, {KIT: {"1.0": 99}})
    assert raised.value.reason.endswith("withdrawn: kit 1.1: its registry does not have it")


async def test_where_its_registry_does_not_answer_it_is_refused() -> None:
    """Nobody knows then that it was not withdrawn, however young it may be."""
    after = {"requirements.txt": "kit==1.1\ndep==3.0\n"}
    with pytest.raises(Refused) as raised:
        await apply(after, {}, policy=Policy(Terms(age=timedelta())))
    reason = "whether what is wanted was withdrawn cannot be told: kit 1.1: nobody answers"
    assert raised.value.reason == reason
    assert "--now" in str(raised.value.remedy)


async def test_the_registry_that_a_lock_names_is_asked() -> None:
    """A client may be set to none of its own, as Poetry is in pyproject.toml alone."""
    text = "--index-url https://pypi.shop.example/simple\nkit==1.1\n"
    asked = await apply(
        {"requirements.txt": text},
        {KIT: OUT},
        named=["https://pypi.shop.example/simple"],
    )
    assert asked == [KIT]


async def test_an_ancestor_that_was_withdrawn_since_is_refused_too() -> None:
    through = Wanted("u1", DEP, "3.1", "requirements.txt", "3.0", (Raise(KIT, "1.0", "1.1"),))
    with pytest.raises(Refused, match=r"kit 1\.1: bad"):
        await apply(BEFORE, {KIT: OUT, DEP: {"3.1": 9}}, through, withdrawn={"1.1": "bad"})


async def test_images_and_packages_of_a_machine_are_nobodys_to_withdraw() -> None:
    image = Wanted("u1", Package(Ecosystem.OCI, "nginx"), "1.27", "Dockerfile", "1.26")
    assert await apply(BEFORE, {}, image) == []


@pytest.mark.parametrize(
    ("days", "refused"),
    [
        (2, "dep 3.1: it is 2 d old, of 7 d"),
        (7, None),
        (None, "dep 3.1: when it came out is not told, and it must be 7 d old"),
    ],
)
async def test_what_comes_along_must_be_old_enough(days: float | None, refused: str | None) -> None:
    after, ages = {"requirements.txt": "kit==1.1\ndep==3.1\n"}, {KIT: OUT, DEP: {"3.1": days}}
    if refused is None:
        assert await apply(after, ages) == [DEP, KIT]
        return
    with pytest.raises(Refused) as raised:
        await apply(after, ages)
    assert raised.value.reason == f"what comes along has not been out for long enough: {refused}"
    assert "--now" in str(raised.value.remedy)


async def test_what_was_not_there_before_must_be_old_enough() -> None:
    with pytest.raises(Refused, match=r"new 0\.1: it is 1 d old"):
        await apply({"requirements.txt": WITH_NEW}, {KIT: OUT, NEW: {"0.1": 1}})


async def test_what_no_registry_tells_of_is_refused() -> None:
    with pytest.raises(Refused, match=r"new 0\.1: when it came out is not told"):
        await apply({"requirements.txt": WITH_NEW}, {KIT: OUT})


async def test_a_rule_lets_what_is_trusted_through() -> None:
    trusted = Policy(rules=(Rule(("new",), age=timedelta()),))
    after = {"requirements.txt": WITH_NEW}
    assert await apply(after, {KIT: OUT}, policy=trusted) == [KIT, NEW]
    assert await apply(after, {KIT: OUT}, policy=Policy(Terms(age=timedelta()))) == [KIT, NEW]


async def test_an_ancestor_that_the_update_names_was_wanted_too() -> None:
    through = Wanted("u1", DEP, "3.1", "requirements.txt", "3.0", (Raise(KIT, "1.0", "1.1"),))
    after = {"requirements.txt": "kit==1.1\ndep==3.1\n"}
    assert await apply(after, {KIT: OUT, DEP: {"3.1": 1}}, through) == [DEP, KIT]


async def test_a_lock_in_a_folder_with_files_beside_it_is_read_whole() -> None:
    before = {"api/requirements.txt": "-r base.txt\nkit==1.0\n", "api/base.txt": "dep==3.0\n"}
    after = {"api/requirements.txt": "-r base.txt\nkit==1.1\n", "api/base.txt": "dep==3.1\n"}
    wanted = Wanted("u1", KIT, "1.1", "api/requirements.txt", "1.0")
    with pytest.raises(Refused, match=r"dep 3\.1: it is 1 d old"):
        await apply(after, {KIT: OUT, DEP: {"3.1": 1}}, wanted, before=before)


async def test_a_lock_that_cannot_be_read_lets_nothing_through() -> None:
    wanted = Wanted("u1", KIT, "1.1", "uv.lock", "1.0")
    with pytest.raises(Refused, match=r"what comes along cannot be told: uv.lock is no TOML"):
        await apply({"uv.lock": "version = "}, {}, wanted, before={"uv.lock": "version = 1"})
