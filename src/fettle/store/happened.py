"""What happened to issues in a time, counted in the store; review/figures.py says what it means."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fettle.errors import Refused
from fettle.model.figures import Cell, Figures, Times
from fettle.model.quantity import Ratio
from fettle.store import statements
from fettle.store.statements import Connection, Row

# What is sorted fits in memory, and a plan for a whole table is run before it is compiled.
_ROOM = "SET LOCAL work_mem = '32MB'; SET LOCAL jit = off"


async def figures(
    connection: Connection,
    bounds: Sequence[tuple[datetime, datetime]],
    by: str | None,
    team: str | None,
    service: str | None,
    limit: int,
) -> list[Cell]:
    """Return the figures of a time with these parts, one at least, one behind the other.

    `by` is team, service or class. What nothing is counted in is left out. Raises Refused when more
    issues than the limit were opened.
    """
    async with connection.transaction():
        await connection.execute(_ROOM)
        rows = await statements.run_planned(
            connection,
            "reviews/figures",
            start=bounds[0][0],
            end=bounds[-1][1],
            starts=[start for start, _ in bounds],
            by=by,
            team=team,
            service=service,
            limit=limit + 1,
        )
    if any(row["issues"] > limit for row in rows):
        raise Refused(
            f"more than {limit:,} issues were opened in that time",
            remedy="ask for a shorter time, for one team or for one service",
        )
    return [Cell(_figures(row), row["grouped"], row["name"], _part(row["part"])) for row in rows]


def _part(number: int | None) -> int | None:
    return None if number is None else number - 1


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
    median, p90 = (timedelta(microseconds=round(told)) for told in row[name])
    return Times(number, median, p90, timedelta(microseconds=int(row[f"{name}_sum"])) / number)
