"""End a session that holds others up.

What it does:  pg_terminate_backend for one session: the very one that was found, still in the
    same transaction. Cancelling does nothing to a session that is idle.
Refused when:  It has gone on since; it runs a statement (cancel_query is gentler); it is a
    superuser's, a replication's, Fettle's own, or protected in the settings.
Undo:          None: what its transaction did is rolled back, and its client has to do it again.
Risk:          irreversible.
Verified by:   The session is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding
from fettle.model.fix import Refusal, Steps
from fettle.resolution import signalled
from fettle.resolution.steps import signal
from fettle.unit import fix


@dataclass(frozen=True)
class Premise(signalled.Caught):
    """A session of the finding, as it is now."""


@fix(
    reads="session.sql",
    cures=("idle_in_transaction", "blocked_sessions", "long_transaction", "vacuum_horizon_pinned"),
    troubles=("blocking_queries",),
)
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """End the first of the finding's sessions; one session a run."""
    caught = signalled.first(premise, finding.subject)
    if isinstance(caught, Refusal):
        return caught
    if caught.state == "active":
        return Refusal(f"pid {caught.pid} runs a statement: fettle fix plan TARGET cancel_query")
    column = "xact_start" if caught.xact_start is not None else "state_change"
    session = signalled.at(caught, column)
    if session is None:
        return Refusal(f"pid {caught.pid} cannot be told from others: it shows no times")
    more = len(premise) - 1
    return signal.terminate(
        [session],
        advice=(f"{more} more sessions of the same name are in the same state",) if more else (),
    )
