"""Where people reach the server of a store, as seen from another process."""

from typing import TYPE_CHECKING

from fettle.frontends.cli import options

if TYPE_CHECKING:
    from fettle.settings import Settings
    from fettle.store.statements import Connection


async def of_server(settings: "Settings", connection: "Connection") -> str:
    """Return what the settings say, else where the last server was reached, without a slash."""
    from fettle.store import servers

    known = settings.server.public_url or await servers.latest(connection)
    return (known or options.DEFAULT_URL).rstrip("/")
