"""Plans and runs as the JSON that is kept and printed; docs/schemas is made from the types.

A plan's document holds its finding, so that it can be planned again when it is applied; what
runs then is what was planned again, never the text in the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from fettle.errors import FettleError, Refused, WrongUsage
from fettle.model import command
from fettle.model.finding import Finding
from fettle.model.fix import FixRun, Plan, Question, Risk, RunStatus, Steps
from fettle.model.severity import Severity

Json = dict[str, Any]


class FindingOfPlan(TypedDict):
    """What a plan was made from; it is planned again from this when it is applied."""

    key: str
    check: str
    category: str
    severity: str
    subject: str
    title: str
    description: str
    metrics: dict[str, Any]
    evidence: list[dict[str, bool | str | int | float | None]]
    pids: list[int]


class PlanDocument(TypedDict):
    """What a fix would do about one finding; nothing in it is run as it stands here."""

    schema: Literal["fettle.plan/1"]
    plan: str
    """A hash of what the plan would do."""
    fix: str
    target: str
    """The target's name, or its address without the password."""
    database: str
    subject: str
    """What the fix would act on."""
    statements: list[str]
    """What would be run, in this order."""
    prechecks: list[str]
    """What must hold before anything is run."""
    verification: str | None
    """What must hold afterwards for it to be done."""
    recovery: list[str]
    """What would be run when a statement fails half-way."""
    undo: list[str] | None
    """What would take it back; null when nothing can."""
    risk: Literal["safe", "reversible", "irreversible"] | None
    advice: list[str]
    """What to know before it is applied."""
    refused: str | None
    """Why nothing would be done; null when the plan can be applied."""
    finding: FindingOfPlan


class PlansDocument(TypedDict):
    """The plans for a trouble that several fixes belong to."""

    schema: Literal["fettle.plans/1"]
    issue: str
    """The name that was planned for, as it was given."""
    plans: list[PlanDocument]


class RunDocument(TypedDict):
    """What applying a plan, or undoing a run, came to."""

    schema: Literal["fettle.run/1"]
    run: str | None
    """The run's id; null when nothing was begun."""
    plan: str
    fix: str
    target: str
    subject: str
    status: Literal["queued", "running", "done", "refused", "failed", "undone", "unsure"]
    """`queued`: it waits for a worker. `undone`: this run took another one back, or was taken back.
    `unsure`: it was cut off, and a person is to look whether it acted."""
    verified: bool
    """Whether it was seen to have worked."""
    reason: str | None
    remedy: str | None
    """What would let a refused plan be applied, or what to do about one that failed."""
    undoes: str | None
    """The run that this one took back."""
    actor: str
    created_at: str | None
    """When it was asked for."""
    started_at: str | None
    finished_at: str | None


class DatabaseFixDocument(TypedDict):
    """What applying all plans for a trouble came to."""

    schema: Literal["fettle.database_fix/1"]
    issue: str
    """The name that was planned for."""
    fixes: list[RunDocument]
    """The run of each plan, in the order in which they were applied."""
    successful: int
    """How many were done and seen to have worked."""
    failed: int
    """How many were not: refused, failed, or not verified."""


class FixEntry(TypedDict):
    """A fix that is installed."""

    fix: str
    title: str
    cures: list[str]
    """The checks whose findings it cures."""


class FixesDocument(TypedDict):
    """The fixes there are, and the latest plans and runs."""

    schema: Literal["fettle.fixes/1"]
    fixes: list[FixEntry]
    troubles: dict[str, list[str]]
    """Wider troubles, each with the fixes that are planned for it."""
    plans: list[PlanDocument]
    runs: list[RunDocument]


def of_plan(plan: Plan) -> PlanDocument:
    """Return a plan as its document."""
    steps = plan.steps
    return {
        "schema": "fettle.plan/1",
        "plan": plan.id,
        "fix": plan.fix,
        "target": plan.target,
        "database": plan.database,
        "subject": plan.subject,
        "statements": list(steps.statements) if steps else [],
        "prechecks": [question.says for question in steps.prechecks] if steps else [],
        "verification": steps.worked.says if steps else None,
        "recovery": list(steps.recovery) if steps else [],
        "undo": list(steps.undo.statements) if steps and steps.undo else None,
        "risk": steps.risk.value if steps else None,
        "advice": list(steps.advice) if steps else [],
        "refused": plan.refused,
        "finding": _of_finding(plan.finding),
    }


def of_plans(issue: str, plans: Sequence[Plan]) -> PlansDocument:
    """Return the plans for a trouble as their document."""
    return {"schema": "fettle.plans/1", "issue": issue, "plans": [of_plan(plan) for plan in plans]}


