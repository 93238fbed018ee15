"""What happened to issues in a time, counted in the store; review/figures.py says what it means."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.errors import Refused
from fettle.model.figures import Cell, Figures, Times
from fettle.model.quantity import Ratio
from fettle.store import statements
from fettle.store.pool import Pool, beside
from fettle.store.statements import Connection, Row

# All are counted in the same issues. What is sorted fits in memory, and a plan for a whole table is
# run before it is compiled. One of two connections may have to wait for the other.
AT_ONCE = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
    "SET LOCAL work_mem = '32MB'; SET LOCAL jit = off; "
    "SET LOCAL idle_in_transaction_session_timeout = '60s'"
)


@dataclass(frozen=True)
class Asked:
    """Which issues are counted: those of a time with these parts, of a team, of a service.

    There is one part at least, and one follows the other. None restricts nothing.
    """

    bounds: Sequence[tuple[datetime, datetime]]
    team: str | None = None
    service: str | None = None


async def figures(
    connection: Connection,
    asked: Asked,
    by: str | None,
    limit: int,
    most: int | None = None,
    pool: Pool | None = None,
) -> list[Cell]:
    """Return the figures of all issues that are asked for, and of each team, service or class.

    `by` is one of these words, or None. What nothing is counted in is left out. `most` is of how
    many groups the parts are counted: of those with the most issues, by name where they are alike.
    The caller is in no transaction; a pool that has a connection left lets a half of it be counted
    beside the other. Raises Refused when more issues than the limit were opened.
    """
    async with connection.transaction():
        await connection.execute(AT_ONCE)
        async with beside(connection, pool, AT_ONCE) as other:
            try:
                async with asyncio.TaskGroup() as both:
                    whole = both.create_task(_whole(connection, asked, by, limit))
                    rest = both.create_task(_rest(other, asked, by, limit, most))
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
    return [*whole.result(), *rest.result()]


async def _whole(connection: Connection, asked: Asked, by: str | None, limit: int) -> list[Cell]:
    """Return the figures of all; over the parts, too, where there are groups as well."""
    whole = await _counted(connection, asked, _Counted(None), limit + 1)
    if any(cell.figures.issues > limit for cell in whole):
        raise Refused(
            f"more than {limit:,} issues were opened in that time",
            remedy="ask for a shorter time, for one team or for one service",
        )
    if by is None:
        return whole
    return [*whole, *await _counted(connection, asked, _Counted(None, parts=True), limit + 1)]


async def _rest(
    connection: Connection, asked: Asked, by: str | None, limit: int, most: int | None
) -> list[Cell]:
    """Return the figures of the groups, and over their parts; those over the parts of all."""
    if by is None:
        return await _counted(connection, asked, _Counted(None, parts=True), limit + 1)
    groups = await _counted(connection, asked, _Counted(by), limit + 1)
    names = None if most is None else _largest(groups, most)
    parts = _Counted(by, parts=True, names=names)
    return [*groups, *await _counted(connection, asked, parts, limit + 1)]


def _largest(groups: Sequence[Cell], most: int) -> list[str | None]:
    """Return the groups with the most issues, by name where they are alike."""
    ranked = sorted(groups, key=lambda one: (-one.figures.issues, one.name is None, one.name or ""))
    return [one.name for one in ranked[:most]]


@dataclass(frozen=True)
class _Counted:
    """What is counted at once: all or the groups, over the whole time or over each of its parts."""

    by: str | None
    parts: bool = False
    names: list[str | None] | None = None


async def _counted(
    connection: Connection, asked: Asked, counted: _Counted, limit: int
) -> list[Cell]:
    names = counted.names
    bounds = asked.bounds if counted.parts else [(asked.bounds[0][0], asked.bounds[-1][1])]
    rows = await statements.run_planned(
        connection,
        "reviews/figures",
        starts=[start for start, _ in bounds],
        ends=[end for _, end in bounds],
        by=counted.by,
        names=None if names is None else [name for name in names if name is not None],
        unnamed=names is not None and None in names,
        team=asked.team,
        service=asked.service,
        limit=limit,
    )
    grouped = counted.by is not None
    return [
        Cell(_figures(row), grouped, row["name"], row["part"] - 1 if counted.parts else None)
        for row in rows
    ]


def _figures(row: Row) -> Figures:
    issues: int = row["issues"]
    detect, acknowledge, mitigate, resolve = (
        _times(row, name) for name in ("detect", "acknowledge", "mitigate", "resolve")
    )
    breached, noise, returned = (
        Ratio(row[name] / issues) for name in ("breached", "noise", "returned")
    )
    return Figures(issues, detect, acknowledge, mitigate, resolve, breached, noise, returned)


def _times(row: Row, name: str) -> Times:
    number: int = row[f"{name}_number"]
    if not number:
        return Times(0)
    below, above, most = (timedelta(microseconds=told) for told in row[name])
    median = (below + above) / 2
    return Times(number, median, most, timedelta(microseconds=int(row[f"{name}_sum"])) / number)
