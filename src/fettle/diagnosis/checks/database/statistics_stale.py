"""The planner's statistics of a table are stale.

Why it matters:  The planner guesses how many rows a condition leaves from these; where they are
    wrong it reads whole tables, or joins millions of rows one by one.
Verify:          Run statistics_stale.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET analyze_table
Ignore when:     The table is emptied and filled in turn, and analysed by the job that does it.
Cannot see:      Whether the distribution changed, or only the number of rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Twice autovacuum's own trigger: it should have come, and did not.

    Below 10,000 changed rows a wrong guess costs nothing.
    """

    triggers: float = 2.0
    min_modified: int = 10_000


@dataclass(frozen=True)
class Row:
    """A table; `trigger` is how many changes bring autovacuum's ANALYZE."""

    table: Relation
    modified: int
    rows: int
    never: bool
    trigger: float


@check(reads="statistics_stale.sql", limits=Limits, writes=True)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Report tables that autovacuum should have analysed long ago."""
    for row in rows:
        if row.modified < max(limits.min_modified, limits.triggers * row.trigger):
            continue
        when = "and it was never analysed" if row.never else "since it was analysed"
        yield Finding(
            row.table,
            Severity.MEDIUM,
            f"{row.modified:,} rows changed {when}; autovacuum's trigger is {row.trigger:,.0f}",
            metrics={"modified_count": row.modified, "rows_count": row.rows},
            evidence=({"table": row.table, "modified": row.modified, "rows": row.rows},),
            recommendations=(f"ANALYZE {row.table};",),
            fixes=("analyze_table",),
            about=(things.table(row.table),),
            suspects=(things.autovacuum_of(row.table), things.autovacuum_of("autovacuum")),
        )
