"""An exporter is blind, or not there."""

from fettle.diagnosis.checks.infrastructure.exporter_failing import judge
from fettle.model.finding import Finding
from fettle.model.readings import Alive
from fettle.model.severity import Severity
from fettle.unit import NoLimits

DOWN = Alive("db 10.0.0.7:9187", up=False, says="it does not reach PostgreSQL")
UP = Alive("shop 10.0.0.7:8000", up=True)


def findings(*rows: Alive) -> list[Finding]:
    return [one for one in judge(rows, NoLimits()) if isinstance(one, Finding)]


def test_each_that_is_down_is_told_with_what_is_wrong() -> None:
    (found,) = findings(UP, DOWN)

    assert (found.subject, found.description, found.severity) == (
        "db 10.0.0.7:9187",
        "it does not reach PostgreSQL",
        Severity.MEDIUM,
    )


def test_that_nothing_is_known_at_all_is_worse() -> None:
    assert [one.severity for one in findings(DOWN, DOWN)] == [Severity.HIGH, Severity.HIGH]


def test_all_up_is_well() -> None:
    assert findings(UP) == []
