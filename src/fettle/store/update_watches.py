"""Watches over what updates have applied, and the versions that are held since they were worse."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg

from fettle.errors import NotFound
from fettle.model.rehearsal import UpdateRun
from fettle.model.update import Ecosystem, Package
from fettle.model.update_watch import Quarantined, UpdateWatch, WatchState
from fettle.store import statements
from fettle.store.statements import Connection, Row


async def begin(
    connection: Connection,
    run: str,
    before: Mapping[str, str],
    every: timedelta,
    lasts: timedelta,
) -> None:
    """Have a run watched from its end on, where it ends well."""
    await statements.run(
        connection,
        "updates/begin_watch",
        run=run,
        before=statements.json(before),
        every=every,
        lasts=lasts,
    )


async def going_on(connection: Connection, machine: str) -> list[UpdateWatch]:
    """Return the watches over runs of a machine that go on."""
    rows = await statements.run(connection, "updates/watches", machine=machine, runs=[])
    return list(map(_watch, rows))


async def of_runs(connection: Connection, runs: Sequence[UpdateRun]) -> Mapping[str, UpdateWatch]:
    """Return the watches over runs, by the runs' ids."""
    ids = [one.id for one in runs]
    rows = await statements.run(connection, "updates/watches", machine=None, runs=ids)
    return {row["run"]: _watch(row) for row in rows}


async def claim(connection: Connection, watch: UpdateWatch, now: datetime) -> UpdateWatch | None:
    """Have the next look be ours; None where somebody else looks."""
    rows = await statements.run(
        connection, "updates/claim_watch", run=watch.run, seen=watch.looked_at, now=now
    )
    return replace(watch, looked_at=now) if rows else None


async def keep(connection: Connection, watch: UpdateWatch) -> None:
    """Keep what a look came to."""
    await statements.run(
        connection,
        "updates/keep_watch",
        run=watch.run,
        looks=watch.looks,
        worse=watch.worse,
        state=str(watch.state),
        says=watch.says and statements.storable(watch.says),
    )


# Versions that are held


async def quarantine(connection: Connection, run: UpdateRun, reason: str, now: datetime) -> None:
    """Hold the versions that a run applied: which of them it was nobody knows."""
    for one in run.updates:
        await statements.run(
            connection,
            "updates/quarantine",
            update=one.id,
            project=run.project,
            path=run.path,
            ecosystem=str(one.package.ecosystem),
            package=one.package.name,
            version=one.version,
            reason=statements.storable(reason),
            run=run.id,
            now=now,
        )


async def quarantined(connection: Connection, project: str | None = None) -> list[Quarantined]:
    """Return what is held: of a project, or all."""
    rows = await statements.run_planned(
        connection, "updates/quarantined", project=project, given=None
    )
    return list(map(_quarantined, rows))


async def as_it_is(connection: Connection) -> list[Quarantined]:
    """Return what is held by a store that may be older than the table for it."""
    try:
        return await quarantined(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return []


async def release(
    connection: Connection, given: str, actor: str, reason: str, now: datetime
) -> list[Quarantined]:
    """Let go of what is held by a number or an update's id; raises NotFound."""
    given = statements.storable(given)
    rows = await statements.run_planned(
        connection, "updates/quarantined", project=None, given=given
    )
    if not rows:
        raise NotFound(
            f"nothing is held by {given}", remedy="fettle update history names what is held"
        )
    for row in rows:
        await statements.run(
            connection,
            "updates/release",
            number=row["number"],
            actor=actor,
            reason=statements.storable(reason),
            now=now,
        )
    return [
        replace(one, released_at=now, released_by=actor, released_because=reason)
        for one in map(_quarantined, rows)
    ]


def _watch(row: Row) -> UpdateWatch:
    return UpdateWatch(**{**row, "state": WatchState(row["state"])})


def _quarantined(row: Row) -> Quarantined:
    package = Package(Ecosystem(row.pop("ecosystem")), row["package"])
    return Quarantined(**{**row, "package": package})
