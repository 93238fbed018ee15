"""Each use of a remedy, as the API and `fettle error --format json` give it."""

from collections.abc import Sequence
from typing import Any, Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.remedy import Attempt, AttemptEntry, Remedy
from fettle.resolution import remedies

Outcomes = Literal["resolved", "came-back", "failed", "undone", "refused", "unsure", "unknown"]
States = Literal["waiting", "declined", "lapsed", "queued", "acting", "watching", "ended"]
Kinds = Literal["fix", "restart", "webhook", "retry"]
Modes = Literal["suggest", "approve", "automatic"]


class AttemptDocument(TypedDict):
    """One use of a remedy, and what came of it."""

    attempt: str
    remedy: str
    kind: Kinds
    error: str
    """The known error that it is for."""
    target: str
    does: str | None
    """What the remedy does by the settings of now; null where they have it no more."""
    issue: int | None
    mode: Modes
    state: States
    outcome: Outcomes | None
    """What the signals said, or why they were not asked; null until then."""
    why: str
    reason: str | None
    actor: str
    created_at: str
    decided_by: str | None
    decided_at: str | None
    acted_at: str | None
    look_at: str | None
    """When it is seen whether it helped."""
    ended_at: str | None
    fix_run: str | None
    """The run of the fix that it let be applied."""


class AttemptsDocument(TypedDict):
    """A page of a list of uses of remedies, the latest first."""

    schema: Literal["fettle.attempts/1"]
    items: list[AttemptDocument]
    next: str | None
    """The cursor of the next page; null at the end."""


class AttemptLine(TypedDict):
    """One thing that was done; what was about to be is written before it."""

    at: str
    event: str
    detail: dict[str, Any]


class FollowedAttempt(TypedDict):
    """One use of a remedy with its journal."""

    schema: Literal["fettle.attempt/1"]
    attempt: AttemptDocument
    undoable: bool
    """Whether the remedy's undo can take it back."""
    journal: list[AttemptLine]


def of_attempt(attempt: Attempt, remedy: Remedy | None, *, lapsed: bool = False) -> AttemptDocument:
    """Return one use of a remedy."""
    return {
        "attempt": attempt.id,
        "remedy": attempt.remedy,
        "kind": attempt.kind.value,
        "error": attempt.known,
        "target": attempt.target,
        "does": None if remedy is None else remedies.shown(remedy),
        "issue": attempt.issue,
        "mode": attempt.mode.value,
        "state": "lapsed" if lapsed else attempt.state.value,
        "outcome": None if attempt.outcome is None else attempt.outcome.value,
        "why": attempt.why,
        "reason": attempt.reason,
        "actor": attempt.actor,
        "created_at": said(attempt.created_at),
        "decided_by": attempt.decided_by,
        "decided_at": moment(attempt.decided_at),
        "acted_at": moment(attempt.acted_at),
        "look_at": moment(attempt.until),
        "ended_at": moment(attempt.ended_at),
        "fix_run": attempt.fix_run,
    }


def of_followed(
    attempt: AttemptDocument, undoable: bool, journal: Sequence[AttemptEntry]
) -> FollowedAttempt:
    """Return one use of a remedy with its journal."""
    return {
        "schema": "fettle.attempt/1",
        "attempt": attempt,
        "undoable": undoable,
        "journal": [
            {"at": said(one.at), "event": one.event, "detail": dict(one.detail)} for one in journal
        ],
    }
