"""Dead letters: what was accepted and could not be taken, whatever it was; it can be replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fettle.store import bell, statements
from fettle.store.deliveries import Which
from fettle.store.statements import Connection, Row


class LetterKind(StrEnum):
    """What it was to become: signals, an event of a bug, templates of a log."""

    DELIVERY = "delivery"
    ERROR = "error"
    LINES = "lines"


@dataclass(frozen=True)
class Before:
    """A place in the list: behind the letter that came at this moment."""

    received_at: datetime
    kind: LetterKind
    id: int


_SHOWN: Mapping[LetterKind, str] = {
    LetterKind.ERROR: "intake/dead_error",
    LetterKind.LINES: "intake/dead_lines",
}


async def listed(connection: Connection, before: Before | None, limit: int) -> list[Row]:
    """Return dead letters of all kinds, the latest first."""
    return await statements.run_planned(
        connection,
        "intake/dead_letters",
        before=before and before.received_at,
        kind=before and before.kind.value,
        id=before and before.id,
        limit=limit,
    )


async def find(connection: Connection, kind: LetterKind, id_: int) -> Row | None:
    """Return an error or lines that are dead, with what they hold; None where there are none."""
    rows = await statements.run(connection, _SHOWN[kind], id=id_)
    return {**rows[0], "kind": kind.value} if rows else None


async def replay_errors(connection: Connection, which: Which) -> list[int]:
    """Let errors that could not be digested wait again; return their ids."""
    rows = await statements.run(connection, "intake/replay_errors", **which.parameters)
    if rows:
        await connection.execute(f"NOTIFY {bell.ERROR}")
    return sorted(row["id"] for row in rows)


async def replay_lines(connection: Connection, which: Which) -> list[int]:
    """Let lines that could not be learnt wait again; return their ids."""
    rows = await statements.run(connection, "intake/replay_lines", **which.parameters)
    return sorted(row["id"] for row in rows)
