"""Apply steps to a database: prechecked, journalled before the act, verified after it.

What is promised:

1. One act at a time on a subject: an advisory lock in the database itself is held throughout, so
   two people with two stores do not act on the same thing.
2. The undo is in the journal, on disk, before the first statement runs.
3. A statement that failed leaves nothing half done where that can be helped: the recovery runs
   until the steps say that all is settled, whether or not that can still be journalled.
4. Done is said only when it was seen to have worked; otherwise `verified` is false.
5. What was cut off after it had begun to act does not act again: `conclude` says what became of it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from fettle.errors import ActFailed, CannotLook, Refused, StoreError
from fettle.model.fix import Question, Risk, RunStatus, Steps
from fettle.model.ports import Clock, Journal, MendableDatabase, Rows

_POLL_S = 0.1


@dataclass(frozen=True)
class Ending:
    """How applying ended: whether it was seen to have worked, and the reason when it was not."""

    status: RunStatus
    verified: bool
    reason: str | None = None
    remedy: str | None = None


async def precheck(steps: Steps, database: MendableDatabase) -> None:
    """Ask the prechecks; raises Refused at the first no. Nothing is changed."""
    await _limit(steps, database)
    for question in steps.prechecks:
        if not await _yes(database, question):
            raise Refused(question.otherwise)


async def apply(steps: Steps, database: MendableDatabase, journal: Journal, clock: Clock) -> Ending:
    """Act, and see whether it worked.

    The caller has asked the prechecks, holds the lock and has journalled the undo. Who cancels it
    is told by the CancelledError what is left half done, if anything is.
    """
    try:
        acted = await _act(steps, database, journal)
    except (ActFailed, asyncio.CancelledError) as error:
        reason = error.reason if isinstance(error, ActFailed) else "it was interrupted"
        await _note(journal, "failed", {"reason": reason})
        left = await asyncio.shield(_settle(steps, database, journal, clock))
        if isinstance(error, asyncio.CancelledError):
            raise asyncio.CancelledError(left or "") from error
        if left is None and await _yes(database, steps.worked):
            return Ending(RunStatus.DONE, True, f"at the second try; the first one: {reason}")
        return Ending(RunStatus.FAILED, False, "; ".join(filter(None, (reason, left))))
    if not acted:
        gone = "what the plan was made for is gone; nothing was done"
        return Ending(RunStatus.REFUSED, False, gone)
    return await _verified(steps, database, journal, clock)


async def conclude(
    steps: Steps, database: MendableDatabase, journal: Journal, clock: Clock
) -> Ending:
    """Say what became of steps that were cut off after they had begun to act; act no more.

    What is left half done is brought to an end, unless that could not be taken back: then a person
    is to look. The caller holds the lock, so whoever was at it is gone.
    """
    await _note(journal, "cut off", {})
    await _limit(steps, database)
    worked = await _within(steps.patience_s, steps.worked, database, clock)
    left: str | None = steps.worked.otherwise
    if not worked and steps.settled is not None and steps.risk is not Risk.IRREVERSIBLE:
        left = await _settle(steps, database, journal, clock)
        worked = left is None and await _yes(database, steps.worked)
    await _note(journal, "verified", {"question": steps.worked.says, "answer": worked})
    if worked:
        return Ending(RunStatus.DONE, True, "it was cut off, and had worked")
    if left is None:
        return Ending(RunStatus.FAILED, False, "it was cut off; nothing is left half done")
    return Ending(
        RunStatus.UNSURE,
        False,
        f"it was cut off, and may have acted: {left}",
        "look whether it acted; then take it back, or plan again",
    )


async def _limit(steps: Steps, database: MendableDatabase) -> None:
    await database.limit(
        lock_timeout_ms=steps.lock_timeout_ms, statement_timeout_s=steps.statement_timeout_s
    )


async def _act(steps: Steps, database: MendableDatabase, journal: Journal) -> bool:
    """Run the statements; False when the first found its premise gone."""
    for number, statement in enumerate(steps.statements):
        await journal.write("statement", {"statement": statement})
        answer = await database.act(statement)
        await _note(journal, "answer", {"rows": [list(map(str, row)) for row in answer.values]})
        if _found_nothing(answer):
            if number == 0:
                return False
            raise ActFailed(f"what it was to act on is gone: {statement}")
    return True


async def _verified(
    steps: Steps, database: MendableDatabase, journal: Journal, clock: Clock
) -> Ending:
    worked = await _within(steps.patience_s, steps.worked, database, clock)
    if not worked and steps.recovery:
        await _settle(steps, database, journal, clock)
        worked = await _within(steps.patience_s, steps.worked, database, clock)
    await _note(journal, "verified", {"question": steps.worked.says, "answer": worked})
    return Ending(RunStatus.DONE, worked, None if worked else steps.worked.otherwise)


async def _settle(
    steps: Steps, database: MendableDatabase, journal: Journal, clock: Clock
) -> str | None:
    """Bring a half-done act to an end; return what is left undone, or None."""
    if steps.settled is None:
        return None
    for statement in steps.recovery:
        if await _yes(database, steps.settled):
            return None
        await _note(journal, "recovery", {"statement": statement})
        try:
            await database.act(statement)
        except ActFailed as error:
            await _note(journal, "recovery failed", {"reason": error.reason})
            await clock.sleep(_POLL_S)
    return None if await _yes(database, steps.settled) else steps.settled.otherwise


async def _note(journal: Journal, event: str, detail: Mapping[str, object]) -> None:
    """Write what has happened; when that cannot be kept, what was begun is still ended."""
    with suppress(StoreError):
        await journal.write(event, detail)


async def _within(
    patience_s: float, question: Question, database: MendableDatabase, clock: Clock
) -> bool:
    for _ in range(max(1, round(patience_s / _POLL_S))):
        if await _yes(database, question):
            return True
        await clock.sleep(_POLL_S)
    return False


async def _yes(database: MendableDatabase, question: Question) -> bool:
    try:
        answer = await database.act(question.sql)
    except ActFailed as error:
        raise CannotLook(f"cannot tell whether {question.says}: {error.reason}") from error
    return bool(answer.values) and answer.values[0][0] is True


def _found_nothing(answer: Rows) -> bool:
    """Whether a statement that answers rows answered none, or only false."""
    return bool(answer.columns) and not any(row[0] for row in answer.values)
