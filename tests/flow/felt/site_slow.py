"""A shop is slow.

Why it matters:  Nobody waits.
Verify:          Ask for tea.
Cure:            Hurry.
Ignore when:     It is a slow-food shop.
Cannot see:      Who is not served at all.
"""

# A check of tests, called like one that whoever calls something feels.

from collections.abc import Iterator, Sequence

from fettle.model.finding import Finding, Verdict
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check
from tests.diagnosis.test_look_outside import Price


@check(limits=NoLimits)
def judge(rows: Sequence[Price], _limits: NoLimits) -> Iterator[Verdict]:
    """Judge how long things take, in seconds."""
    for row in rows:
        if row.amount > 1:
            yield Finding(row.thing, Severity.HIGH, f"it takes {row.amount} s")
