"""Sentries that a team has: how far they were read, and what of their issues is counted here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fettle.model.sentry import Counts, SentryIssue
from fettle.store import statements
from fettle.store.statements import Connection, Row, storable

_MISSING = timedelta(hours=1)  # so long nothing is asked about an issue that was not found


@dataclass(frozen=True)
class Place:
    """A project of a Sentry."""

    sentry: str
    project: str


@dataclass(frozen=True)
class Claimed:
    """A project that is to be read, and how far it was read; None before it was read at all."""

    place: Place
    began_at: datetime | None
    read_to: datetime | None


@dataclass(frozen=True)
class Reading:
    """How reading a project goes, and how many of its issues were read."""

    place: Place
    read_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    due_at: datetime
    issues: int


@dataclass(frozen=True)
class Read:
    """An issue as it was read last."""

    status: str
    last_seen: datetime
    count: int


@dataclass(frozen=True)
class Kept:
    """An issue that was kept: how it stood before, if it was known, and what is counted of it."""

    before: str | None
    counted: Counts


@dataclass(frozen=True)
class There:
    """An issue of a Sentry, in one of its projects."""

    place: Place
    issue: str


@dataclass(frozen=True)
class Origin:
    """An issue that an error's events were read from: how it stands and how often it came."""

    sentry: str
    issue: str
    short_id: str
    status: str
    count: int


@dataclass(frozen=True)
class Uncounted:
    """An issue of which more was told than is counted here, with its key and its group."""

    there: There
    application: str
    key: int
    group: int
    first_seen: datetime
    last_seen: datetime
    told: Counts
    counted: Counts


async def claim(
    connection: Connection, place: Place, now: datetime, held_until: datetime
) -> Claimed | None:
    """Return a project that is to be read now, which nobody else gets for a while; or None."""
    rows = await statements.run(
        connection,
        "sentries/claim",
        sentry=place.sentry,
        project=place.project,
        now=now,
        held_until=held_until,
    )
    return Claimed(place, rows[0]["began_at"], rows[0]["read_to"]) if rows else None


async def readings(connection: Connection) -> list[Reading]:
    """Return how reading goes, by Sentry and project."""
    rows = await statements.run(connection, "sentries/readings")
    return [Reading(_place(row), **_but_place(row)) for row in rows]


async def note_read(
    connection: Connection, place: Place, read_to: datetime | None, now: datetime, due_at: datetime
) -> None:
    """Keep that a project was read, how far, and when it is read again."""
    await statements.run(
        connection,
        "sentries/note_read",
        sentry=place.sentry,
        project=place.project,
        read_to=read_to,
        now=now,
        due_at=due_at,
    )


async def note_read_to(connection: Connection, place: Place, read_to: datetime) -> None:
    """Keep how far a project was read so far."""
    await statements.run(
        connection,
        "sentries/read_to",
        sentry=place.sentry,
        project=place.project,
        read_to=read_to,
    )


async def note_reached(connection: Connection, place: Place, now: datetime) -> None:
    """Keep that an issue of a project could be read."""
    await statements.run(
        connection, "sentries/note_reached", sentry=place.sentry, project=place.project, now=now
    )


async def note_failed(
    connection: Connection, place: Place, failure: str, now: datetime, due_at: datetime
) -> None:
    """Keep why a project could not be read; it is not tried again before `due_at`."""
    await statements.run(
        connection,
        "sentries/note_failed",
        sentry=place.sentry,
        project=place.project,
        failure=storable(failure),
        now=now,
        due_at=due_at,
    )


async def of_error(connection: Connection, error: int) -> list[Origin]:
    """Return the issues of Sentries that an error's events were read from, the latest first."""
    rows = await statements.run(connection, "sentries/of_error", error=error)
    return [Origin(**row) for row in rows]


async def give_up(connection: Connection, there: There) -> Counts:
    """Let an issue be another one, into which it was merged; return what was counted of it."""
    rows = await statements.run(
        connection, "sentries/give_up", sentry=there.place.sentry, issue=there.issue
    )
    return Counts(rows[0]["counted"], _read(rows[0]["counted_hours"])) if rows else Counts()


async def known(connection: Connection, sentry: str, issues: Sequence[str]) -> dict[str, Read]:
    """Return what is known of some issues of a Sentry, by their ids."""
    rows = await statements.run(connection, "sentries/known", sentry=sentry, issues=list(issues))
    return {row["issue"]: Read(row["status"], row["last_seen"], row["count"]) for row in rows}


async def keep_issue(
    connection: Connection, sentry: str, issue: SentryIssue, project: UUID, now: datetime
) -> Kept | None:
    """Keep an issue as it was told, locked until the end; None where what is kept is newer."""
    rows = await statements.run(
        connection,
        "sentries/keep_issue",
        sentry=sentry,
        issue=issue.id,
        slug=storable(issue.project),
        project=project,
        short_id=storable(issue.short_id),
        status=storable(issue.status),
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        count=issue.count,
        hours=statements.json(_written(issue.hours)),
        asked_at=issue.asked_at,
        now=now,
    )
    for row in rows:
        return Kept(row["status_before"], Counts(row["counted"], _read(row["counted_hours"])))
    return None


