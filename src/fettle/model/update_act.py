"""What somebody has asked a worker for: to try updates, to apply them, to take a run back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ActKind(StrEnum):
    """What is to be done."""

    REHEARSE = "rehearse"
    APPLY = "apply"
    UNDO = "undo"


class ActState(StrEnum):
    """How far it has come; what the rehearsal or the run came to is theirs to say."""

    WAITING = "waiting"
    AT_WORK = "at-work"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class UpdateAct:
    """What was asked for; the rehearsal, or the run, that comes of it has the same id.

    `rehearsal` is what is to be applied, `undoes` the run to be taken back, `reason` why it is
    applied without a rehearsal, `hurry` why packages of the machine are updated outside of their
    window. `says` is why nothing came of it.
    """

    id: UUID
    kind: ActKind
    project: str
    updates: tuple[str, ...]
    actor: str
    asked_at: datetime
    rehearsal: UUID | None = None
    undoes: UUID | None = None
    reason: str | None = None
    hurry: str | None = None
    state: ActState = ActState.WAITING
    says: str | None = None
    remedy: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """What was said while something was done."""

    at: datetime
    line: str
