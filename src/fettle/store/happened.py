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
        whole = await _counted(connection, asked, _Counted(None), limit + 1)
        if any(cell.figures.issues > limit for cell in whole):
            raise Refused(
                f"more than {limit:,} issues were opened in that time",
                remedy="ask for a shorter time, for one team or for one service",
            )
        cells = [
            *whole,
            *await _counted(connection, asked, _Counted(None, parts=True), limit + 1),
        ]
        if by is not None:
            groups = await _counted(connection, asked, _Counted(by), limit + 1)
            names = None if most is None else _largest(groups, most)
            parts = _Counted(by, parts=True, names=names)
            cells += [*groups, *await _counted(connection, asked, parts, limit + 1)]
    return cells


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
    rows = await statements.run_planned(
        connection,
        "reviews/figures",
        start=asked.bounds[0][0],
        end=asked.bounds[-1][1],
        starts=[start for start, _ in asked.bounds],
        by=counted.by,
        parts=counted.parts,
        names=None if names is None else [name for name in names if name is not None],
        unnamed=names is not None and None in names,
        team=asked.team,
        service=asked.service,
        limit=limit,
    )
    grouped = counted.by is not None
    return [Cell(_figures(row), grouped, row["name"], _part(row["part"])) for row in rows]


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
    below, above, most = (timedelta(microseconds=told) for told in row[name])
    median = (below + above) / 2
    return Times(number, median, most, timedelta(microseconds=int(row[f"{name}_sum"])) / number)
