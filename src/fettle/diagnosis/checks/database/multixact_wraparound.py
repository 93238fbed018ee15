"""Multixact ids are running out.

Why it matters:  Rows that several transactions lock at once use ids of their own kind; when 2.1
    billion are out, the server stops taking writes.
Verify:          Run multixact_wraparound.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET vacuum_table, the oldest tables first.
Ignore when:     Never.
Cannot see:      How much room their members take; and tables of other databases.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.diagnosis.wraparound import Aged, finding
from fettle.model.finding import Verdict
from fettle.model.severity import graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Autovacuum forces a freeze at 400 M; at 500 M it has failed to, at 1 B half is gone."""

    high: int = 500_000_000
    critical: int = 1_000_000_000


@dataclass(frozen=True)
class Row(Aged):
    """A table of this database, or another database, by the age of its oldest multixact id."""


@check(reads="multixact_wraparound.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade each by its age."""
    for row in rows:
        severity = graded(row.age, high=limits.high, critical=limits.critical)
        if severity is not None:
            yield finding(row, severity, "multixact id")
