"""What happened to issues in a time, counted in the store; review/figures.py says what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.errors import Refused
from fettle.model.figures import Cell, Figures, Times
from fettle.model.quantity import Ratio
from fettle.store import statements
from fettle.store.statements import Connection, Row

# All are counted in the same issues. What is sorted fits in memory, and a plan for a whole table is
# run before it is compiled.
_AT_ONCE = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
    "SET LOCAL work_mem = '32MB'; SET LOCAL jit = off"
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
    connection: Connection, asked: Asked, by: str | None, limit: int, most: int | None = None
) -> list[Cell]:
    """Return the figures of all issues that are asked for, and of each team, service or class.

    `by` is one of these words, or None. What nothing is counted in is left out. `most` is of how
    many groups the parts are counted: of those with the most issues, by name where they are alike.
    The caller is in no transaction. Raises Refused when more issues than the limit were opened.
    """
    async with connection.transaction():
        await connection.execute(_AT_ONCE)
        cells = await _counted(connection, asked, None, limit + 1, most)
        if any(cell.figures.issues > limit for cell in cells):
            raise Refused(
                f"more than {limit:,} issues were opened in that time",
                remedy="ask for a shorter time, for one team or for one service",
            )
        if by is not None:
            cells += await _counted(connection, asked, by, limit + 1, most)
    return cells


async def _counted(
    connection: Connection, asked: Asked, by: str | None, limit: int, most: int | None
) -> list[Cell]:
    rows = await statements.run_planned(
        connection,
        "reviews/figures",
        start=asked.bounds[0][0],
        end=asked.bounds[-1][1],
        starts=[start for start, _ in asked.bounds],
        by=by,
        most=most,
        team=asked.team,
        service=asked.service,
        limit=limit,
    )
    return [Cell(_figures(row), by is not None, row["name"], _part(row["part"])) for row in rows]


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
