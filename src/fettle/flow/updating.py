"""Updates are rehearsed, applied and taken back: what was decided is done, and kept as it is done.

Before anything begins, what others left who were cut off is cleaned up. What cannot be brought back
as it was is a signal, and so an issue: a person is called.
"""

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from fettle.errors import ActFailed, CannotLook, NotFound, Outdated, Refused
from fettle.flow.update_age import Asking, CameOut, refuse_unready
from fettle.flow.update_ends import end, keep_end
from fettle.model.ports import Clock
from fettle.model.ports_rehearsal import Bench, Rehearsing, Say
from fettle.model.rehearsal import (
    Came,
    HowApplied,
    Judged,
    Rehearsal,
    RunState,
    Swept,
    Trial,
    UpdateRun,
    Verdict,
    Wanted,
    body_of,
    message_of,
)
from fettle.settings.security import ProjectSettings
from fettle.store import access, update_watches, updates
from fettle.store.statements import Connection
from fettle.updates.apply import asked_for, refuse_outside, refuse_undone, refuse_unfit
from fettle.updates.policy import Policy
from fettle.updates.quarantine import refuse_quarantined
from fettle.updates.rehearsal import next_of

_MOST_REHEARSALS = 200
# What is bad of targets, by something that stays the same from one look to the next.
Bad = Mapping[str, str]


class LookAt(Protocol):
    """What looks at targets by their names."""

    async def __call__(self, names: Sequence[str]) -> Bad:
        """Return what is bad of them."""


@dataclass(frozen=True)
class Updating:
    """What it takes to try updates and apply them, on somebody's behalf.

    The policy says in which windows what is in use is updated, and how long what comes along must
    have been out, which `came_out` knows; `hurry` is why somebody has it otherwise.
    """

    connection: Connection
    rehearsing: Rehearsing
    projects: Mapping[str, ProjectSettings]
    look: LookAt
    clock: Clock
    actor: str
    say: Say
    policy: Policy = field(default_factory=Policy)
    hurry: str | None = None
    came_out: CameOut | None = None

    @property
    def now(self) -> datetime:
        """This moment."""
        return self.clock.now()

    async def note(self, about: str, event: str, **detail: object) -> None:
        """Write into the journal of a rehearsal or a run."""
        await updates.write_journal(self.connection, about, event, detail, self.now)


async def sweep(work: Updating) -> Sequence[Swept]:
    """Clean up after all who were cut off, and keep what became of them."""

    async def keep(one: Swept) -> None:
        await work.say(f"{one.kind or 'something'} {one.id[:8]}: {one.came.says}")
        if one.kind == "rehearsal":
            judged = Judged(Verdict.CUT_OFF, says=one.came.says)
            await updates.end_rehearsal(work.connection, one.id, judged, work.now)
        else:
            with suppress(NotFound):  # it was cut off before it was kept that it began
                run = await updates.find_run(work.connection, one.id)
                await keep_end(work.connection, run, one.came, work.now)

    swept = await work.rehearsing.sweep(keep)
    await _close_lost(work)
    return swept


async def _close_lost(work: Updating) -> None:
    """Close what nobody is at work on any more, and left nothing: the store was gone, say."""
    machine, at_work = work.rehearsing.machine, work.rehearsing.at_work()
    rehearsed, applied = await updates.lost(work.connection, machine, at_work)
    for id_ in rehearsed:
        judged = Judged(Verdict.CUT_OFF, says="it was cut off")
        await updates.end_rehearsal(work.connection, id_, judged, work.now)
    for id_ in applied:
        says = "it was cut off before anything that is in use was changed"
        came = Came(RunState.FAILED, verified=False, says=says)
        await end(work.connection, id_, came, work.now)


# Rehearsals


async def rehearse(
    work: Updating, project: str, wanted: Sequence[Wanted], id_: str | None = None
) -> Rehearsal:
    """Try updates of a project; return what came of it. Raises Refused where it cannot be tried.

    It has an id of its own, unless one is given.
    """
    id_ = id_ or str(uuid4())
    async with work.rehearsing.opened(project, id_, "rehearsal", tests=True) as bench:
        begun = await _begun(work, id_, project, wanted, bench)
        trials: list[Trial] = []
        while not isinstance(step := next_of(wanted, trials), Judged):
            ids = set(step.members)
            together = [one for one in wanted if one.id in ids]
            named = ", ".join(one.says for one in together) or "what is there already"
            await work.say(f"{project}: tests run with {named}")
            trial = await bench.tried(together)
            await updates.note_trial(work.connection, id_, trial)
            how = f"{trial.state}{': ' if trial.says else ''}{trial.says}"
            await work.say(f"  {how} ({trial.duration_s:.0f} s)")
            trials.append(trial)
        return await _judged(work, begun, bench, trials, step)


