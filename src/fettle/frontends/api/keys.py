"""The keys that senders carry in addresses, looked up at most every few seconds."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from fettle.errors import NotIdentified
from fettle.store import access
from fettle.store.access import CredentialKind, Project
from fettle.store.deliveries import Counted
from fettle.store.statements import Connection
from fettle.store.tally import Tally

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

_REMEMBERED = timedelta(seconds=5)
_AT_MOST = 10_000
_LONGEST = 200  # of what may be a key; ours have 52 characters


@dataclass(frozen=True)
class Key:
    """A sender's key: what it is called, its id, and the project whose errors it sends."""

    name: str
    id: UUID
    project: Project | None = None


@dataclass(frozen=True)
class _Revoked:
    name: str


class Keys:
    """The keys of one kind; one that was revoked is believed for a few seconds more.

    What comes by it later is counted, so that whoever revoked it sees that somebody still sends.
    Unknown ones are remembered as well, so that guessing does not keep the store busy; what is too
    long to be a key is neither, for it is the guesser who says how long it is.
    """

    def __init__(
        self, pool: "AsyncConnectionPool[Connection]", kind: CredentialKind, tally: Tally
    ) -> None:
        self._pool = pool
        self._kind = kind
        self._tally = tally
        self._known: OrderedDict[str, tuple[datetime, Key | _Revoked | None]] = OrderedDict()

    async def identify(self, secret: str, vendor: str, now: datetime) -> Key:
        """Return the key that a secret is for, at the door of a vendor; raises NotIdentified."""
        key = await self._recall(secret, now) if len(secret) <= _LONGEST else None
        if isinstance(key, _Revoked):
            self._tally.note(Counted(key.name, vendor, "refused", "the key was revoked"))
        if not isinstance(key, Key):
            raise NotIdentified(
                "the key is unknown, or was revoked",
                remedy=f"fettle key create --kind {self._kind} --name NAME makes one",
            )
        return key

    async def _recall(self, secret: str, now: datetime) -> Key | _Revoked | None:
        until, key = self._known.get(secret, (now, None))
        if until <= now:
            key = await self._look_up(secret)
            self._known[secret] = now + _REMEMBERED, key
            self._known.move_to_end(secret)
            if len(self._known) > _AT_MOST:
                self._known.popitem(last=False)
        return key

    async def _look_up(self, secret: str) -> Key | _Revoked | None:
        async with self._pool.connection() as connection:
            found = await access.find_credential(connection, secret)
            if found is None:
                name = await access.name_of_revoked(connection, self._kind, secret)
                return None if name is None else _Revoked(name)
        return Key(found.name, found.id, found.project) if found.kind is self._kind else None
