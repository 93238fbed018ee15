"""A target to act on: its acting role's address, and its standbys to look at."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fettle.errors import Refused
from fettle.model.ports import Database
from fettle.model.target import Target
from fettle.targets.postgres import MendablePostgres, Patience, looking_at, mending


@asynccontextmanager
async def on(target: Target, patience: Patience) -> AsyncIterator[MendablePostgres]:
    """Connect as the role that may act.

    Raises Refused where the settings name none, Unreachable and NotSupported.
    """
    if target.fix_url is None:
        raise Refused(
            f"{target.name} has no fix_url: its fixes are planned, not applied",
            remedy='set fix_url = "${DATABASE_FIX_URL}" of the [[database]] in fettle.toml, '
            "or give --target",
        )
    async with mending(target.fix_url, patience) as database:
        yield database


@asynccontextmanager
async def standbys_of(target: Target, patience: Patience) -> AsyncIterator[list[Database]]:
    """Connect to every standby that the settings name; raises Unreachable."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(looking_at(url, patience)) for url in target.standbys
        ]
