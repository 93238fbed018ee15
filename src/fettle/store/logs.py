"""Logs: what came and waits, templates with their counts by the hour, how they stand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.errors import StoreUnreachable, TooMuch
from fettle.model.log import Digest, Hours, Kind, Level, LogSource, LogState, LogTemplate
from fettle.store import statements
from fettle.store.statements import Connection, Row

MOST_WAITING = 1_000  # batches: nobody seems to take them
MOST_DEAD = 1_000  # batches that are kept to be replayed


@dataclass(frozen=True)
class Batch:
    """Lines that came at once, by kinds; `late` when they were written long before they came."""

    id: int
    source: int
    at: datetime
    late: bool
    digest: Digest


@dataclass(frozen=True)
class Words:
    """The words of a template, as they are kept, with what is read from them."""

    id: int | None
    words: tuple[str, ...]
    text: str
    example: str
    level: Level
    bad: bool
    raised: bool
    at: datetime


@dataclass(frozen=True)
class Came:
    """How many lines of a template came in an hour; how many of them late."""

    template: int
    hour: datetime
    lines: int
    late: int = 0


@dataclass(frozen=True)
class Named:
    """A template with the name of its log, and its service."""

    template: LogTemplate
    source: str
    service: str | None


@dataclass(frozen=True)
class Lately:
    """How many lines of a log came in this hour, and in this and the 23 hours before."""

    hour: int = 0
    day: int = 0


@dataclass(frozen=True)
class Summary:
    """A log, and how many of its templates stand how."""

    source: LogSource
    templates: int
    states: Mapping[LogState, int]


async def enter(
    connection: Connection, name: str, service: str | None, now: datetime, most: int
) -> int:
    """Return the id of a log, made when it is the first time; raises TooMuch where no more may be.

    Who makes the same log at the same time waits for whoever is first.
    """
    named = {"name": name, "service": service, "now": now, "most": most}
    for _ in range(2):  # the second time it is there, if somebody else was first
        if rows := await statements.run(connection, "logs/enter", **named):
            return int(rows[0]["id"])
    raise TooMuch(
        f"{most:,} logs are kept already, and {name} is none of them",
        retry_after_s=3600,
        remedy="[logs] most_sources in fettle.toml",
    )


async def keep(
    connection: Connection, source: int, digests: Sequence[Digest], at: datetime, *, late: bool
) -> None:
    """Keep what lines came to until it is taken, all or nothing.

    Raises StoreUnreachable when too much waits already: nobody takes it.
    """
    kept = await statements.run(
        connection,
        "logs/keep_batches",
        source=source,
        at=at,
        late=late,
        lines=[one.lines for one in digests],
        kinds=[statements.json([_written(kind) for kind in one.kinds]) for one in digests],
        most=MOST_WAITING,
    )
    if len(kept) != len(digests):
        raise StoreUnreachable(
            "lines of logs wait, and no worker takes them", remedy="start a worker: fettle worker"
        )


async def tell(connection: Connection) -> None:
    """Say of which logs anything came, to whoever shows them."""
    await statements.run(connection, "logs/tell")


async def waiting(connection: Connection, limit: int) -> list[Batch]:
    """Return the oldest batches that wait."""
    rows = await statements.run(connection, "logs/waiting", limit=limit)
    return [_batch(row) for row in rows]


async def taken(connection: Connection, ids: Sequence[int]) -> None:
    """Let batches wait no more."""
    await statements.run(connection, "logs/taken", ids=list(ids))


async def bury(connection: Connection, id_: int, reason: str) -> bool:
    """Keep why a batch could not be learnt; return whether it can be replayed: not too many can."""
    rows = await statements.run(
        connection, "logs/bury", id=id_, reason=statements.storable(reason), most=MOST_DEAD
    )
    return bool(rows)


async def lock(connection: Connection, ids: Sequence[int]) -> list[LogSource]:
    """Return logs, locked in the caller's transaction."""
    rows = await statements.run(connection, "logs/lock_sources", ids=list(ids))
    return [_source(row) for row in rows]


