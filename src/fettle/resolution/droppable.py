"""Whether an index may be dropped, and how; for the fixes that drop one."""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Relation
from fettle.model.fix import Question, Refusal, Steps
from fettle.model.sql import literal
from fettle.resolution.steps import index


@dataclass(frozen=True)
class IndexOnNode:
    """An index as one node has it; the primary's row comes first, then its standbys'.

    `tablespace` is nothing for the database's own. `beside` are the table's other indexes that
    begin with the same column and are read, or serve a foreign key: what they did will fall to
    this one when they are gone.
    """

    index: Relation
    oid: int
    definition: str
    tablespace: str
    comment: str | None
    scans: int
    valid: bool
    is_unique: bool
    replica_identity: bool
    clustered: bool
    partitioned: bool
    behind_constraint: bool
    of_extension: bool
    has_statistics_targets: bool
    owned: bool
    owner: str
    standby: bool
    standbys: int
    beside: tuple[str, ...]


def drop(premise: Sequence[IndexOnNode], subject: str, *extra: Question) -> Steps | Refusal:
    """Return the steps that drop an index, unless something about it forbids that."""
    if not premise or premise[0].standby:
        return Refusal(f"there is no index {subject} any more")
    here = premise[0]
    if why := _forbidden(here):
        return Refusal(f"{subject} {why}")
    definition = index.Definition(here.index, here.definition, here.tablespace, here.comment)
    return index.drop(definition, _same(here), *extra)


def nodes_unasked(premise: Sequence[IndexOnNode]) -> int:
    """Return how many standbys stream from the primary and were not asked for their reads."""
    asked = sum(1 for node in premise if node.standby)
    return max(0, premise[0].standbys - asked) if premise else 0


def stays(other: str) -> Question:
    """Ask that the index which takes over is there, and valid."""
    return Question(
        f"{other} is there, and valid",
        "SELECT coalesce((SELECT indisvalid FROM pg_index"
        f" WHERE indexrelid = to_regclass({literal(other)})), false)",
        f"{other}, which was to take over, is gone or invalid",
    )


def _forbidden(here: IndexOnNode) -> str | None:
    reasons = (
        (here.behind_constraint, "stands behind a constraint: drop that, if it is not wanted"),
        (here.replica_identity, "is the table's replica identity: logical replication needs it"),
        (here.clustered, "is what the table is clustered on: ALTER TABLE … SET WITHOUT CLUSTER"),
        (here.partitioned, "is part of a partitioned index: the partitioned table's decides"),
        (here.of_extension, "belongs to an extension"),
        (here.has_statistics_targets, "has statistics targets, which no undo could bring back"),
        (not here.valid, "is invalid: fettle fix plan TARGET repair_invalid_index"),
        (not here.owned, f"belongs to {here.owner}, and only its owner can drop it"),
    )
    return next((why for holds, why in reasons if holds), None)


def _same(here: IndexOnNode) -> Question:
    """Ask that the name still means the index that was looked at, and that nothing leans on it."""
    return Question(
        "it is the same index, and no constraint or replica identity leans on it",
        "SELECT EXISTS (SELECT FROM pg_index AS i"
        f" WHERE i.indexrelid = to_regclass({literal(here.index)})"
        f" AND i.indexrelid = {here.oid:d} AND NOT i.indisreplident AND i.indisvalid"
        " AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid))",
        f"{here.index} is another index by now, or something leans on it",
    )
