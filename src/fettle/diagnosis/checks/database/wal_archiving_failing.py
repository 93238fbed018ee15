"""WAL archiving is failing.

Why it matters:  Backups cannot be brought beyond the last file that was archived, and WAL piles
    up on the disk until it is full and the server stops.
Verify:          Run wal_archiving_failing.sql; it is the query this check runs.
Cure:            Read the server's log for what archive_command said, and run it by hand.
Ignore when:     Never; switch archive_mode off if the archive is not wanted.
Cannot see:      Whether what was archived can be read again; a restore tells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """The archiver: whether it is on, and whether its last try failed.

    `works` says that it is this server that archives, and `idle` that nothing tells it how.
    """

    is_on: bool
    works: bool
    idle: bool
    failing: bool
    wal: str | None
    failures: int
    since_success: timedelta | None
    since_failure: timedelta | None


@check(reads="wal_archiving_failing.sql", limits=NoLimits, cluster=True)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Critical as soon as the last try failed, or when nothing says how to archive."""
    for row in rows:
        if row.works and row.idle:
            yield _aimless(row)
        elif row.is_on and row.failing:
            last = (
                f"the last success was {say_duration(row.since_success)} ago"
                if row.since_success is not None
                else "it never succeeded"
            )
            yield Finding(
                "archiver",
                Severity.CRITICAL,
                f"the last try failed, on {row.wal}; {last}",
                metrics={"failures_count": row.failures},
                evidence=({"wal": row.wal, "failures": row.failures},),
                recommendations=(
                    "Read what archive_command said in the server's log, and mend the archive",
                    "SELECT * FROM pg_stat_archiver;",
                ),
            )


def _aimless(row: Row) -> Finding:
    return Finding(
        "archiver",
        Severity.CRITICAL,
        "archive_mode is on, and neither archive_command nor archive_library says how to archive: "
        "every WAL file is kept",
        metrics={"failures_count": row.failures},
        recommendations=(
            "Say how: ALTER SYSTEM SET archive_command = '…'; -- then SELECT pg_reload_conf();",
            "Or switch it off, which takes a restart: ALTER SYSTEM SET archive_mode = off;",
        ),
    )
