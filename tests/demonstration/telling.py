"""The story of the demonstration, told to an application in a test's own process."""

import json
from pathlib import Path
from typing import Any

from fettle.demonstration import story
from fettle.demonstration.story import Told
from fettle.demonstration.teller import Teller
from tests.frontends.api.conftest import Api

# Beside the shop's people and services a database that is not there.
SETTINGS = (
    story.SETTINGS
    + """
[[database]]
name = "reports"
url = "postgresql://fettle@127.0.0.1:1/reports"
"""
)


async def tell(api: Api) -> Told:
    """Let the last days of the shop happen."""
    return await story.tell(Teller(api.app, api.serving, api.clock))


async def keep(api: Api) -> None:
    """Keep what a look at main-db came to, and a plan, as they were once; no database is there."""
    known = kept()
    await api.store.tables.save_diagnosis(known["look"])
    await api.store.tables.save_plan(known["plan"], "fettle")


def kept() -> dict[str, dict[str, Any]]:
    """Return a look at main-db, and a plan, as they were once."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("kept.json").read_text())
    return found
