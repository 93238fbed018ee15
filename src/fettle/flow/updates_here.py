"""How updates went here, as the store has it: for whoever judges the next ones."""

from fettle.store import update_watches, updates
from fettle.store.statements import Connection
from fettle.updates.history import Here, tried_of


async def here(connection: Connection) -> Here:
    """Return it, of a store that may be older than this."""
    rehearsals, runs = await updates.as_they_are(connection)
    return Here(tried_of(rehearsals, runs), await update_watches.as_it_is(connection))
