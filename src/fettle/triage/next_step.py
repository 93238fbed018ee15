"""The one thing to do next about an issue; pure.

It is read from how the issue stands: somebody takes it; what shows that it is over lets it be
resolved; a fix that waits is decided about; the runbook is gone on with; else the work goes on
behind the last stage that was done. Stages before that one were skipped, and are not asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fettle.model.issue import Entry, Issue
from fettle.model.stage import Stage
from fettle.triage.runbooks import Step
from fettle.triage.stages import Read

Act = Literal[
    "acknowledge",
    "resume",
    "resolve",
    "fix",
    "step",
    "reproduce",
    "cause",
    "tick",
    "review",
    "close",
]

_SAID = {
    Stage.GATHER: "gather what is known: whom it hurts, what was seen, what has changed",
    Stage.ANALYSE: "say what the findings mean",
    Stage.REPRODUCE: "show the trouble once more, by a check or a request",
    Stage.ROOT_CAUSE: "say what the root cause is",
    Stage.PLAN: "plan what will mend it",
    Stage.IMPLEMENT: "make the change",
    Stage.TEST: "try the change where it can hurt nobody",
    Stage.DEPLOY: "bring the change live, and mark the deploy",
    Stage.VERIFY: "look whether it is over, and resolve it",
}
_ACTS: Mapping[Stage, Act] = {
    Stage.REPRODUCE: "reproduce",
    Stage.ROOT_CAUSE: "cause",
    Stage.VERIFY: "resolve",
}


@dataclass(frozen=True)
class NextStep:
    """What to do, and by which act; the stage that it belongs to, where it belongs to one."""

    act: Act
    text: str
    stage: Stage | None = None


@dataclass(frozen=True)
class Standing:
    """How an issue stands: its checklist, its runbooks' steps, what shows that it is over.

    `firing` is whether an alert of it fires still, `reviewed` whether its review is signed.
    """

    checklist: Sequence[Read]
    steps: Sequence[Sequence[Step]] = ()
    over: Sequence[Entry] = ()
    firing: bool = False
    reviewed: bool = False


def next_step(issue: Issue, standing: Standing) -> NextStep | None:
    """Return what to do next; None when nothing is to be done any more."""
    steps = _live(issue, standing) if issue.status.is_live else _after(issue, standing)
    return next(steps, None)


def _live(issue: Issue, standing: Standing) -> Iterator[NextStep]:
    if issue.acknowledged_by is None:
        yield NextStep("acknowledge", "take it: nobody has")
    if issue.on_hold:
        yield NextStep("resume", "go on when what it waits for is there")
    if standing.over and not standing.firing:
        seen = standing.over[0]
        yield NextStep("resolve", f"resolve it: {seen.text or seen.event}", Stage.VERIFY)
    waiting = {read.stage: read.text for read in standing.checklist if read.state == "waiting"}
    if Stage.PLAN in waiting:
        yield NextStep("fix", waiting[Stage.PLAN], Stage.PLAN)
    for step in (step for steps in standing.steps for step in steps if not step.done):
        yield NextStep("step", f"runbook, step {step.number}: {step.text}")
    if Stage.VERIFY in waiting:
        yield NextStep("resolve", waiting[Stage.VERIFY], Stage.VERIFY)
    for stage in _ahead(standing.checklist):
        yield NextStep(_ACTS.get(stage, "tick"), waiting.get(stage, _SAID[stage]), stage)


def _ahead(checklist: Sequence[Read]) -> Iterator[Stage]:
    """Yield the stages behind the last one that was done, as far as they are worked on live."""
    done = [place for place, read in enumerate(checklist) if read.state in ("done", "not-needed")]
    for read in checklist[max(done, default=-1) + 1 :]:
        if read.stage in _SAID:
            yield read.stage


def _after(issue: Issue, standing: Standing) -> Iterator[NextStep]:
    if issue.status.is_end:
        return
    if issue.owes_review and not standing.reviewed:
        text = f"look back at it: a {issue.owes_review} is closed with its review"
        yield NextStep("review", text, Stage.REVIEW)
    yield NextStep("close", "close it", Stage.REVIEW)
