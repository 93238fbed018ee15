"""The stages of an issue as a checklist: what was done by whom, and what waits; pure.

All of it is read from the timeline. What Fettle has seen done is done (a look, a fix, its
verification, a deploy, the evidence for the end), and what a look finds once more can be shown;
the rest people tick, or say that it is not needed. What a person says of a stage stands until
something happens that says otherwise. What was done to close an issue is to be done again when it
is reopened.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fettle.model.issue import Entry, Issue, Status
from fettle.model.stage import Stage

DONE = "stage-done"
OPEN = "stage-open"
SKIPPED = "stage-skipped"
CAUSE = "root-cause"
REPRODUCED = "reproduced"

# All that a checklist is read from.
EVENTS = (
    DONE,
    OPEN,
    SKIPPED,
    CAUSE,
    REPRODUCED,
    "diagnosed",
    "planned",
    "plan-declined",
    "fix-begun",
    "fix-done",
    "fix-undone",
    "deployed",
    "resolved",
    "reopened",
    "closed",
)

State = Literal["done", "not-needed", "waiting", "open"]
_CLOSURE = tuple(stage for stage in Stage if stage.part == "closure")


@dataclass(frozen=True)
class Read:
    """How a stage stands: done, not needed, waiting for a person, or open; who says so, and how."""

    stage: Stage
    state: State = "open"
    by: str | None = None
    at: datetime | None = None
    text: str = ""


@dataclass(frozen=True)
class RootCause:
    """What somebody has said that the root cause is; the last word stands."""

    text: str
    by: str
    at: datetime


def checklist(
    issue: Issue, timeline: Sequence[Entry], plans: Collection[str] | None = None
) -> list[Read]:
    """Return every stage, in order.

    `plans` are those that can still be decided about: others that the timeline tells of have
    lapsed, or were taken down when what they cure was gone.
    """
    done = _done(timeline, issue.milestones.started)
    waiting = dict(_waiting(issue, timeline, plans))
    return [
        done.get(stage)
        or (Read(stage, "waiting", text=waiting[stage]) if stage in waiting else Read(stage))
        for stage in Stage
    ]


def root_cause(timeline: Sequence[Entry]) -> RootCause | None:
    """Return the root cause as it was stated last."""
    stated = [entry for entry in timeline if entry.event == CAUSE]
    return RootCause(stated[-1].text, stated[-1].actor, stated[-1].at) if stated else None


def _done(timeline: Sequence[Entry], started: datetime) -> Mapping[Stage, Read]:
    done: dict[Stage, Read] = {}
    for entry in timeline:
        if entry.event == "deployed" and _live_since(entry) < started + _AS_IT_BEGAN:
            continue  # what went live as it began, or before, is a suspect and no cure
        for stage in _undone(entry):
            done.pop(stage, None)
        for stage in _did(entry):
            if stage not in done or done[stage].state == "not-needed":
                done[stage] = Read(stage, "done", entry.actor, entry.at, entry.text)
        if entry.event == SKIPPED:
            stage = Stage(entry.detail["stage"])
            done[stage] = Read(stage, "not-needed", entry.actor, entry.at, entry.text)
    return done


_AS_IT_BEGAN = timedelta(minutes=1)
_ALWAYS: Mapping[str, tuple[Stage, ...]] = {
    "root-cause": (Stage.ROOT_CAUSE,),
    "fix-begun": (Stage.PLAN,),
    "fix-done": (Stage.PLAN, Stage.IMPLEMENT, Stage.DEPLOY),
    "deployed": (Stage.IMPLEMENT, Stage.DEPLOY),
    "resolved": (Stage.VERIFY,),
}


def _live_since(entry: Entry) -> datetime:
    at = entry.detail.get("deployed_at")
    return datetime.fromisoformat(at) if at else entry.at


def _did(entry: Entry) -> Iterator[Stage]:
    """Yield what an entry says to be done."""
    yield from _ALWAYS.get(entry.event, ())
    if entry.event == DONE:
        yield Stage(entry.detail["stage"])
    elif entry.event == "diagnosed" and entry.detail.get("status") != "unknown":
        yield from (Stage.GATHER, Stage.ANALYSE)
        if _is_as_before(entry) or entry.detail.get("again", "0") != "0":
            yield Stage.REPRODUCE
    elif entry.event == REPRODUCED and entry.detail["shows"] == "true":
        yield Stage.REPRODUCE
    elif entry.event == "fix-done" and entry.detail.get("verified") == "true":
        yield Stage.TEST
    elif entry.event == "closed" and entry.text:
        yield Stage.REVIEW


def _undone(entry: Entry) -> Iterator[Stage]:
    """Yield what an entry says not to be done any more; a new tick is of who ticks."""
    match entry.event:
        case "stage-open" | "stage-done" | "stage-skipped":
            yield Stage(entry.detail["stage"])
        case "root-cause":
            yield Stage.ROOT_CAUSE
        case "fix-undone":
            yield from (Stage.IMPLEMENT, Stage.TEST, Stage.DEPLOY)
        case "reopened":
            yield from _CLOSURE


def _is_as_before(entry: Entry) -> bool:
    """Whether a look found again what the look before had found: the trouble can be shown."""
    same = all(entry.detail.get(name) == "0" for name in ("new", "gone", "worse"))
    return same and entry.detail.get("findings", "0") != "0"


def _waiting(
    issue: Issue, timeline: Sequence[Entry], known: Collection[str] | None
) -> Iterator[tuple[Stage, str]]:
    """Yield what waits for a person, and why, as far as it is not done."""
    causes = [entry.detail["cause"] for entry in timeline if "cause" in entry.detail]
    if causes:
        yield Stage.ROOT_CAUSE, f"{causes[-1]} is suggested; somebody states it"
    decided = ("plan-declined", "fix-begun")
    over = {entry.detail.get("plan") for entry in timeline if entry.event in decided}
    plans = {entry.detail.get("plan") for entry in timeline if entry.event == "planned"} - over
    plans &= plans if known is None else set(known)
    if plans and issue.status.is_live:
        fixes = "a fix waits" if len(plans) == 1 else f"{len(plans)} fixes wait"
        yield Stage.PLAN, f"{fixes} to be applied or declined"
    if issue.status is Status.MONITORING:
        yield Stage.VERIFY, "it is watched; somebody resolves it"
    if issue.status in (Status.RESOLVED, Status.IN_REVIEW) and issue.owes_review:
        yield Stage.REVIEW, f"a {issue.owes_review} is closed with its review"
