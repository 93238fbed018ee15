"""Web roots that were made faster, as the API gives them: what was done, earned, and seen."""

from collections.abc import Sequence
from typing import Literal, cast

from typing_extensions import TypedDict

from fettle.frontends.report import measure_document
from fettle.frontends.report.measure_document import (
    LargestPaintDocument,
    MetricDocument,
    ProfileName,
    RequestDocument,
    WeightDocument,
)
from fettle.frontends.report.moments import moment, said
from fettle.model.loaded import Load
from fettle.optimisation import document as optimisation_document
from fettle.optimisation.document import EarnedDocument, OptimisedRun, StatusName
from fettle.store.optimisations import Kept, KeptShot, Past, Seen

WhenName = Literal["before", "after"]
MOST_REQUESTS = 200


class LoadDocument(TypedDict):
    """How a page was loaded before all steps, or after those that stayed."""

    page: str
    profile: ProfileName
    when: WhenName
    runs: int
    metrics: dict[str, MetricDocument]
    bytes: dict[str, WeightDocument]
    """By kind."""
    weight: WeightDocument
    largest_paint: LargestPaintDocument | None
    waterfall: list[RequestDocument]
    """Of the visit in the middle; addresses are those of the live site."""
    hidden: int
    """How many requests there were beyond those."""


class PictureDocument(TypedDict):
    """A picture of a page: all of it on a screen, or what was shown while it was loaded."""

    id: int
    kind: Literal["screen", "frame"]
    page: str
    profile: ProfileName
    when: WhenName
    at: float | None
    """Of a frame: from how many milliseconds on it was shown."""
    width: int
    height: int
    url: str


class UndoDocument(TypedDict):
    """Whether the root can be put back, and what became of it when somebody asked."""

    possible: bool
    """Whether the root is another one because of this run."""
    asked_at: str | None
    asked_by: str | None
    pending: bool
    """Whether a worker of the root's machine is to do it, and has not yet."""
    refused: str | None
    """Why it could not be done."""


class OptimisationItem(TypedDict):
    """A run as lists have it."""

    run: str
    root: str
    machine: str
    """Where the root is."""
    actor: str
    status: StatusName
    started_at: str
    ended_at: str | None
    undone_at: str | None
    duration_s: float | None
    urls: list[str]
    improvement: list[EarnedDocument]
    changed: bool
    verified: bool
    reason: str
    kept: int
    """How many steps stayed."""
    left_to_people: int
    """How many things are for people to do."""


class OptimisationsDocument(TypedDict):
    """A page of runs, the latest first."""

    schema: Literal["fettle.optimisations/1"]
    items: list[OptimisationItem]
    next: str | None


class _Headed(TypedDict):
    schema: Literal["fettle.optimisation_record/1"]


class OptimisationRecord(OptimisedRun, _Headed):
    """A run, with how its pages were loaded and what they looked like."""

    machine: str
    actor: str
    ended_at: str | None
    undone_at: str | None
    undo: UndoDocument
    loads: list[LoadDocument]
    pictures: list[PictureDocument]


def of_load(load: Load) -> LoadDocument:
    """Return how a page was loaded."""
    found = measure_document.page(load.measured, verbose=False)
    return {
        "page": load.page,
        "profile": found["profile"],
        "when": "before" if load.when == "before" else "after",
        "runs": found["runs"],
        "metrics": found["metrics"],
        "bytes": found["bytes"],
        "weight": found["weight"],
        "largest_paint": found["largest_paint"],
        "waterfall": found["waterfall"][:MOST_REQUESTS],
        "hidden": max(0, len(found["waterfall"]) - MOST_REQUESTS),
    }


def of_past(found: Sequence[Past], limit: int) -> OptimisationsDocument:
    """Return a page of runs, of which there are at most so many."""
    return {
        "schema": "fettle.optimisations/1",
        "items": [of_item(one) for one in found],
        "next": found[-1].id if len(found) == limit else None,
    }


def of_item(one: Past) -> OptimisationItem:
    """Return a run as lists have it."""
    return {
        "run": one.id,
        "root": one.root,
        "machine": one.machine,
        "actor": one.actor,
        "status": cast("StatusName", one.status),
        "started_at": said(one.started_at),
        "ended_at": moment(one.ended_at),
        "undone_at": moment(one.undone_at),
        "duration_s": _took(one),
        "urls": one.urls,
        "improvement": cast("list[EarnedDocument]", one.improvement),
        "changed": one.changed,
        "verified": one.verified,
        "reason": one.reason,
        "kept": one.kept,
        "left_to_people": one.left_to_people,
    }


def of_kept(kept: Kept, seen: Seen) -> OptimisationRecord:
    """Return a run with all that is kept of it."""
    return {
        **optimisation_document.read(kept.document),
        "schema": "fettle.optimisation_record/1",
        "machine": kept.machine,
        "actor": kept.actor,
        "ended_at": moment(kept.ended_at),
        "undone_at": moment(kept.undone_at),
        "undo": {
            "possible": kept.changed,
            "asked_at": moment(kept.undo_asked_at),
            "asked_by": kept.undo_asked_by,
            "pending": kept.undoing,
            "refused": kept.undo_refused,
        },
        "loads": [cast("LoadDocument", one) for one in seen.loads],
        "pictures": [_picture(kept.id, one) for one in seen.shots],
    }


def _picture(run: str, one: KeptShot) -> PictureDocument:
    return {
        "id": one.id,
        "kind": cast("Literal['screen', 'frame']", one.kind),
        "page": one.page,
        "profile": cast("ProfileName", one.profile),
        "when": cast("WhenName", one.when),
        "at": one.at_ms,
        "width": one.width,
        "height": one.height,
        "url": f"/api/v1/optimisations/{run}/pictures/{one.id}",
    }


def _took(one: Past) -> float | None:
    if one.ended_at is None:
        return None
    return round((one.ended_at - one.started_at).total_seconds(), 3)
