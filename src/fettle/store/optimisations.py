"""Runs that were to make web roots faster, and what their pages were like before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fettle.errors import NotFound, WrongUsage
from fettle.model.loaded import Load, Shot
from fettle.store import statements
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Kept:
    """A run as it is kept: `document` is fettle.optimisation/1.

    `machine` is where the root is. `undo_asked_at` is when somebody wanted a worker there to put it
    back, `undo_refused` why that could not be done.
    """

    id: str
    root: str
    machine: str
    actor: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    undone_at: datetime | None
    document: dict[str, Any] = field(repr=False)
    undo_asked_at: datetime | None = None
    undo_asked_by: str | None = None
    undo_refused: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the root is another one because of it."""
        return self.status == "done" and bool(self.document["changed"])

    @property
    def undoing(self) -> bool:
        """Whether a worker is to put the root back, and has not yet."""
        asked = self.undo_asked_at is not None and self.undo_refused is None
        return asked and self.status == "done"


@dataclass(frozen=True)
class Past:
    """A run as lists have it: what it came to, without its steps."""

    id: str
    root: str
    machine: str
    actor: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    undone_at: datetime | None
    urls: list[str]
    improvement: list[dict[str, Any]]
    changed: bool
    verified: bool
    reason: str
    left_to_people: int
    kept: int


@dataclass(frozen=True)
class KeptShot:
    """A picture of a run, without what is in it."""

    id: int
    kind: str
    page: str
    profile: str
    when: str
    at_ms: float | None
    media: str
    width: int
    height: int


@dataclass(frozen=True)
class Seen:
    """How the pages of a run were loaded, as documents: before, then after; and its pictures."""

    loads: Sequence[Mapping[str, Any]]
    shots: Sequence[KeptShot]


@dataclass(frozen=True)
class Wanted:
    """Which runs: in one of these states, of this root; none named is any. `after` is a run."""

    statuses: tuple[str, ...] = ()
    root: str | None = None
    after: str | None = None


async def keep(
    connection: Connection,
    document: Mapping[str, Any],
    actor: str,
    machine: str,
    started_at: datetime,
    ended_at: datetime | None,
) -> None:
    """Keep a run as it stands."""
    await statements.run(
        connection,
        "optimisations/keep",
        id=document["run"],
        root=statements.storable(document["root"]),
        machine=machine,
        actor=actor,
        status=document["status"],
        started_at=started_at,
        ended_at=ended_at,
        document=statements.json(document),
    )


async def keep_seen(
    connection: Connection,
    run: str,
    loads: Sequence[tuple[Load, Mapping[str, Any]]],
    shots: Sequence[Shot],
) -> None:
    """Keep how the pages of a run were loaded, each with its document; and what they looked like.

    To be called once for a run.
    """
    async with connection.transaction():
        for load, document in loads:
            await statements.run(
                connection,
                "optimisations/keep_load",
                run=run,
                page=statements.storable(load.page),
                profile=load.measured.profile.value,
                moment=load.when.value,
                document=statements.json(document),
            )
        for shot in shots:
            await statements.run(
                connection,
                "optimisations/keep_shot",
                run=run,
                kind=shot.kind,
                page=statements.storable(shot.page),
                profile=shot.profile,
                moment=shot.when.value,
                at_ms=shot.at_ms,
                media=shot.media,
                width=shot.width,
                height=shot.height,
                content=shot.content,
            )


async def end(
    connection: Connection,
    run: str,
    status: str,
    reason: str,
    now: datetime,
    *,
    among: Sequence[str] = ("running",),
) -> bool:
    """Say how a run has ended, if it stands as one of `among`; whether it did."""
    rows = await statements.run(
        connection,
        "optimisations/end",
        id=run,
        status=status,
        reason=statements.storable(reason),
        now=now,
        **{"from": list(among)},
    )
    return bool(rows)


async def ask_undo(connection: Connection, run: str, actor: str, now: datetime) -> bool:
    """Keep that somebody wants a run to be taken back; False where there is nothing to be."""
    rows = await statements.run(connection, "optimisations/ask_undo", id=run, actor=actor, now=now)
    return bool(rows)


async def refuse_undo(connection: Connection, run: str, reason: str) -> None:
    """Keep why a run was not taken back."""
    await statements.run(
        connection, "optimisations/refuse_undo", id=run, reason=statements.storable(reason)
    )


async def past(connection: Connection, wanted: Wanted, limit: int) -> list[Past]:
    """Return runs as lists have them, the latest first."""
    rows = await statements.run_planned(
        connection,
        "optimisations/past",
        statuses=list(wanted.statuses) or None,
        root=None if wanted.root is None else statements.storable(wanted.root),
        after=None if wanted.after is None else statements.storable(wanted.after),
        limit=limit,
    )
    return [Past(**row) for row in rows]


async def found(connection: Connection, begins: str) -> Kept:
    """Return the run whose id begins so; raises NotFound, and WrongUsage where two do."""
    rows = await statements.run(
        connection, "optimisations/find", begins=statements.storable(begins)
    )
    if not rows:
        raise NotFound(f"there is no run {begins}", remedy="fettle optimise history lists the runs")
    if len(rows) > 1:
        raise WrongUsage(f"several runs begin with {begins}", remedy="write more of its id")
    return Kept(**rows[0])


async def seen(connection: Connection, run: str) -> Seen:
    """Return what was seen of the pages of a run."""
    loads = await statements.run(connection, "optimisations/loads", run=run)
    shots = await statements.run(connection, "optimisations/shots", run=run)
    return Seen([row["document"] for row in loads], [KeptShot(**row) for row in shots])


async def shot(connection: Connection, run: str, number: int) -> tuple[str, bytes]:
    """Return a picture of a run, and what kind of file it is; raises NotFound."""
    rows = await statements.run(connection, "optimisations/shot", run=run, id=number)
    if not rows:
        raise NotFound(
            f"run {run} has no picture {number}",
            remedy="[keep] optimisation_pictures says how long they are kept",
        )
    return rows[0]["media"], bytes(rows[0]["content"])
