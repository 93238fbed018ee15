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
    _under_way: dict[KeyT, asyncio.Task[Made[AnswerT]]] = field(default_factory=dict)
    _failed: dict[KeyT, Made[BaseException]] = field(default_factory=dict)

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

    async def soon(
        self, key: KeyT, make: Callable[[], Awaitable[AnswerT]], within: timedelta
    ) -> Made[AnswerT] | None:
        """Return the answer to a question; None where it takes longer, and is made all the same.

        Who asks again gets it then, or what went wrong in making it.
        """
        if made := self._fresh(key):
            return made
        failed = self._failed.pop(key, None)
        if failed is not None and self._lasts(failed):
            raise failed.answer
        task = self._under_way.get(key) or self._begin(key, make)
        await asyncio.wait({task}, timeout=within.total_seconds())
        if not task.done():
            return None
        self._failed.pop(key, None)  # it is told here
        return task.result()

    def _begin(
        self, key: KeyT, make: Callable[[], Awaitable[AnswerT]]
    ) -> asyncio.Task[Made[AnswerT]]:
        def ended(task: asyncio.Task[Made[AnswerT]]) -> None:
            self._under_way.pop(key, None)
            if not task.cancelled() and (error := task.exception()) is not None:
                self._failed[key] = Made(self.clock.now(), error)
                if len(self._failed) > self.most:  # nobody came back for the oldest
                    self._failed.pop(next(iter(self._failed)))

        task = asyncio.create_task(self.get(key, make))
        self._under_way[key] = task
        task.add_done_callback(ended)
        return task

    def _fresh(self, key: KeyT) -> Made[AnswerT] | None:
        made = self._made.get(key)
        return made if made and self._lasts(made) else None

    def _lasts(self, made: Made[AnswerT] | Made[BaseException]) -> bool:
        # a clock that went back makes nothing fresh for longer
        return abs(self.clock.now() - made.at) < self.lasts

    def _keep(self, key: KeyT, made: Made[AnswerT]) -> Made[AnswerT]:
        self._made[key] = made
        self._made.move_to_end(key)
        if len(self._made) > self.most:
            self._made.popitem(last=False)
        return made
