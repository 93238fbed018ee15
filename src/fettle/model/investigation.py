"""What is found when an issue is investigated: looks at targets, and what they came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Aim:
    """A target that an issue may be about, and why."""

    target: str
    why: str


class InvestigationState(StrEnum):
    """Where a look that was asked for is; a failed one could not be made at all."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Snapshot:
    """What looking at a target came to (`fettle.check/1`), and the plans made of its findings.

    `planned_for` are the keys of the findings for which a plan was sought, whatever came of it.
    """

    id: int
    target: str
    started_at: datetime
    document: Json
    plans: tuple[str, ...] = ()
    planned_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Investigation:
    """An issue's look at one target: who asked for it and why, and what it came to.

    With `anew` a look of a moment ago will not do. `matches` are the findings that fit the
    symptoms, and `change` is the difference to the issue's look before, both as `fettle.check/1`
    has them.
    """

    id: int
    issue: int
    target: str
    why: str
    asked_by: str
    asked_at: datetime
    anew: bool
    symptoms: tuple[str, ...]
    state: InvestigationState = InvestigationState.WAITING
    snapshot: Snapshot | None = None
    matches: Sequence[Json] = ()
    change: Json | None = None
    reason: str | None = None
    remedy: str | None = None
    ended_at: datetime | None = None
