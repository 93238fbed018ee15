"""Letting go of what is over: a little at a time, and nothing that somebody holds just now."""

from collections.abc import Sequence
from datetime import datetime

from fettle.store import statements
from fettle.store.statements import Connection

_PATIENCE = "SET LOCAL lock_timeout = '1s'"


async def forget(connection: Connection, what: str, before: datetime, limit: int) -> int:
    """Forget some of one kind that were over before a moment; return how many.

    `what`: signals, deliveries, alerts, joining, answers, notifications, timers, runs, diagnoses,
    snapshots, deploys, error_events, error_counts, releases, source_maps, upload_chunks,
    credentials, silences, sessions, links, attempts, log_counts, log_templates, log_sources,
    look_days, series, field_days, field_pages, page_measures, task_lines, occurrences, task_runs,
    update_checks, update_offers, update_weaknesses, update_acts, optimisation_shots.
    """
    async with connection.transaction():
        await connection.execute(_PATIENCE)
        rows = await statements.run(connection, f"retain/{what}", before=before, limit=limit)
    return int(rows[0]["number"])


async def forget_beyond(connection: Connection, most: int, limit: int) -> int:
    """Forget some of the oldest errors of each application that has more than `most`; how many."""
    async with connection.transaction():
        await connection.execute(_PATIENCE)
        rows = await statements.run(connection, "retain/errors_beyond", most=most, limit=limit)
    return int(rows[0]["number"])


async def over(connection: Connection, before: datetime, limit: int) -> list[int]:
    """Return issues that ended before a moment, locked; the caller is in a transaction."""
    await connection.execute(_PATIENCE)
    rows = await statements.run(connection, "retain/over_issues", before=before, limit=limit)
    return [row["number"] for row in rows]


async def forget_issues(connection: Connection, issues: Sequence[int], limit: int) -> int:
    """Forget some of what is kept of issues, and those of which nothing is left; how much."""
    number = 0
    for what in ("timelines", "clocks", "signals_of_issues", "issues"):
        rows = await statements.run(connection, f"retain/{what}", issues=list(issues), limit=limit)
        number += int(rows[0]["number"])
    return number
