"""Rebuild the indexes of a changed collation, then record its new version.

What it does:  REINDEX INDEX CONCURRENTLY for each index on such a text, the small ones first;
    when all are done, REFRESH VERSION. It blocks neither reads nor writes.
Refused when:  An index is somebody else's or a catalogue's, or a transaction is older than 10 s.
Undo:          None is needed: the old order is the wrong one.
Risk:          safe. It stops at the first index that cannot be built, which for a unique one means
    that values are there twice; what is half built is taken away again.
Verified by:   No recorded version differs from the library's.
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
    """An index that depends on the collation or on the database's own."""

    kind: str
    name: Relation
    index: Relation
    schema: str
    index_name: str
    owned: bool


@fix(reads="refresh_collation.sql", cures=("collation_drift",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Rebuild every index, then refresh."""
    if not premise:
        return Refusal(f"{finding.subject} has not changed, or no index depends on it")
    catalogue = [row.index for row in premise if row.schema == "pg_catalog"]
    if catalogue:
        return Refusal(f"{catalogue[0]} is the catalogue's own: in a window, REINDEX SYSTEM first")
    if foreign := [row.index for row in premise if not row.owned]:
        return Refusal(f"{foreign[0]} is somebody else's, and only its owner can rebuild it")
    return index.rebuild_all(
        [(row.index, row.schema, row.index_name) for row in premise],
        *_refresh(premise[0]),
    )


def _refresh(changed: Premise) -> tuple[str, Question]:
    if changed.kind == "database":
        return f"ALTER DATABASE {changed.name} REFRESH COLLATION VERSION", Question(
            "the database records the library's version",
            "SELECT to_jsonb(d) ->> 'datcollversion' = pg_database_collation_actual_version(d.oid)"
            " FROM pg_database AS d WHERE datname = current_database()",
            "the recorded version still differs",
        )
    return f"ALTER COLLATION {changed.name} REFRESH VERSION", Question(
        "the collation records the library's version",
        "SELECT collversion = pg_collation_actual_version(oid) FROM pg_collation"
        f" WHERE oid = to_regcollation({literal(changed.name)})",
        "the recorded version still differs",
    )
