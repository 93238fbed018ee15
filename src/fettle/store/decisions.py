"""What triage decided, and what people settled that it was: what the model learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter

from fettle.model.classification import By, Classification
from fettle.model.run import Json
from fettle.model.severity import Severity
from fettle.store import statements
from fettle.store.statements import Connection

_CLASSIFICATIONS = TypeAdapter(Classification)
_PAGE = 1000


@dataclass(frozen=True)
class Decision:
    """A decision that a person has settled: corrected, or let stand.

    `told` is the case as it was told, `said` what triage made of it, `settled` what it was.
    """

    issue: int
    told: Json
    said: Classification
    settled: Classification
    corrected: bool
    actor: str
    at: datetime


@dataclass(frozen=True)
class Lesson:
    """A decision as it is learnt from: the case and what it was, as the JSON that was kept."""

    told: str
    settled: str


@dataclass(frozen=True)
class Counted:
    """How often `said` was said, and `settled` was right; and how often of these by a correction.

    Where the severities are equal, a correction was one of something else.
    """

    by: By
    said: Severity
    settled: Severity
    times: int
    corrected: int


async def settle(connection: Connection, decision: Decision) -> None:
    """Keep what an issue was settled to be, in the place of what was kept of it before."""
    await statements.run(
        connection,
        "decisions/settle",
        issue=decision.issue,
        at=decision.at,
        actor=decision.actor,
        told=statements.json(decision.told),
        said=_written(decision.said),
        said_by=str(decision.said.by),
        said_severity=int(decision.said.severity),
        settled=_written(decision.settled),
        settled_severity=int(decision.settled.severity),
        corrected=decision.corrected,
    )


async def lessons(connection: Connection, most: int) -> Sequence[Lesson]:
    """Return the newest decisions, the oldest of them first.

    They are read page by page, so that whoever shares the event loop does not wait for them.
    """
    found: list[Lesson] = []
    at, id_ = None, None
    while len(found) < most:
        limit = min(_PAGE, most - len(found))
        rows = await statements.run(connection, "decisions/lessons", at=at, id=id_, limit=limit)
        found += [Lesson(row["told"], row["settled"]) for row in rows]
        if len(rows) < limit:
            break
        at, id_ = rows[-1]["at"], rows[-1]["id"]
    return found[::-1]


async def basis(connection: Connection) -> Decimal:
    """Return a number that is another one after each change of the decisions."""
    (row,) = await statements.run(connection, "decisions/basis")
    return Decimal(row["basis"])


async def counted(connection: Connection, since: datetime, until: datetime) -> list[Counted]:
    """Count the decisions of triage that were settled in a time; a person's own are none."""
    rows = await statements.run(connection, "decisions/count", since=since, until=until)
    return [
        Counted(
            By(row["said_by"]),
            Severity(row["said_severity"]),
            Severity(row["settled_severity"]),
            row["times"],
            row["corrected"],
        )
        for row in rows
    ]


def _written(made: Classification) -> object:
    return statements.json(_CLASSIFICATIONS.dump_python(made, mode="json"))
