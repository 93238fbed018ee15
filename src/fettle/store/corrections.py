"""What people decided otherwise than triage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fettle.store import statements
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Corrected:
    """One correction: of which text, by whom, and both decisions as documents."""

    issue: int
    at: datetime
    actor: str
    text: str
    said: Mapping[str, Any]
    corrected: Mapping[str, Any]


async def keep(connection: Connection, one: Corrected) -> None:
    """Keep a correction."""
    await statements.run(
        connection,
        "corrections/keep",
        issue=one.issue,
        at=one.at,
        actor=one.actor,
        text=statements.storable(one.text),
        said=statements.json(one.said),
        corrected=statements.json(one.corrected),
    )
