"""Answers that take long to make: given again for a while, made once for all who ask at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from fettle.model.ports import Clock

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class Made(Generic[AnswerT]):
    """An answer, and when it was made."""

    at: datetime
    answer: AnswerT


@dataclass
class Recent(Generic[KeyT, AnswerT]):
    """The latest answers to at most so many questions; each is given for so long."""

    clock: Clock
    lasts: timedelta
    most: int = 100
    _made: "OrderedDict[KeyT, Made[AnswerT]]" = field(default_factory=OrderedDict)
    _being_made: dict[KeyT, asyncio.Lock] = field(default_factory=dict)

    async def get(self, key: KeyT, make: Callable[[], Awaitable[AnswerT]]) -> Made[AnswerT]:
        """Return the answer to a question; what goes wrong in making it is kept nowhere."""
        if made := self._fresh(key):
            return made
        lock = self._being_made.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                return self._fresh(key) or self._keep(key, Made(self.clock.now(), await make()))
        finally:
            if not lock.locked():
                self._being_made.pop(key, None)

    def _fresh(self, key: KeyT) -> Made[AnswerT] | None:
        made = self._made.get(key)
        # a clock that went back makes nothing fresh for longer
        return made if made and abs(self.clock.now() - made.at) < self.lasts else None

    def _keep(self, key: KeyT, made: Made[AnswerT]) -> Made[AnswerT]:
        self._made[key] = made
        self._made.move_to_end(key)
        if len(self._made) > self.most:
            self._made.popitem(last=False)
        return made
