"""Pages as they were measured, by page and time, where somebody had it kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fettle.model.measurement import PageMeasurement, Profile
from fettle.model.page_history import MeasuredOnce
from fettle.store import deploys, statements
from fettle.store.statements import Connection, Row, storable


@dataclass(frozen=True)
class Keeping:
    """By whom, and on which machine, a measurement was made; of which service's page it is."""

    actor: str
    machine: str
    service: str | None


async def keep(
    connection: Connection, measured: PageMeasurement, how: Keeping, document: Mapping[str, Any]
) -> int:
    """Keep a measurement with its document (fettle.measure/1); return its number."""
    weights = {kind: one.transferred for kind, one in measured.weights.items()}
    (row,) = await statements.run(
        connection,
        "page_measures/keep",
        page=storable(measured.url),
        profile=measured.profile,
        machine=storable(how.machine),
        service=how.service and storable(how.service),
        at=measured.started_at,
        actor=storable(how.actor),
        figures=statements.json(
            {name: list(metric.values) for name, metric in measured.metrics.items()}
        ),
        weights=statements.json({**weights, "total": measured.weight.transferred}),
        document=statements.json(document),
    )
    return int(row["id"])


async def before(
    connection: Connection, page: str, profile: Profile, machine: str, at: datetime
) -> MeasuredOnce | None:
    """Return how a page was measured last before a moment, on the same machine."""
    rows = await statements.run(
        connection,
        "page_measures/before",
        page=storable(page),
        profile=profile,
        machine=storable(machine),
        at=at,
    )
    return _measured(rows[0]) if rows else None


async def latest(connection: Connection, service: str, since: datetime) -> list[MeasuredOnce]:
    """Return how each page of a service was measured last; the store may be older than that."""
    return await _kept(connection, "page_measures/latest", service=storable(service), since=since)


async def of_service(
    connection: Connection, service: str, since: datetime, limit: int
) -> list[MeasuredOnce]:
    """Return how the pages of a service were measured since a moment, the latest first.

    The store may be older than the table for it.
    """
    asked = {"service": storable(service), "since": since, "limit": limit}
    return await _kept(connection, "page_measures/of_service", **asked)


async def history(
    connection: Connection, page: str, profile: Profile, since: datetime, limit: int
) -> list[MeasuredOnce]:
    """Return how a page was measured since a moment, the latest first, with what went live between.

    The store may be older than the table for it.
    """
    asked = {"page": storable(page), "profile": profile, "since": since, "limit": limit}
    found = await _kept(connection, "page_measures/history", **asked)
    if not found:
        return []
    services = sorted({one.service for one in found if one.service is not None})
    live = await deploys.around(connection, services, since, found[0].at) if services else []
    earlier = [*(one.at for one in found[1:]), since]
    return [
        replace(
            one,
            deploys=tuple(
                it for it in live if it.service == one.service and before <= it.at < one.at
            ),
        )
        for one, before in zip(found, earlier, strict=True)
    ]


async def _kept(connection: Connection, statement: str, **asked: object) -> list[MeasuredOnce]:
    """Return what a statement finds; nothing in a store that is older than its table."""
    (row,) = await statements.run(connection, "page_measures/is_there")
    if not row["is_there"]:
        return []
    rows = await statements.run(connection, statement, **asked)
    return [_measured(row) for row in rows]


def _measured(row: Row) -> MeasuredOnce:
    return MeasuredOnce(
        row["page"],
        Profile(row["profile"]),
        row["at"],
        row["figures"],
        row["weights"],
        row["service"],
        row["machine"],
    )
