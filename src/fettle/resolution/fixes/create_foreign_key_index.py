"""Make the index that a foreign key lacks.

What it does:  CREATE INDEX CONCURRENTLY on the key's columns, which blocks neither reads nor
    writes.
Refused when:  The key is gone, its table is partitioned, or a transaction is older than 10 s.
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
    """The foreign key's table and columns."""


@fix(reads="create_foreign_key_index.sql", cures=("foreign_key_unindexed",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Build an index over the key's columns, in their order."""
    if not premise:
        return Refusal(f"there is no foreign key {finding.subject} any more")
    return indexable.build(premise[0])
