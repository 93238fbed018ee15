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
_INSTALL = "Install your distribution's contrib package for this PostgreSQL: it has the extension"
_RELOAD = "SELECT pg_reload_conf();"


@dataclass(frozen=True)
class Row:
    """Whether the library is loaded, and the extension there; `provider` runs the server.

    `outdated` says that the extension's own version lacks what is read, `untracked` that it is told
    to count nothing, and `unnumbered` that statements get no id to be counted by.
    """

    installed: bool
    loaded: bool
    available: bool
    database: str
    provider: str | None
    outdated: bool = False
    untracked: bool = False
    unnumbered: bool = False


@check(reads="statement_statistics_missing.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Info: nothing is wrong, but much cannot be seen."""
    for row in rows:
        faults = dict(_faults(row))
        if faults:
            yield Finding(
                "pg_stat_statements",
                Severity.INFO,
                f"the extension is {' and '.join(faults)}, so slow statements cannot be found "
                f"in {row.database}",
                evidence=({"installed": row.installed, "loaded": row.loaded},),
                recommendations=tuple(step for steps in faults.values() for step in steps),
            )


def _faults(row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what hinders, each with the steps against it, in their order."""
    if not row.available and not row.installed and row.provider is None:
        yield "not on the server", (_INSTALL,)
    if not row.loaded:
        yield "not loaded", (_LOAD.get(row.provider or "", _OWN),)
    if not row.installed:
        yield "not created in this database", ("CREATE EXTENSION pg_stat_statements;",)
    if row.outdated:
        yield "of an older version", ("ALTER EXTENSION pg_stat_statements UPDATE;",)
    if row.loaded and row.untracked:
        yield "told to count nothing", tuple(_setting(row, "pg_stat_statements.track", "top"))
    if row.loaded and row.unnumbered:
        yield "without the statements' ids", tuple(_setting(row, "compute_query_id", "auto"))


def _setting(row: Row, name: str, value: str) -> Iterator[str]:
    if row.provider is not None:
        yield f"In the provider's settings of the server: {name} = {value}"
    else:
        yield f"ALTER SYSTEM SET {name} = '{value}';"
        yield _RELOAD