async def note_event(
    connection: Connection,
    there: There,
    counted: Counts,
    event: UUID | None = None,
    refused: str | None = None,
) -> None:
    """Keep which event of an issue was read, or why none could be, and what is counted by that."""
    await statements.run(
        connection,
        "sentries/note_event",
        sentry=there.place.sentry,
        issue=there.issue,
        event=event,
        refused=refused and storable(refused),
        **_counts(counted),
    )


async def uncounted(connection: Connection, limit: int) -> list[Uncounted]:
    """Return issues of which more was told than is counted, locked until the end."""
    await statements.run(connection, "sentries/find_keys")
    rows = await statements.run(connection, "sentries/uncounted", limit=limit)
    return [
        Uncounted(
            There(Place(row["sentry"], ""), row["issue"]),
            row["application"],
            row["key"],
            row["error_group"],
            row["first_seen"],
            row["last_seen"],
            Counts(row["count"], _read(row["hours"])),
            Counts(row["counted"], _read(row["counted_hours"])),
        )
        for row in rows
    ]


async def note_counted(connection: Connection, there: There, counted: Counts) -> None:
    """Keep what is counted of an issue."""
    await statements.run(
        connection,
        "sentries/note_counted",
        sentry=there.place.sentry,
        issue=there.issue,
        **_counts(counted),
    )


async def group_of(connection: Connection, there: There) -> int | None:
    """Return the error that an issue is here; None before its event was digested."""
    rows = await statements.run(
        connection, "sentries/group_of", sentry=there.place.sentry, issue=there.issue
    )
    return rows[0]["error_group"] if rows else None


async def dead(connection: Connection, there: There) -> str | None:
    """Return why the event of an issue is of no error; None where that is not so."""
    rows = await statements.run(
        connection, "sentries/dead", sentry=there.place.sentry, issue=there.issue
    )
    return rows[0]["dead"] if rows else None


async def refused(connection: Connection, there: There) -> str | None:
    """Return why the latest event of an issue could not be taken; None where it was."""
    rows = await statements.run(
        connection, "sentries/refused", sentry=there.place.sentry, issue=there.issue
    )
    return rows[0]["refused"] if rows else None


async def again(
    connection: Connection,
    watched: tuple[Sequence[str], datetime],
    followed: tuple[Sequence[str], datetime],
    now: datetime,
    limit: int,
) -> list[There]:
    """Return issues to be read once more that were not since a moment; nobody else gets them.

    Of the first Sentries those that a remedy is tried for, of the others all that an issue is open
    for.
    """
    rows = await statements.run(
        connection,
        "sentries/again",
        sentries=list(watched[0]),
        watched_before=watched[1],
        followed=list(followed[0]),
        followed_before=followed[1],
        now=now,
        missing_before=now - _MISSING,
        limit=limit,
    )
    return [_there(row) for row in rows]


async def of_issue(
    connection: Connection, watched: Sequence[int], issue: int | None, limit: int
) -> list[There]:
    """Return the issues of Sentries that alerts and an issue are about."""
    rows = await statements.run(
        connection, "sentries/of_issue", watched=list(watched), issue=issue, limit=limit
    )
    return [_there(row) for row in rows]


async def fixed(
    connection: Connection,
    sentries: Sequence[str],
    now: datetime,
    told_before: datetime,
    limit: int,
) -> list[tuple[There, str | None]]:
    """Return issues that are fixed here and open there, and from when on; nobody else gets them."""
    rows = await statements.run(
        connection,
        "sentries/fixed",
        sentries=list(sentries),
        now=now,
        missing_before=now - _MISSING,
        told_before=told_before,
        limit=limit,
    )
    return [(_there(row), row["by"]) for row in rows]


async def note_status(connection: Connection, there: There, status: str, now: datetime) -> None:
    """Keep how an issue stands there from now on."""
    await statements.run(
        connection,
        "sentries/note_status",
        sentry=there.place.sentry,
        issue=there.issue,
        status=status,
        now=now,
    )


async def note_missing(connection: Connection, there: There, now: datetime) -> None:
    """Keep that an issue was not found there."""
    await statements.run(
        connection,
        "sentries/note_missing",
        sentry=there.place.sentry,
        issue=there.issue,
        now=now,
    )


def _place(row: Row) -> Place:
    return Place(row["sentry"], row["project"])


def _but_place(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("sentry", "project")}


def _there(row: Row) -> There:
    return There(Place(row["sentry"], row["slug"]), row["issue"])


def _counts(counted: Counts) -> dict[str, object]:
    hours = statements.json(_written(counted.hours))
    return {"counted": counted.total, "counted_hours": hours}


def _written(hours: Mapping[datetime, int]) -> dict[str, int]:
    """Return hours as JSON holds them: by their seconds since 1970."""
    return {str(int(hour.timestamp())): number for hour, number in hours.items()}


def _read(hours: Mapping[str, int]) -> dict[datetime, int]:
    return {datetime.fromtimestamp(int(at), UTC): number for at, number in hours.items()}
