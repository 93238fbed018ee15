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

from fettle.diagnosis import wraparound
from fettle.model.finding import Verdict
from fettle.unit import check


@dataclass(frozen=True)
class Limits(wraparound.Limits):
    """Autovacuum forces a freeze at 400 M; at 500 M it has failed to, at 1 B half is gone."""


@dataclass(frozen=True)
class Row(wraparound.Aged):
    """A table of this database, or another database, by the age of its oldest multixact id."""


@check(reads="multixact_wraparound.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade each by its age."""
    yield from wraparound.judged(rows, limits, "multixact id")
