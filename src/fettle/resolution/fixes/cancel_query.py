"""Cancel a statement that runs too long or holds others up.

What it does:  pg_cancel_backend for the very statement that was found; if it does not end within
    seconds, pg_terminate_backend for its session.
Refused when:  It has ended since; the session is idle (terminate_session); it is a superuser's, a
    replication's, Fettle's own, or protected in the settings.
Undo:          None: the statement is rolled back, and its client has to run it again.
Risk:          irreversible.
Verified by:   The statement has ended.
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
    cures=(
        "long_query",
        "long_transaction",
        "ddl_queue",
        "blocked_sessions",
        "vacuum_horizon_pinned",
    ),
    troubles=("blocking_queries",),
)
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Cancel the first of the finding's statements; one statement a run."""
    caught = signalled.first(premise, finding.subject)
    if isinstance(caught, Refusal):
        return caught
    session = signalled.at(caught, "query_start")
    if caught.state != "active" or session is None:
        return Refusal(
            f"pid {caught.pid} runs no statement that could be cancelled; if it holds others up: "
            "fettle fix plan TARGET terminate_session"
        )
    return signal.cancel(session)
