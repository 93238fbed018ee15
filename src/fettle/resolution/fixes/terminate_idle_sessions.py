"""End forgotten sessions that have been idle for more than 30 minutes.

What it does:  pg_terminate_backend for each single session that has done nothing for 30 minutes:
    a forgotten psql, a desktop client. Sessions of a pool, which may have one on each of many
    machines, are left alone: a pool keeps them idle on purpose, makes new ones at once, and its
    application may fail on the ones that were ended.
Refused when:  All that is idle belongs to pools, to superusers, to Fettle, or is protected.
Undo:          None is needed: an idle session holds no work; its client connects again.
Risk:          irreversible.
Verified by:   The sessions are gone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding
from fettle.model.fix import Refusal, Steps
from fettle.resolution import signalled
from fettle.resolution.steps import signal
from fettle.unit import fix


@dataclass(frozen=True)
class Premise(signalled.Caught):
    """A session that has been idle for 30 minutes; `siblings` counts those of its client."""

    database: str | None
    siblings: int


@fix(
    reads="terminate_idle_sessions.sql",
    cures=("connections_saturated",),
    troubles=("high_connection_usage",),
)
def plan(_finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """End what belongs to no pool, and say how to shrink what does."""
    pools = Counter(
        things.session_name(idle.user, idle.database, idle.application)
        for idle in premise
        if idle.siblings > 1
    )
    advice = tuple(
        f"{count} idle sessions of {name} are a pool's: lower its size or its idle time-out there"
        for name, count in pools.most_common(5)
    )
    single = [idle for idle in premise if idle.siblings == 1 and not signalled.forbidden(idle)]
    sessions = [session for idle in single if (session := signalled.at(idle, "state_change"))]
    if not sessions:
        return Refusal("; ".join(("no forgotten session has been idle for 30 minutes", *advice)))
    return signal.terminate(sessions, advice=advice)
