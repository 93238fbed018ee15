"""Rebuild an invalid index, or drop the debris of a build that failed.

What it does:  REINDEX INDEX CONCURRENTLY for an index that writes still keep up to date; DROP
    INDEX CONCURRENTLY for one that nothing uses and nothing keeps up, and for the copy that a
    rebuild left. Neither blocks writes.
Refused when:  It is valid by now, a build on its table is under way, or a transaction is older
    than 10 s.
Undo:          None is needed: an invalid index served no query.
Risk:          safe. A rebuild that fails is taken away again; a unique one fails on rows that are
    there twice.
Verified by:   The index is valid, or gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Relation
from fettle.model.fix import Question, Refusal, Steps
from fettle.model.sql import literal
from fettle.resolution.steps import index
from fettle.unit import fix


@dataclass(frozen=True)
class Premise:
    """The index as it is now."""

    index: Relation
    oid: int
    schema: str
    name: str
    valid: bool
    maintained: bool
    behind_constraint: bool
    transient: bool
    building: bool
    owned: bool
    owner: str


@fix(reads="repair_invalid_index.sql", cures=("index_invalid",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Rebuild what is still maintained, drop what is not."""
    if not premise:
        return Refusal(f"there is no index {finding.subject} any more")
    found = premise[0]
    reasons = (
        (found.valid, "is valid"),
        (found.building, "may be the build that is under way on its table"),
        (not found.owned, f"belongs to {found.owner}, and only its owner can repair it"),
    )
    if why := next((why for holds, why in reasons if holds), None):
        return Refusal(f"{finding.subject} {why}")
    # a copy that REINDEX CONCURRENTLY left: rebuilt, it would be a twin of the index it was for
    if (found.maintained or found.behind_constraint) and not found.transient:
        return index.rebuild(found.index, found.schema, found.name, _still_invalid(found))
    return index.drop_debris(found.index, _still_invalid(found))


def _still_invalid(found: Premise) -> Question:
    return Question(
        "it is the same index, and invalid",
        "SELECT EXISTS (SELECT FROM pg_index"
        f" WHERE indexrelid = to_regclass({literal(found.index)})"
        f" AND indexrelid = {found.oid:d} AND NOT indisvalid)",
        f"{found.index} is another index by now, or valid",
    )
