"""What a run's function is given: durable steps and durable waits."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn, TypeVar, TypeVarTuple, cast
from uuid import UUID

from fettle.engine import decide
from fettle.engine.backoff import Backoff, Chance
from fettle.engine.course import Course, Wait
from fettle.engine.decide import Ending, Next
from fettle.engine.kept import as_kept, in_words
from fettle.engine.ledger import Ledger
from fettle.errors import ActFailed, StepFailed
from fettle.model.run import Json, StepRecord, StepState

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Way:
    """How a step is to be run."""

    idempotent: bool
    retries: int
    backoff: Backoff
    timeout: timedelta | None


class Run:
    """One go of a run. See fettle.engine for what holds."""

    def __init__(self, course: Course, ledger: Ledger, chance: Chance) -> None:
        self._course = course
        self._ledger = ledger
        self._chance = chance

    @property
    def id(self) -> UUID:
        """Its id."""
        return self._course.run.id

    @property
    def target(self) -> str | None:
        """What no other run acts on meanwhile."""
        return self._course.run.target

    @property
    def fence(self) -> int:
        """A number that is higher for whoever takes the run after us; for what we act on."""
        return self._course.run.fence

    def attempt(self, step: str) -> int:
        """Return which attempt at a step this is, 1 being the first; 0 where it has not begun."""
        known = self._course.steps.get(step)
        return 0 if known is None else known.attempts

    async def still_held(self) -> bool:
        """Whether the run is still ours, by the store; for just before an act."""
        return await self._ledger.held()

    async def step(
        self,
        name: str,
        act: Callable[[*_Ts], Awaitable[_T]],
        *arguments: *_Ts,
        idempotent: bool = True,
        retries: int = 0,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
        timeout: timedelta | None = None,  # noqa: ASYNC109 - it is kept to in here
    ) -> _T:
        """Do one part of the run, or answer what it came to when it was done.

        The result is kept as JSON, and is what JSON makes of it: a tuple becomes a list. `retries`
        more attempts follow a failed one, after pauses in which nothing is in flight; one that was
        cut off counts. A step that is not `idempotent` and exceeds its `timeout` was cut off. It
        must not block the event loop. Raises StepFailed.
        """
        way = _Way(idempotent, retries, backoff, timeout)
        with self._course.at(name) as key:
            kept = self._course.steps.get(key)
            match decide.on_step(kept, self._ledger.now()):
                case Next.ANSWER if kept is not None:
                    return cast("_T", kept.result)
                case Next.FAIL if kept is not None:
                    raise StepFailed(f"step {key!r} failed: {kept.error}")
                case Next.PAUSE if kept is not None:
                    await self._pause(kept)
                case Next.ASK:
                    await self._course.leave_unsure(key)
            step = self._begun(key, kept, way)
            return await self._attempt(step, lambda: act(*arguments), way)

    async def sleep_until(self, moment: datetime, name: str = "sleep") -> None:
        """Wait for a moment; the first go says which, whatever later ones compute."""
        with self._course.at(name) as key:
            step = await self._waiting(key, moment)
            if step.state is StepState.DONE:
                return
            if step.wake_at is not None and self._ledger.now() < step.wake_at:
                await self._course.rest(Wait(step.wake_at, self._course.run.signals))
            await self._ended(replace(step, state=StepState.DONE, wake_at=None))

    async def wait_for(self, event: str, until: datetime | None = None) -> Json:
        """Wait for an event (Engine.signal), and return what came with it.

        One that came before is not lost: each is given to one wait, the oldest first. Raises
        TimeoutError when none has come by `until`.
        """
        with self._course.at(f"wait for {event}") as key:
            step = await self._waiting(key, until)
            if step.state is StepState.DONE:
                return step.result
            if step.state is not StepState.FAILED:
                looked = await self._surely(self._ledger.take_event(key, event))
                if looked is None:
                    await self._course.leave(Ending.LOST)
                if looked.found:
                    return looked.payload
                if step.wake_at is None or self._ledger.now() < step.wake_at:
                    await self._course.rest(Wait(step.wake_at, looked.signals))
                error = "it has not come"
                await self._ended(replace(step, state=StepState.FAILED, error=error, wake_at=None))
            raise TimeoutError(f"{event} has not come in time")

    # The parts of a step

    def _begun(self, key: str, kept: StepRecord | None, way: _Way) -> StepRecord:
        return StepRecord(
            name=key,
            number=kept.number if kept else self._next_number(),
            state=StepState.RUNNING,
            idempotent=way.idempotent,
            fence=self.fence,
            attempts=kept.attempts + 1 if kept else 1,
            started_at=self._ledger.now(),
        )

    def _next_number(self) -> int:
        return max((step.number for step in self._course.steps.values()), default=0) + 1

    async def _attempt(self, step: StepRecord, act: Callable[[], Awaitable[_T]], way: _Way) -> _T:
        await self._course.between_steps()
        self._course.steps[step.name] = step
        began = await self._surely(self._ledger.begin_step(step))
        if not began:
            await self._course.leave(Ending.LOST if began is None else Ending.CANCELLED)
        limit = asyncio.timeout(None if way.timeout is None else way.timeout.total_seconds())
        try:
            async with limit:
                result = as_kept(await act())
        except asyncio.CancelledError as error:
            await self._cancelled(step, error, way)
        except Exception as error:  # noqa: BLE001 - the boundary: what it was is recorded
            overdue = await self._overdue(step, way) if limit.expired() else None
            await self._failed(step, overdue or error, way)
        await self._ended(replace(step, state=StepState.DONE, result=result))
        return cast("_T", result)

    async def _overdue(self, step: StepRecord, way: _Way) -> Exception:
        if not way.idempotent:
            await self._course.leave_unsure(step.name)
        seconds = way.timeout.total_seconds() if way.timeout else 0
        return ActFailed(f"it was not done within {seconds:g} s")

    async def _cancelled(
        self, step: StepRecord, error: asyncio.CancelledError, way: _Way
    ) -> NoReturn:
        """Rise again, unless the step has cancelled itself: then it has failed."""
        task = asyncio.current_task()
        if task is None or task.cancelling() == 0:
            await self._failed(step, error, way)
        if not way.idempotent:
            self._course.cut = step.name
            if self._course.ending is None:  # a limit of the function's own, round the step
                self._course.end(Ending.UNSURE, decide.cut_off(step.name))
        raise error

    async def _failed(self, step: StepRecord, error: BaseException, way: _Way) -> NoReturn:
        """Record that an attempt failed; pause or raise StepFailed."""
        pause = way.backoff.pause(step.attempts, self._chance)
        failed = decide.after_failure(step, in_words(error), way.retries, pause, self._ledger.now())
        _log.warning("run %s: step %r: %s", self.id, step.name, failed.error, exc_info=error)
        await self._ended(failed)
        if failed.state is StepState.RETRYING:
            await self._pause(failed)
        raise StepFailed(f"step {step.name!r} failed: {failed.error}") from error

    async def _pause(self, step: StepRecord) -> NoReturn:
        await self._course.rest(Wait(step.wake_at, self._course.run.signals, keeps_target=True))

    async def _waiting(self, key: str, wake_at: datetime | None) -> StepRecord:
        """Return the step of a wait, kept."""
        kept = self._course.steps.get(key)
        if kept is not None and kept.state in {StepState.DONE, StepState.FAILED}:
            return kept
        await self._course.between_steps()
        step = kept or StepRecord(
            name=key,
            number=self._next_number(),
            state=StepState.WAITING,
            idempotent=True,
            fence=self.fence,
            attempts=1,
            started_at=self._ledger.now(),
            wake_at=wake_at,
        )
        self._course.steps[key] = step
        if not await self._surely(self._ledger.begin_wait(step)):
            await self._course.leave(Ending.LOST)
        return step

    async def _ended(self, step: StepRecord) -> None:
        self._course.steps[step.name] = step
        if not await self._surely(self._ledger.end_step(step)):
            await self._course.leave(Ending.LOST)

    async def _surely(self, recording: Awaitable[_T]) -> _T:
        """Let an entry come to its end, even when the go is to end meanwhile."""
        task = asyncio.ensure_future(recording)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            raise
