"""On what terms updates are taken: levels, age, pins, ignores and windows."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fettle.errors import BadSettings
from fettle.model.update import Advisory, Ecosystem, Level, Package
from fettle.model.window import Window
from fettle.settings import load
from fettle.updates.policy import Change, Ignore, Policy, Rule, Terms, accepted, held, young
from fettle.updates.settled import policy_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=300)
KIT = Package(Ecosystem.PYPI, "kit")
HOLE = Advisory("GHSA-1", frozenset({"CVE-1"}))


def change(after: str = "1.1", age: float = 300, **rest: object) -> Change:
    told = {"package": KIT, "before": "1.0", "released_at": NOW - timedelta(days=age), **rest}
    return Change(after=after, **told)  # type: ignore[arg-type] # its fields


def why(one: Change, **policy: object) -> str:
    return "; ".join(held(one, Policy(**policy), NOW))  # type: ignore[arg-type] # its fields


@pytest.mark.parametrize(
    ("package", "pattern", "named"),
    [
        (Package(Ecosystem.PYPI, "my-kit"), "My_Kit", True),
        (Package(Ecosystem.PYPI, "zope-interface"), "zope.*", True),
        (Package(Ecosystem.PYPI, "my-kit"), "mykit", False),
        (Package(Ecosystem.NPM, "@acme/Kit"), "@acme/kit", False),
        (Package(Ecosystem.DEB, "libc6:i386"), "libc6", True),
        (Package(Ecosystem.DEB, "libc6:i386"), "libc6:amd64", False),
    ],
)
def test_a_package_is_named_as_its_ecosystem_lets_one_write_it(
    package: Package, pattern: str, *, named: bool
) -> None:
    assert Rule((pattern,)).fits(package) is named
    assert Ignore("no", pattern).covers(package, "1", NOW.date()) is named


def test_what_is_small_and_old_enough_is_taken() -> None:
    assert why(change("1.0.1")) == why(change("1.9")) == ""


def test_what_is_of_a_higher_level_is_not() -> None:
    assert why(change("2.0")) == "it is a major update, and minor ones are taken"
    patches = Terms(level=Level.PATCH)
    assert why(change("1.1"), terms=patches) == "it is a minor update, and patch ones are taken"
    assert why(change("2.0"), terms=Terms(level=Level.MAJOR)) == ""


def test_what_has_not_been_out_for_long_is_not() -> None:
    assert why(change(age=6.5)) == "it is 6 d 12 h old, of 7 d"
    assert why(change(age=7)) == ""
    assert why(change(age=-1)) == "it is 0 ms old, of 7 d"


def test_of_what_tells_no_date_the_age_is_not_known() -> None:
    unknown = change(released_at=None)
    assert why(unknown) == "when it came out is not told, and it must be 7 d old"
    assert why(unknown, terms=Terms(age=timedelta())) == ""
    system = change("16.5", package=Package(Ecosystem.POSTGRESQL, "p"), before="16.4")
    assert why(system) == ""


def test_what_closes_an_advisory_need_not_be_old_nor_small() -> None:
    assert why(change("2.0", age=0, closes=(HOLE,))) == ""
    strict = Terms(security_level=Level.MINOR)
    assert "it is a major update" in why(change("2.0", closes=(HOLE,)), terms=strict)


def test_a_pin_holds_even_what_closes_an_advisory() -> None:
    pinned = Terms(versions="<1.1")
    assert why(change(closes=(HOLE,)), terms=pinned) == "it is pinned to <1.1"
    assert why(change("1.0.9"), terms=pinned) == ""


def test_a_pin_that_nobody_can_read_lets_nothing_through() -> None:
    assert why(change(), terms=Terms(versions="the old one")) == "it is pinned to the old one"


def test_what_is_ignored_is_held_with_its_reason_until_that_day() -> None:
    one = Ignore("breaks printing", "ki*", versions=">=1.1", until=date(2026, 3, 4))

    assert why(change(), ignores=(one,)) == "it is ignored: breaks printing (until 2026-03-04)"
    assert why(change("1.0.9"), ignores=(one,)) == ""
    lapsed = Ignore("breaks printing", until=date(2026, 3, 3))
    assert why(change(), ignores=(lapsed,)) == ""


def test_an_advisory_is_accepted_by_any_of_its_names_until_that_day() -> None:
    policy = Policy(ignores=(Ignore("not reachable", "k*", "CVE-1", until=date(2026, 3, 4)),))

    def why_accepted(package: Package, advisory: Advisory, day: int) -> str | None:
        return accepted(package, advisory, policy, date(2026, 3, day))

    assert why_accepted(KIT, HOLE, 4) == "not reachable (until 2026-03-04)"
    assert why_accepted(KIT, HOLE, 5) is None
    assert why_accepted(KIT, Advisory("GHSA-2"), 4) is None
    assert why_accepted(Package(Ecosystem.PYPI, "other"), HOLE, 4) is None
    assert why(change(), ignores=policy.ignores) == ""


def test_it_is_taken_only_while_a_window_is_open() -> None:
    nightly = Window(time(1), ZoneInfo("UTC"), timedelta(hours=2), timedelta(minutes=30))
    policy = Policy(Terms(windows=("nightly",)), windows={"nightly": nightly})

    def at(hour: int, minute: int = 0) -> tuple[str, ...]:
        moment = NOW.replace(hour=hour, minute=minute)
        return held(change(), policy, moment)

    assert at(1) == at(2, 29) == ()
    assert at(2, 30) == at(12) == ("it is taken only in nightly, which is not open now",)


def test_of_several_rules_the_last_that_sets_it_counts() -> None:
    policy = Policy(
        rules=(
            Rule(("*",), level=Level.PATCH, group="all"),
            Rule(("k*", "w*"), Ecosystem.PYPI, level=Level.MAJOR),
            Rule(("kit",), Ecosystem.NPM, group="js"),
        )
    )

    assert policy.terms_of(KIT) == Terms(level=Level.MAJOR, group="all")


def test_the_whole_difference_of_a_lock_must_be_old_enough() -> None:
    """What only comes along is judged too, what is new there and what goes back as well."""
    dep = Package(Ecosystem.NPM, "dep")
    changes = [
        change(),
        change("3.1", 2, package=dep, before="3.0"),
        change("0.1", 1, package=Package(Ecosystem.PYPI, "new"), before=None),
        change("1.0", 0, package=Package(Ecosystem.PYPI, "same"), before="1.0"),
        change("5.0", 0, package=Package(Ecosystem.PYPI, "hole"), closes=(HOLE,)),
    ]

    assert young(changes, Policy(), NOW) == (
        "dep 3.1: it is 2 d old, of 7 d",
        "new 0.1: it is 1 d old, of 7 d",
    )
    trusted = Policy(rules=(Rule(("dep", "new"), age=timedelta()),))
    assert young(changes, trusted, NOW) == ()


def test_a_distributions_levels_are_its_own() -> None:
    package = Package(Ecosystem.DEB, "tzdata")
    assert why(change("2025b-0", package=package, before="2024a-0", released_at=None)) == ""


SETTINGS = """
[[window]]
name = "nightly"
start = "01:00"
duration = "2h"

