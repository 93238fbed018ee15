"""What is in use and was withdrawn is told, whatever is on offer instead."""

from dataclasses import replace

import pytest

from fettle.model.update import Ecosystem, Installed, Offers, Package, Passed, Release, Withdrawn
from fettle.updates.withdrawn import with_grounds, withdrawn_of
from tests.frontends.report.update_sample import ANYIO, CLOSES, JINJA, LOCK

BROKEN = "it deletes files"


def kit(ecosystem: Ecosystem = Ecosystem.PYPI) -> Package:
    return Package(ecosystem, "kit")


@pytest.mark.parametrize(
    ("version", "reasons"),
    [
        ("1.0.0", []),
        ("1.1.0", [f"it was withdrawn: {BROKEN}"]),
        ("1.01.0", [f"it was withdrawn: {BROKEN}"]),
        ("1.2.0", ["its registry does not have it"]),
    ],
)
def test_it_is_told_also_where_nothing_is_newer(version: str, reasons: list[str]) -> None:
    """A version that is written otherwise is the same."""
    offers = Offers(kit(), (Release("1.0.0"), Release("1.1.0", withdrawn=BROKEN)))
    found = list(withdrawn_of([Installed(kit(), version, LOCK)], {kit(): offers}))
    assert found == [Withdrawn(kit(), version, LOCK, reason) for reason in reasons]


@pytest.mark.parametrize("kind", [Ecosystem.DEB, Ecosystem.OCI, Ecosystem.POSTGRESQL])
def test_where_older_versions_go_by_themselves_nothing_is_said(kind: Ecosystem) -> None:
    offers = {kit(kind): Offers(kit(kind), (Release("2"),))}
    assert list(withdrawn_of([Installed(kit(kind), "1", LOCK)], offers)) == []


def test_where_nobody_tells_what_is_on_offer_nothing_is_said() -> None:
    told = {kit(): Passed("kit", "nobody answers")}
    assert list(withdrawn_of([Installed(kit(), "1", LOCK)], told)) == []
    assert list(withdrawn_of([Installed(kit(), "1", LOCK)], {})) == []


def test_an_update_says_what_it_leads_away_from_and_no_other() -> None:
    gone = [Withdrawn(JINJA, "2.4.1", LOCK, f"it was withdrawn: {BROKEN}")]
    gone += [Withdrawn(ANYIO, "2.4.1", LOCK, "…"), Withdrawn(JINJA, "2.4.1", "other.lock", "…")]
    other = replace(CLOSES, current="2.4.0")
    assert list(with_grounds([CLOSES, other], gone)) == [
        replace(
            CLOSES,
            grounds=("9 days old", f"2.4.1 is in use, and it was withdrawn: {BROKEN}"),
        ),
        other,
    ]
