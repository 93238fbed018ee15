"""Rehearsals, and runs of updates, as text for people."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fettle.frontends.report.rehearsal_document import (
        RehearsalItem,
        UpdateHistoryDocument,
        UpdateRunItem,
    )
    from fettle.frontends.report.update_kept_document import CheckItem
    from fettle.frontends.report.update_watch_document import (
        QuarantineItem,
        UpdateReleaseDocument,
        UpdateWatchDocument,
        WatchItem,
    )

_VERDICTS = {
    "passed": "passed",
    "partly": "passed in part",
    "failed": "failed",
    "unjudged": "cannot be judged",
    "refused": "was refused",
    "cut off": "was cut off",
}
_STATES = {
    "running": "goes on",
    "done": "done",
    "refused": "was refused",
    "failed": "failed",
    "returned": "was taken back by itself",
    "stranded": "went wrong, and needs a person",
    "undone": "was taken back",
}


def rehearsals(items: "Iterable[RehearsalItem]") -> Iterator[str]:
    """Yield the lines of rehearsals: what each came to, and why what did not land did not."""
    for one in items:
        came = _VERDICTS[one["verdict"]] if one["verdict"] else "goes on"
        yield f"{one['project']}: rehearsal {one['number']} {came}"
        if one["says"]:
            yield f"  {one['says']}"
        for update in one["updates"]:
            before = f"{update['current']} → " if update["current"] else ""
            mark = "✓" if update["landed"] else "✗"
            yield f"  {mark} {update['package']} {before}{update['version']}  ({update['id']})"
            if update["reason"]:
                yield f"    {update['reason']}"
        if one["isolation"] == "none":
            yield "  Nothing kept the tests from the rest of the machine: without_isolation is set."
        landed = [update["id"] for update in one["updates"] if update["landed"]]
        if landed and one["without_tests"] is None:
            yield f"  To apply it: fettle update apply {' '.join(landed)}"


def runs(items: "Iterable[UpdateRunItem]") -> Iterator[str]:
    """Yield the lines of runs: what each came to, and how it is taken back."""
    for one in items:
        what = "taking back" if one["undoes"] else "applying"
        yield f"{one['project']}: run {one['number']}, {what} {one['how']}, {_said(one)}"
        if one["says"]:
            yield f"  {one['says']}"
        if one["without_rehearsal"]:
            yield f"  Without a rehearsal: {one['without_rehearsal']}"
        if one["pull_request"]:
            yield f"  {one['pull_request']}"
        yield from (f"  {result['update_id']}" for result in one["results"])
        if one["watch"]:
            yield f"  {_watched(one['watch'])}"
        if one["status"] == "done" and not one["undoes"]:
            yield f"  To take it back: fettle update undo {one['number']}"


def history(document: "UpdateHistoryDocument") -> Iterator[str]:
    """Yield the lines of what was seen, tried and applied, the latest first."""
    yield from map(_held, document["quarantined"])
    entries = [(one["started_at"], [*runs([one])]) for one in document["runs"]] + [
        (one["started_at"], [*rehearsals([one])]) for one in document["rehearsals"]
    ]
    entries += [(one["at"], [_looked(one)]) for one in document["checks"]]
    if not entries:
        yield "No update was looked for, tried or applied yet."
    for at, lines in sorted(entries, reverse=True):
        yield f"{at}  {lines[0]}"
        yield from lines[1:]


def _looked(one: "CheckItem") -> str:
    closing = "none known" if one["security"] is None else str(one["security"])
    found = f"{closing} that close a weakness, {one['regular']} only newer"
    new = f", {one['new']} of them new" if one["new"] else ""
    rest = "" if one["whole"] else "; not everything was looked at"
    return f"look {one['number']}: {found}{new}{rest}"


def watches(document: "UpdateWatchDocument") -> Iterator[str]:
    """Yield a line for each watch, and one where there is none."""
    if not document["watches"]:
        yield "Nothing that was updated here is watched now."
    for one in document["watches"]:
        yield f"{one['project']}: run {one['number']}, {_watched(one)}"


def released(document: "UpdateReleaseDocument") -> Iterator[str]:
    """Yield a line for each version that is held no longer."""
    for one in document["released"]:
        yield f"{one['package']} {one['version']} is held no longer for {one['project']}"


def _held(one: "QuarantineItem") -> str:
    held = f"{one['project']}: {one['package']} {one['version']} is held (number {one['number']})"
    return f"{held} since {one['at']}: {one['reason']}"


def _watched(one: "WatchItem") -> str:
    states = {
        "watching": f"watched until {one['until']}: fettle up does, and fettle update watch",
        "well": "watched, and well",
        "worse": "worse than before",
        "unseen": "not watched",
        "ended": "watched no longer",
    }
    says = f": {one['says']}" if one["says"] else ""
    return states[one["status"]] + says


def _said(one: "UpdateRunItem") -> str:
    state = _STATES[one["status"]]
    if one["status"] == "done":
        return f"{state} and {'verified' if one['verified'] else 'not verified'}"
    return state
