"""Nobody counts which statements take the time.

Why it matters:  Without pg_stat_statements slow statements can be guessed at, not found.
Verify:          Run statement_statistics_missing.sql; it is the query this check runs.
Cure:            Load the library at the server's start, and create the extension.
Ignore when:     Another tool samples the statements.
Cannot see:      Whether the server may be restarted now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Verdict
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

_LOAD = {
    "supabase": "In the dashboard: Database → Extensions → pg_stat_statements",
    "rds": "In the parameter group: add pg_stat_statements to shared_preload_libraries, reboot",
    "cloudsql": "Set the flag cloudsql.enable_pg_stat_statements (or preload it), restart",
    "azure": "In the server parameters: allow and preload PG_STAT_STATEMENTS, restart",
    "neon": "It is loaded already",
}
_OWN = (
    "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'; -- add to what is there; "
    "then restart the server"
)


@dataclass(frozen=True)
class Row:
    """Whether the library is loaded, and the extension there; `provider` runs the server."""

    installed: bool
    loaded: bool
    available: bool
    database: str
    provider: str | None


@check(reads="statement_statistics_missing.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Info: nothing is wrong, but much cannot be seen."""
    for row in rows:
        if row.installed and row.loaded:
            continue
        steps = () if row.loaded else (_LOAD.get(row.provider or "", _OWN),)
        create = () if row.installed else ("CREATE EXTENSION pg_stat_statements;",)
        missing = "not loaded" if not row.loaded else "not created in this database"
        yield Finding(
            "pg_stat_statements",
            Severity.INFO,
            f"the extension is {missing}, so slow statements cannot be found in {row.database}",
            evidence=({"installed": row.installed, "loaded": row.loaded},),
            recommendations=(*steps, *create),
        )
