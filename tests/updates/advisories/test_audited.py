"""What auditors say is judged as any advisory: what they do not tell is not taken as safe."""

import pytest

from fettle.model.security import Advisory, Audited
from fettle.model.severity import Severity
from fettle.model.update import Ecosystem, Package
from fettle.updates.advisories import verdict
from fettle.updates.advisories.audited import advisories_of

KIT = Package(Ecosystem.PYPI, "kit")
LEFT = Package(Ecosystem.NPM, "left")


def of_python(version: str, *fixed: str) -> Audited:
    told = Advisory("Kit", version, "GHSA-1", "it stops", fixed_in=fixed)
    return Audited("shop", "pip-audit", "requirements.txt", 2, (told,))


def of_npm(range_: str) -> Audited:
    told = Advisory("left", range_, "GHSA-2", "it leaks", Severity.MEDIUM)
    return Audited("shop", "npm", "package-lock.json", 2, (told,))


def affected(audited: Audited, package: Package, *versions: str) -> list[str]:
    (one,) = advisories_of([audited])
    return [version for version in versions if verdict(one, package, version).affected is not False]


@pytest.mark.parametrize(
    ("current", "fixed", "among", "told"),
    [
        ("1.0", ("1.2",), ("1.0", "1.1", "1.2", "2.0"), ["1.0", "1.1"]),
        ("1.0", (), ("1.0", "1.1", "9.0"), ["1.0", "1.1", "9.0"]),
        # what comes before the fix of a later line is not known to be fixed
        (
            "1.0",
            ("1.2.5", "2.0.3", "2.1.1"),
            ("1.2.4", "1.2.5", "1.9", "2.0.2", "2.0.3", "2.1.0", "2.1.1", "3.0"),
            ["1.2.4", "2.0.2", "2.1.0"],
        ),
        # a fix of an older line fixes nothing of this one
        ("2.0", ("1.2.5",), ("2.0", "2.1"), ["2.0", "2.1"]),
        ("1.0", ("the next one",), ("1.0", "2.0"), ["1.0", "2.0"]),
    ],
)
def test_what_lies_before_a_fix_is_affected(
    current: str, fixed: tuple[str, ...], among: tuple[str, ...], told: list[str]
) -> None:
    assert affected(of_python(current, *fixed), KIT, *among) == told


@pytest.mark.parametrize(
    ("range_", "among", "told"),
    [
        ("<4.17.21", ("1.0.0", "4.17.20", "4.17.21"), ["1.0.0", "4.17.20"]),
        ("<=2.0.0", ("2.0.0", "2.0.1"), ["2.0.0"]),
        (">=2.0.0 <2.1.3 || <1.5.1", ("1.5.0", "1.5.1", "2.1.2", "2.1.3"), ["1.5.0", "2.1.2"]),
        ("1.2.3 || 3.0.0 - 3.1.0", ("1.2.3", "1.2.4", "3.0.5", "3.1.1"), ["1.2.3", "3.0.5"]),
        ("*", ("0.1.0", "99.0.0"), ["0.1.0", "99.0.0"]),
        ("", ("0.1.0", "99.0.0"), ["0.1.0", "99.0.0"]),
        ("whatever that is", ("0.1.0", "99.0.0"), ["0.1.0", "99.0.0"]),
    ],
)
def test_npms_range_is_what_is_affected(
    range_: str, among: tuple[str, ...], told: list[str]
) -> None:
    assert affected(of_npm(range_), LEFT, *among) == told


def test_one_that_is_about_several_is_one() -> None:
    (one,) = advisories_of([of_python("1.0", "1.2"), of_python("3.0", "3.1")])
    assert (one.id, one.summary, one.severity, one.told_by) == (
        "GHSA-1",
        "it stops",
        None,
        "pip-audit's audit",
    )
    judged = [verdict(one, KIT, version).affected for version in ("1.1", "1.2", "3.0", "3.1")]
    assert judged == [True, False, True, False]
