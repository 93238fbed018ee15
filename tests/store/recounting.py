"""What figures need of each issue, read one issue at a time from what it is taken from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from fettle.model.issue import Milestones
from fettle.store.statements import Connection
from tests.review.counting import Counted, figures

_MILESTONES = TypeAdapter(Milestones)
_DONE = {"note", "assigned", "held", "reclassified", "resolved", "reopened"}
_PERSON = re.compile("(cli|token|user|link):[^/]*")


@dataclass(frozen=True)
class Row:
    """An issue as it counts: the names it counts under, how long things took, what holds of it."""

    opened_at: datetime
    team: str | None
    class_: str | None
    services: frozenset[str]
    times: tuple[timedelta | None, ...]
    breached: bool
    noise: bool
    returned: bool


async def by_hand(connection: Connection) -> Mapping[int, Counted]:
    """Return the issues that count, each from its own row, timeline, ledger and links."""
    rows = await _ask(connection, "SELECT number FROM issue WHERE status <> 'merged'")
    return {number: await _one(connection, number) for (number,) in rows}


async def _one(connection: Connection, number: int) -> Counted:
    ((at, status, team, class_, services, seen),) = await _ask(
        connection,
        "SELECT opened_at, status, team, class, services, milestones FROM issue WHERE number = %s",
        number,
    )
    story = await _ask(
        connection, "SELECT event, actor, detail FROM timeline WHERE issue = %s", number
    )
    acts = await _ask(connection, "SELECT act FROM clock_event WHERE issue = %s", number)
    links = await _ask(connection, "SELECT kind FROM link WHERE issue = %s", number)
    milestones = _MILESTONES.validate_python(seen)
    declined = status == "declined"
    return Counted(
        at,
        milestones,
        team=team,
        services=tuple(services),
        class_=class_,
        declined=declined,
        false_positive=declined
        and any(
            event == "declined" and detail.get("why") == "false-positive"
            for event, _, detail in story
        ),
        over=status in ("resolved", "in-review", "closed"),
        touched=milestones.acknowledged is not None
        or any(
            event == "remedy-helped" or (event in _DONE and _PERSON.fullmatch(actor))
            for event, actor, _ in story
        ),
        breached=("breached",) in acts,
        returned=("recurrence",) in links,
    )


def row(one: Counted) -> Row:
    """Return an issue as it counts."""
    alone = figures([one])
    return Row(
        one.opened_at,
        one.team,
        one.class_,
        frozenset(one.services),
        (alone.detect.mean, alone.acknowledge.mean, alone.mitigate.mean, alone.resolve.mean),
        one.breached,
        one.noise,
        one.returned,
    )


async def kept(connection: Connection) -> Mapping[int, Row]:
    """Return what the store has kept of the issues that count."""
    rows = await _ask(
        connection,
        "SELECT issue, opened_at, team, class, services, detect, acknowledge, mitigate, resolve,"
        " breached, noise, returned FROM counted WHERE counts",
    )
    found = {}
    for number, at, team, class_, services, *times, breached, noise, returned in rows:
        told = tuple(None if one is None else timedelta(microseconds=one) for one in times)
        assert len(services) == len(set(services)), "each counts once"
        found[number] = Row(at, team, class_, frozenset(services), told, breached, noise, returned)
    return found


async def compare(connection: Connection) -> Mapping[int, Counted]:
    """Compare what is kept of each issue with what is counted of it; return the latter."""
    counted = await by_hand(connection)
    assert await kept(connection) == {number: row(one) for number, one in counted.items()}
    return counted


async def _ask(connection: Connection, question: str, *values: object) -> list[tuple[Any, ...]]:
    return await (await connection.execute(question.encode(), values or None)).fetchall()
