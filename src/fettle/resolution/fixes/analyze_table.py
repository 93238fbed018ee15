"""Make the planner's statistics of a table anew.

What it does:  ANALYZE, which reads a sample of the table and blocks neither reads nor writes.
Refused when:  The table is gone, or is somebody else's.
Undo:          None is needed.
Risk:          safe. Plans may change, which is what it is for.
Verified by:   The server has counted one more ANALYZE of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding
from fettle.model.fix import Refusal, Steps
from fettle.resolution import tended
from fettle.unit import fix


@dataclass(frozen=True)
class Premise(tended.CountedTable):
    """The table as it is now."""


@fix(reads="counted_table.sql", cures=("statistics_stale",), troubles=("slow_queries",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Analyse it."""
    if not premise:
        return Refusal(f"there is no table {finding.subject} any more")
    found = premise[0]
    return tended.tend(
        found,
        f"ANALYZE (SKIP_LOCKED) {found.table}",
        "pg_stat_get_analyze_count",
        found.analyses,
    )