async def every(connection: Connection) -> list[int]:
    """Return the ids of all logs."""
    return [row["id"] for row in await statements.run(connection, "logs/every_source")]


async def keep_source(connection: Connection, source: LogSource) -> None:
    """Keep how a log stands."""
    await statements.run(
        connection,
        "logs/keep_source",
        id=source.id,
        seen_at=source.seen_at,
        lines=source.lines,
        learnt_at=source.learnt_at,
        silent_at=source.silent_at,
        version=source.version,
        folded=source.folded,
    )


async def grown(connection: Connection, source: int) -> list[Row]:
    """Return the templates of a log as rows of id, words, example, level and raised."""
    return await statements.run(connection, "logs/grown", source=source)


async def insert(connection: Connection, source: int, new: Sequence[Words]) -> list[int]:
    """Keep new templates; return their ids."""
    rows = await statements.run(
        connection,
        "logs/insert_templates",
        source=source,
        words=[statements.json(one.words) for one in new],
        text=[statements.storable(one.text) for one in new],
        example=[statements.storable(one.example) for one in new],
        level=[one.level.value for one in new],
        bad=[one.bad for one in new],
        raised=[one.raised for one in new],
        at=[one.at for one in new],
    )
    return [row["id"] for row in rows]


async def reword(connection: Connection, changed: Sequence[Words]) -> None:
    """Keep what templates say by now."""
    await statements.run(
        connection,
        "logs/reword",
        id=[one.id for one in changed],
        words=[statements.json(one.words) for one in changed],
        text=[statements.storable(one.text) for one in changed],
        level=[one.level.value for one in changed],
        bad=[one.bad for one in changed],
        raised=[one.raised for one in changed],
    )


async def merge(connection: Connection, into: Mapping[int, int]) -> list[LogTemplate]:
    """Take templates into others, with their counts; return those that are gone."""
    of, kept = list(into.keys()), list(into.values())
    await statements.run(connection, "logs/merge_counts", of=of, into_=kept)
    rows = await statements.run(connection, "logs/merge", of=of, into_=kept)
    return [_template(row) for row in rows]


async def count(connection: Connection, came: Sequence[Came]) -> "Counter[tuple[int, datetime]]":
    """Count lines by the hour; return how many of each came in it by now, without the late."""
    rows = await statements.run(
        connection,
        "logs/count",
        template=[one.template for one in came],
        hour=[one.hour for one in came],
        lines=[one.lines for one in came],
        late=[one.late for one in came],
    )
    return Counter({(row["template"], row["hour"]): row["lines"] for row in rows})


async def touch(
    connection: Connection, lines: Mapping[int, int], last_at: Mapping[int, datetime]
) -> list[LogTemplate]:
    """Keep that templates came again; return how they stand."""
    rows = await statements.run(
        connection,
        "logs/touch",
        id=list(lines.keys()),
        lines=list(lines.values()),
        at=[last_at[id_] for id_ in lines],
    )
    return [_template(row) for row in rows]


async def stand(connection: Connection, templates: Sequence[LogTemplate]) -> None:
    """Keep how templates stand, and who muted them."""
    await statements.run(
        connection,
        "logs/stand",
        id=[one.id for one in templates],
        new_at=[one.new_at for one in templates],
        rising_at=[one.rising_at for one in templates],
        usual=[one.usual for one in templates],
        vanished_at=[one.vanished_at for one in templates],
        muted_at=[one.muted_at for one in templates],
        muted_by=[one.muted_by for one in templates],
    )


async def told(connection: Connection, source: int, since: datetime) -> int:
    """Return how many signals of a log began since a moment, of those that go on."""
    (row,) = await statements.run(connection, "logs/told", source=source, since=since)
    return int(row["number"])


async def firing(connection: Connection, source: int) -> list[LogTemplate]:
    """Return the templates of a log of which something is told."""
    rows = await statements.run(connection, "logs/firing", source=source)
    return [_template(row) for row in rows]


async def quiet(
    connection: Connection, source: int, after: datetime, before: datetime
) -> list[LogTemplate]:
    """Return templates of a log that came last between two moments, and may have vanished."""
    rows = await statements.run(connection, "logs/quiet", source=source, after=after, before=before)
    return [_template(row) for row in rows]


