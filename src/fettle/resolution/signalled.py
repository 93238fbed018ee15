"""Whether a session may be signalled at all; for the fixes that cancel or end one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.fix import Refusal
from fettle.resolution.steps.signal import Session


@dataclass(frozen=True)
class Caught:
    """A session as it is now; its state is unknown where the role may not see it."""

    pid: int
    backend_start: datetime | None
    user: str | None
    application: str | None
    state: str | None
    state_change: datetime | None
    xact_start: datetime | None
    query_start: datetime | None
    superuser: bool
    type: str | None
    own: bool
    protected: bool | None


def first(premise: Sequence[Caught], subject: str) -> Caught | Refusal:
    """Return the first of a finding's sessions that are left: one is signalled in a run.

    A Refusal when none is left, or when this one must be left alone.
    """
    if not premise:
        return Refusal(f"no session of {subject} that was found is left")
    why = forbidden(premise[0])
    return Refusal(why) if why else premise[0]


def forbidden(caught: Caught) -> str | None:
    """Return why a session must be left alone, or None."""
    reasons = (
        (caught.own, "is Fettle's own"),
        (caught.type is None, "cannot be seen: GRANT pg_read_all_stats to the role that acts"),
        (caught.type != "client backend", f"is no client's, but a {caught.type}"),
        (caught.superuser, "is a superuser's: end it by hand, if you must"),
        (bool(caught.protected), "is protected in the settings ([fix] protect)"),
    )
    return next((f"pid {caught.pid} {why}" for holds, why in reasons if holds), None)


def at(caught: Caught, column: str) -> Session | None:
    """Return the session, caught at the moment that `column` holds; None when it holds none."""
    moments = {
        "state_change": caught.state_change,
        "xact_start": caught.xact_start,
        "query_start": caught.query_start,
    }
    since = moments[column]
    if since is None or caught.backend_start is None or caught.user is None:
        return None
    return Session(caught.pid, caught.backend_start, caught.user, column, since)
