"""Plans and runs as text for people; from their documents, wherever these come from.

What a server answers is text from outside: it is made harmless to look at where it is written.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fettle.resolution.document import (
        DatabaseFixDocument,
        FixesDocument,
        PlanDocument,
        RunDocument,
    )

_SHORT = len("sha256:") + 12


def plans(made: Sequence["PlanDocument"]) -> Iterator[str]:
    """Yield the lines of what plans would do, and how to apply them."""
    if not made:
        yield "Nothing was found that this would cure."
    for number, plan in enumerate(made):
        if number:
            yield ""
        yield from _plan(plan)


def run(ended: "RunDocument", *, undoable: bool) -> Iterator[str]:
    """Yield the lines of how a run ended, and how to undo it where that can be."""
    what = f"{'undo of ' if ended['undoes'] else ''}{ended['fix']} on {ended['subject']}"
    yield f"{_verdict(ended)}: {what}"
    if ended["reason"]:
        yield f"  {ended['reason']}"
    if ended["remedy"]:
        yield f"  → {ended['remedy']}"
    if ended["run"]:
        yield f"  run {ended['run']}"
    if undoable and ended["status"] == "done":
        yield f"  to take it back: fettle fix undo {ended['run']}"


def mended(document: "DatabaseFixDocument", undoable: Collection[str | None]) -> Iterator[str]:
    """Yield what applying all plans for a trouble came to; some runs can be taken back."""
    for entry in document["fixes"]:
        yield f"{_verdict(entry)}: {entry['fix']} on {entry['subject']}"
        yield from (f"  {text}" for text in (entry["reason"], entry["remedy"]) if text)
        if entry["run"]:
            yield f"  run {entry['run']}"
        if entry["run"] in undoable and entry["status"] == "done":
            yield f"  to take it back: fettle fix undo {entry['run']}"
    successful, failed = document["successful"], document["failed"]
    yield f"{document['issue']}: {successful} done and verified, {failed} not"


def listing(document: "FixesDocument") -> Iterator[str]:
    """Yield the lines of the fixes there are, and the latest plans and runs."""
    fixes, troubles = document["fixes"], document["troubles"]
    width = max(map(len, [*(fix["fix"] for fix in fixes), *troubles]), default=0)
    yield "Fixes:"
    yield from (f"  {fix['fix']:{width}}  {fix['title']}" for fix in fixes)
    yield from ("", "Troubles, each planned by several fixes:")
    yield from (f"  {name:{width}}  {', '.join(of)}" for name, of in sorted(troubles.items()))
    yield from ("", "Plans, the latest first:" if document["plans"] else "No plans yet.")
    for plan in document["plans"]:
        yield f"  {plan['plan'][:_SHORT]}  {plan['fix']} on {plan['subject']} of {plan['target']}"
    yield from ("", "Runs, the latest first:" if document["runs"] else "No runs yet.")
    for one in document["runs"]:
        undo = "undo of " if one["undoes"] else ""
        yield (
            f"  {one['run']}  {_verdict(one)}: {undo}{one['fix']} on {one['subject']} of "
            f"{one['target']}, by {one['actor']}"
        )


def _plan(plan: "PlanDocument") -> Iterator[str]:
    yield f"{plan['fix']} on {plan['subject']}: {plan['finding']['description']}"
    if plan["refused"] is not None:
        yield f"  refused: {plan['refused']}"
        return
    yield "  would run:"
    yield from (f"    {statement};" for statement in plan["statements"])
    if plan["prechecks"]:
        yield "  only if:"
        yield from (f"    {says}" for says in plan["prechecks"])
    yield "  and is done when:"
    yield f"    {plan['verification']}"
    if plan["undo"] is not None:
        yield "  to undo:"
        yield from (f"    {statement};" for statement in plan["undo"])
    yield f"  risk: {plan['risk']}"
    yield from (f"  note: {advice}" for advice in plan["advice"])
    yield f"  apply: fettle fix apply {plan['plan'][:_SHORT]}"


def _verdict(run_: "RunDocument") -> str:
    """Return how a run ended; one that took another back is said to be done."""
    status = "done" if run_["undoes"] and run_["status"] == "undone" else run_["status"]
    if status == "done":
        return "done and verified" if run_["verified"] else "done, but not verified"
    return status