async def _begun(
    work: Updating,
    id_: str,
    project: str,
    wanted: Sequence[Wanted],
    bench: Bench,
    without_tests: str | None = None,
) -> Rehearsal:
    begun = Rehearsal(
        id_,
        project,
        str(work.projects[project].path),
        bench.base,
        tuple(wanted),
        work.actor,
        bench.isolation,
        work.now,
        without_tests=without_tests,
        machine=work.rehearsing.machine,
    )
    return replace(begun, number=await updates.begin_rehearsal(work.connection, begun))


async def _judged(
    work: Updating, begun: Rehearsal, bench: Bench, trials: Sequence[Trial], judged: Judged
) -> Rehearsal:
    if judged.commit is not None:
        await bench.keep(judged.commit)
        try:
            done = replace(begun, judged=judged)
            await _refuse_unready(work, done, bench, judged.commit)
        except Refused as error:
            await work.say(f"  it cannot be applied yet: {error.reason}")
    await updates.end_rehearsal(work.connection, begun.id, judged, work.now)
    bench.finished()
    return replace(begun, trials=tuple(trials), judged=judged, finished_at=work.now)


# Applying


async def found_for(work: Updating, project: str, ids: Sequence[str]) -> Rehearsal:
    """Return the rehearsal of a project that just these passed; raises Refused."""
    passed = await updates.rehearsals(
        work.connection, project=project, landed=True, limit=_MOST_REHEARSALS
    )
    return asked_for([one for one in passed if one.without_tests is None], ids)


async def apply(work: Updating, rehearsal: Rehearsal, id_: str | None = None) -> UpdateRun:
    """Apply what passed, on the very tree that was rehearsed; raises Refused."""
    run = _run_of(work, rehearsal, id_)
    async with work.rehearsing.opened(rehearsal.project, run.id, "apply", tests=False) as bench:
        return await _applied(work, rehearsal, run, bench)


async def apply_untested(
    work: Updating,
    project: str,
    wanted: Sequence[Wanted],
    reason: str,
    id_: str | None = None,
) -> UpdateRun:
    """Raise and apply without a rehearsal, for a reason that is kept; raises Refused."""
    run_id = id_ or str(uuid4())
    async with work.rehearsing.opened(project, run_id, "apply", tests=False) as bench:
        begun = await _begun(work, str(uuid4()), project, wanted, bench, reason)
        try:
            commit = await bench.commit_of(wanted)
        except (ActFailed, CannotLook) as error:
            judged = Judged(Verdict.REFUSED, says=error.reason)
            await updates.end_rehearsal(work.connection, begun.id, judged, work.now)
            raise Refused(error.reason, remedy=error.remedy) from error
        ids = tuple(one.id for one in wanted)
        judged = Judged(Verdict.PASSED, ids, {}, commit, "it was raised, and not tested")
        await updates.end_rehearsal(work.connection, begun.id, judged, work.now)
        done = replace(begun, judged=judged)
        run = replace(_run_of(work, done, run_id), without_rehearsal=reason)
        return await _applied(work, done, run, bench)


def _run_of(work: Updating, rehearsal: Rehearsal, id_: str | None) -> UpdateRun:
    judged = rehearsal.judged
    return UpdateRun(
        id_ or str(uuid4()),
        rehearsal.id,
        rehearsal.project,
        rehearsal.path,
        HowApplied(work.projects[rehearsal.project].apply.how),
        rehearsal.base,
        (judged.commit if judged else None) or "",
        rehearsal.landed,
        work.actor,
        work.now,
        machine=work.rehearsing.machine,
    )


async def _applied(work: Updating, rehearsal: Rehearsal, run: UpdateRun, bench: Bench) -> UpdateRun:
    held = await update_watches.quarantined(work.connection, run.project)
    refuse_quarantined(run.updates, held)
    if work.hurry is None and run.how is HowApplied.IN_PLACE:
        refuse_outside(run.updates, work.policy, work.now)
    commit = refuse_unfit(rehearsal, await bench.live())
    if tuple(await bench.parents(commit)) != (rehearsal.base,):
        raise Outdated(f"commit {commit[:12]} is not what was rehearsed")
    if work.hurry is None:
        await _refuse_unready(work, rehearsal, bench, commit)
    run = await _run_begun(work, run)
    title = message_of(run.updates).partition("\n")[0]
    if run.how is HowApplied.COMMIT:
        branch = f"{work.projects[run.project].apply.branch}-{run.number}"
        await updates.note_branch(work.connection, run.id, branch)
        run = replace(run, branch=branch)
        came = await _caught(bench.as_branch(branch, commit, title, body_of(rehearsal)))
        verified = came.verified and run.without_rehearsal is None
        came = replace(came, verified=verified)
    else:
        came = await _in_place(work, run, bench, commit, title)
    return await _finished(work, run, bench, came)


