"""A dependency gives no answer.

For the tests of what watches: as small as a check can be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Asked:
    """What came of asking once; `problem` is why there was no answer, if so."""

    subject: str
    whole_s: float | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Limits:
    """Nothing can be set."""


@check(limits=Limits)
def dependency_unavailable(rows: Sequence[Asked], _: Limits) -> Iterator[Verdict]:
    """Find what gives no answer."""
    for row in rows:
        if row.whole_s is not None:
            yield Measurement("probe_whole_s", row.whole_s)
        if row.problem:
            yield Finding(row.subject, Severity.MEDIUM, row.problem)
