"""A certificate is not believed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.certificate_untrusted import judge
from fettle.model.finding import Finding
from fettle.model.probed import Certificate, Distrust
from fettle.unit import NoLimits

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROW = Certificate(
    "shop",
    "shop.example",
    NOW,
    NOW + timedelta(days=90),
    NOW,
    "An Authority",
    ("other.example",),
    says="it is refused",
)


def found(*distrust: Distrust, row: Certificate = ROW) -> list[Finding]:
    verdicts = judge([replace(row, distrust=distrust)], NoLimits())
    return [one for one in verdicts if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Distrust.SELF_SIGNED, "self-signed"),
        (Distrust.OTHER_NAME, "for another name (other.example)"),
        (Distrust.NOT_YET_VALID, "valid only from 2026-11-27 12:00 UTC on"),
        (Distrust.UNKNOWN_ISSUER, "of an authority that is not known, or of a chain with a gap"),
        (Distrust.CHAIN, "refused: it is refused"),
    ],
)
def test_each_reason_is_said_and_has_its_cure(reason: Distrust, said: str) -> None:
    (one,) = found(reason)

    assert f"the certificate of shop.example is {said}" in one.description
    assert len(one.recommendations) == 1
    assert one.about == ("certificate of shop.example",)


def test_all_reasons_are_told_together() -> None:
    (one,) = found(Distrust.OTHER_NAME, Distrust.SELF_SIGNED)

    assert one.description.endswith("for another name (other.example), and self-signed")


def test_one_that_is_believed_or_has_only_expired_is_not_told_here() -> None:
    assert found() == []
    assert found(Distrust.EXPIRED) == []


@pytest.mark.parametrize(
    ("critical", "dependency", "severity"),
    [
        (True, False, "critical"),
        (False, False, "high"),
        (True, True, "high"),
        (False, True, "medium"),
    ],
)
def test_it_is_as_bad_as_no_answer(critical: bool, dependency: bool, severity: str) -> None:
    row = replace(ROW, critical=critical, dependency=dependency)

    assert [str(one.severity) for one in found(Distrust.SELF_SIGNED, row=row)] == [severity]
