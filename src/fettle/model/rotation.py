"""Logs that are rotated: how, what was, the old ones beside them, who writes and who follows."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from fettle.model.quantity import Bytes

Say = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Rotation:
    """Logs that are rotated alike.

    `keep` old ones are kept of each, none for longer than `keep_for`. `own` says that a
    configuration of its own rules how they are rotated and packed. `tells` says that whoever writes
    them can be told to begin a new one. `on` is the label of the workers that reach them.
    """

    name: str
    keep: int | None = None
    keep_for: timedelta | None = None
    packs: bool = True
    own: bool = False
    tells: bool = False
    on: str | None = None


@dataclass(frozen=True)
class Rotated:
    """What logrotate did, or would do: the logs that it looked at, and those that it rotated."""

    looked_at: tuple[str, ...]
    rotated: tuple[str, ...]


@dataclass(frozen=True)
class OldLog:
    """A log that was rotated before, as it lies there.

    `of` is the log that it was; `place` is 0 for the one that was rotated last, and so on.
    `open_in` are the processes that have it open.
    """

    path: str
    of: str
    place: int
    packed: bool
    size: Bytes
    modified: datetime
    open_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Writer:
    """A process that still writes into a log that was rotated."""

    process: str
    path: str


@dataclass(frozen=True)
class Writers:
    """Who writes into old logs; `unseen` is how many processes could not be looked at."""

    found: tuple[Writer, ...] = ()
    unseen: int = 0


@dataclass(frozen=True)
class Follower:
    """A `[[log]]` that follows a file that is rotated, and whether it has the new one."""

    log: str
    path: str
    follows: bool


@dataclass(frozen=True)
class Beside:
    """The old logs of a rotation, and what of its folders could not be looked at, or must not."""

    old: tuple[OldLog, ...] = ()
    not_seen: tuple[str, ...] = ()


class Rotations(Protocol):
    """What rotates logs, packs old ones, and lets go of them."""

    @property
    def rotations(self) -> Sequence[Rotation]:
        """Those of the settings."""

    async def rotate(self, name: str, say: Say) -> Rotated:
        """Rotate what is due; raises CannotLook and ActFailed."""

    async def tell(self, name: str, say: Say) -> None:
        """Tell whoever writes the logs to begin new ones; raises CannotLook and ActFailed."""

    async def beside(self, name: str) -> Beside:
        """Look at the old logs; raises CannotLook."""

    async def pack(self, name: str, old: OldLog) -> Bytes:
        """Pack an old log, and return what that saves; raises ActFailed, and nothing is lost."""

    async def delete(self, name: str, old: OldLog) -> None:
        """Delete an old log; raises ActFailed."""

    async def writers(self, name: str) -> Writers:
        """Look who writes into logs that were rotated, again for some seconds until nobody does."""

    async def followers(self, name: str) -> Sequence[Follower]:
        """Look whether what follows the logs has the new files; again until it does."""
