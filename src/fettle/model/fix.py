"""A cure: what it would do exactly, and what it did."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from fettle.model.finding import Finding


class Risk(StrEnum):
    """What is lost if the fix was wrong."""

    SAFE = "safe"
    REVERSIBLE = "reversible"
    IRREVERSIBLE = "irreversible"


@dataclass(frozen=True)
class Question:
    """A question whose answer must be yes: one boolean, in one column of one row.

    `says` is the sentence that is true when the answer is yes; `otherwise` what to tell a person
    when it is no.
    """

    says: str
    sql: str
    otherwise: str


@dataclass(frozen=True)
class Refusal:
    """Why a fix does nothing for a finding, and what a person can do instead."""

    why: str


# What reads a whole table may take hours on a large one; a day is a day of somebody's attention.
LONG_S = 86_400


@dataclass(frozen=True)
class Steps:
    """What a fix would do for one finding; pure, and whole: it runs nothing that is not in here.

    `statements` run in order, each by itself. One that answers false, or no row where it should
    answer some, found its premise gone and did nothing. `worked` is asked after the last, for as
    long as `patience_s`.

    `settled` answers no while an act is half done; then each of `recovery` runs until it answers
    yes. `undo` takes it all back; None where nothing can.
    """

    statements: tuple[str, ...]
    worked: Question
    prechecks: tuple[Question, ...] = ()
    undo: "Steps | None" = None
    risk: Risk = Risk.SAFE
    settled: Question | None = None
    recovery: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    lock_timeout_ms: int = 5_000
    statement_timeout_s: int = 3_600
    patience_s: float = 5.0

    def content(self) -> list[object]:
        """Return what makes these steps these: everything that would run, as plain JSON."""
        questions = [*self.prechecks, self.worked, *([self.settled] if self.settled else [])]
        return [
            self.risk,
            self.statements,
            [question.sql for question in questions],
            self.recovery,
            self.undo and self.undo.content(),
        ]


@dataclass(frozen=True)
class Plan:
    """What a fix would do about one finding; `refused` says why it would do nothing instead."""

    fix: str
    target: str
    database: str
    finding: Finding
    steps: Steps | None = None
    refused: str | None = None

    @property
    def subject(self) -> str:
        """What the fix would act on."""
        return self.finding.subject

    @property
    def id(self) -> str:
        """A hash of what the plan would do: another premise, or an edit, makes another plan."""
        content = [
            self.fix,
            self.target,
            self.database,
            self.finding.key,
            self.refused,
            self.steps and self.steps.content(),
        ]
        written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(written.encode()).hexdigest()


class PlanState(StrEnum):
    """Where a plan that is kept stands; a taken one was applied, or is to be."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    TAKEN = "taken"
    LAPSED = "lapsed"

    @property
    def is_open(self) -> bool:
        """Whether somebody can still decide about it."""
        return self in (PlanState.WAITING, PlanState.APPROVED)


@dataclass(frozen=True)
class KeptPlan:
    """A plan as it is kept: its document, who planned it last and when, and what was decided.

    `decided_by` approved or declined it, and said `reason`. `run` is the latest of it.
    """

    id: str
    fix: str
    target: str
    subject: str
    risk: Risk
    document: Mapping[str, Any]
    state: PlanState
    created_at: datetime
    created_by: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    run: str | None = None
    issues: tuple[int, ...] = ()


class RunStatus(StrEnum):
    """How a FixRun ended, or that it has not; a queued one waits for a worker."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNSURE = "unsure"
    UNDONE = "undone"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True)
class JournalEntry:
    """One thing that a run did or learnt; written before an act, and after it."""

    at: datetime
    event: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class CutOff:
    """What a run that was cut off was to do, as it was kept, and whether it had begun to."""

    steps: Mapping[str, Any] | None
    acted: bool


@dataclass(frozen=True)
class FixRun:
    """What applying a plan, or undoing a run (`undoes`), came to.

    `created_at` is when it was asked for, `started_at` when it began.
    """

    id: str
    plan: str
    fix: str
    target: str
    subject: str
    actor: str
    status: RunStatus = RunStatus.RUNNING
    verified: bool = False
    reason: str | None = None
    undoes: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    remedy: str | None = None
    created_at: datetime | None = None

    def begun(self, id_: str, at: datetime) -> "FixRun":
        """Return the run as the store knows it."""
        return replace(self, id=id_, status=RunStatus.RUNNING, started_at=at)

    def ended(
        self,
        status: RunStatus,
        reason: str | None,
        at: datetime,
        verified: bool,
        remedy: str | None = None,
    ) -> "FixRun":
        """Return the run as it ended."""
        return replace(
            self, status=status, reason=reason, finished_at=at, verified=verified, remedy=remedy
        )
