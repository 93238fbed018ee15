"""Transaction ids are running out.

Why it matters:  A table's oldest transaction id must be frozen before 2.1 billion more are given
    out; short of that the server stops taking writes.
Verify:          Run transaction_id_wraparound.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET vacuum_table, the oldest tables first; before that, end
    what pins the horizon, or vacuum cannot freeze.
Ignore when:     Never.
Cannot see:      Tables of other databases; look at those with --all-databases.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.diagnosis import wraparound
from fettle.model.finding import Verdict
from fettle.unit import check


@dataclass(frozen=True)
class Limits(wraparound.Limits):
    """Autovacuum forces a freeze at 200 M; at 500 M it has failed to, at 1 B half is gone."""


@dataclass(frozen=True)
class Row(wraparound.Aged):
    """A table of this database, or another database, by the age of its oldest transaction id."""


@check(reads="transaction_id_wraparound.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade each by its age."""
    yield from wraparound.judged(rows, limits, "transaction id")