def read_plan(document: Mapping[str, Any]) -> Json:
    """Return the document of a plan when it is one; raises WrongUsage otherwise."""
    wanted = {"plan": str, "fix": str, "target": str, "database": str, "finding": dict}
    if document.get("schema") != "fettle.plan/1" or not all(
        isinstance(document.get(name), kind) for name, kind in wanted.items()
    ):
        raise WrongUsage(
            "this is no plan of this version of Fettle",
            remedy="make one with fettle fix plan TARGET FIX --format json",
        )
    return dict(document)


def finding_of(document: Mapping[str, Any]) -> Finding:
    """Return the finding that a plan was made from; raises WrongUsage when it is not whole."""
    try:
        raw = TypeAdapter(FindingOfPlan).validate_python(document["finding"], strict=True)
        return Finding(
            raw["subject"],
            Severity.named(raw["severity"]),
            raw["description"],
            metrics=raw["metrics"],
            evidence=tuple(raw["evidence"]),
            pids=tuple(raw["pids"]),
            check=raw["check"],
            category=raw["category"],
            title=raw["title"],
        )
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False)
        place = ".".join(map(str, first["loc"]))
        raise WrongUsage(f"the plan's finding is not whole: {place}: {first['msg']}") from error
    except ValueError as error:
        raise WrongUsage(f"the plan's finding is not whole: {error}") from error


def refuse_edited(document: Mapping[str, Any], again: Plan) -> None:
    """Raise Refused when planning again came to something else than the document says."""
    if again.refused is not None:
        raise Refused(f"the premise no longer holds: {again.refused}")
    planned: Mapping[str, object] = of_plan(again)
    names = ("plan", "statements", "undo", "recovery", "subject", "risk")
    same = all(document.get(name) == planned[name] for name in names)
    if not same:
        raise Refused(
            "the plan no longer fits: it was edited, or what it was made for has changed since",
            remedy=f"plan again: {command.fix_plan(again.target, again.fix, again.subject)}",
        )


def of_refusal(fix: str, target: str, subject: str, plan: str, refused: FettleError) -> RunDocument:
    """Return the document of a run that was not begun."""
    run = FixRun(
        *("", plan, fix, target, subject, "", RunStatus.REFUSED),
        reason=refused.reason,
        remedy=refused.remedy,
    )
    return {**of_run(run), "run": None}


def of_run(run: FixRun) -> RunDocument:
    """Return a run as its document; one that took another back is `undone`."""
    took_back = run.undoes is not None and run.status is RunStatus.DONE
    return {
        "schema": "fettle.run/1",
        "run": run.id,
        "plan": run.plan,
        "fix": run.fix,
        "target": run.target,
        "subject": run.subject,
        "status": "undone" if took_back else run.status.value,
        "verified": run.verified,
        "reason": run.reason,
        "remedy": run.remedy,
        "undoes": run.undoes,
        "actor": run.actor,
        "created_at": _moment(run.created_at),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
    }


def of_mended(issue: str, runs: Sequence[RunDocument]) -> DatabaseFixDocument:
    """Return what applying all plans for a trouble came to."""
    worked = sum(run["status"] == "done" and run["verified"] for run in runs)
    return {
        "schema": "fettle.database_fix/1",
        "issue": issue,
        "fixes": list(runs),
        "successful": worked,
        "failed": len(runs) - worked,
    }


def of_steps(steps: Steps) -> Json:
    """Return steps as they are kept in the journal, to be undone from there."""
    return asdict(steps)


def steps_of(raw: Mapping[str, Any]) -> Steps:
    """Return steps from the journal."""
    values = {field.name: raw[field.name] for field in fields(Steps)}
    return Steps(
        **{
            **values,
            "statements": tuple(values["statements"]),
            "worked": Question(**values["worked"]),
            "prechecks": tuple(Question(**question) for question in values["prechecks"]),
            "undo": steps_of(values["undo"]) if values["undo"] else None,
            "risk": Risk(values["risk"]),
            "settled": Question(**values["settled"]) if values["settled"] else None,
            "recovery": tuple(values["recovery"]),
            "advice": tuple(values["advice"]),
        }
    )


def _of_finding(finding: Finding) -> FindingOfPlan:
    return {
        "key": finding.key,
        "check": finding.check,
        "category": finding.category,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "title": finding.title,
        "description": finding.description,
        "metrics": dict(finding.metrics),
        "evidence": [
            {
                name: value if isinstance(value, str | int | float | None) else str(value)
                for name, value in row.items()
            }
            for row in finding.evidence
        ],
        "pids": list(finding.pids),
    }


def _moment(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
