"""What workers do about updates: they try them, apply them, and take runs back.

Whoever is cut off left a journal on the machine: what was half done there is brought back, or
settled, before anything else begins (flow.updating). What had begun is never begun a second time;
whoever asked for it is told that it was cut off, and can ask again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import FettleError, NotFound, Outdated, Refused, StepFailed
from fettle.flow import update_asks, updating
from fettle.flow.update_age import CameOut
from fettle.flow.update_asks import ACT
from fettle.flow.updating import LookAt, Updating
from fettle.model.ports import Clock
from fettle.model.ports_rehearsal import Rehearsing, Say
from fettle.model.rehearsal import RunState, Verdict
from fettle.model.run import Json
from fettle.model.update_act import ActKind, ActState, UpdateAct
from fettle.settings import Settings
from fettle.settings.updated import updated
from fettle.store import update_acts, updates
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.updates.settled import policy_of

_CUT_OFF = "it was cut off; what was half done on its machine is brought back there"


@dataclass(frozen=True)
class UpdateWork:
    """The run, to be registered in the engine.

    `rehearsing` gives the machine that projects are on, which says what goes on; `look` looks at
    what must be no worse than before; `came_out` knows how old is what comes along.
    """

    pool: Pool
    clock: Clock
    settings: Settings
    rehearsing: Callable[[Say], Rehearsing]
    look: LookAt
    came_out: CameOut | None = None

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {ACT: self._run}

    async def _run(self, run: Run, _: Json) -> Json:
        try:
            return await run.step("do it", self.done, run.id)
        except StepFailed as error:
            return await run.step("tell", self.told, run.id, error.reason, retries=5)

    async def done(self, id_: UUID) -> Json:
        """Do what was asked for, once, and keep what came of it."""
        async with self.pool.connection() as connection:
            act = await update_acts.begin(connection, id_)
            if act.finished_at is not None:
                return str(act.state)
            work = self._work(connection, act)
            await updating.sweep(work)
            if (ended := await _ended(work, act)) is not None:
                return await self._ended(id_, *ended)
            try:
                await self._act(work, act)
            except (Refused, NotFound, Outdated) as error:
                return await self._ended(id_, ActState.REFUSED, error.reason, error.remedy)
            except FettleError as error:
                return await self._ended(id_, ActState.FAILED, error.reason, error.remedy)
        return await self._ended(id_, ActState.DONE)

    async def told(self, id_: UUID, failed: str) -> Json:
        """Keep what became of it where it could not be kept at once: the store was away, say."""
        async with self.pool.connection() as connection:
            act = await update_acts.begin(connection, id_)
            if act.finished_at is not None:
                return str(act.state)
            work = self._work(connection, act)
            await updating.sweep(work)
            ended = await _ended(work, act)
        return await self._ended(id_, *(ended or (ActState.FAILED, failed)))

    async def _act(self, work: Updating, act: UpdateAct) -> None:
        id_ = str(act.id)
        if act.kind is ActKind.UNDO:
            await updating.undo(work, await updates.find_run(work.connection, str(act.undoes)), id_)
        elif act.rehearsal is not None:
            rehearsal = await update_asks.find_rehearsal(work.connection, str(act.rehearsal))
            if rehearsal.project not in work.projects:
                raise Refused(f"{rehearsal.project} is no [[project]] of this worker's fettle.toml")
            await updating.apply(work, rehearsal, id_)
        else:
            found = await update_asks.referred(work.connection, self.settings, act.updates)
            wanted = update_asks.wanted_of(found)
            if act.reason is not None:
                await updating.apply_untested(work, act.project, wanted, act.reason, id_)
            else:
                await updating.rehearse(work, act.project, wanted, id_)

    def _work(self, connection: Connection, act: UpdateAct) -> Updating:
        async def say(line: str) -> None:
            async with self.pool.connection() as other:
                await update_acts.say(other, act.id, line, self.clock.now())

        return Updating(
            connection,
            self.rehearsing(say),
            updated(self.settings),
            self.look,
            self.clock,
            act.actor,
            say,
            policy_of(self.settings),
            act.hurry,
            self.came_out,
        )

    async def _ended(
        self, id_: UUID, state: ActState, says: str | None = None, remedy: str | None = None
    ) -> Json:
        async with self.pool.connection() as connection:
            await update_acts.end(connection, id_, state, self.clock.now(), says, remedy)
        return str(state)


async def _ended(work: Updating, act: UpdateAct) -> tuple[ActState, str | None, str | None] | None:
    """Return what became of it where it had begun before, and its owner was cut off."""
    id_ = str(act.id)
    cut_off = (ActState.FAILED, _CUT_OFF, "ask for it again")
    if act.kind is ActKind.REHEARSE:
        begun = await updates.rehearsals(work.connection, prefix=id_, limit=1)
        if not begun:
            return None
        judged = begun[0].judged
        passed = judged is not None and judged.verdict is not Verdict.CUT_OFF
        return (ActState.DONE, None, None) if passed else cut_off
    try:
        run = await updates.find_run(work.connection, id_)
    except NotFound:
        return None
    if run.state in {RunState.DONE, RunState.UNDONE}:
        return ActState.DONE, None, None
    return cut_off
