"""What goes on that no look will ever see again: it ends, and says why."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from fettle import unit
from fettle.diagnosis import ask
from fettle.flow.filed import file
from fettle.flow.schedules import Planned, place_of
from fettle.intake import checked
from fettle.intake import network as network_of
from fettle.model.target import Kind
from fettle.settings import Settings
from fettle.store import watched
from fettle.store.statements import Connection
from fettle.store.watched import Troubled


async def end_what_nobody_asks(
    connection: Connection, plans: Sequence[Planned], settings: Settings, now: datetime
) -> None:
    """End what goes on that no look will ever see again, in the caller's transaction."""
    known = unit.checks()
    asked_of: dict[str, set[str]] = {}
    for plan in plans:
        chosen = ask.chosen(known, only=plan.only, skip=plan.skip)
        asked_of.setdefault(plan.place.target, set()).update(check.id for check in chosen)
    labels = {network_of.name(plan.on): plan.on for plan in plans}
    for one in await watched.troubled(connection):
        if one.kind == network_of.KEY:
            if one.target not in labels:
                await _end_network(connection, one, now)
            continue
        over = {
            key: why
            for key in one.watched.firing
            if (why := _why_over(key, asked_of.get(one.target), known)) is not None
        }
        if not over:
            continue
        left = {key: filed for key, filed in one.watched.firing.items() if key not in over}
        kept = replace(one.watched, firing=left)
        await watched.write(connection, (one.target, one.kind), kept, one.version, now)
        place = place_of(one.target, settings, kind=Kind(one.kind))
        ends = [checked.end(place, key, one.watched.firing[key], why) for key, why in over.items()]
        await file(connection, ends, now)


async def _end_network(connection: Connection, one: Troubled, now: datetime) -> None:
    """End that the network is gone of workers by whom nothing is looked at any more."""
    on = one.target.removeprefix(network_of.name(None)) or None
    ends = [network_of.ended(on, filed.title) for filed in one.watched.firing.values()]
    kept = replace(one.watched, firing={})
    await watched.write(connection, (one.target, one.kind), kept, one.version, now)
    await file(connection, ends, now)


def _why_over(key: str, asked_: set[str] | None, known: Collection[str]) -> str | None:
    """Return why nobody will see something again; None where somebody may."""
    if asked_ is None:
        return "its target is not watched any more, by the settings: how it is nobody knows"
    check = key.partition(":")[0]
    if check in known and check not in asked_:
        return (
            f"{check} is not asked of it any more, by the settings: whether it is so nobody knows"
        )
    return None
