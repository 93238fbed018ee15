"""Drop an index that nothing reads.

What it does:  DROP INDEX CONCURRENTLY, which blocks neither reads nor writes.
Refused when:  It was read since, here or on a standby; another index that begins with the same
    column was dropped since; it is unique, or stands behind a
    constraint, a replica identity or a partitioned index; a transaction is older than 10 s; a
    standby streams from here whose reads cannot be counted.
Undo:          The saved definition, with its tablespace and comment, built concurrently.
Risk:          reversible. Until it is undone, what needed the index is slow.
Verified by:   The index is gone from the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding
from fettle.model.fix import Question, Refusal, Steps
from fettle.resolution import droppable
from fettle.unit import fix


@dataclass(frozen=True)
class Premise(droppable.IndexOnNode):
    """The index on the primary and on each standby that is known."""


@fix(reads="index_on_node.sql", cures=("index_unused",), troubles=("unused_indexes",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Drop it when no node has read it since the finding was made."""
    scans_then = int(finding.metrics.get("scans", 0))
    for node in premise:
        if node.scans > (0 if node.standby else scans_then):
            where = "a standby" if node.standby else "here"
            return Refusal(f"{finding.subject} is read: {node.scans} scans {where}")
    if unasked := droppable.nodes_unasked(premise):
        return Refusal(
            f"{unasked} standbys stream from here, and their reads are not known: name them as "
            'standbys = ["postgresql://…"] of the [[database]] in fettle.toml'
        )
    if premise and premise[0].is_unique:
        return Refusal(f"{finding.subject} is unique: it keeps a rule, read or not")
    # What has read another one, dropped since, will read this one; it has not had the time.
    beside = [droppable.stays(other) for node in premise[:1] for other in node.beside]
    return droppable.drop(premise, finding.subject, *_unread(premise, scans_then), *beside)


def _unread(premise: Sequence[Premise], scans: int) -> tuple[Question, ...]:
    return tuple(
        Question(
            "it has not been read since",
            f"SELECT coalesce(pg_stat_get_numscans({node.oid:d}), 0) <= {scans:d}",
            f"{node.index} has been read since the plan was made",
        )
        for node in premise[:1]
    )
