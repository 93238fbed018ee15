"""Drop one of two indexes that are the same.

What it does:  DROP INDEX CONCURRENTLY, which blocks neither reads nor writes.
Refused when:  It stands behind a constraint or a replica identity, its twin is gone or invalid,
    or a transaction is older than 10 s.
Undo:          The saved definition, with its tablespace and comment, built concurrently.
Risk:          reversible. The twin serves every query that it served.
Verified by:   The index is gone from the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding
from fettle.model.fix import Refusal, Steps
from fettle.resolution import droppable
from fettle.unit import fix


@dataclass(frozen=True)
class Premise(droppable.IndexOnNode):
    """The index as it is now."""


@fix(reads="index_on_node.sql", cures=("index_duplicate",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Drop the twin that nothing leans on; the other must still be there."""
    other = str(finding.evidence[0]["same_as"])
    return droppable.drop(premise, finding.subject, droppable.stays(other))
