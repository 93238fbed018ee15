"""Advisories that are one vulnerability are one, and what they disagree in is said."""

from datetime import UTC, datetime
from itertools import permutations

from fettle.model.severity import Severity
from fettle.model.update import Advisory, Affected, Ecosystem, Package
from fettle.updates.advisories import joined

KIT = Package(Ecosystem.PYPI, "kit")
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def told(id_: str, *aliases: str, **rest: object) -> Advisory:
    return Advisory(id_, frozenset(aliases), **rest)  # type: ignore[arg-type] # its fields


def test_what_shares_a_name_is_one_by_however_many_others() -> None:
    three = (
        told("PYSEC-1", "CVE-1", severity=Severity.LOW),
        told("GHSA-1", "CVE-2", severity=Severity.LOW),
        told("CVE-2", "CVE-1", summary="it breaks", severity=Severity.LOW),
    )
    for order in permutations(three):
        one, other = joined([*order[:2], told("GHSA-2"), order[2]])

        assert {one.id, other.id} == {"GHSA-1", "GHSA-2"}
        whole = one if one.id == "GHSA-1" else other
        assert whole.aliases == {"PYSEC-1", "CVE-1", "CVE-2"}
        assert whole.summary == "it breaks"
        assert whole.contradictions == ()


def test_all_that_any_of_them_has_affected_is_kept() -> None:
    mine, other = (Affected(KIT, versions=frozenset({one}), told_by=one) for one in "12")

    (one,) = joined([told("GHSA-1", affected=(mine,)), told("X-1", "GHSA-1", affected=(other,))])

    assert one.affected == (mine, other)


def test_of_two_ratings_the_worse_is_taken_and_both_are_said() -> None:
    (one,) = joined(
        [told("GHSA-1", severity=Severity.MEDIUM), told("X-1", "GHSA-1", severity=Severity.HIGH)]
    )

    assert one.severity is Severity.HIGH
    assert one.contradictions == ("it is rated GHSA-1 medium, X-1 high: high is taken",)


def test_what_one_of_them_has_withdrawn_stands() -> None:
    (one,) = joined([told("GHSA-1", withdrawn_at=DAY), told("PYSEC-1", "GHSA-1")])

    assert (one.id, one.withdrawn_at) == ("PYSEC-1", None)
    assert one.contradictions == (
        "GHSA-1 is withdrawn, and PYSEC-1 is not: it is taken as standing",
    )


def test_what_all_have_withdrawn_is_withdrawn() -> None:
    (one,) = joined([told("GHSA-1", withdrawn_at=DAY), told("X-1", "GHSA-1", withdrawn_at=DAY)])

    assert one.withdrawn_at == DAY


def test_one_that_is_told_twice_is_as_it_was_changed_last() -> None:
    old = told("GHSA-1", severity=Severity.LOW, modified_at=DAY)
    new = told("GHSA-1", severity=Severity.HIGH, modified_at=DAY.replace(year=2027))

    assert joined([new, old]) == (new,)
