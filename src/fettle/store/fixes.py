"""Plans of fixes, the runs of them, and the journal of what those did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fettle.errors import NotFound, Refused, WrongUsage
from fettle.model.fix import CutOff, FixRun, JournalEntry, KeptPlan, PlanState, Risk, RunStatus
from fettle.store import statements
from fettle.store.statements import Connection, Row

Json = Mapping[str, Any]

EVER = datetime(1, 1, 1, tzinfo=UTC)  # plans that waited since then still wait
_SHORTEST_ID = 6


@dataclass(frozen=True)
class WantedPlans:
    """Which plans are asked for; what is None or empty restricts nothing.

    Those that were planned before `since` have lapsed. `after` is the one that the last page ended
    with.
    """

    since: datetime
    states: tuple[PlanState, ...] = ()
    target: str | None = None
    fix: str | None = None
    issue: int | None = None
    after: str | None = None


@dataclass(frozen=True)
class WantedRuns:
    """Which runs are asked for; what is None or empty restricts nothing."""

    statuses: tuple[RunStatus, ...] = ()
    target: str | None = None
    plan: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Hung:
    """A plan that hangs on an issue, and what it would do for it."""

    issue: int
    plan: str
    why: str


@dataclass(frozen=True)
class Headed:
    """What a plan is about: its fix, its subject, and the finding that it was made of."""

    plan: str
    fix: str
    subject: str
    finding: str


# Plans


async def save_plan(connection: Connection, document: Json, actor: str) -> None:
    """Keep a `fettle.plan/1` document."""
    await statements.run(
        connection,
        "fixes/save_plan",
        id=document["plan"],
        fix=document["fix"],
        target=statements.storable(document["target"]),
        subject=statements.storable(document["subject"]),
        created_by=actor,
        document=statements.json(document),
    )


async def plans(connection: Connection, wanted: WantedPlans, limit: int) -> list[KeptPlan]:
    """Return plans, those planned last first."""
    return await _plans(connection, wanted, limit)


async def find_plan(connection: Connection, given: str, since: datetime = EVER) -> KeptPlan:
    """Return a plan by its id or the beginning of it; raises NotFound, WrongUsage."""
    prefix = given if given.startswith("sha256:") else f"sha256:{given}"
    found: list[KeptPlan] = []
    if len(prefix) >= len("sha256:") + _SHORTEST_ID:
        found = await _plans(connection, WantedPlans(since), 2, statements.storable(prefix))
    plan: KeptPlan = _only("plan", given, found)
    return plan


async def plan_to_change(connection: Connection, given: str, since: datetime = EVER) -> KeptPlan:
    """Return a plan that nobody else decides about before the transaction ends."""
    found = await find_plan(connection, given, since)
    await statements.run(connection, "fixes/lock_plan", id=found.id)
    return await find_plan(connection, found.id, since)


async def decide_plan(
    connection: Connection, plan: str, state: PlanState, by: str, at: datetime, reason: str | None
) -> None:
    """Keep what somebody has decided about a plan."""
    await statements.run(
        connection,
        "fixes/decide_plan",
        id=plan,
        state=str(state),
        by=by,
        at=at,
        reason=reason and statements.storable(reason),
    )


async def take_plan(connection: Connection, plan: str) -> None:
    """Keep that a plan is applied; it does nothing where the plan is not kept."""
    await statements.run(connection, "fixes/take_plan", id=plan)


async def withdraw(
    connection: Connection, runs_: Sequence[str], reason: str, now: datetime
) -> None:
    """Let runs that were asked for not begin any more; one that has begun goes on."""
    await statements.run(
        connection,
        "fixes/withdraw",
        runs=list(runs_),
        reason=statements.storable(reason),
        now=now,
    )


async def give_plan_back(connection: Connection, plan: str) -> None:
    """Let a plan wait again of which nothing came."""
    await statements.run(connection, "fixes/give_plan_back", id=plan)


async def hang(connection: Connection, hung: Sequence[Hung], now: datetime) -> list[Hung]:
    """Let plans hang on issues; return those that did not yet."""
    rows = statements.json([vars(one) for one in hung])
    kept = await statements.run(connection, "fixes/hang", hung=rows, now=now)
    return [Hung(**row) for row in kept]


async def unhang(
    connection: Connection, issues: Sequence[int], target: str, keys: Sequence[str]
) -> None:
    """Let plans for a target hang on issues no more that wait and whose finding is gone.

    `keys` are the findings that are there.
    """
    await statements.run(
        connection, "fixes/unhang", issues=list(issues), target=target, keys=list(keys)
    )


async def headed(connection: Connection, plans_: Sequence[str]) -> list[Headed]:
    """Return what plans are about."""
    rows = await statements.run(connection, "fixes/headed", plans=list(plans_))
    return [Headed(**row) for row in rows]


async def issues_of(connection: Connection, plan: str) -> list[int]:
    """Return the issues that a plan hangs on."""
    rows = await statements.run(connection, "fixes/issues_of", plan=plan)
    return [row["issue"] for row in rows]


async def why_hung(connection: Connection, issue: int) -> dict[str, str]:
    """Return why each plan hangs on an issue."""
    rows = await statements.run(connection, "fixes/why_hung", issue=issue)
    return {row["plan"]: row["why"] for row in rows}


async def _plans(
    connection: Connection, wanted: WantedPlans, limit: int, prefix: str | None = None
) -> list[KeptPlan]:
    rows = await statements.run_planned(
        connection,
        "fixes/plans",
        since=wanted.since,
        prefix=prefix,
        states=[str(state) for state in wanted.states] or None,
        target=wanted.target and statements.storable(wanted.target),
        fix=wanted.fix and statements.storable(wanted.fix),
        issue=wanted.issue,
        after=wanted.after and statements.storable(wanted.after),
        limit=limit,
    )
    return list(map(_plan, rows))


def _plan(row: Row) -> KeptPlan:
    document = row["document"]
    risk = Risk(document.get("risk") or Risk.IRREVERSIBLE)
    changed = {"state": PlanState(row["state"]), "issues": tuple(row["issues"]), "risk": risk}
    return KeptPlan(**{**row, **changed})


# Runs


async def queue_run(connection: Connection, run: FixRun, now: datetime) -> FixRun:
    """Keep that a run was asked for; raises Refused while the same one is taken back already."""
    rows = await statements.run(connection, "fixes/queue_run", **_of_run(run), id=run.id, now=now)
    if not rows:
        raise Refused(f"run {run.undoes} is being taken back", remedy="fettle fix list")
    return replace(run, status=RunStatus.QUEUED, created_at=now)


async def begin_run(connection: Connection, run: FixRun, steps: Json, undo: Json | None) -> FixRun:
    """Keep that a run begins: one that was queued under its id, or a new one.

    Raises Refused while one of its subject runs.
    """
    kept = {
        "steps": statements.json(steps),
        "undo": None if undo is None else statements.json(undo),
    }
    if run.id:
        rows = await statements.run(
            connection, "fixes/begin_queued", id=run.id, plan=run.plan, **kept
        )
    else:
        rows = await statements.run(connection, "fixes/begin_run", **_of_run(run), **kept)
    if not rows:
        raise Refused(f"another run is at work on {run.subject}", remedy="fettle fix list")
    return run.begun(rows[0]["id"], rows[0]["started_at"])


async def leave_unsure(connection: Connection, target: str, subject: str) -> None:
    """Mark a subject's run, whose process has died, as unsure; the caller holds its lock."""
    await statements.run(connection, "fixes/leave_unsure", target=target, subject=subject)


