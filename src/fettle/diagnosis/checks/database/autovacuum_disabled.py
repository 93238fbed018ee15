"""Autovacuum is switched off.

Why it matters:  Dead rows stay and statistics grow old; and when the table's oldest transaction
    id has aged far enough, PostgreSQL vacuums it anyway, at the worst of moments.
Verify:          Run autovacuum_disabled.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET enable_autovacuum
Ignore when:     The table is loaded at once, read, and dropped.
Cannot see:      A job that vacuums it by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """At 200 M (autovacuum_freeze_max_age) it is forced; at half of that there is time left."""

    critical_age: int = 100_000_000


@dataclass(frozen=True)
class Row:
    """A table that is switched off, or `autovacuum` when all of it is; ages in transactions."""

    table: Relation
    freeze_age: int
    rows: int
    value: str
    globally_on: bool


@check(reads="autovacuum_disabled.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Medium for a table, high for the whole server, critical when the wraparound draws near."""
    for row in rows:
        everything = row.table == "autovacuum"
        severity = Severity.HIGH if everything else Severity.MEDIUM
        if row.freeze_age >= limits.critical_age:
            severity = Severity.CRITICAL
        statement = (
            "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();"
            if everything
            else f"ALTER TABLE {row.table} RESET (autovacuum_enabled, toast.autovacuum_enabled);"
        )
        yield Finding(
            row.table,
            severity,
            f"off for {'the whole server' if everything else 'this table'}; its oldest "
            f"transaction id is {row.freeze_age:,} transactions old",
            metrics={"freeze_age_count": row.freeze_age, "rows_count": row.rows},
            evidence=({"table": row.table, "value": row.value},),
            recommendations=(statement,),
            fixes=() if everything else ("enable_autovacuum",),
            about=(things.autovacuum_of(row.table),),
        )
