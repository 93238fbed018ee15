"""How large the tables are.

Why it matters:  Growth is seen early only by who knows yesterday's figure.
Verify:          Run table_sizes.sql; it is the query this check runs.
Cure:            Nothing is wrong; the listing table_sizes shows the largest tables.
Ignore when:     It never fails; it only measures.
Cannot see:      What was written since the last vacuum or analyze.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Measurement, Verdict
from fettle.model.quantity import Bytes
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """The sums over one database."""

    tables: Bytes
    indexes: Bytes
    largest: Bytes


@check(reads="table_sizes.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Measure; never a finding."""
    for row in rows:
        yield Measurement("tables_bytes", int(row.tables))
        yield Measurement("indexes_bytes", int(row.indexes))
        yield Measurement("largest_table_bytes", int(row.largest))
