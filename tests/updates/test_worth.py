"""Which updates there are: what closes advisories, what is newer, and what holds each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.model.severity import Severity
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
    Update,
    UpdateType,
)
from fettle.model.update_watch import Quarantined
from fettle.updates.confidence import Tried
from fettle.updates.history import Here
from fettle.updates.lifecycles import offers_of
from fettle.updates.policy import Ignore, Policy, Rule, Terms
from fettle.updates.worth import updates_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=300)


def package(name: str = "kit", ecosystem: Ecosystem = Ecosystem.NPM) -> Package:
    return Package(ecosystem, name)


def used(version: str = "1.0.0", name: str = "kit", **rest: object) -> Installed:
    told = {"package": package(name), "where": "shop/package-lock.json", **rest}
    return Installed(version=version, **told)  # type: ignore[arg-type] # its fields


def offered(*versions: str | Release, name: str = "kit", **rest: object) -> Offers:
    releases = tuple(one if isinstance(one, Release) else Release(one, OLD) for one in versions)
    return Offers(package(name), releases, **rest)  # type: ignore[arg-type] # its fields


def hole(
    fixed: str | None, id_: str = "GHSA-1", name: str = "kit", introduced: str = "0"
) -> Advisory:
    events = (("introduced", introduced), *((("fixed", fixed),) if fixed else ()))
    affected = Affected(package(name), (events,), told_by=id_)
    return Advisory(id_, severity=Severity.HIGH, affected=(affected,))


def updates(
    installed: Installed | Sequence[Installed],
    *offers: Offers,
    about: Sequence[Advisory] = (),
    policy: Policy | None = None,
    here: Here | None = None,
) -> list[Update]:
    each = [installed] if isinstance(installed, Installed) else installed
    by_package = {one.package: one for one in offers}
    return list(updates_of(each, by_package, about, policy or Policy(), NOW, here))


def said(found: Sequence[Update]) -> list[tuple[str, str, bool]]:
    return [(one.package.name, one.version, one.worth_taking) for one in found]


def test_the_newest_that_nothing_holds_is_offered() -> None:
    (one,) = updates(used(), offered("0.9.0", "1.0.0", "1.0.1", "1.10.0", "1.9.0"))

    assert (one.version, one.current, one.level) == ("1.10.0", "1.0.0", Level.MINOR)
    assert (one.type, one.worth_taking, one.advisories) == (UpdateType.REGULAR, True, ())
    assert one.released_at == OLD


def test_what_is_up_to_date_has_no_update() -> None:
    assert updates(used("1.10.0"), offered("1.0.0", "1.10.0")) == []


def test_what_is_higher_is_told_beside_it_and_held() -> None:
    found = updates(used(), offered("1.1.0", "2.0.0", "3.0.0"))

    assert said(found) == [("kit", "1.1.0", True), ("kit", "3.0.0", False)]
    assert found[1].held == ("it is a major update, and minor ones are taken",)


def test_what_is_too_young_leaves_the_one_before_it() -> None:
    young = Release("1.2.0", NOW - timedelta(days=1))
    (one,) = updates(used(), offered("1.1.0", young))

    assert (one.version, one.worth_taking) == ("1.1.0", True)
    assert "1.2.0 is newer, and is held: it is 1 d old, of 7 d" in one.grounds


def test_withdrawn_and_early_versions_are_not_offered() -> None:
    yanked = Release("1.3.0", OLD, withdrawn="broken")
    offers = offered("1.1.0", yanked, "1.4.0-rc.1", "no version")

    assert said(updates(used(), offers)) == [("kit", "1.1.0", True)]
    assert said(updates(used("1.4.0-rc.0"), offers)) == [("kit", "1.4.0-rc.1", True)]
    early = Policy(Terms(prereleases=True))
    assert said(updates(used(), offers, policy=early)) == [("kit", "1.4.0-rc.1", True)]


def test_what_a_distributions_archive_offers_is_no_pre_release() -> None:
    """A rebuild of a newer version for an older release sorts before it, and is meant for it."""
    named = package("ca-certificates", Ecosystem.DEB)
    one = Installed(named, "20230311+deb12u1", "web-1")
    (update,) = updates(one, Offers(named, (Release("20250419~deb12u2"),)))
    assert (update.version, update.worth_taking) == ("20250419~deb12u2", True)


def test_beyond_what_npm_has_as_its_newest_nothing_is_offered() -> None:
    offers = offered("1.1.0", "1.2.0", newest="1.1.0")

    assert said(updates(used(), offers)) == [("kit", "1.1.0", True)]
    assert said(updates(used("1.1.5"), offers)) == [("kit", "1.2.0", True)]


def test_the_smallest_version_that_closes_every_advisory_is_offered() -> None:
    about = [hole("1.0.2"), hole("1.1.0", "GHSA-2"), hole("5.0.0", "GHSA-3", introduced="2.0.0")]
    (one,) = updates(used(), offered("1.0.1", "1.0.2", "1.1.0", "1.2.0", "2.1.0"), about=about)

    assert (one.version, one.type, one.worth_taking) == ("1.1.0", UpdateType.SECURITY, True)
    assert [each.id for each in one.advisories] == ["GHSA-1", "GHSA-2"]


def test_what_closes_one_may_be_young_and_major() -> None:
    (one,) = updates(used(), offered(Release("2.0.0", NOW)), about=[hole("2.0.0")])

    assert (one.version, one.level, one.worth_taking) == ("2.0.0", Level.MAJOR, True)


def test_what_closes_a_part_is_offered_for_that_part() -> None:
    about = [hole("1.1.0"), hole(None, "GHSA-2")]

    (one,) = updates(used(), offered("1.1.0"), about=about)

    assert [each.id for each in one.advisories] == ["GHSA-1"]


def test_what_no_version_closes_keeps_no_update_away() -> None:
    about = [hole(None), hole(None, "GHSA-2", introduced="1.2.0")]

    (one,) = updates(used(), offered("1.1.0", "1.2.0"), about=about)

    assert (one.version, one.type, one.advisories) == ("1.1.0", UpdateType.REGULAR, ())


def test_a_version_with_an_advisory_of_its_own_is_not_offered() -> None:
    later = hole(None, introduced="1.2.0")

    assert said(updates(used(), offered("1.1.0", "1.2.0"), about=[later])) == [
        ("kit", "1.1.0", True)
    ]


def test_where_nobody_tells_what_is_on_offer_the_advisory_names_it() -> None:
    (one,) = updates(used(), about=[hole("1.0.5")])

    assert (one.version, one.type) == ("1.0.5", UpdateType.SECURITY)
    assert "what is on offer is not known: it is what the advisory names" in one.grounds


def test_what_cannot_be_judged_closes_nothing() -> None:
    odd = Affected(package(), ((("introduced", "soon"),),), told_by="GHSA-2")
    sure = Affected(package(), versions=frozenset({"1.0.0"}), told_by="GHSA-2")

    about = [hole("1.1.0"), Advisory("GHSA-2", affected=(sure, odd))]
    (one,) = updates(used(), offered("1.1.0"), about=about)

    assert [each.id for each in one.advisories] == ["GHSA-1"]


def test_an_accepted_advisory_is_no_reason_to_take_anything() -> None:
    policy = Policy(ignores=(Ignore("not reachable", advisory="GHSA-1"),))
    major = offered("1.1.0", "2.0.0")

    (one, other) = updates(used(), major, about=[hole("1.1.0")], policy=policy)

    assert (one.version, one.type, one.worth_taking) == ("1.1.0", UpdateType.REGULAR, True)
    assert [each.id for each in one.advisories] == ["GHSA-1"]
    assert (other.version, other.worth_taking) == ("2.0.0", False)


def test_contradictions_of_records_go_with_the_advisory() -> None:
    other = replace(hole("1.2.0", "PYSEC-1"), aliases=frozenset({"GHSA-1"}))

    (one,) = updates(used("1.1.5"), offered("1.2.0"), about=[hole("1.1.0"), other])

    (advisory,) = one.advisories
    assert "PYSEC-1 has kit 1.1.5 affected, and GHSA-1 has it not" in advisory.contradictions[0]


def test_a_pin_leaves_the_smallest_that_it_lets_through() -> None:
    policy = Policy(rules=(Rule(("kit",), versions=">=1.2.0 <2", group="front"),))

    (one,) = updates(used(), offered("1.1.0", "1.2.0"), about=[hole("1.1.0")], policy=policy)

    assert (one.version, one.worth_taking, one.group) == ("1.2.0", True, "front")


def test_what_others_ask_for_stays_in_their_ranges() -> None:
    web = Release("3.0.0", OLD, asks=(("kit", "^1.0.0"),))
    tree = [used("3.0.0", "web"), used(direct=False, needed_by=("web",))]

    found = updates(tree, offered(web, name="web"), offered("1.5.0", "2.0.0"))

    assert said(found) == [("kit", "1.5.0", True)]


def test_a_range_that_nobody_can_read_keeps_nothing_out() -> None:
    """A tag of the registry (`latest`) is none: it was told that nothing newer is on offer."""
    web = Release("3.0.0", OLD, asks=(("kit", "latest"),))
    tree = [used("3.0.0", "web"), used(direct=False, needed_by=("web",))]

    assert said(updates(tree, offered(web, name="web"), offered("1.5.0"))) == [
        ("kit", "1.5.0", True)
    ]


def test_the_ancestor_to_raise_is_named() -> None:
    """Up to what the project asks for itself, each the first release that lets the next one in."""
    root = [
        Release("1.0.0", OLD, asks=(("web", "~3.0.0"),)),
        Release("1.1.0", OLD, asks=(("web", "^3.0.0"),)),
        Release("1.2.0", OLD, asks=(("web", "^3.0.0"),)),
    ]
    web = [
        Release("3.0.0", OLD, asks=(("kit", "~1.0.0"),)),
        Release("3.1.0", OLD, asks=(("kit", "~1.0.0"),)),
        Release("3.2.0", OLD, asks=(("kit", "^1.0.0"),)),
    ]
    tree = [
        used("1.0.0", "root"),
        used("3.0.0", "web", direct=False, needed_by=("root",)),
        used(direct=False, needed_by=("web",)),
    ]

    offers = offered(*root, name="root"), offered(*web, name="web"), offered("1.0.1", "1.4.0")
    one = updates(tree, *offers, about=[hole("1.4.0")])[0]

    assert (one.package.name, one.version) == ("kit", "1.4.0")
    assert one.through == (
        Raise(package("root"), "1.0.0", "1.1.0"),
        Raise(package("web"), "3.0.0", "3.2.0"),
    )


def test_nobody_is_raised_who_lets_the_version_in() -> None:
    web = Release("3.0.0", OLD, asks=(("kit", "^1.0.0"),))
    tree = [used("3.0.0", "web"), used(direct=False, needed_by=("web",))]

    one = updates(tree, offered(web, name="web"), offered("1.4.0"), about=[hole("1.4.0")])[0]

    assert (one.version, one.through) == ("1.4.0", ())
    assert "not known" not in " ".join(one.grounds)


@pytest.mark.parametrize(
    ("web", "says"),
    [
        (Release("3.0.0", OLD), "what web 3.0.0 asks for is not known"),
        (
            Release("3.0.0", OLD, asks=(("kit", "~1.0.0"),)),
            "no version of web is known that lets kit 1.4.0 in",
        ),
    ],
)
def test_what_is_not_known_of_ancestors_is_said(web: Release, says: str) -> None:
    tree = [used("3.0.0", "web"), used(direct=False, needed_by=("web",))]

    one = updates(tree, offered(web, name="web"), offered("1.4.0"), about=[hole("1.4.0")])[0]

    assert one.through == ()
    assert f"whether an ancestor is to be raised is not known: {says}" in one.grounds


def test_packages_that_ask_for_each_other_end() -> None:
    def asks(name: str) -> Release:
        return Release("1.0.0", OLD, asks=((name, "~1.0.0"),))

    tree = [
        used("1.0.0", "kit", direct=False, needed_by=("web",)),
        used("1.0.0", "web", direct=False, needed_by=("kit",)),
    ]
    next_web = Release("1.1.0", OLD, asks=(("kit", "*"),))
    next_kit = Release("1.1.0", OLD, asks=(("web", "*"),))
    offers = offered(asks("kit"), next_web, name="web"), offered(asks("web"), next_kit)

    one = updates(tree, *offers, about=[hole("1.1.0")])[0]

    assert {each.package.name for each in one.through} == {"web", "kit"}


def test_images_have_a_new_digest_and_a_newer_tag() -> None:
    image = Package(Ecosystem.OCI, "python")
    one = Installed(image, "3.12-slim@sha256:aa", "Dockerfile:1")
    releases = ("3.11-slim", "3.13-slim", "3.12-slim@sha256:bb", "latest@sha256:cc", "3.14-alpine")
    offers = Offers(image, tuple(map(Release, releases)))

    found = updates(one, offers)

    assert {(each.version, each.level) for each in found} == {
        ("3.12-slim@sha256:bb", Level.DIGEST),
        ("3.13-slim", Level.MINOR),
    }
    assert all(each.worth_taking for each in found)


def test_what_comes_from_elsewhere_is_offered_nothing() -> None:
    assert updates(used(origin="git"), offered("2.0.0"), about=[hole("2.0.0")]) == []


@pytest.mark.parametrize(
    ("kind", "version", "ended", "says"),
    [
        (Ecosystem.POSTGRESQL, "17.2", "12.1", "PostgreSQL 17 is kept up until 08 November 2029"),
        (Ecosystem.PYTHON, "3.13.1", "3.8.1", "Python 3.13 is kept up until 31 October 2029"),
        (Ecosystem.NODE, "22.1.0", "18.1.0", "Node 22 is kept up until 30 April 2027"),
    ],
)
def test_until_when_a_runtime_is_kept_up_is_said(
    kind: Ecosystem, version: str, ended: str, says: str
) -> None:
    """Of one whose life has ended an advisory says it."""
    kit = package(ecosystem=kind)
    offers = offers_of(kind, kit, NOW.date())
    found, over = (updates(Installed(kit, one, "main-db"), offers)[0] for one in (version, ended))
    assert says in found.grounds
    assert not any("kept up" in ground for ground in over.grounds)


def test_of_what_is_quarantined_the_one_before_it_is_offered_and_it_is_told() -> None:
    """Nothing else is held: neither another version, nor the same one in another project."""
    worse = Quarantined(
        4, "u", "shop", "shop", package(), "1.2.0", "shop is down", "r", NOW - timedelta(days=1)
    )
    here, offers = Here(quarantined=[worse]), offered("1.0.0", "1.1.0", "1.2.0")
    found = updates(used(), offers, here=here)
    assert said(found) == [("kit", "1.1.0", True), ("kit", "1.2.0", False)]
    assert found[1].held == ("it is quarantined since 2026-03-03 12:00 UTC: shop is down",)
    higher = offered("1.0.0", "1.2.0", "2.0.0")
    assert said(updates(used(), higher, here=here)) == [
        ("kit", "2.0.0", False),
        ("kit", "1.2.0", False),
    ]
    elsewhere = used(where="desk/package-lock.json")
    assert said(updates(elsewhere, offers, here=here)) == [("kit", "1.2.0", True)]
    (closing,) = updates(used(), offered("1.0.0", "1.2.0"), about=[hole("1.2.0")], here=here)
    assert closing.held == ("it is quarantined since 2026-03-03 12:00 UTC: shop is down",)


def test_one_place_has_each_update_once() -> None:
    several = [used("1.0.0"), used("1.2.0", direct=False), used("1.0.0", where="other.json")]

    found = updates(several, offered("1.4.0"), about=[hole("1.1.0")])

    assert [(one.where, one.current, one.type) for one in found] == [
        ("other.json", "1.0.0", UpdateType.SECURITY),
        ("shop/package-lock.json", "1.0.0", UpdateType.SECURITY),
    ]


def test_an_id_is_the_same_as_long_as_its_place_package_and_version_are() -> None:
    offers, later = offered("1.1.0"), offered("1.1.0", "1.1.1", "1.2.0")
    (one,) = updates(used(), offers)
    (older,) = updates(used("0.9.0"), offers, policy=Policy(Terms(level=Level.MAJOR)))
    (newer,) = updates(used(), later)

    assert one.id == older.id != newer.id
    assert one.id.startswith("kit-1.1.0-")
    scoped = used(name="@scope/kit")
    (named,) = updates(scoped, offered("1.1.0", name="@scope/kit"))
    assert named.id.startswith("scope-kit-1.1.0-")


def test_what_the_project_asks_for_otherwise_is_said() -> None:
    (one,) = updates(used(asks="~1.0.0"), offered("1.1.0"))

    assert "the project asks for ~1.0.0, which has to be raised" in one.grounds


def test_the_own_history_counts() -> None:
    tried = {package(): Tried(passed=5)}
    (sure,) = updates(used(), offered("1.1.0"), here=Here(tried))
    (plain,) = updates(used(), offered("1.1.0"))

    assert sure.confidence > plain.confidence
    assert "5 of 5 rehearsals of it here passed" in sure.grounds


_VERSIONS = st.lists(
    st.from_regex(r"[0-3]\.[0-3]\.[0-3](-rc\.[01])?", fullmatch=True), max_size=8, unique=True
)


@given(_VERSIONS, st.lists(st.tuples(st.sampled_from("0123"), st.sampled_from("0123"))))
def test_what_is_worth_taking_is_newer_and_has_no_advisory(
    versions: list[str], holes: list[tuple[str, str]]
) -> None:
    about = [
        hole(f"{major}.{minor}.2", f"GHSA-{place}", introduced=f"{major}.0.0")
        for place, (major, minor) in enumerate(holes)
    ]

    for one in updates(used("1.1.1"), offered(*versions), about=about):
        assert 0 <= one.confidence <= 1
        if one.worth_taking and one.type is UpdateType.REGULAR:
            again = updates(used(one.version), offered(one.version), about=about)
            assert again == []
        assert one.type is UpdateType.SECURITY or one.version > "1.1.1"
