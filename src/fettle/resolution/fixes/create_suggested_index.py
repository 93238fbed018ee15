"""Make the index that a slow statement's plan asks for.

What it does:  CREATE INDEX CONCURRENTLY on the columns that were suggested, which blocks neither
    reads nor writes.
Refused when:  The table or a column is gone, the table is partitioned, or a transaction is older
    than 10 s.
Undo:          The index is dropped concurrently.
Risk:          reversible. Every write to the table keeps one more index from then on.
Verified by:   The index is there and valid; a build that fails is taken away again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding
from fettle.model.fix import Refusal, Steps
from fettle.resolution import indexable
from fettle.unit import fix


@dataclass(frozen=True)
class Premise(indexable.Columns):
    """The table, and those of the wanted columns that are there."""

    wanted: int


@fix(
    reads="create_suggested_index.sql",
    cures=("slow_queries",),
    troubles=("slow_queries",),
)
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Build the index that the finding suggests."""
    if not premise or len(premise[0].columns) != premise[0].wanted:
        return Refusal(f"the table or a column that {finding.subject} filters by is gone")
    return indexable.build(premise[0])
