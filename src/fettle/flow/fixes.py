"""What people do with fixes on a server: have them planned, decide about plans, apply, take back.

1. Whoever asks names a database of the settings, and a fix or a trouble: no address and no
   statement comes from outside.
2. Planning, applying and taking back are runs of the engine, done by a worker (flow.mend). Who
   applies a plan takes it, in the transaction that starts the run: two who do so at once are one.
3. The row of the fix's own run is there from that moment on, under the id of the engine's run; so
   whoever asked can follow it.

Every function is part of the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from fettle import unit
from fettle.engine.engine import Engine
from fettle.errors import NotFound, Refused
from fettle.flow import mended
from fettle.flow.schedules import configured
from fettle.flow.tend import Desk
from fettle.model.fix import FixRun, KeptPlan, PlanState
from fettle.model.looking import DatabaseSettings
from fettle.model.ports import Clock
from fettle.model.role import Caller
from fettle.resolution import approve as approval
from fettle.resolution import mend
from fettle.resolution.approve import Rule
from fettle.resolution.plan import matching
from fettle.settings import Settings
from fettle.settings.reach import label_of
from fettle.store import fixes, issues
from fettle.store.statements import Connection

PLAN = "plan"
MEND = "mend"
KIND = "fix"


@dataclass(frozen=True)
class Wish:
    """What is to be planned: a fix or a trouble, on a database, about one subject or all.

    The plans hang on the `issue` that they are made for.
    """

    target: str
    fix: str
    subject: str | None = None
    issue: int | None = None


@dataclass(frozen=True)
class Workshop:
    """What it takes to have fixes made: what was set, who runs them, the desk of issues."""

    settings: Settings
    engine: Engine
    desk: Desk

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        return self.desk.clock

    @property
    def rule(self) -> Rule:
        """Who may have a plan applied."""
        return self.desk.rule

    @property
    def since(self) -> datetime:
        """Plans that were made before then have lapsed."""
        return self.clock.now() - self.rule.wait


async def plan(connection: Connection, shop: Workshop, wish: Wish, actor: str) -> UUID:
    """Let fixes be planned; return the run that does it. Raises NotFound."""
    database = configured(shop.settings, wish.target)
    if not matching(unit.fixes(), wish.fix):
        raise NotFound(f"nothing is called {wish.fix}", remedy="fettle fix list shows the fixes")
    if wish.issue is not None:
        await issues.find(connection, wish.issue)
    return await shop.engine.start(
        connection,
        PLAN,
        {
            "target": database.name,
            "fix": wish.fix,
            "subject": wish.subject,
            "issue": wish.issue,
            "actor": actor,
        },
        kind=PLAN,
        target=database.name,
        label=label_of(database.name, shop.settings),
    )


async def approve(connection: Connection, shop: Workshop, given: str, caller: Caller) -> KeptPlan:
    """Let a plan be applied by whoever works on issues."""
    found = await fixes.plan_to_change(connection, given, shop.since)
    approval.approve(found, caller)
    now = shop.clock.now()
    await fixes.decide_plan(connection, found.id, PlanState.APPROVED, caller.actor, now, None)
    text = f"{found.fix} on {found.subject}"
    await mended.decided(connection, shop.desk, found.id, "plan-approved", caller.actor, text)
    return await fixes.find_plan(connection, found.id, shop.since)


async def decline(
    connection: Connection, shop: Workshop, given: str, caller: Caller, reason: str
) -> KeptPlan:
    """Say that a plan is not to be applied."""
    found = await fixes.plan_to_change(connection, given, shop.since)
    approval.decline(found, reason)
    now = shop.clock.now()
    await fixes.decide_plan(connection, found.id, PlanState.DECLINED, caller.actor, now, reason)
    text = f"{found.fix} on {found.subject}: {reason}"
    await mended.decided(connection, shop.desk, found.id, "plan-declined", caller.actor, text)
    return await fixes.find_plan(connection, found.id, shop.since)


async def apply(connection: Connection, shop: Workshop, given: str, caller: Caller) -> FixRun:
    """Let a plan be applied; return the run, which waits for a worker."""
    found = await fixes.plan_to_change(connection, given, shop.since)
    approves = approval.apply(found, caller, shop.rule)
    database = _acting(shop.settings, found.target)
    now = shop.clock.now()
    if approves:
        await fixes.decide_plan(connection, found.id, PlanState.APPROVED, caller.actor, now, None)
    await fixes.take_plan(connection, found.id)
    run = FixRun(str(uuid4()), found.id, found.fix, found.target, found.subject, caller.actor)
    return await _start(connection, shop, run, database)


async def undo(connection: Connection, shop: Workshop, given: str, caller: Caller) -> FixRun:
    """Let what a run did be taken back; return the run that does so, which waits for a worker."""
    done, steps = await fixes.run_to_change(connection, given)
    approval.undo(mend.undoing(done, steps).risk, caller, shop.rule)
    database = _acting(shop.settings, done.target)
    run = FixRun(
        *(str(uuid4()), done.plan, done.fix, done.target, done.subject, caller.actor),
        undoes=done.id,
    )
    return await _start(connection, shop, run, database)


def _acting(settings: Settings, target: str) -> DatabaseSettings:
    """Return the database of a plan, on which a server may act; raises Refused."""
    try:
        database = configured(settings, target)
    except NotFound:
        raise Refused(
            f"{target} is no [[database]] of the server",
            remedy="apply it where it was planned: fettle fix apply, without --server",
        ) from None
    if database.fix_url is None:
        raise Refused(
            f"{database.name} has no fix_url: its fixes are planned, not applied",
            remedy='set fix_url = "${DATABASE_FIX_URL}" of the [[database]] in fettle.toml',
        )
    return database


async def _start(
    connection: Connection, shop: Workshop, run: FixRun, database: DatabaseSettings
) -> FixRun:
    kept = await fixes.queue_run(connection, run, shop.clock.now())
    await shop.engine.start(
        connection,
        MEND,
        None,
        kind=KIND,
        target=acting_on(database.name),
        label=label_of(database.name, shop.settings),
        id_=UUID(run.id),
    )
    await mended.begun(connection, shop.desk, kept)
    return kept


def acting_on(database: str) -> str:
    """Return what no two runs that act on a database do at once; looks go on beside them."""
    return f"acting on {database}"