async def hours(
    connection: Connection, templates: Sequence[int], since: datetime
) -> dict[int, Hours]:
    """Return in which hours templates came, counted from 1970, and how often."""
    rows = await statements.run(connection, "logs/hours", templates=list(templates), since=since)
    return {
        row["template"]: {
            int(hour): int(number)
            for hour, number in zip(row["hours"], row["numbers"], strict=True)
        }
        for row in rows
    }


async def hours_of_source(connection: Connection, source: int, since: datetime) -> list[int]:
    """Return in which hours anything of a log came, counted from 1970."""
    rows = await statements.run(connection, "logs/hours_of_source", source=source, since=since)
    return [row["hour"] for row in rows]


async def fold(connection: Connection, source: int, before: datetime, limit: int) -> int:
    """Let go of some templates that hardly came; return how many. The caller has locked the log."""
    rows = await statements.run(connection, "logs/fold", source=source, before=before, limit=limit)
    return len(rows)


async def sources(connection: Connection, after: str | None, limit: int) -> list[Summary]:
    """Return logs by name, those after one of them."""
    begin = after and statements.storable(after)
    rows = await statements.run(connection, "logs/sources", after=begin, name=None, limit=limit)
    return [_summary(row) for row in rows]


async def source(connection: Connection, name: str) -> Summary | None:
    """Return a log by its name; None where there is none."""
    named = statements.storable(name)
    rows = await statements.run(connection, "logs/sources", after=None, name=named, limit=1)
    return _summary(rows[0]) if rows else None


async def lately(
    connection: Connection, sources: Sequence[int], hour: datetime
) -> dict[int, Lately]:
    """Return how many lines of logs came lately; `hour` is when this one began."""
    rows = await statements.run(
        connection,
        "logs/lately",
        sources=list(sources),
        hour=hour,
        since=hour - timedelta(hours=23),
    )
    return {row["source"]: Lately(row["hour"], row["day"]) for row in rows}


async def templates(
    connection: Connection,
    source: str | None,
    state: LogState | None,
    before: int | None,
    limit: int,
) -> list[Named]:
    """Return templates, the latest first."""
    rows = await statements.run_planned(
        connection,
        "logs/templates",
        name=source and statements.storable(source),
        state=state,
        before=before,
        limit=limit,
    )
    return [_named(row) for row in rows]


async def template(connection: Connection, id_: int) -> Named | None:
    """Return a template; None where there is none."""
    rows = await statements.run(connection, "logs/template", id=id_)
    return _named(rows[0]) if rows else None


async def counts_of(
    connection: Connection, ids: Sequence[int], since: datetime
) -> dict[int, list[Came]]:
    """Return how often templates came by the hour."""
    rows = await statements.run(connection, "logs/counts_of", templates=list(ids), since=since)
    found: dict[int, list[Came]] = {id_: [] for id_ in ids}
    for row in rows:
        found[row["template"]].append(Came(**row))
    return found


def _written(kind: Kind) -> list[object]:
    return [kind.words, kind.level.value, kind.lines, kind.example, kind.raised]


def _batch(row: Row) -> Batch:
    kinds = tuple(
        Kind(tuple(words), Level(level), lines, example, any(raised))  # none before 0029
        for words, level, lines, example, *raised in row["kinds"]
    )
    digest = Digest(row["lines"], kinds)
    return Batch(row["id"], row["source"], row["at"], row["late"], digest)


def _source(row: Row) -> LogSource:
    return LogSource(**{name: row[name] for name in LogSource.__dataclass_fields__})


def _summary(row: Row) -> Summary:
    states = {
        LogState.NEW: row["fresh"],
        LogState.RISING: row["rising"],
        LogState.VANISHED: row["vanished"],
    }
    return Summary(_source(row), row["templates"], states)


def _template(row: Row) -> LogTemplate:
    read = {name: row[name] for name in LogTemplate.__dataclass_fields__}
    return LogTemplate(**{**read, "level": Level(row["level"])})


def _named(row: Row) -> Named:
    return Named(_template(row), row["name"], row["service"])
