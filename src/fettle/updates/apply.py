"""What may be applied: what passed a rehearsal, as the whole that passed, on the very same tree."""

from collections.abc import Sequence
from datetime import datetime

from fettle.errors import Outdated, Refused
from fettle.model.rehearsal import LiveTree, Rehearsal, RunState, UpdateRun, Verdict, Wanted
from fettle.updates.policy import Policy, closed


def passed(rehearsal: Rehearsal) -> str:
    """Return the commit that passed a rehearsal; raises Refused where none did."""
    judged = rehearsal.judged
    if judged is None:
        raise Refused(f"rehearsal {rehearsal.number} has not ended")
    if judged.verdict not in {Verdict.PASSED, Verdict.PARTLY} or judged.commit is None:
        raise Refused(
            f"rehearsal {rehearsal.number} did not pass: {judged.says}",
            remedy="fettle update rehearse, once that is mended",
        )
    return judged.commit


def refuse_unfit(rehearsal: Rehearsal, live: LiveTree) -> str:
    """Return the commit that may be applied; raises Refused and Outdated for what may not be."""
    commit = passed(rehearsal)
    if live.commit != rehearsal.base:
        raise Outdated(
            f"{rehearsal.project} has moved since: it was rehearsed on {rehearsal.base[:12]}, and "
            f"is at {live.commit[:12]}",
            remedy="rehearse it on what is there now: fettle update rehearse",
        )
    if live.changed:
        raise Refused(
            f"{rehearsal.project} has changes that are not committed: {_some(live.changed)}",
            remedy="commit them, and rehearse on that; or put them aside",
        )
    return commit


def can_be_undone(run: UpdateRun) -> bool:
    """Whether there is something to take back: also a branch that went no further."""
    half = run.state is RunState.FAILED and run.branch is not None
    return run.undoes is None and (run.state is RunState.DONE or half)


def refuse_undone(run: UpdateRun) -> None:
    """Refuse to take back a run that did nothing, or was taken back; raises Refused."""
    if not can_be_undone(run):
        what = "took another back" if run.undoes else f"is {run.state}"
        raise Refused(f"run {run.number} {what}: there is nothing to take back")


def refuse_outside(wanted: Sequence[Wanted], policy: Policy, now: datetime) -> None:
    """Raise Refused where one of these is to be taken in a window that is not open."""
    for one in wanted:
        if (why := closed(one.package, policy, now)) is not None:
            raise Refused(
                f"{one.package.name}: {why}",
                remedy="wait for it; an admin may have it applied all the same: --now REASON",
            )


def asked_for(rehearsals: Sequence[Rehearsal], ids: Sequence[str]) -> Rehearsal:
    """Return the newest of rehearsals that landed just these; raises Refused.

    They come newest first. One that landed more is no answer: nobody has tested these alone.
    """
    wanted = set(ids)
    found: Rehearsal | None = None
    for rehearsal in rehearsals:
        landed = {one.id for one in rehearsal.landed}
        if landed == wanted:
            return rehearsal
        if landed > wanted or (landed and {one.id for one in rehearsal.wanted} == wanted):
            found = found or rehearsal
    if found is not None:
        landed = {one.id for one in found.landed}
        which = "with more than" if landed > wanted else "without some of"
        raise Refused(
            f"rehearsal {found.number} passed {which} these: "
            f"{_some([one.says for one in found.landed])}",
            remedy=f"apply what passed: fettle update apply {' '.join(_ids(found.landed))}",
        )
    raise Refused(
        f"nothing that passed a rehearsal is just {_some(list(ids))}",
        remedy=f"fettle update rehearse {' '.join(ids)}",
    )


def _ids(wanted: Sequence[Wanted]) -> list[str]:
    return [one.id for one in wanted]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
