"""A constraint was never validated.

Why it matters:  Rows from before it may break it: the planner cannot rely on it, and a dump that
    holds such rows cannot be restored.
Verify:          Run foreign_key_not_validated.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET validate_foreign_key; a CHECK or NOT NULL constraint with
    the recommended statement.
Ignore when:     Old rows are known to break it, and are to stay.
Cannot see:      Whether any row breaks it; the recommended query counts them. Domains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """A constraint that is not valid; only a foreign key has a parent."""

    constraint: str
    table: Relation
    parent: Relation | None
    kind: str
    match_full: bool
    columns: tuple[str, ...]
    parent_columns: tuple[str, ...]


@check(reads="foreign_key_not_validated.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Report each, with the statement that validates it and the one that counts what breaks it."""
    for row in rows:
        validate = f"ALTER TABLE {row.table} VALIDATE CONSTRAINT {row.constraint};"
        yield Finding(
            f"{row.table}.{row.constraint}",
            Severity.LOW,
            f"{_rule(row)}: checked for new rows only",
            evidence=(
                {
                    "table": row.table,
                    "constraint": row.constraint,
                    "parent": row.parent,
                    "kind": row.kind,
                },
            ),
            recommendations=((_count_orphans(row), validate) if row.parent else (validate,)),
            fixes=("validate_foreign_key",) if row.parent else (),
            about=(things.table(row.table),),
        )


def _rule(row: Row) -> str:
    to = f" → {row.parent}" if row.parent else ""
    return f"{row.kind} of {row.table} ({', '.join(row.columns)}){to}"


def _count_orphans(row: Row) -> str:
    joined = " AND ".join(
        f"p.{theirs} = c.{ours}"
        for ours, theirs in zip(row.columns, row.parent_columns, strict=True)
    )
    # MATCH FULL allows a null only in all of the columns at once
    either = " OR " if row.match_full else " AND "
    given = either.join(f"c.{column} IS NOT NULL" for column in row.columns)
    return (
        f"SELECT count(*) FROM {row.table} AS c WHERE ({given})"  # noqa: S608 - format('%I')'s names
        f" AND NOT EXISTS (SELECT FROM {row.parent} AS p WHERE {joined});"
    )
