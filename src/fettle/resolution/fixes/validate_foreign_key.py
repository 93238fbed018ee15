"""Validate a foreign key that was added NOT VALID.

What it does:  ALTER TABLE … VALIDATE CONSTRAINT, which reads the table and blocks neither reads
    nor writes of its rows.
Refused when:  Any row has no parent: they are to be mended first; the finding's query counts them.
Undo:          None is needed: no row changes, and new ones were checked before.
Risk:          safe.
Verified by:   The constraint is valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Relation
from fettle.model.fix import LONG_S, Question, Refusal, Steps
from fettle.model.sql import literal
from fettle.unit import fix


@dataclass(frozen=True)
class Premise:
    """The foreign key as it is now."""

    table: Relation
    constraint: str
    parent: Relation
    columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    operators: tuple[str, ...]
    valid: bool
    match_full: bool
    owned: bool
    owner: str


@fix(reads="validate_foreign_key.sql", cures=("foreign_key_not_validated",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Validate it when no row is without its parent."""
    if not premise or premise[0].valid:
        return Refusal(f"{finding.subject} is gone, or valid by now")
    found = premise[0]
    if not found.owned:
        return Refusal(f"{found.table} belongs to {found.owner}, and only its owner can do it")
    return Steps(
        statements=(f"ALTER TABLE {found.table} VALIDATE CONSTRAINT {found.constraint}",),
        worked=Question(
            "the constraint is valid",
            "SELECT coalesce((SELECT convalidated FROM pg_constraint"
            f" WHERE conrelid = to_regclass({literal(found.table)})"
            f" AND format('%I', conname) = {literal(found.constraint)}), false)",
            f"{found.constraint} is still not valid",
        ),
        prechecks=(_no_orphans(found),),
        statement_timeout_s=LONG_S,
    )


def _no_orphans(found: Premise) -> Question:
    # An extension's type has an "=" of its own, which the search path of a fix does not reach.
    pairs = zip(found.columns, found.parent_columns, found.operators, strict=True)
    joined = " AND ".join(f"p.{theirs} {equals} c.{ours}" for ours, theirs, equals in pairs)
    either = " OR " if found.match_full else " AND "
    given = either.join(f"c.{column} IS NOT NULL" for column in found.columns)
    return Question(
        "every row has its parent",
        f"SELECT NOT EXISTS (SELECT FROM {found.table} AS c WHERE ({given})"
        f" AND NOT EXISTS (SELECT FROM {found.parent} AS p WHERE {joined}))",
        f"{found.table} has rows without a parent in {found.parent}: mend or delete them first",
    )
