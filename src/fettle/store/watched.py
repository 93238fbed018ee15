"""The table of what Fettle has filed of databases that it checks by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from fettle.model.watched import Filed, Watched
from fettle.store import statements
from fettle.store.statements import Connection

_FIRING = TypeAdapter(dict[str, Filed])


@dataclass(frozen=True)
class Read:
    """What goes on in a database, and the version that it was read at; 0 before the first look."""

    watched: Watched
    version: int = 0


async def read(connection: Connection, database: str) -> Read:
    """Return what goes on in a database."""
    rows = await statements.run(connection, "watched/read", database=statements.storable(database))
    if not rows:
        return Read(Watched())
    firing = _FIRING.validate_python(rows[0]["firing"])
    return Read(Watched(firing, rows[0]["missed"]), rows[0]["version"])


async def write(
    connection: Connection, database: str, watched: Watched, version: int, now: datetime
) -> bool:
    """Keep what goes on in a database; False when somebody else did since `version` was read."""
    rows = await statements.run(
        connection,
        "watched/write",
        database=statements.storable(database),
        firing=statements.json(_FIRING.dump_python(dict(watched.firing), mode="json")),
        missed=watched.missed,
        looked_at=now,
        version=version,
    )
    return bool(rows)


async def firing(connection: Connection, key: str) -> list[str]:
    """Return the databases in which something goes on under a key."""
    rows = await statements.run(connection, "watched/firing", key=key)
    return [row["database"] for row in rows]


async def save_diagnosis(
    connection: Connection,
    document: Mapping[str, Any],
    schedule: str,
    at: datetime,
    keep: timedelta,
) -> None:
    """Keep a `fettle.check/1` document that was made on a schedule, and forget those long past."""
    await statements.run(
        connection,
        "watched/save_diagnosis",
        target=statements.storable(document["target"]),
        schedule=statements.storable(schedule),
        started_at=at,
        document=statements.json(document),
        forget=at - keep,
    )
