"""A job that says that it ran, so that its silence is noticed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fettle.model.severity import Severity


class HeartbeatState(StrEnum):
    """Where a heartbeat is; late and failed are trouble, until it says that all went well."""

    NEW = "new"
    UP = "up"
    STARTED = "started"
    LATE = "late"
    FAILED = "failed"

    @property
    def firing(self) -> bool:
        """Whether it is trouble."""
        return self in {HeartbeatState.LATE, HeartbeatState.FAILED}


class Said(StrEnum):
    """What a ping says: all went well, it begins, or it went wrong."""

    DONE = "done"
    START = "start"
    FAIL = "fail"


@dataclass(frozen=True)
class Ping:
    """What came at a heartbeat's address; `text` is what the job had to say.

    `run` is the run that it is about, where the job names its runs.
    """

    said: Said
    at: datetime
    exit_status: int | None = None
    text: str = ""
    run: UUID | None = None


@dataclass(frozen=True)
class Heartbeat:
    """A job that is to say every `period` that it ran.

    `grace` is how much later it may come, and how long it may take once it said that it begins.
    `seen_at` is when it last said that it ran, well or not; `started_at` when it said that it
    begins, while it has not said more, and `started_run` which run that is. Whoever knows its id
    can ping it.
    """

    id: UUID
    name: str
    period: timedelta
    grace: timedelta
    severity: Severity = Severity.HIGH
    service: str | None = None
    state: HeartbeatState = HeartbeatState.NEW
    seen_at: datetime | None = None
    started_at: datetime | None = None
    started_run: UUID | None = None
    created_by: str = ""
    created_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """When it is late if nothing comes before; None when nothing is waited for."""
        if self.state.firing:
            return None
        moments = []
        if self.seen_at is not None:
            moments.append(self.seen_at + self.period + self.grace)
        if self.to_end_by is not None:
            moments.append(self.to_end_by)
        return min(moments, default=None)

    @property
    def to_end_by(self) -> datetime | None:
        """When what has begun is to have ended; None when nothing has."""
        if self.started_at is None:
            return None
        return self.started_at + (self.grace or self.period)
