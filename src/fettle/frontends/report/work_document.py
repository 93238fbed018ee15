"""The shape of how an issue is worked on: its stages, its root cause, runbooks and roles."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.issue import Entry, Issue
from fettle.model.runbook import Copied
from fettle.triage import runbooks, stages, work
from fettle.triage.next_step import Act, Standing, next_step
from fettle.triage.stages import Read

StageName = Literal[
    "gather",
    "analyse",
    "reproduce",
    "root-cause",
    "plan",
    "implement",
    "test",
    "deploy",
    "verify",
    "document",
    "review",
    "improve",
]


class StageDocument(TypedDict):
    """One stage of the work, and how it stands."""

    stage: StageName
    part: Literal["investigation", "resolution", "closure"]
    state: Literal["done", "not-needed", "waiting", "open"]
    """`waiting`: for a person; `text` says why."""
    by: str | None
    at: str | None
    text: str


class NextStepDocument(TypedDict):
    """The one thing to do next."""

    act: Act
    """By which act; `fix`: by deciding about a plan."""
    text: str
    stage: StageName | None
    """The stage that it belongs to, where it belongs to one."""


class RootCauseDocument(TypedDict):
    """What somebody has said that the root cause is."""

    text: str
    by: str
    at: str


class StepDocument(TypedDict):
    """A step of a runbook."""

    number: int
    """Counted over all runbooks of the issue."""
    text: str
    section: str
    """The heading above it."""
    commands: list[str]
    """The code that stands below it."""
    done: bool
    by: str | None
    at: str | None
    note: str


class RunbookDocument(TypedDict):
    """A runbook as it was when it came to the issue."""

    name: str
    at: str
    text: str
    """Markdown."""
    steps: list[StepDocument]


class RolesDocument(TypedDict):
    """Who leads, and who speaks with those it hurts."""

    lead: str | None
    communications: str | None


def of_stages(checklist: Sequence[Read]) -> list[StageDocument]:
    """Return every stage, in order."""
    return [_stage(one) for one in checklist]


def _stage(one: Read) -> StageDocument:
    return {
        "stage": one.stage.value,
        "part": one.stage.part,
        "state": one.state,
        "by": one.by,
        "at": moment(one.at),
        "text": one.text,
    }


def of_next(issue: Issue, standing: Standing) -> NextStepDocument | None:
    """Return what to do next; None when nothing is to be done any more."""
    found = next_step(issue, standing)
    if found is None:
        return None
    stage = found.stage
    return {
        "act": found.act,
        "text": found.text,
        "stage": None if stage is None else stage.value,
    }


def of_cause(timeline: Sequence[Entry]) -> RootCauseDocument | None:
    """Return the root cause as it was stated last; None when it was not."""
    cause = stages.root_cause(timeline)
    return None if cause is None else {"text": cause.text, "by": cause.by, "at": said(cause.at)}


def of_runbooks(copied: Sequence[Copied], timeline: Sequence[Entry]) -> list[RunbookDocument]:
    """Return the runbooks of an issue, with what was ticked."""
    return [
        {
            "name": one.name,
            "at": said(one.at),
            "text": one.text,
            "steps": [
                {
                    "number": step.number,
                    "text": step.text,
                    "section": step.section,
                    "commands": list(step.commands),
                    "done": step.done,
                    "by": step.by,
                    "at": moment(step.at),
                    "note": step.note,
                }
                for step in steps
            ],
        }
        for one, steps in zip(copied, runbooks.steps(copied, timeline), strict=True)
    ]


def of_roles(timeline: Sequence[Entry]) -> RolesDocument:
    """Return who has which role."""
    held = work.roles(timeline)
    return {"lead": held["lead"], "communications": held["communications"]}