[updates]
level = "patch"
age = "3 days"
advisories = ["/srv/osv"]

[[updates.rule]]
packages = ["django*"]
ecosystem = "pypi"
versions = ">=4.2, <5"
group = "django"
windows = ["nightly"]

[[updates.ignore]]
advisory = "GHSA-1"
reason = "not reachable"
until = 2027-01-31
"""


def settled(tmp_path: Path, text: str) -> Policy:
    (tmp_path / "fettle.toml").write_text(text, encoding="utf-8")
    return policy_of(load(tmp_path / "fettle.toml", {}))


def test_the_settings_are_the_policy(tmp_path: Path) -> None:
    policy = settled(tmp_path, SETTINGS)

    assert policy.terms == Terms(level=Level.PATCH, age=timedelta(days=3))
    assert policy.terms_of(Package(Ecosystem.PYPI, "django-rest")) == Terms(
        Level.PATCH,
        age=timedelta(days=3),
        versions=">=4.2, <5",
        group="django",
        windows=("nightly",),
    )
    (ignore,) = policy.ignores
    assert ignore.said == "not reachable (until 2027-01-31)"
    assert list(policy.windows) == ["nightly"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[updates]\nwindows = ["never"]', "no \\[\\[window\\]\\] called never"),
        ('[updates]\nlevel = "tiny"', "updates.level"),
        ('[updates]\nage = "-1d"', "updates.age"),
        ("[[updates.ignore]]\npackage = 'x'", "required"),
        ("[[updates.rule]]\nlevel = 'patch'", "required"),
    ],
)
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        settled(tmp_path, text)
