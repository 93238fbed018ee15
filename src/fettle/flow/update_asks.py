"""What people ask for about updates on a server: rehearsals, applications, and taking back.

Whoever asks names updates that are on offer, or a rehearsal, or a run: no address and no command
comes from outside. A worker does it (flow.update_work); what was asked for is a row from that
moment on, so that whoever asked can follow it. Every function is part of the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from fettle.engine.engine import Engine
from fettle.errors import NotFound, Refused, WrongUsage
from fettle.flow import put_back, update_looks
from fettle.flow.update_looks import folders
from fettle.model.ports import Clock
from fettle.model.rehearsal import Rehearsal, Wanted
from fettle.model.role import Caller, Role
from fettle.model.update_act import ActKind, UpdateAct
from fettle.settings import Settings
from fettle.settings.security import ProjectSettings
from fettle.settings.updated import updated
from fettle.store import update_acts, update_checks, updates
from fettle.store.statements import Connection
from fettle.store.update_checks import WantedUpdates
from fettle.updates import apply as applying
from fettle.updates.references import Referred, on_offer

ACT = "update-act"
_LISTED = "the list of updates names them"
_MOST_REHEARSALS = 200


@dataclass(frozen=True)
class UpdateShop:
    """What it takes to have updates tried and applied: what was set, and who runs it."""

    settings: Settings
    engine: Engine
    clock: Clock

    @property
    def now(self) -> datetime:
        """This moment."""
        return self.clock.now()

    def project(self, name: str) -> ProjectSettings:
        """Return a project of the settings, or the machine's packages; raises Refused."""
        found = updated(self.settings).get(name)
        if found is None:
            raise Refused(f"{name} is no [[project]] of fettle.toml any more")
        return found

    def label(self, project: str) -> str | None:
        """Return the label of the workers that have a project's folder."""
        on = [one.on for one in self.settings.project if one.name == project]
        return (on[0] if on else None) or self.settings.updates.on


async def look(connection: Connection, shop: UpdateShop, caller: Caller) -> UUID:
    """Have updates looked for now; return the look's id."""
    return await update_looks.wanted(connection, shop.engine, shop.settings, caller.actor)


async def rehearse(
    connection: Connection, shop: UpdateShop, ids: Sequence[str], caller: Caller
) -> UpdateAct:
    """Have updates tried on their project's own tests; raises NotFound and Refused."""
    found = await referred(connection, shop.settings, ids)
    project = shop.project(found[0].project)
    if not project.rehearsal.test:
        raise Refused(
            f"nothing says how {project.name} is tested",
            remedy='name the words of its command: [project.rehearsal] test = ["pytest", "-q"]',
        )
    act = UpdateAct(uuid4(), ActKind.REHEARSE, project.name, _ids(found), caller.actor, shop.now)
    return await _start(connection, shop, act)


async def apply(
    connection: Connection,
    shop: UpdateShop,
    rehearsal: str,
    caller: Caller,
    hurry: str | None = None,
) -> UpdateAct:
    """Have applied what passed a rehearsal, by its number or id; raises NotFound and Refused.

    `hurry` is why packages of the machine are not to wait for their window: an admin's to say.
    """
    if hurry is not None:
        caller.must_be(Role.ADMIN)
    found = await find_rehearsal(connection, rehearsal)
    applying.passed(found)
    if found.without_tests is not None:
        raise Refused(f"rehearsal {found.number} tested nothing", remedy="rehearse it")
    act = UpdateAct(
        uuid4(),
        ActKind.APPLY,
        shop.project(found.project).name,
        tuple(one.id for one in found.landed),
        caller.actor,
        shop.now,
        rehearsal=UUID(found.id),
        hurry=hurry,
    )
    return await _start(connection, shop, act, found.machine)


async def apply_these(
    connection: Connection,
    shop: UpdateShop,
    ids: Sequence[str],
    caller: Caller,
    hurry: str | None = None,
) -> UpdateAct:
    """Have updates applied: just these, that passed a rehearsal together; raises Refused."""
    found = await referred(connection, shop.settings, ids)
    passed = await updates.rehearsals(
        connection, project=found[0].project, landed=True, limit=_MOST_REHEARSALS
    )
    tested = [one for one in passed if one.without_tests is None]
    return await apply(connection, shop, applying.asked_for(tested, _ids(found)).id, caller, hurry)


