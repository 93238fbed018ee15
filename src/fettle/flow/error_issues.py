"""Which issue goes on with an error that takes others in, and with what is taken out again.

An error's own issue goes on, and those of what it takes in end. Where it has none that goes on, it
is the oldest of those that go on for theirs: the error's alert belongs to it, in the place of
theirs. Each issue is told what became of its error, and remembers by that how it was before: who
takes the merging back finds both errors with what they had, but for what has ended since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fettle.flow.error_news import SOURCE, Told, signal_of
from fettle.flow.tend import Desk
from fettle.intake import own
from fettle.intake.errors.states import News
from fettle.model.alert import Alert, Outcome
from fettle.model.error_group import ErrorGroup, GroupState
from fettle.model.issue import Entry, Issue
from fettle.store import alerts, issues
from fettle.store.statements import Connection
from fettle.triage.moves import By

TAKEN_IN, TAKEN_OUT = "error-taken-in", "error-taken-out"


async def take_in(
    connection: Connection,
    desk: Desk,
    whole: tuple[ErrorGroup, str],
    merged: Sequence[ErrorGroup],
    by: By,
) -> None:
    """Let an error of a project take in others, of which the end is told beside it.

    So whatever was told of them, and is still to be heard, ends as well.
    """
    group, project = whole
    found = await _alerts(connection, [group.id, *(one.id for one in merged)])
    live = await _live(connection, found.values())
    of = {
        id_: alert.issue
        for id_, alert in found.items()
        if alert.issue in live and (id_ == group.id or alert.goes_on)
    }
    goes_on = of.get(group.id)
    heir: int | None = None
    if goes_on is None and group.state is not GroupState.RESOLVED and of:
        heir = min(of, key=lambda id_: of[id_] or 0)
        goes_on = of[heir]
    for id_, number in of.items():
        if id_ != group.id and number is not None:
            detail = {"error": str(group.id), "merged": str(id_)}
            if id_ == heir:
                detail |= _before(found.get(group.id))
            entry = Entry(TAKEN_IN, by.actor, by.at, _said(group, id_, number, goes_on), detail)
            await issues.write_entries(connection, [(number, entry)])
    if heir is not None:
        told = Told(group, project, News.TOOK_IN, f"error {heir} is a part of it")
        await _hand_on(connection, desk, told, found, heir, by)


async def take_out(connection: Connection, whole: int, parted: int, by: By) -> None:
    """Let an error that stands by itself again have its issue back, where the whole had it."""
    found = await _alerts(connection, [whole, parted])
    ours, theirs = found.get(whole), found.get(parted)
    if ours is None or theirs is None or ours.issue is None or ours.issue != theirs.issue:
        return
    written = await issues.entries_of(connection, ours.issue, [TAKEN_IN])
    said = [
        one.detail
        for one in written
        if (one.detail["error"], one.detail["merged"]) == (str(whole), str(parted))
    ]
    if not said or "was" not in said[-1]:
        return
    before = int(said[-1]["before"]) if said[-1].get("before") else None
    there = await issues.all_to_change(connection, [before] if before else [])
    firing = ours.firing and said[-1]["was"] == "firing"
    back = replace(
        ours,
        firing=firing,
        flapping=False,
        ended_at=None if firing else ours.ended_at or by.at,
        issue=before if there else None,
    )
    theirs = replace(theirs, firing=ours.firing, flapping=ours.flapping, ended_at=ours.ended_at)
    await alerts.keep(connection, [back, theirs])
    text = f"error {parted} stands by itself again, and this is its issue"
    entry = Entry(TAKEN_OUT, by.actor, by.at, text, {"error": str(whole), "merged": str(parted)})
    await issues.write_entries(connection, [(ours.issue, entry)])


async def _alerts(connection: Connection, ids: Iterable[int]) -> dict[int, Alert]:
    """Return the alerts of errors, by their ids; nobody else changes them meanwhile."""
    found = await alerts.to_change(connection, [(SOURCE, str(id_)) for id_ in ids])
    return {int(key): alert for (_, key), alert in found.items()}


async def _live(connection: Connection, of: Iterable[Alert]) -> dict[int, Issue]:
    """Return the issues of alerts that go on."""
    numbers = sorted({alert.issue for alert in of if alert.issue is not None})
    found = await issues.all_to_change(connection, numbers)
    return {number: issue for number, issue in found.items() if issue.status.is_live}


async def _hand_on(
    connection: Connection, desk: Desk, told: Told, found: dict[int, Alert], heir: int, by: By
) -> None:
    """Let the alert of an error belong to the issue of another one, in the place of that."""
    signal, theirs = signal_of(desk, told, 0), found[heir]
    ours = replace(
        found.get(told.group.id, replace(theirs, key=signal.key, id=0)),
        title=signal.title,
        severity=signal.severity,
        labels=signal.labels,
        group=signal.group,
        firing=True,
        flapping=False,
        ended_at=None,
        seen_at=by.at,
        issue=theirs.issue,
    )
    theirs = replace(theirs, firing=False, flapping=False, ended_at=by.at)
    ids = await alerts.keep(connection, [ours, theirs])
    told_by = alerts.Told(
        ids[ours.source, ours.key],
        None,
        ours.issue,
        by.at,
        True,
        Outcome.JOINED,
        told.why,
        own.document(signal),
    )
    await alerts.keep_signals(connection, [told_by])


def _before(alert: Alert | None) -> dict[str, str]:
    """Return how an error's alert stands, as its issue remembers it."""
    if alert is None:
        return {"was": "unheard"}
    issue = {} if alert.issue is None else {"before": str(alert.issue)}
    return {"was": "firing" if alert.firing else "over", **issue}


def _said(group: ErrorGroup, merged: int, number: int, goes_on: int | None) -> str:
    said = f"error {merged} is a part of error {group.id} from now on ({group.title})"
    if goes_on is None:
        return f"{said}, which is held for fixed"
    return f"{said}, which {'this' if goes_on == number else f'issue {goes_on}'} is about"
