"""Rehearsals of updates, the runs that applied them or took them back, and what those did."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg

from fettle.errors import NotFound, Refused, WrongUsage
from fettle.model.rehearsal import (
    Came,
    HowApplied,
    Isolation,
    Judged,
    Proof,
    Rehearsal,
    RunState,
    TestsState,
    Trial,
    UpdateRun,
    Verdict,
    Wanted,
)
from fettle.model.update import Ecosystem, Package, Raise
from fettle.store import statements
from fettle.store.statements import Connection, Row

_WHICH = "fettle update history names them"


@dataclass(frozen=True)
class Entry:
    """A line of a journal."""

    at: datetime
    event: str
    detail: Mapping[str, Any]


# Rehearsals


async def begin_rehearsal(connection: Connection, one: Rehearsal) -> int:
    """Keep a rehearsal that begins; return its number."""
    rows = await statements.run(
        connection,
        "updates/begin_rehearsal",
        id=one.id,
        machine=one.machine,
        project=one.project,
        path=one.path,
        base=one.base,
        wanted=_documents(one.wanted),
        actor=one.actor,
        isolation=str(one.isolation),
        without_tests=one.without_tests and statements.storable(one.without_tests),
        now=one.started_at,
    )
    return int(rows[0]["number"])


async def note_trial(connection: Connection, id_: str, trial: Trial) -> None:
    """Keep a trial of a rehearsal that goes on."""
    await statements.run(
        connection, "updates/note_trial", id=id_, trial=statements.json([asdict(trial)])
    )


async def end_rehearsal(connection: Connection, id_: str, judged: Judged, now: datetime) -> bool:
    """Keep what a rehearsal came to; False where that was known."""
    rows = await statements.run(
        connection,
        "updates/end_rehearsal",
        id=id_,
        verdict=str(judged.verdict),
        judged=statements.json(asdict(judged)),
        now=now,
    )
    return bool(rows)


async def rehearsals(
    connection: Connection,
    *,
    project: str | None = None,
    prefix: str | None = None,
    landed: bool = False,
    limit: int = 50,
) -> list[Rehearsal]:
    """Return rehearsals, the latest first: of a project, by an id's beginning, that landed."""
    rows = await statements.run_planned(
        connection,
        "updates/rehearsals",
        project=project,
        prefix=prefix and statements.storable(prefix),
        landed=landed,
        limit=limit,
    )
    return list(map(_rehearsal, rows))


# Runs


async def begin_run(connection: Connection, run: UpdateRun) -> int:
    """Keep a run that begins; return its number.

    Raises Refused while another of the project goes on, or the same one was taken back.
    """
    rows = await statements.run(
        connection,
        "updates/begin_run",
        id=run.id,
        rehearsal=run.rehearsal,
        machine=run.machine,
        project=run.project,
        path=run.path,
        how=str(run.how),
        base=run.base,
        commit=run.commit,
        updates=_documents(run.updates),
        actor=run.actor,
        without_rehearsal=run.without_rehearsal and statements.storable(run.without_rehearsal),
        undoes=run.undoes,
        now=run.started_at,
    )
    if not rows:
        raise Refused(
            f"another run of {run.project} goes on, or this one was taken back", remedy=_WHICH
        )
    return int(rows[0]["number"])


async def note_branch(connection: Connection, id_: str, branch: str) -> None:
    """Keep what a run's branch is called."""
    await statements.run(connection, "updates/note_branch", id=id_, branch=branch)


async def end_run(connection: Connection, id_: str, came: Came, now: datetime) -> RunState | None:
    """Keep how a run ended, and return its state before; None where that was known for good.

    One that took another back marks that.
    """
    rows = await statements.run(
        connection,
        "updates/end_run",
        id=id_,
        state=str(came.state),
        verified=came.verified,
        says=statements.storable(came.says),
        pull_request=came.pull_request,
        before=came.before and statements.json(came.before.document),
        after=came.after and statements.json(came.after.document),
        now=now,
    )
    if rows and rows[0]["undoes"] and came.state is RunState.DONE:
        await statements.run(connection, "updates/mark_undone", id=rows[0]["undoes"])
    return RunState(rows[0]["was"]) if rows else None


