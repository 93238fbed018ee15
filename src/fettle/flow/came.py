"""What comes to the board, in the order in which it was delivered."""

from dataclasses import dataclass
from datetime import datetime

from fettle.model.signal import Signal
from fettle.store.alerts import Key


@dataclass(frozen=True)
class Came:
    """A signal that came: when, by which delivery, and whether it was replayed.

    `again` is one that was hushed and still goes on: it is looked at anew, and nobody said more.
    """

    signal: Signal
    at: datetime
    delivery: int | None = None
    replayed: bool = False
    again: bool = False

    @property
    def key(self) -> Key:
        """Which alert it is about."""
        return self.signal.source, self.signal.key


@dataclass(frozen=True)
class Acknowledged:
    """An alert that somebody has taken at its source: when that was told, and whether anew."""

    key: Key
    at: datetime
    replayed: bool = False