async def apply_untested(
    connection: Connection,
    shop: UpdateShop,
    ids: Sequence[str],
    caller: Caller,
    reason: str,
    hurry: str | None = None,
) -> UpdateAct:
    """Have updates applied that nobody has tried, for a reason; it is an admin's to say."""
    caller.must_be(Role.ADMIN)
    if not reason.strip():
        raise WrongUsage("without_rehearsal: a reason is needed", remedy="say why it cannot wait")
    found = await referred(connection, shop.settings, ids)
    act = UpdateAct(
        uuid4(),
        ActKind.APPLY,
        shop.project(found[0].project).name,
        _ids(found),
        caller.actor,
        shop.now,
        reason=reason.strip(),
        hurry=hurry,
    )
    return await _start(connection, shop, act)


async def undo(connection: Connection, shop: UpdateShop, run: str, caller: Caller) -> UpdateAct:
    """Have taken back what a run did; raises NotFound and Refused."""
    done = await updates.find_run(connection, run)
    applying.refuse_undone(done)
    act = UpdateAct(
        uuid4(),
        ActKind.UNDO,
        shop.project(done.project).name,
        tuple(one.id for one in done.updates),
        caller.actor,
        shop.now,
        undoes=UUID(done.id),
    )
    return await _start(connection, shop, act, done.machine)


async def referred(
    connection: Connection, settings: Settings, ids: Sequence[str]
) -> list[Referred]:
    """Return what ids of updates on offer mean, all of one project.

    Raises NotFound for what is on offer no more, Refused for what no project has, and WrongUsage.
    """
    if not ids:
        raise WrongUsage("updates: none is named", remedy=_LISTED)
    kept = await update_checks.updates(connection, WantedUpdates(ids))
    known = {one.update.id: on_offer(one.update, folders(settings)) for one in kept}
    found = []
    for id_ in dict.fromkeys(ids):
        if id_ not in known:
            raise NotFound(f"no update {id_} is on offer", remedy=_LISTED)
        if (one := known[id_]) is None:
            raise Refused(
                f"{id_} is in no [[project]]: no tests could tell whether it works",
                remedy="raise it where it is installed",
            )
        found.append(one)
    if len(projects := {one.project for one in found}) > 1:
        raise WrongUsage(f"these are of {', '.join(sorted(projects))}: name those of one project")
    return found


async def find_rehearsal(connection: Connection, given: str) -> Rehearsal:
    """Return a rehearsal by its number or the beginning of its id; raises NotFound."""
    if given.isdecimal():
        everyone = await updates.rehearsals(connection, limit=_MOST_REHEARSALS)
        found = [one for one in everyone if one.number == int(given)]
    else:
        found = await updates.rehearsals(connection, prefix=given.lower(), limit=2)
    if not found:
        raise NotFound(f"there is no rehearsal {given}", remedy="rehearse it")
    if len(found) > 1:
        raise WrongUsage(f"several rehearsals begin with {given}")
    return found[0]


def wanted_of(found: Sequence[Referred]) -> list[Wanted]:
    """Return what is to be tried."""
    return [one.wanted for one in found]


def _ids(found: Sequence[Referred]) -> tuple[str, ...]:
    return tuple(one.wanted.id for one in found)


async def _start(
    connection: Connection, shop: UpdateShop, act: UpdateAct, machine: str | None = None
) -> UpdateAct:
    """Let a worker do it: one of the machine where what it builds on was done, if it does."""
    label = shop.label(act.project)
    if machine is not None:
        label = put_back.label_of(machine)
        if not await put_back.lives_there(connection, machine):
            raise Refused(
                f"it was done on {machine or 'another machine'}, where no worker is",
                remedy="start fettle worker there, or do it there: fettle update",
            )
    await update_acts.ask(connection, act)
    await shop.engine.start(
        connection,
        ACT,
        None,
        kind=update_looks.KIND,
        target=f"updates of {act.project}",
        label=label,
        id_=act.id,
    )
    return act