async def end_run(connection: Connection, run: FixRun, fence: int | None = None) -> None:
    """Keep how a run ended; one that undid another marks that one as undone.

    With the `fence` under which a worker took it, nothing is kept once another one has it.
    """
    ended = await statements.run(
        connection,
        "fixes/end_run",
        id=run.id,
        fence=fence,
        status=str(run.status),
        verified=run.verified,
        reason=run.reason and statements.storable(run.reason),
        remedy=run.remedy and statements.storable(run.remedy),
        finished_at=run.finished_at,
    )
    if ended and run.undoes and run.status is RunStatus.DONE:
        await statements.run(connection, "fixes/mark_undone", id=run.undoes)


async def find_run(connection: Connection, given: str) -> tuple[FixRun, Json | None]:
    """Return a run by its id or the beginning of it, with its undo; raises NotFound, WrongUsage."""
    rows: list[Row] = []
    if len(given) >= _SHORTEST_ID:
        prefix = statements.storable(given.lower())
        rows = await statements.run(connection, "fixes/find_runs", prefix=prefix)
    row = _only("run", given, rows)
    undo = row.pop("undo")
    return _run(row), undo


async def run_to_change(connection: Connection, given: str) -> tuple[FixRun, Json | None]:
    """Return a run that nobody else takes back before the transaction ends, with its undo."""
    found, _ = await find_run(connection, given)
    await statements.run(connection, "fixes/lock_run", id=found.id)
    return await find_run(connection, found.id)


async def runs(connection: Connection, wanted: WantedRuns, limit: int) -> list[FixRun]:
    """Return runs, the latest first."""
    rows = await statements.run_planned(
        connection,
        "fixes/list_runs",
        statuses=[str(status) for status in wanted.statuses] or None,
        target=wanted.target and statements.storable(wanted.target),
        plan=wanted.plan and statements.storable(wanted.plan),
        after=wanted.after,
        limit=limit,
    )
    return list(map(_run, rows))


async def runs_of_issue(connection: Connection, issue: int, limit: int = 200) -> list[FixRun]:
    """Return the runs of the plans that hang on an issue, the latest first."""
    rows = await statements.run(connection, "fixes/runs_of_issue", issue=issue, limit=limit)
    return list(map(_run, rows))


async def cut_off(connection: Connection, run: str) -> CutOff:
    """Return what a run that was cut off was to do, and whether it had begun to."""
    (row,) = await statements.run(connection, "fixes/cut_off", id=run)
    return CutOff(row["steps"], row["acted"])


async def tell(connection: Connection, run: str, now: datetime) -> bool:
    """Note that a run's issues are told how it ended; False when they were."""
    return bool(await statements.run(connection, "fixes/tell", id=run, now=now))


# The journal


async def write_journal(connection: Connection, run: str, event: str, detail: Json) -> None:
    """Append an entry to a run's journal."""
    await statements.run(
        connection, "fixes/write_journal", run=run, event=event, detail=statements.json(detail)
    )


async def read_journal(connection: Connection, run: str) -> list[JournalEntry]:
    """Return a run's journal, the oldest entry first."""
    rows = await statements.run(connection, "fixes/read_journal", run=run)
    return [JournalEntry(row["at"], row["event"], row["detail"]) for row in rows]


def _only(noun: str, given: str, found: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
    if len(found) == 1:
        return found[0]
    remedy = "fettle fix list shows the latest"
    if found:
        raise WrongUsage(f"several {noun}s begin with {given}", remedy=remedy)
    raise NotFound(f"there is no {noun} {given}", remedy=remedy)


def _of_run(run: FixRun) -> dict[str, Any]:
    return {
        "plan": run.plan,
        "unit": run.fix,
        "target": run.target,
        "subject": run.subject,
        "actor": run.actor,
        "undoes": run.undoes,
    }


def _run(row: Row) -> FixRun:
    return FixRun(**{**row, "status": RunStatus(row["status"])})
