"""A sequence is close to its ceiling."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.sequence_exhaustion import Limits, Row, judge
from fettle.model.finding import Finding, Relation, Unknown
from fettle.model.quantity import Ratio
from fettle.model.severity import Severity

ROW = Row(
    sequence=Relation("shop.orders_id_seq"),
    schema="shop",
    feeds="shop.orders.id",
    last_value="1610612736",
    ceiling="2147483647",
    readable=True,
    role="app",
    remaining=536870911,
    used=Ratio(0.75),
)


@pytest.mark.parametrize(
    ("used", "severity"),
    [
        (0.0, None),
        (0.7499, None),
        (0.75, Severity.HIGH),
        (0.8999, Severity.HIGH),
        (0.90, Severity.CRITICAL),
        (1.0, Severity.CRITICAL),
    ],
)
def test_the_share_of_the_range_that_is_gone_decides(
    used: float, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, used=Ratio(used))], Limits())

    assert [verdict.severity for verdict in verdicts if isinstance(verdict, Finding)] == (
        [severity] if severity is not None else []
    )


def test_a_sequence_that_cannot_be_read_is_unknown_with_the_grant() -> None:
    hidden = replace(ROW, used=None, last_value=None, readable=False)

    verdicts = judge([hidden, replace(hidden, schema='"Odd"')], Limits())

    assert verdicts == [
        Unknown(
            "2 sequences cannot be read by app",
            'GRANT SELECT ON ALL SEQUENCES IN SCHEMA "Odd", shop TO app;',
        )
    ]


def test_a_sequence_that_was_never_used_is_clean() -> None:
    assert judge([replace(ROW, used=None, last_value=None)], Limits()) == []
