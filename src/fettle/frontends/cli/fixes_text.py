"""Plans and runs as text for people."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fettle.model.fix import FixRun, Plan, RunStatus
from fettle.unit import AnyFix

if TYPE_CHECKING:
    from fettle.resolution.document import DatabaseFixDocument

_SHORT = len("sha256:") + 12


def plans(made: Sequence[Plan]) -> str:
    """Return what the plans would do, and how to apply them."""
    if not made:
        return "Nothing was found that this would cure.\n"
    return "\n".join(_plan(plan) for plan in made)


def run(ended: FixRun, *, undoable: bool) -> str:
    """Return how a run ended, and how to undo it where that can be."""
    what = f"{'undo of ' if ended.undoes else ''}{ended.fix} on {ended.subject}"
    lines = [f"{_verdict(ended)}: {what}"]
    if ended.reason:
        lines.append(f"  {ended.reason}")
    lines.append(f"  run {ended.id}")
    if undoable and ended.status is RunStatus.DONE:
        lines.append(f"  to take it back: fettle fix undo {ended.id}")
    return "\n".join(lines) + "\n"


def mended(document: "DatabaseFixDocument", undoable: Collection[str]) -> str:
    """Return what applying all plans for a trouble came to; some runs can be taken back."""
    lines = []
    for entry in document["fixes"]:
        verdict = _said(entry["status"], entry["verified"])
        lines.append(f"{verdict}: {entry['fix']} on {entry['subject']}")
        lines += [f"  {text}" for text in (entry["reason"], entry["remedy"]) if text]
        lines += [f"  run {entry['run']}"] if entry["run"] else []
        if entry["run"] in undoable and entry["status"] == "done":
            lines.append(f"  to take it back: fettle fix undo {entry['run']}")
    lines.append(
        f"{document['issue']}: {document['successful']} done and verified, {document['failed']} not"
    )
    return "\n".join(lines) + "\n"


def listing(
    fixes: Mapping[str, AnyFix],
    troubles: Mapping[str, Sequence[str]],
    plans: Sequence[Mapping[str, Any]],
    runs: Sequence[FixRun],
) -> str:
    """Return the fixes there are, and the latest plans and runs."""
    width = max(map(len, [*fixes, *troubles]), default=0)
    lines = ["Fixes:", *(f"  {fix.id:{width}}  {fix.page.title}" for fix in fixes.values())]
    lines += ["", "Troubles, each planned by several fixes:"]
    lines += [f"  {name:{width}}  {', '.join(of)}" for name, of in sorted(troubles.items())]
    lines += ["", "Plans, the latest first:" if plans else "No plans yet."]
    lines += [
        f"  {plan['plan'][:_SHORT]}  {plan['fix']} on {plan['subject']} of {plan['target']}"
        for plan in plans
    ]
    lines += ["", "Runs, the latest first:" if runs else "No runs yet."]
    lines += [
        f"  {ended.id}  {_verdict(ended)}: {'undo of ' if ended.undoes else ''}{ended.fix} "
        f"on {ended.subject} of {ended.target}, by {ended.actor}"
        for ended in runs
    ]
    return "\n".join(lines) + "\n"


def _plan(plan: Plan) -> str:
    head = f"{plan.fix} on {plan.subject}: {plan.finding.description}"
    if plan.steps is None:
        return f"{head}\n  refused: {plan.refused}\n"
    steps = plan.steps
    lines = [head, "  would run:", *(f"    {statement};" for statement in steps.statements)]
    if steps.prechecks:
        lines += ["  only if:", *(f"    {question.says}" for question in steps.prechecks)]
    lines += ["  and is done when:", f"    {steps.worked.says}"]
    if steps.undo is not None:
        lines += ["  to undo:", *(f"    {statement};" for statement in steps.undo.statements)]
    lines += [f"  risk: {steps.risk}", *(f"  note: {advice}" for advice in steps.advice)]
    lines += [f"  apply: fettle fix apply {plan.id[:_SHORT]}"]
    return "\n".join(lines) + "\n"


def _verdict(ended: FixRun) -> str:
    return _said(ended.status.value, ended.verified)


def _said(status: str, verified: bool) -> str:
    if status == RunStatus.DONE:
        return "done and verified" if verified else "done, but not verified"
    return status
