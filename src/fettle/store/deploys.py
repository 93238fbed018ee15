"""When which version of a service went live."""

from collections.abc import Sequence
from datetime import datetime

from fettle.model.deploy import Deploy
from fettle.store import statements
from fettle.store.statements import Connection


async def mark(connection: Connection, deploy: Deploy, now: datetime) -> Deploy:
    """Keep that a version went live; return it with its id."""
    (row,) = await statements.run(
        connection,
        "deploys/mark",
        service=statements.storable(deploy.service),
        version=statements.storable(deploy.version),
        at=deploy.at,
        actor=deploy.actor,
        note=statements.storable(deploy.note),
        url=deploy.url and statements.storable(deploy.url),
        now=now,
    )
    return Deploy(**row)


async def listed(
    connection: Connection, service: str | None, before: int | None, limit: int
) -> list[Deploy]:
    """Return deploys, those marked last first."""
    rows = await statements.run_planned(
        connection,
        "deploys/list",
        service=service and statements.storable(service),
        before=before,
        limit=limit,
    )
    return [Deploy(**row) for row in rows]


async def of_version(connection: Connection, version: str, limit: int) -> list[Deploy]:
    """Return the deploys of a version, the latest first."""
    rows = await statements.run(
        connection, "deploys/of_version", version=statements.storable(version), limit=limit
    )
    return [Deploy(**row) for row in rows]


async def around(
    connection: Connection,
    services: Sequence[str],
    since: datetime,
    until: datetime,
    limit: int = 50,
) -> list[Deploy]:
    """Return the deploys of services between two moments, the latest first."""
    rows = await statements.run(
        connection,
        "deploys/around",
        services=list(services),
        since=since,
        until=until,
        limit=limit,
    )
    return [Deploy(**row) for row in rows]
