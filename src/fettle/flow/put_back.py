"""A web root is put back because somebody asked a server to: by a worker of the root's machine.

Every worker carries the label of its machine. Whoever asks is refused where no such worker lives:
what is put back days later, when one happens to come, is not what anybody wanted.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fettle.engine.engine import LONGEST_LABEL, Engine
from fettle.engine.execution import Function
from fettle.engine.pace import Pace
from fettle.engine.run import Run
from fettle.errors import ActFailed, CannotLook, Refused, StepFailed
from fettle.flow.optimising import put_back
from fettle.model.ports import Clock
from fettle.model.ports_experiment import WebRoots
from fettle.model.run import Json
from fettle.store import optimisations, workers
from fettle.store.optimisations import Kept
from fettle.store.pool import Pool
from fettle.store.statements import Connection

PUT_BACK = "put_back"
KIND = "optimisation"
_TRIES = 3


def label_of(machine: str) -> str:
    """Return the label that the workers of a machine carry."""
    label = f"at {machine}"
    if len(label.encode()) > LONGEST_LABEL:
        label = f"at {hashlib.sha256(machine.encode()).hexdigest()[:24]}"
    return label


def carried(labels: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the labels of a worker of this machine, which carries those beside its own."""
    return (*labels, label_of(platform.node()))


async def lives_there(connection: Connection, machine: str) -> bool:
    """Whether a worker lives on a machine."""
    return await workers.carries(connection, label_of(machine), Pace().stale)


async def ask(
    connection: Connection, engine: Engine, clock: Clock, begins: str, actor: str
) -> Kept:
    """Let a worker put back what a root was before a run; raises Refused.

    It is part of the caller's transaction.
    """
    kept = await optimisations.found(connection, begins)
    if not kept.changed:
        raise Refused(f"run {kept.id} is {kept.status}: there is nothing of it to take back")
    if kept.undoing:
        raise Refused(f"{kept.undo_asked_by} has asked for it already: a worker is at it")
    if not await lives_there(connection, kept.machine):
        raise Refused(
            f"{kept.root} is on {kept.machine or 'another machine'}, where no worker is",
            remedy=f"fettle optimise undo {kept.id} there, or start fettle worker there",
        )
    if not await optimisations.ask_undo(connection, kept.id, actor, clock.now()):
        raise Refused(f"run {kept.id} is being taken back by somebody else")
    await engine.start(
        connection,
        PUT_BACK,
        {"run": kept.id, "actor": actor},
        kind=KIND,
        target=f"web root {kept.root} on {kept.machine}",
        label=label_of(kept.machine),
    )
    return await optimisations.found(connection, kept.id)


@dataclass(frozen=True)
class PuttingBack:
    """The run, to be registered in the engine."""

    pool: Pool
    clock: Clock
    roots: WebRoots

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its run."""
        return {PUT_BACK: self._put_back}

    async def _put_back(self, run: Run, given: Json) -> Json:
        wish = cast("Mapping[str, Any]", given)
        try:
            return await run.step("put back", self.done, wish["run"], wish["actor"], retries=_TRIES)
        except StepFailed as error:
            await run.step("give up", self._refused, wish["run"], error.reason, retries=_TRIES)
            return "refused"

    async def done(self, id_: str, actor: str) -> Json:
        """Put a root back, unless that was done before a worker died; return what came of it."""
        async with self.pool.connection() as connection:
            kept = await optimisations.found(connection, id_)
        if not kept.changed:
            return kept.status
        try:
            before = str(kept.document["before_sha256"])
            await put_back(Path(kept.root), id_, self.roots, self._cut_off, before)
        except (Refused, CannotLook, ActFailed) as error:
            await self._refused(id_, error.reason)
            return "refused"
        why = f"{actor} took it back"
        async with self.pool.connection() as connection:
            now = self.clock.now()
            await optimisations.end(connection, id_, "undone", why, now, among=("done",))
        return "undone"

    async def _refused(self, id_: str, why: str) -> None:
        async with self.pool.connection() as connection:
            await optimisations.refuse_undo(connection, id_, why)

    async def _cut_off(self, other: str, how: str) -> bool:
        """Keep what became of another run that was cut off."""
        status = {"kept": "done", "taken back": "undone"}.get(how, "failed")
        why = f"it was cut off, and {how}"
        async with self.pool.connection() as connection:
            return await optimisations.end(connection, other, status, why, self.clock.now())
