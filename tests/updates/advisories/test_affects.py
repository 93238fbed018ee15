"""Which versions are affected: exactly those that the records list."""

import json
import random
from dataclasses import replace

import pytest

from fettle.model.update import Advisory, Affected, Ecosystem, Package
from fettle.updates.advisories import package_of, read, verdict
from tests.updates.advisories.corpus import record

KIT = Package(Ecosystem.PYPI, "shop-kit")


def advisory(*events: tuple[str, str], versions: tuple[str, ...] = ()) -> Advisory:
    ranges = (events,) if events else ()
    return Advisory("GHSA-1", affected=(Affected(KIT, ranges, frozenset(versions), "GHSA-1"),))


def affected(told: Advisory, version: str) -> bool | None:
    return verdict(told, KIT, version).affected


def test_ranges_give_exactly_the_versions_that_records_list() -> None:
    seed = random.Random(8)
    judged = 0
    for number in range(400):
        told, versions, listed = record(seed, number)
        package = package_of(told["affected"][0]["package"]["ecosystem"], "shop-kit")
        assert package is not None
        one = read(json.dumps(told).encode(), "made")
        given = [version for version in versions if verdict(one, package, version).affected]
        assert given == listed, told
        judged += len(versions)
    assert judged > 10_000


def test_a_range_is_from_what_introduced_it_to_before_what_fixed_it() -> None:
    told = advisory(("introduced", "1.0"), ("fixed", "1.5"), ("introduced", "2.0"))

    assert [affected(told, one) for one in ("0.9", "1.0", "1.4.9", "1.5", "1.9", "2.0", "9")] == [
        False, True, True, False, False, True, True,
    ]  # fmt: skip


def test_the_last_affected_version_is_affected() -> None:
    told = advisory(("introduced", "0"), ("last_affected", "1.5"))

    assert [affected(told, one) for one in ("0.0.dev1", "1.5", "1.5.post1")] == [True, True, False]


def test_beyond_a_limit_nothing_is_said() -> None:
    told = advisory(("introduced", "0"), ("limit", "2.0"))

    assert [affected(told, one) for one in ("1.9", "2.0")] == [True, False]
    assert affected(advisory(("introduced", "1"), ("limit", "*")), "7") is True


def test_what_is_fixed_and_introduced_in_one_version_is_affected() -> None:
    assert affected(advisory(("introduced", "1.0"), ("fixed", "1.0")), "1.0") is True


def test_a_listed_version_is_affected_however_it_is_written() -> None:
    told = advisory(versions=("1.0", "2.0rc1"))

    assert [affected(told, one) for one in ("1.0.0", "2.0c1", "2.0")] == [True, True, False]


def test_what_was_withdrawn_affects_nothing() -> None:
    record_ = {
        "id": "GHSA-1",
        "withdrawn": "2026-01-02T00:00:00Z",
        "affected": [
            {"package": {"ecosystem": "PyPI", "name": "Shop_Kit"}, "versions": ["1.0"]},
        ],
    }

    assert affected(read(json.dumps(record_).encode(), "made"), "1.0") is False


@pytest.mark.parametrize(
    ("told", "version", "says"),
    [
        (advisory(("introduced", "soon")), "1.0", "'soon' is no version"),
        (advisory(("introduced", "0")), "nightly", "'nightly' is no version"),
        (advisory(), "1.0", "tells no versions"),
    ],
)
def test_what_cannot_be_judged_is_not_clean(told: Advisory, version: str, says: str) -> None:
    judged = verdict(told, KIT, version)

    assert judged.affected is None
    assert says in " ".join(judged.says)


def test_records_that_disagree_are_said_and_the_cautious_is_taken() -> None:
    one = Affected(KIT, ((("introduced", "0"), ("fixed", "2.0")),), told_by="PYSEC-1")
    other = replace(one, ranges=((("introduced", "0"), ("fixed", "2.1")),), told_by="GHSA-1")
    told = Advisory("GHSA-1", affected=(one, other))

    judged = verdict(told, KIT, "2.0")

    assert judged.affected is True
    assert judged.says == (
        "GHSA-1 has shop-kit 2.0 affected, and PYSEC-1 has it not: it is taken as affected",
    )
    assert verdict(told, KIT, "1.0").says == verdict(told, KIT, "2.1").says == ()


def test_two_entries_of_a_record_are_no_contradiction() -> None:
    old = Affected(KIT, ((("introduced", "1.0"), ("fixed", "1.5")),), told_by="GHSA-1")
    new = replace(old, ranges=((("introduced", "2.0"), ("fixed", "2.5")),))
    told = Advisory("GHSA-1", affected=(old, new))

    assert verdict(told, KIT, "1.2").affected is True
    assert verdict(told, KIT, "1.2").says == ()


def test_another_package_is_not_affected() -> None:
    told = advisory(("introduced", "0"))

    assert verdict(told, Package(Ecosystem.PYPI, "other"), "1.0").affected is False
