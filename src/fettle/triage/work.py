"""What people do about an issue beside moving it on: they tick stages and steps, and take roles.

Each function takes the moment and who acts, and raises Refused for what may not be done. All of it
is written into the timeline, and read from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from fettle.errors import NotFound, Outdated, Refused
from fettle.model.clock import ClockAct, ClockEvent, ClockName
from fettle.model.issue import Entry, Issue, Moved, Status
from fettle.model.runbook import Copied
from fettle.model.stage import Stage
from fettle.triage import runbooks, stages
from fettle.triage.moves import By
from fettle.triage.runbooks import Step
from fettle.triage.stages import RootCause

Role = Literal["lead", "communications"]
ROLES: tuple[Role, ...] = ("lead", "communications")

# What says how an issue is worked on, and is read whole, however long its timeline is.
EVENTS = (*stages.EVENTS, runbooks.STEP, "role")

_NONE = (Status.MERGED, Status.DECLINED)


def tick(
    issue: Issue, by: By, stage: Stage, note: str, *, done: bool, needed: bool = True
) -> Moved:
    """Say that a stage is done, that it is not, or that it is not needed here."""
    _worked_on(issue)
    event = (stages.DONE if done else stages.OPEN) if needed else stages.SKIPPED
    return _written(issue, Entry(event, by.actor, by.at, note, {"stage": str(stage)}))


def state_cause(
    issue: Issue, by: By, text: str, stands: RootCause | None = None, seen: str | None = None
) -> Moved:
    """State the root cause; that is the news that was promised.

    `seen` is what stood there when the author looked, None where they do not say: raises Outdated
    when something else `stands` by now.
    """
    _worked_on(issue)
    if not text.strip():
        raise Refused("a root cause needs words")
    now = "" if stands is None else stands.text
    if seen is not None and seen.split() != now.split():
        raise Outdated(
            "somebody else has stated the root cause meanwhile",
            remedy="read what stands there now, and write what you want to keep into that",
        )
    news = ClockEvent(ClockName.UPDATE, by.at, ClockAct.RESTARTED)
    moved = _written(issue, Entry(stages.CAUSE, by.actor, by.at, text))
    return replace(moved, clocks=(news,) if issue.status.is_live else ())


def tick_step(
    issue: Issue, by: By, known: Sequence[Sequence[Step]], number: int, note: str, *, done: bool
) -> Moved:
    """Say that a step of a runbook is done, or that it is not; raises NotFound."""
    _worked_on(issue)
    found = {step.number: step for steps in known for step in steps}
    if number not in found:
        many = f"its runbooks have {len(found)} steps" if found else "it has no runbook"
        raise NotFound(f"the issue has no step {number}: {many}")
    detail = {"step": str(number), "done": str(done).lower(), "note": note}
    text = f"{number}. {found[number].text}" + ("" if done else ": not done")
    return _written(issue, Entry(runbooks.STEP, by.actor, by.at, text, detail))


def take_runbook(issue: Issue, by: By, copied: Sequence[Copied], name: str) -> Moved:
    """Work by one more runbook; nothing happens where it is there already."""
    _worked_on(issue)
    if any(one.name == name for one in copied):
        return Moved(issue)
    return _written(issue, Entry(runbooks.TAKEN, by.actor, by.at, name))


def cast_roles(issue: Issue, by: By, given: Mapping[Role, str | None]) -> Moved:
    """Give roles to people, or to nobody any more."""
    _worked_on(issue)
    entries = tuple(
        Entry(
            "role",
            by.actor,
            by.at,
            f"{role}: {person or 'nobody'}",
            {"role": role, "person": person or ""},
        )
        for role, person in given.items()
    )
    return Moved(replace(issue, changed_at=by.at), entries) if entries else Moved(issue)


def roles(timeline: Sequence[Entry]) -> dict[Role, str | None]:
    """Return who has which role; the last word stands."""
    held: dict[Role, str | None] = dict.fromkeys(ROLES)
    for entry in timeline:
        if entry.event == "role":
            for role in ROLES:
                if entry.detail["role"] == role:
                    held[role] = entry.detail["person"] or None
    return held


def _written(issue: Issue, entry: Entry) -> Moved:
    return Moved(replace(issue, changed_at=entry.at), (entry,))


def _worked_on(issue: Issue) -> None:
    """Raise Refused for what is no issue any more; one that is closed is still written up."""
    if issue.status in _NONE:
        raise Refused(
            f"the issue is {issue.status}: nothing is done about it any more",
            remedy=f"fettle issue reopen {issue.number}",
        )
