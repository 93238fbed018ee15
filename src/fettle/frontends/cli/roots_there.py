"""Web roots that were made faster, as a server knows them: listed, shown, and put back there."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from fettle.errors import Refused
from fettle.frontends.cli import exits, progress, roots

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_PAUSE_S = 0.3
_PATH = "/api/v1/optimisations"


async def history(
    application: "Application", reach: "Reach", run: str | None, limit: int, form: str
) -> int:
    """Print the latest runs of a server, or all of one."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        if run is not None:
            roots.print_run(await api.get(_one(run)), form)
            return exits.OK
        page = await api.get(_PATH, {"limit": limit})
    roots.print_runs(page, form)
    return exits.OK


async def undo(application: "Application", reach: "Reach", run: str, form: str) -> int:
    """Have a worker of the root's machine put it back, and follow that to its end."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        found = await api.post(f"{_one(run)}/undo")
        waiting = progress.Waiting()
        while found["undo"]["pending"]:
            await application.clock.sleep(_PAUSE_S)
            waiting.passed(_PAUSE_S)
            found = await api.get(_one(found["run"]))
    if found["undo"]["refused"] is not None:
        raise Refused(found["undo"]["refused"])
    roots.print_run(found, form)
    return exits.OK


def _one(run: str) -> str:
    return f"{_PATH}/{quote(run, safe='')}"
