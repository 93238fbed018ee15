"""Take a run through one go, and record what came of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from fettle.engine import decide
from fettle.engine.backoff import Chance
from fettle.engine.course import Course
from fettle.engine.decide import Body, Ending, Verdict
from fettle.engine.kept import as_kept, in_words
from fettle.engine.ledger import Ledger
from fettle.engine.run import Run
from fettle.model.run import Json, RunRecord, RunState

Function = Callable[[Run, Json], Awaitable[Json]]

_ENDS = {
    Verdict.FAILED: RunState.FAILED,
    Verdict.CANCELLED: RunState.CANCELLED,
    Verdict.UNSURE: RunState.UNSURE,
}

_log = logging.getLogger(__name__)


class Execution:
    """A run that one worker has taken."""

    def __init__(self, run: RunRecord, function: Function, ledger: Ledger, chance: Chance) -> None:
        self._function = function
        self._ledger = ledger
        self._chance = chance
        self._course = Course(run, {})

    @property
    def fence(self) -> int:
        """The fence under which the run was taken."""
        return self._course.run.fence

    def stop(self) -> None:
        """Let it end at its next step, for another worker to go on."""
        self._course.stops = True

    def end(self, ending: Ending) -> None:
        """Let it end now, in the middle of a step if need be."""
        self._course.end(ending)

    async def go(self) -> None:
        """Call the run's function, and record what came of it."""
        kept = await self._ledger.steps()
        if at_once := decide.at_once(self._course.run, kept):
            state, error = at_once
            await self._ledger.end(state, error=error)
            return
        self._course.steps.update((step.name, step) for step in kept)
        body = self._begun()
        try:
            await asyncio.wait({body})
        finally:
            body.cancel()
        await self._record(body)

    def _begun(self) -> "asyncio.Task[Json]":
        async def call() -> Json:
            await self._course.between_steps()  # it may have been ended before it began
            run = Run(self._course, self._ledger, self._chance)
            return as_kept(await self._function(run, self._course.run.input))

        body = asyncio.create_task(call(), name=f"run {self._course.run.id}")
        self._course.body = body
        return body

    async def _record(self, body: "asyncio.Task[Json]") -> None:
        course = self._course
        verdict = decide.verdict(course.ending, _end_of(body), cut=course.cut is not None)
        match verdict:
            case Verdict.NOTHING:
                _log.info("run %s has been taken by another worker", course.run.id)
            case Verdict.WAIT if course.wait is not None:
                await self._ledger.suspend(
                    course.wait.wake_at,
                    course.wait.signals,
                    keeps_target=course.wait.keeps_target,
                )
            case Verdict.BACK:
                await self._ledger.hand_back()
            case Verdict.DONE:
                await self._ledger.end(RunState.DONE, result=body.result())
            case _:
                await self._ledger.end(_ENDS[verdict], error=self._why(verdict, body))

    def _why(self, verdict: Verdict, body: "asyncio.Task[Json]") -> str | None:
        course = self._course
        if verdict is Verdict.CANCELLED:
            return None
        if verdict is Verdict.UNSURE:
            return course.why or decide.cut_off(course.cut or "")
        if body.cancelled():
            return "its function has cancelled itself"
        error = body.exception()
        if error is None:
            return "its function went on although it was to wait"
        _log.warning("run %s (%s) failed", course.run.id, course.run.name, exc_info=error)
        return in_words(error)


def _end_of(body: "asyncio.Task[Json]") -> Body:
    if body.cancelled():
        return Body.CANCELLED
    return Body.RETURNED if body.exception() is None else Body.RAISED
