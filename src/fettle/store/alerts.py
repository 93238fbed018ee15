"""Alerts as they stand, and the signals that they were told by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fettle.model.alert import Alert, Outcome
from fettle.model.severity import Severity
from fettle.model.signal import SignalKind
from fettle.store import statements
from fettle.store.statements import Connection, Row

Key = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """One signal as it is kept: of which alert, by which delivery, and what came of it, and why."""

    alert: int
    delivery: int | None
    issue: int | None
    at: datetime
    firing: bool
    outcome: Outcome
    why: str
    document: Mapping[str, Any]


async def to_change(connection: Connection, keys: Iterable[Key]) -> dict[Key, Alert]:
    """Return alerts by source and key; nobody else changes them before the transaction ends."""
    wanted = sorted(set(keys))
    rows = await statements.run(
        connection,
        "alerts/find_to_change",
        sources=[source for source, _ in wanted],
        keys=[key for _, key in wanted],
    )
    return {(row["source"], row["key"]): _alert(row) for row in rows}


async def keep(connection: Connection, alerts: Sequence[Alert]) -> dict[Key, int]:
    """Keep alerts, each once; return their ids by source and key."""
    if not alerts:
        return {}
    document = statements.json([_row(alert) for alert in alerts])
    rows = await statements.run(connection, "alerts/keep", alerts=document)
    return {(row["source"], row["key"]): row["id"] for row in rows}


async def keep_signals(connection: Connection, told: Sequence[Told]) -> None:
    """Keep signals, in this order."""
    if told:
        rows = [
            {"place": place, **vars(one), "at": one.at.isoformat(), "outcome": str(one.outcome)}
            for place, one in enumerate(told)
        ]
        await statements.run(connection, "alerts/keep_signals", signals=statements.json(rows))


async def going_on(connection: Connection, issues: Sequence[int]) -> dict[int, int]:
    """Return how many alerts of issues go on."""
    rows = await statements.run(connection, "alerts/going_on", issues=list(issues))
    return {row["issue"]: row["number"] for row in rows}


async def of_issue(connection: Connection, issue: int, limit: int = 200) -> list[Alert]:
    """Return the alerts of an issue, those that go on first."""
    rows = await statements.run(connection, "alerts/of_issue", issue=issue, limit=limit)
    return [_alert(row) for row in rows]


async def issues_of(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, int]:
    """Return the issues of alerts of a source by their keys; those without one are not in it."""
    rows = await statements.run(connection, "alerts/issues_of", source=source, keys=list(keys))
    return {row["key"]: row["number"] for row in rows}


async def move(
    connection: Connection, issue: int, into: int, ids: Sequence[int] | None = None
) -> int:
    """Let alerts of an issue belong to another one, all where none is named; return how many."""
    rows = await statements.run(
        connection,
        "alerts/move",
        issue=issue,
        into=into,
        ids=None if ids is None else list(ids),
    )
    return len(rows)


async def signals(connection: Connection, issue: int, ids: Sequence[int]) -> int:
    """Return how many signals of these alerts came to an issue."""
    (row,) = await statements.run(connection, "alerts/signals", issue=issue, alerts=list(ids))
    return int(row["number"])


async def kind(connection: Connection, alert: int) -> SignalKind | None:
    """Return of which kind an alert's signals are, None where none of them is kept."""
    rows = await statements.run(connection, "alerts/kind", alert=alert)
    return SignalKind(rows[0]["kind"]) if rows else None


async def first_signal(connection: Connection, issue: int) -> Mapping[str, Any] | None:
    """Return what was said first of an issue, None when nothing was."""
    rows = await statements.run(connection, "alerts/first_signal", issue=issue)
    return rows[0]["document"] if rows else None


async def suppressed(
    connection: Connection, after: int, limit: int
) -> list[tuple[int, Mapping[str, Any]]]:
    """Return ids of alerts that go on without an issue, and what their sources last said."""
    rows = await statements.run(connection, "alerts/suppressed", after=after, limit=limit)
    return [(row["id"], row["document"]) for row in rows]


async def flapping(connection: Connection, before: datetime, limit: int) -> list[Alert]:
    """Return alerts that flap, and last began or ended before a moment.

    Nobody else changes them before the transaction ends.
    """
    rows = await statements.run(connection, "alerts/flapping", before=before, limit=limit)
    return [_alert(row) for row in rows]


async def firing(
    connection: Connection, labels: Sequence[Mapping[str, str]], limit: int
) -> list[Alert]:
    """Return alerts that fire and have one of these sets of labels, the latest first."""
    wanted = [statements.json(one) for one in labels]
    rows = await statements.run(connection, "alerts/firing", labels=wanted, limit=limit)
    return [_alert(row) for row in rows]


def _alert(row: Row) -> Alert:
    severity, judged = row["severity"], row["judged"]
    return Alert(
        source=row["source"],
        key=row["key"],
        firing=row["firing"],
        title=row["title"],
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        severity=None if severity is None else Severity(severity),
        service=row["service"],
        labels=row["labels"],
        group=row["source_group"],
        times=row["times"],
        changes=tuple(row["changes"]),
        flapping=row["flapping"],
        ended_at=row["ended_at"],
        issue=row["issue"],
        judged=None if judged is None else Severity(judged),
        said=row["said"],
        told_start=row["told_start"],
        id=row["id"],
        url=row.get("url"),
        runbook_url=row.get("runbook_url"),
    )


def _row(alert: Alert) -> dict[str, Any]:
    return {
        "source": alert.source,
        "key": alert.key,
        "firing": alert.firing,
        "title": alert.title,
        "severity": None if alert.severity is None else int(alert.severity),
        "service": alert.service,
        "labels": dict(alert.labels),
        "source_group": alert.group,
        "times": alert.times,
        "changes": [change.isoformat() for change in alert.changes],
        "flapping": alert.flapping,
        "started_at": alert.started_at.isoformat(),
        "ended_at": None if alert.ended_at is None else alert.ended_at.isoformat(),
        "seen_at": alert.seen_at.isoformat(),
        "issue": alert.issue,
        "judged": None if alert.judged is None else int(alert.judged),
        "said": alert.said,
        "told_start": None if alert.told_start is None else alert.told_start.isoformat(),
    }
