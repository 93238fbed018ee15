"""Let go of what is over, after the time that the settings say.

1. A timer of the engine does it every few hours, whoever's worker it is: a little of each kind in
   one short transaction, and more a second later, until nothing is left to go. What somebody holds
   just now is left for the next time, so nobody waits for it.
2. What is still needed stays, however old it is: what waits, what opened an issue that is worked
   on, the last signal of an alert that fires, who was told of an issue that is worked on, the last
   diagnosis of a target.
3. The audit log, the counts of what arrived, what people decided about triage, plans, the journal
   of fixes, updates that were rehearsed or applied, and the bugs of applications with their numbers
   of errors are kept for good.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import psycopg

from fettle.engine.means import Handler
from fettle.model.ports import Clock
from fettle.model.run import Timer
from fettle.settings import Settings
from fettle.store import partitions, retention, timers
from fettle.store.statements import Connection

TIMER = "retention"
SUBJECT = "store"
EVERY = timedelta(hours=3)
SOON = timedelta(seconds=1)
BATCH = 1000
UNFINISHED = timedelta(days=1)  # uploads of source maps, which end within minutes
_ISSUES = 20

_log = logging.getLogger(__name__)


async def prepare(connection: Connection, clock: Clock) -> None:
    """Set the timer, where none is set."""
    if not await timers.pending(connection, SUBJECT):
        await timers.schedule(connection, TIMER, SUBJECT, clock.now() + SOON, None)


def retaining(settings: Settings, clock: Clock) -> Mapping[str, Handler]:
    """Return what is done when the timer rings."""

    async def handle(connection: Connection, _: Timer) -> None:
        more = await let_go(connection, settings, clock.now())
        due_at = clock.now() + (SOON if more else EVERY)
        await timers.schedule(connection, TIMER, SUBJECT, due_at, None)

    return {TIMER: handle}


async def let_go(connection: Connection, settings: Settings, now: datetime) -> bool:
    """Let go of some of what is over; return whether more is. The caller is in a transaction."""
    counts: dict[str, int] = {}
    for what, kept in _kept(settings).items():
        counts[what] = await _some(connection, what, now - kept)
    if settings.keep.issues is not None:
        counts["issues"] = await _some(connection, "issues", now - settings.keep.issues)
    counts["errors_beyond"] = await _beyond(connection, settings.errors.most_events)
    await _make_parts(connection, now)
    # last: whoever reads or writes such a table waits from the drop to the end of the transaction
    for table, kept in _by_parts(settings).items():
        counts[table] = await _part(connection, table, now - kept)
    if gone := {what: number for what, number in counts.items() if number}:
        _log.info("let go of what is over", extra={"fields": gone})
    return any(gone.values())


def _kept(settings: Settings) -> Mapping[str, timedelta]:
    """Return how long what is kept, in the order in which it goes: what leans on others first."""
    keep, intake = settings.keep, settings.intake
    return {
        "signals": intake.keep,
        "deliveries": intake.keep,
        "alerts": intake.keep,
        "joining": intake.keep,
        "log_counts": settings.logs.keep,
        "log_templates": settings.logs.keep,
        "log_batches": settings.logs.keep,
        "log_sources": settings.logs.keep,
        "answers": keep.answers,
        "notifications": keep.notifications,
        "timers": keep.timers,
        "runs": keep.runs,
        "diagnoses": keep.diagnoses,
        "snapshots": keep.diagnoses,
        "deploys": keep.deploys,
        "task_lines": keep.maintenance_logs,
        "occurrences": keep.maintenance,
        "task_runs": keep.maintenance,
        "update_checks": keep.updates,
        "update_offers": keep.updates,
        "update_weaknesses": keep.updates,
        "update_acts": keep.updates,
        "optimisation_shots": keep.optimisation_pictures,
        "look_days": keep.samples_by_hour,
        "series": keep.samples_by_hour,
        "field_days": keep.field,
        "field_pages": keep.field,
        "page_measures": keep.page_measures,
        "error_events": settings.errors.keep,
        "error_counts": settings.errors.keep_counts,
        "releases": settings.errors.keep_counts,
        "source_maps": settings.errors.keep_maps,
        "upload_chunks": UNFINISHED,
        "credentials": keep.credentials,
        "silences": keep.silences,
        "sessions": keep.log_ins,
        "links": keep.log_ins,
        "attempts": keep.log_ins,
    }


def _by_parts(settings: Settings) -> Mapping[str, timedelta]:
    """Return how long the rows are kept of tables that go part by part."""
    keep = settings.keep
    return {"look": keep.samples, "sample": keep.samples, "sample_hour": keep.samples_by_hour}


async def _part(connection: Connection, table: str, before: datetime) -> int:
    """Let a part of a table go all of which is older."""
    return await _tried(connection, table, lambda: partitions.let_go(connection, table, before))


async def _make_parts(connection: Connection, now: datetime) -> None:
    """Make the parts of tables that will be needed."""

    async def make() -> int:
        await partitions.prepare(connection, now)
        return 0

    await _tried(connection, "parts", make)


async def _some(connection: Connection, what: str, before: datetime) -> int:
    """Let go of some of a kind that were over before a moment."""

    async def forget() -> int:
        if what != "issues":
            return await retention.forget(connection, what, before, BATCH)
        issues = await retention.over(connection, before, _ISSUES)
        return await retention.forget_issues(connection, issues, BATCH) if issues else 0

    return await _tried(connection, what, forget)


async def _beyond(connection: Connection, most: int) -> int:
    """Let go of some of the oldest errors of applications that have more than are kept."""
    return await _tried(
        connection, "errors", lambda: retention.forget_beyond(connection, most, BATCH)
    )


async def _tried(connection: Connection, what: str, forget: Callable[[], Awaitable[int]]) -> int:
    """Let something go; what cannot go now stops nothing else, and is tried again."""
    try:
        async with connection.transaction():
            return await forget()
    except psycopg.Error as error:
        if connection.broken:
            raise
        _log.warning("old %s could not go: %s", what, error)
        return 0