async def _run_begun(work: Updating, run: UpdateRun) -> UpdateRun:
    """Keep that a run begins, in its journal and in the audit log; raises Refused."""
    act = "apply updates" if run.undoes is None else "take updates back"
    detail = {
        "run": run.id,
        "updates": [one.id for one in run.updates],
        "undoes": run.undoes,
        "without_rehearsal": run.without_rehearsal,
        "hurry": work.hurry,
    }
    told = {name: value for name, value in detail.items() if value is not None}
    async with work.connection.transaction():
        run = replace(run, number=await updates.begin_run(work.connection, run))
        await access.write_audit(work.connection, run.actor, act, run.project, None, told)
        how, hurry = str(run.how), work.hurry
        await work.note(run.id, "begun", base=run.base, commit=run.commit, how=how, hurry=hurry)
    return run


async def _refuse_unready(work: Updating, rehearsal: Rehearsal, bench: Bench, commit: str) -> None:
    if work.came_out is not None:
        asking = Asking(work.projects[rehearsal.project], work.came_out, work.policy, work.now)
        commits = rehearsal.base, commit
        await refuse_unready(bench, commits, asking, rehearsal.landed or rehearsal.wanted)


async def _in_place(work: Updating, run: UpdateRun, bench: Bench, commit: str, title: str) -> Came:
    said = work.projects[run.project].apply
    before = await work.look(said.watch) if said.watch else {}
    if run.undoes is None and said.watch_for and (said.watch or said.check):
        await update_watches.begin(
            work.connection, run.id, before, said.watch_every, said.watch_for
        )

    async def worse() -> Sequence[str]:
        return await become_worse(work, said.watch, before)

    return await _caught(bench.in_place(commit, run.updates, title, worse))


async def become_worse(work: Updating, names: Sequence[str], before: Bad) -> Sequence[str]:
    """Return what is bad of targets that was not bad before."""
    now = await work.look(names) if names else {}
    return [says for key, says in now.items() if key not in before]


async def _caught(doing: Awaitable[Came]) -> Came:
    """Wait for what is done, and say how it failed where nothing in use has changed."""
    try:
        return await doing
    except Refused as error:
        return Came(RunState.REFUSED, verified=False, says=error.reason)
    except (ActFailed, CannotLook) as error:
        return Came(RunState.FAILED, verified=False, says=f"{error.reason}; nothing was changed")


async def _finished(work: Updating, run: UpdateRun, bench: Bench, came: Came) -> UpdateRun:
    came = await keep_end(work.connection, run, came, work.now)
    bench.finished()
    return replace(
        run,
        state=came.state,
        verified=came.verified,
        says=came.says,
        pull_request=came.pull_request,
        before=came.before,
        after=came.after,
        finished_at=work.now,
    )


# Taking back


async def undo(work: Updating, done: UpdateRun, id_: str | None = None) -> UpdateRun:
    """Take back what a run did; raises Refused where that cannot be done."""
    refuse_undone(done)
    if done.project not in work.projects:
        raise Refused(f"{done.project} is no [[project]] of fettle.toml any more")
    run = replace(
        done,
        id=id_ or str(uuid4()),
        actor=work.actor,
        started_at=work.now,
        state=RunState.RUNNING,
        verified=False,
        says=None,
        pull_request=None,
        undoes=done.id,
        before=None,
        after=None,
    )
    async with work.rehearsing.opened(done.project, run.id, "undo", tests=False) as bench:
        if done.how is HowApplied.COMMIT:
            return await _without_branch(work, done, run, bench)
        live = await bench.live()
        if live.changed:
            raise Refused(
                f"{done.project} has changes that are not committed: {', '.join(live.changed[:3])}",
                remedy="commit them, or put them aside",
            )
        commit = await bench.reverting(done.base, done.commit)
        run = await _run_begun(work, replace(run, base=live.commit, commit=commit))
        came = await _in_place(work, run, bench, commit, f"take back run {done.number}")
        return await _finished(work, run, bench, came)


async def _without_branch(
    work: Updating, done: UpdateRun, run: UpdateRun, bench: Bench
) -> UpdateRun:
    run = await _run_begun(work, run)

    async def gone() -> Came:
        await bench.without_branch(str(run.branch), run.commit, done.pull_request)
        return Came(RunState.DONE, verified=True, says=f"branch {run.branch} is gone")

    return await _finished(work, run, bench, await _caught(gone()))
