"""What the engine's tests run: functions whose steps leave a line in a file, and timers' handlers.

The file does not depend on the store, so it tells what was really done, recorded or not.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from fettle.engine.backoff import Backoff
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.engine.pace import Pace
from fettle.engine.run import Run
from fettle.model.run import Json, Timer
from fettle.store.store import Connection

# A worker that dies is missed after a second, so that a test is over in a few.
FAST = Pace(
    beat=timedelta(seconds=0.2),
    stale=timedelta(seconds=1.5),
    again=timedelta(seconds=1),
    tick=timedelta(seconds=0.05),
    handling=timedelta(seconds=5),
    grace=timedelta(seconds=5),
)
SOON = Backoff(first=timedelta(milliseconds=50), longest=timedelta(milliseconds=200))


class WallClock:
    """The machine's clock; implements model.ports.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Act:
    """One time that a step's body was begun or ended."""

    run: str
    step: str
    fence: int
    what: str
    pid: int
    at: float


@dataclass(frozen=True)
class Traces:
    """The file of what was done; a line is written whole or not at all."""

    file: Path

    def leave(self, run: Run, step: str, what: str) -> None:
        act = [str(run.id), step, run.fence, what, os.getpid(), datetime.now(UTC).timestamp()]
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, (json.dumps(act) + "\n").encode())
        finally:
            os.close(descriptor)

    def read(self, step: str | None = None, what: str | None = None) -> list[Act]:
        if not self.file.exists():
            return []
        acts = [Act(*json.loads(line)) for line in self.file.read_text().splitlines()]
        return [a for a in acts if step in {None, a.step} and what in {None, a.what}]


@dataclass(frozen=True)
class Functions:
    """The functions that worker processes know."""

    traces: Traces

    def all(self) -> Mapping[str, Function]:
        return {
            "three": self.three,
            "gated": self.gated,
            "once": self.once,
            "mixed": self.mixed,
        }

    async def act(self, run: Run, step: str, seconds: float = 0.0) -> str:
        """Be a step's body: say that it begins, take some time, say that it ends."""
        self.traces.leave(run, step, "begun")
        await asyncio.sleep(seconds)
        self.traces.leave(run, step, "ended")
        return f"{step} under {run.fence}"

    async def gate(self, run: Run, step: str, gate: str) -> str:
        """Be a step's body that waits until a file is there."""
        self.traces.leave(run, step, "begun")
        while not os.path.exists(gate):  # noqa: ASYNC110, ASYNC240, PTH110 - of another process
            await asyncio.sleep(0.01)
        self.traces.leave(run, step, "ended")
        return f"{step} under {run.fence}"

    async def three(self, run: Run, given: Json) -> Json:
        pause = float(cast("float", given or 0))
        return [await run.step(name, self.act, run, name, pause) for name in ("a", "b", "c")]

    async def gated(self, run: Run, given: Json) -> Json:
        """A step, one that waits for the file `given`, and one more."""
        await run.step("before", self.act, run, "before")
        result = await run.step("gate", self.gate, run, "gate", str(given))
        await run.step("after", self.act, run, "after")
        return result

    async def once(self, run: Run, given: Json) -> Json:
        """As `gated`, and the middle must not run twice."""
        await run.step("before", self.act, run, "before")
        result = await run.step("gate", self.gate, run, "gate", str(given), idempotent=False)
        await run.step("after", self.act, run, "after")
        return result

    async def mixed(self, run: Run, given: Json) -> Json:
        """Steps, a sleep, an event and steps that must not run twice, as `given` says."""
        asked = cast("Mapping[str, Any]", given)
        for number in range(int(asked["steps"])):
            name = f"step {number}"
            idempotent = number not in asked["once"]
            await run.step(
                name, self.act, run, name, float(asked["seconds"]), idempotent=idempotent
            )
            if number == asked["sleep"]:
                moment = datetime.now(UTC) + timedelta(seconds=float(asked["seconds"]))
                await run.sleep_until(moment)
        return await run.wait_for("end") if asked["event"] else None


async def ring(connection: Connection, timer: Timer) -> None:
    """Handle a timer: leave a row, in the transaction that the timer ends with."""
    await connection.execute(
        "INSERT INTO public.rung (subject, due_at, pid) VALUES (%s, %s, %s)",
        (timer.subject, timer.due_at, os.getpid()),
    )
    if isinstance(timer.detail, int | float):  # how long it takes
        await connection.execute(f"SET LOCAL application_name = 'handles {os.getpid()}'".encode())
        await asyncio.sleep(timer.detail)


TIMERS: Mapping[str, Handler] = {"ring": ring}
RUNG = "CREATE TABLE public.rung (subject text, due_at timestamptz, pid int)"