async def runs(
    connection: Connection, *, project: str | None = None, limit: int = 50
) -> list[UpdateRun]:
    """Return runs, the latest first."""
    rows = await statements.run_planned(
        connection, "updates/runs", project=project, given=None, limit=limit
    )
    return list(map(_run, rows))


async def as_they_are(
    connection: Connection, limit: int = 500
) -> tuple[list[Rehearsal], list[UpdateRun]]:
    """Return rehearsals and runs of a store that may be older than the tables for them."""
    try:
        return await rehearsals(connection, limit=limit), await runs(connection, limit=limit)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return [], []


async def find_run(connection: Connection, given: str) -> UpdateRun:
    """Return a run by its number or the beginning of its id; raises NotFound, WrongUsage."""
    given = statements.storable(given.lower())
    rows = await statements.run_planned(
        connection, "updates/runs", project=None, given=given, limit=2
    )
    if not rows:
        raise NotFound(f"there is no run {given} of updates", remedy=_WHICH)
    if len(rows) > 1:
        raise WrongUsage(f"several runs begin with {given}", remedy=_WHICH)
    return _run(rows[0])


async def lost(
    connection: Connection, machine: str, at_work: Collection[str]
) -> tuple[list[str], list[str]]:
    """Return the rehearsals and the runs of a machine that have not ended, and are not at work."""
    given = {"machine": machine, "at_work": list(at_work)}
    rehearsed = await statements.run(connection, "updates/lost_rehearsals", **given)
    applied = await statements.run(connection, "updates/lost_runs", **given)
    return [row["id"] for row in rehearsed], [row["id"] for row in applied]


# The journal


async def write_journal(
    connection: Connection, about: str, event: str, detail: Mapping[str, object], now: datetime
) -> None:
    """Append an entry to the journal of a rehearsal or a run."""
    await statements.run(
        connection,
        "updates/write_journal",
        about=about,
        event=event,
        detail=statements.json(detail),
        now=now,
    )


async def journal(connection: Connection, about: str) -> list[Entry]:
    """Return the journal of a rehearsal or a run, the oldest entry first."""
    rows = await statements.run(connection, "updates/journal", about=about)
    return [Entry(**row) for row in rows]


def _documents(wanted: Sequence[Wanted]) -> object:
    return statements.json([asdict(one) for one in wanted])


def _wanted(documents: Sequence[Mapping[str, Any]]) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(
            **{
                **one,
                "package": _package(one["package"]),
                "through": tuple(
                    Raise(**{**by, "package": _package(by["package"])}) for by in one["through"]
                ),
            }
        )
        for one in documents
    )


def _package(document: Mapping[str, Any]) -> Package:
    return Package(Ecosystem(document["ecosystem"]), document["name"])


def _rehearsal(row: Row) -> Rehearsal:
    judged = row.pop("judged")
    return Rehearsal(
        **{
            **row,
            "wanted": _wanted(row["wanted"]),
            "isolation": Isolation(row["isolation"]),
            "trials": tuple(
                Trial(
                    **{
                        **one,
                        "members": tuple(one["members"]),
                        "state": TestsState(one["state"]),
                    }
                )
                for one in row["trials"]
            ),
        },
        judged=judged
        and Judged(
            **{**judged, "verdict": Verdict(judged["verdict"]), "landed": tuple(judged["landed"])}
        ),
    )


def _run(row: Row) -> UpdateRun:
    return UpdateRun(
        **{
            **row,
            "how": HowApplied(row["how"]),
            "state": RunState(row["state"]),
            "updates": _wanted(row["updates"]),
            "before": row["before"] and Proof(**row["before"]),
            "after": row["after"] and Proof(**row["after"]),
        }
    )
