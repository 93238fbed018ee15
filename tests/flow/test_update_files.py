"""Ancestors are named though no index tells what they ask for; notes are of what is taken."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fettle.errors import CannotLook, NotFound
from fettle.flow.update_check import Judging, look
from fettle.flow.update_files import MOST_NOTES, with_asks, with_notes
from fettle.model.ports_updates import Described, Outside, Seen
from fettle.model.security import Packages, Skipped
from fettle.model.update import (
    Advisory,
    Affected,
    Ecosystem,
    Installed,
    Level,
    Offers,
    Package,
    Raise,
    Release,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.testing import START, given_outside
from fettle.unit.module import Module
from fettle.unit.source import Look, UpdateSource
from fettle.updates.ancestors import Tree
from fettle.updates.policy import Policy
from fettle.updates.worth import updates_of


@dataclass
class GivenFiles:
    """Files of releases as they were given, by what is in them of which version."""

    asks: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    changelogs: Mapping[str, str] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: bool = False

    async def described(self, release: Release) -> Described:
        """Return what is given of a version."""
        self.asked.append(release.version)
        if self.slow:
            await asyncio.sleep(60)
        version = release.version
        if not any(version in given for given in (self.asks, self.urls, self.texts)):
            raise NotFound("there is no metadata")
        return Described(
            self.asks.get(version, ()), self.urls.get(version), self.texts.get(version, "")
        )

    async def changelog(self, release: Release) -> str:
        """Return what is given of a version."""
        if release.version not in self.changelogs:
            raise CannotLook("it is too large")
        return self.changelogs[release.version]


LOCK = "/srv/shop/uv.lock"
WEB, CORE, KIT = (Package(Ecosystem.PYPI, name) for name in ("web", "core", "kit"))
WEAK = Advisory("GHSA-1", affected=(Affected(KIT, ((("introduced", "0"), ("fixed", "2.0")),)),))
IN_USE = (
    Installed(WEB, "10.0", LOCK),
    Installed(CORE, "20.0", LOCK, direct=False, needed_by=("web",)),
    Installed(KIT, "1.0", LOCK, direct=False, needed_by=("core",)),
)
OFFERS = {
    WEB: Offers(WEB, tuple(map(Release, ("10.0", "10.1", "11.0")))),
    CORE: Offers(CORE, tuple(map(Release, ("19.0", "20.0", "20.1", "20.2", "20.3")))),
    KIT: Offers(KIT, (Release("1.0"), Release("2.0"))),
}
ASKS = {
    "20.0": (("kit", "<2"),),
    "20.1": (("kit", "<2"),),
    "20.2": (("kit", ">=1"),),
    "10.0": (("core", "==20.0"),),
    "10.1": (("core", ">=20.2,<21"),),
}


async def seen(_: Outside) -> Seen:
    result = SourceResult("dependencies", SourceState.OK, START, 3, 3)
    return Seen(result, IN_USE, OFFERS, (WEAK,))


async def looked(
    files: GivenFiles | None, look_: Look = seen, *, thorough: bool = False
) -> UpdateCheck:
    judging = Judging(
        lambda installed, offers, advisories, now: updates_of(
            installed, offers, advisories, Policy(), now
        )
    )
    source = UpdateSource(Module("sources.dependencies"), look_)
    return await look(given_outside(releases=files), [source], judging, thorough=thorough)


async def test_the_ancestors_are_named_by_what_their_metadata_asks_for() -> None:
    files = GivenFiles(ASKS)
    (update,) = [one for one in (await looked(files)).updates if one.package == KIT]
    assert update.type is UpdateType.SECURITY
    assert update.through == (Raise(WEB, "10.0", "10.1"), Raise(CORE, "20.0", "20.2"))
    assert not any("is not known" in ground for ground in update.grounds)
    assert "19.0" not in files.asked


async def test_what_those_in_use_keep_out_is_not_offered_by_who_has_time_to_ask() -> None:
    """Of what is only newer: it could not be raised, and each rehearsal would try it."""

    async def newer(_: Outside) -> Seen:
        return replace(await seen(_), advisories=())

    files = GivenFiles(ASKS)
    quick, thorough = [await looked(files, newer, thorough=one) for one in (False, True)]
    assert {one.package for one in quick.updates} == {WEB, CORE, KIT}
    assert {one.package for one in thorough.updates} == {WEB}
    assert sorted(files.asked) == ["10.0", "20.0"]


async def test_each_version_is_asked_about_once() -> None:
    files = GivenFiles(ASKS)
    await looked(files)
    assert len(files.asked) == len(set(files.asked))


async def test_of_very_many_versions_the_newest_is_asked_about_as_well() -> None:
    """The oldest that does would be better, and is beyond what is asked about."""
    many = [f"10.{number}" for number in range(400)]
    offers = {**OFFERS, WEB: Offers(WEB, tuple(map(Release, many)))}
    asks = {**ASKS, **dict.fromkeys(many, (("core", "==20.0"),)), many[-1]: (("core", ">=20.2"),)}
    updates = (await looked(None)).updates
    files = GivenFiles(asks)
    told = await with_asks(IN_USE, offers, updates, files)
    way = Tree(IN_USE, told).way(IN_USE[2], "2.0")
    assert way.raises == (Raise(WEB, "10.0", "10.399"), Raise(CORE, "20.0", "20.2"))
    assert len(files.asked) < 150


async def test_where_nobody_tells_it_is_said_and_not_guessed() -> None:
    for files in (None, GivenFiles()):
        (update,) = [one for one in (await looked(files)).updates if one.package == KIT]
        assert update.through == ()
        assert (
            "whether an ancestor is to be raised is not known: what core 20.0 asks for is not known"
            in update.grounds
        )


async def test_a_registry_that_gives_no_answer_holds_nobody_up() -> None:
    updates = (await looked(None)).updates
    slow = GivenFiles(ASKS, slow=True)
    told = await with_asks(IN_USE, OFFERS, updates, slow, timedelta(seconds=0.1))
    assert told == OFFERS


def check(*versions: str, held: tuple[str, ...] = ()) -> UpdateCheck:
    updates = tuple(
        Update(
            f"kit-{version}", KIT, LOCK, "1.0", version, UpdateType.REGULAR, Level.MINOR,
            held=held, notes_url="https://kit.example",
        )
        for version in versions
    )  # fmt: skip
    releases = {one.id: Release(one.version) for one in updates}
    return UpdateCheck(START, updates, (), releases=releases)


async def test_what_has_changed_is_told_with_where_it_is_told() -> None:
    files = GivenFiles(
        changelogs={"1.1": "## 1.1\n- better\n\n## 1.0\n- first\n"},
        urls={"1.1": "https://kit.example/changes"},
    )
    (update,) = (await with_notes(check("1.1"), files)).updates
    assert (update.notes, update.notes_url) == ("## 1.1\n- better", "https://kit.example/changes")


async def test_without_a_changelog_the_description_may_have_it() -> None:
    files = GivenFiles(texts={"1.1": "# kit\n\nA kit.\n\n## Release 1.1\n\n- better\n\n## License"})
    (update,) = (await with_notes(check("1.1"), files)).updates
    assert (update.notes, update.notes_url) == ("## Release 1.1\n\n- better", "https://kit.example")


async def test_what_cannot_be_had_leaves_the_update_as_it_is() -> None:
    before = check("1.1", "1.2")
    assert await with_notes(before, GivenFiles()) == before
    assert await with_notes(before, None) == before
    unknown = replace(before, releases={})
    assert await with_notes(unknown, GivenFiles()) == unknown


@dataclass
class Debian:
    """A machine whose packages have changelogs, but for beta."""

    name: str = "web-1"

    async def packages(self) -> Packages | Skipped:
        """Return nothing: nobody asks."""
        raise NotImplementedError

    async def changelog(self, package: str, version: str) -> str:
        """Return what has changed in a package."""
        if package == "beta":
            raise CannotLook("there is none")
        return f"{package} ({version}) stable; urgency=low\n\n  * better\n"


async def test_of_packages_of_the_machine_its_own_package_manager_tells() -> None:
    whole = check("1.1", "1.2")
    first, second = (
        replace(one, package=Package(Ecosystem.DEB, name))
        for one, name in zip(whole.updates, ("alpha", "beta"), strict=True)
    )
    told = await with_notes(replace(whole, updates=(first, second)), GivenFiles(), Debian())
    assert [one.notes for one in told.updates] == [
        "alpha (1.1) stable; urgency=low\n\n  * better",
        "",
    ]


async def test_of_many_those_that_would_be_taken_come_first() -> None:
    files = GivenFiles(texts={"9.9": "## 9.9\n- much\n"})
    many = check(*(f"1.{number}" for number in range(MOST_NOTES + 20)), held=("it is young",))
    taken = check("9.9")
    both = replace(
        many,
        updates=(*many.updates, *taken.updates),
        releases={**many.releases, **taken.releases},
    )
    told = await with_notes(both, files)
    assert told.updates[-1].notes == "## 9.9\n- much"
    assert len(files.asked) == MOST_NOTES
