"""`fettle.plan/1` and `fettle.run/1`: plans and runs as the JSON that is kept and printed.

A plan's document holds its finding, so that it can be planned again when it is applied; what
runs then is what was planned again, never the text in the document.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from fettle.errors import Refused, WrongUsage
from fettle.model.finding import Finding
from fettle.model.fix import FixRun, Plan, Question, Risk, RunStatus, Steps
from fettle.model.severity import Severity

PLAN = "fettle.plan/1"
PLANS = "fettle.plans/1"
RUN = "fettle.run/1"

Json = dict[str, Any]


def of_plan(plan: Plan) -> Json:
    """Return a plan as its document."""
    steps = plan.steps
    return {
        "schema": PLAN,
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
        "risk": str(steps.risk) if steps else None,
        "advice": list(steps.advice) if steps else [],
        "refused": plan.refused,
        "finding": _of_finding(plan.finding),
    }


def read_plan(document: Mapping[str, Any]) -> Json:
    """Return the document of a plan when it is one; raises WrongUsage otherwise."""
    wanted = {"plan": str, "fix": str, "target": str, "database": str, "finding": dict}
    if document.get("schema") != PLAN or not all(
        isinstance(document.get(name), kind) for name, kind in wanted.items()
    ):
        raise WrongUsage(
            "this is no plan of this version of Fettle",
            remedy="make one with fettle fix plan TARGET FIX --format json",
        )
    return dict(document)


def finding_of(document: Mapping[str, Any]) -> Finding:
    """Return the finding that a plan was made from; raises WrongUsage when it is not whole."""
    raw = document["finding"]
    try:
        return Finding(
            raw["subject"],
            Severity.named(raw["severity"]),
            raw["description"],
            metrics=raw["metrics"],
            evidence=tuple(raw["evidence"]),
            pids=tuple(int(pid) for pid in raw["pids"]),
            check=raw["check"],
            category=raw["category"],
            title=raw["title"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WrongUsage(f"the plan's finding is not whole: {error}") from error


def refuse_edited(document: Mapping[str, Any], again: Plan) -> None:
    """Raise Refused when planning again came to something else than the document says."""
    if again.refused is not None:
        raise Refused(f"the premise no longer holds: {again.refused}")
    planned = of_plan(again)
    same = all(
        document.get(name) == planned[name]
        for name in ("plan", "statements", "undo", "recovery", "subject", "risk")
    )
    if not same:
        raise Refused(
            "the plan no longer fits: it was edited, or what it was made for has changed since",
            remedy=f"plan again: fettle fix plan {again.target} {again.fix}",
        )


def of_refusal(fix: str, target: str, subject: str, plan: str, refused: Refused) -> Json:
    """Return the document of a run that was not begun."""
    run = FixRun("", plan, fix, target, subject, "", RunStatus.REFUSED, reason=refused.reason)
    return {**of_run(run), "run": None, "remedy": refused.remedy}


def of_run(run: FixRun) -> Json:
    """Return a run as its document; one that took another back is `undone`."""
    took_back = run.undoes is not None and run.status is RunStatus.DONE
    return {
        "schema": RUN,
        "run": run.id,
        "plan": run.plan,
        "fix": run.fix,
        "target": run.target,
        "subject": run.subject,
        "status": "undone" if took_back else str(run.status),
        "verified": run.verified,
        "reason": run.reason,
        "undoes": run.undoes,
        "actor": run.actor,
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
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


def _of_finding(finding: Finding) -> Json:
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
