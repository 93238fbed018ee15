"""The shapes in which the API tells what was asked for about updates, and what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.rehearsal_document import (
    RehearsalItem,
    UpdateRunItem,
    Watches,
    of_rehearsal,
    of_run,
)
from fettle.frontends.report.update_kept_document import UpdateItem, of_kept
from fettle.frontends.report.update_watch_document import QuarantineItem, quarantined
from fettle.model.rehearsal import Rehearsal, UpdateRun
from fettle.model.update_act import Said, UpdateAct
from fettle.model.update_kept import KeptUpdate
from fettle.model.update_watch import Quarantined, UpdateWatch


class AskedDocument(TypedDict):
    """What somebody has asked a worker for."""

    kind: Literal["rehearse", "apply", "undo"]
    project: str
    updates: list[str]
    without_rehearsal: str | None
    now: str | None
    """Why packages of the machine do not wait for their window."""
    actor: str
    state: Literal["waiting", "at-work", "done", "refused", "failed"]
    says: str | None
    """Why nothing came of it."""
    remedy: str | None
    asked_at: str
    finished_at: str | None


class SaidDocument(TypedDict):
    """What was said while it was done."""

    at: str
    line: str


class _Rehearsed(TypedDict):
    schema: Literal["fettle.update_rehearsal/1"]


class RehearsedDocument(_Rehearsed):
    """A rehearsal: what was asked for, how far it is, and what it came to."""

    id: str
    asked: AskedDocument | None
    """Null where no worker was asked: it was made on the command line."""
    rehearsal: RehearsalItem | None
    """Null until it has begun."""
    log: list[SaidDocument]


class _Applied(TypedDict):
    schema: Literal["fettle.update_applied/1"]


class AppliedDocument(_Applied):
    """A run: what was asked for, how far it is, what it came to, and the rehearsal it is of."""

    id: str
    asked: AskedDocument | None
    run: UpdateRunItem | None
    rehearsal: RehearsalItem | None
    log: list[SaidDocument]


class _Rehearsals(TypedDict):
    schema: Literal["fettle.update_rehearsals/1"]


class RehearsalsDocument(_Rehearsals):
    """Rehearsals, the latest first."""

    items: list[RehearsalItem]


class _Runs(TypedDict):
    schema: Literal["fettle.update_runs/1"]


class UpdateRunsDocument(_Runs):
    """Runs of updates, the latest first."""

    items: list[UpdateRunItem]


class _Quarantined(TypedDict):
    schema: Literal["fettle.update_quarantined/1"]


class QuarantinedDocument(_Quarantined):
    """Versions that are held since a project was worse with them, until a person lets them go."""

    items: list[QuarantineItem]


class _One(TypedDict):
    schema: Literal["fettle.update/1"]


class OneUpdateDocument(_One):
    """An update, the rehearsals that tried it, and the runs that applied it or took it back."""

    update: UpdateItem
    rehearsals: list[RehearsalItem]
    runs: list[UpdateRunItem]


def of_act(act: UpdateAct | None) -> AskedDocument | None:
    """Return what was asked for as a part of a document."""
    if act is None:
        return None
    return {
        "kind": act.kind.value,
        "project": act.project,
        "updates": list(act.updates),
        "without_rehearsal": act.reason,
        "now": act.hurry,
        "actor": act.actor,
        "state": act.state.value,
        "says": act.says,
        "remedy": act.remedy,
        "asked_at": said(act.asked_at),
        "finished_at": moment(act.finished_at),
    }


def of_rehearsed(
    id_: str, act: UpdateAct | None, rehearsal: Rehearsal | None, log: Iterable[Said] = ()
) -> RehearsedDocument:
    """Return a rehearsal, and what is known of how it came about."""
    return {
        "schema": "fettle.update_rehearsal/1",
        "id": id_,
        "asked": of_act(act),
        "rehearsal": None if rehearsal is None else of_rehearsal(rehearsal),
        "log": [_said(one) for one in log],
    }


@dataclass(frozen=True)
class Told:
    """What was asked for, and what was said while it was done."""

    asked: UpdateAct | None
    log: Sequence[Said] = ()


def of_applied(
    id_: str,
    told: Told,
    run: UpdateRun | None,
    watch: UpdateWatch | None = None,
    rehearsal: Rehearsal | None = None,
) -> AppliedDocument:
    """Return a run, and what is known of how it came about."""
    return {
        "schema": "fettle.update_applied/1",
        "id": id_,
        "asked": of_act(told.asked),
        "run": None if run is None else of_run(run, watch),
        "rehearsal": None if rehearsal is None else of_rehearsal(rehearsal),
        "log": [_said(one) for one in told.log],
    }


def of_rehearsals(found: Iterable[Rehearsal]) -> RehearsalsDocument:
    """Return rehearsals."""
    return {
        "schema": "fettle.update_rehearsals/1",
        "items": [of_rehearsal(one) for one in found],
    }


def of_runs(found: Iterable[UpdateRun], watches: Watches) -> UpdateRunsDocument:
    """Return runs, with the watches over them by the runs' ids."""
    items = [of_run(one, watches.get(one.id)) for one in found]
    return {"schema": "fettle.update_runs/1", "items": items}


def of_quarantined(found: Iterable[Quarantined]) -> QuarantinedDocument:
    """Return versions that are held."""
    return {"schema": "fettle.update_quarantined/1", "items": [quarantined(one) for one in found]}


def of_one(
    kept: KeptUpdate,
    rehearsals: Sequence[Rehearsal],
    runs: Sequence[UpdateRun],
    watches: Watches,
) -> OneUpdateDocument:
    """Return an update with what was done about it."""
    return {
        "schema": "fettle.update/1",
        "update": of_kept(kept),
        "rehearsals": [of_rehearsal(one) for one in rehearsals],
        "runs": [of_run(one, watches.get(one.id)) for one in runs],
    }


def _said(one: Said) -> SaidDocument:
    return {"at": said(one.at), "line": one.line}
