"""Vacuum a table.

What it does:  VACUUM (ANALYZE, SKIP_LOCKED), with FREEZE where ids run out; never FULL. It blocks
    neither reads nor writes, and gives no room back to the disk.
Refused when:  The table is gone, or is somebody else's.
Undo:          None is needed.
Risk:          safe. It reads the table and its indexes.
Verified by:   The server has counted one more vacuum of it.
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


@fix(
    reads="counted_table.sql",
    cures=("table_bloat", "transaction_id_wraparound", "multixact_wraparound"),
)
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Vacuum it, and freeze it when the finding is about ids."""
    if not premise:
        return Refusal(f"there is no table {finding.subject} any more")
    found = premise[0]
    freeze = "" if finding.check == "table_bloat" else "FREEZE, "
    return tended.tend(
        found,
        f"VACUUM ({freeze}ANALYZE, SKIP_LOCKED) {found.table}",
        "pg_stat_get_vacuum_count",
        found.vacuums,
    )
