"""The shapes in which watches over updates, and versions that are held, are printed."""

from collections.abc import Iterable
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.update_watch import Quarantined, UpdateWatch

WatchStates = Literal["watching", "well", "worse", "unseen", "ended"]


class WatchItem(TypedDict):
    """The watch over what a run applied."""

    run: str
    number: int
    project: str
    status: WatchStates
    """`worse`: two looks in a row found something worse than before, and it was taken back, or a
    person was called. `unseen`: nobody looked. `ended`: it was taken back by a person."""
    looks: int
    looked_at: str | None
    until: str | None
    says: str | None


class UpdateWatchDocument(TypedDict):
    """What looking at the services of updates came to, run by run."""

    schema: Literal["fettle.update_watch/1"]
    watches: list[WatchItem]


class QuarantineItem(TypedDict):
    """A version that made a project worse."""

    number: int
    update: str
    project: str
    ecosystem: str
    package: str
    version: str
    reason: str
    run: str
    at: str
    released_at: str | None
    released_by: str | None
    released_because: str | None


class UpdateReleaseDocument(TypedDict):
    """Versions that are held no longer."""

    schema: Literal["fettle.update_release/1"]
    released: list[QuarantineItem]


def of_watches(watches: Iterable[UpdateWatch]) -> UpdateWatchDocument:
    """Return what looking came to."""
    return {"schema": "fettle.update_watch/1", "watches": [watch(one) for one in watches]}


def of_released(released: Iterable[Quarantined]) -> UpdateReleaseDocument:
    """Return what is held no longer."""
    return {"schema": "fettle.update_release/1", "released": [quarantined(one) for one in released]}


def watch(one: UpdateWatch) -> WatchItem:
    """Return a watch as it is printed."""
    return {
        "run": one.run,
        "number": one.number,
        "project": one.project,
        "status": one.state.value,
        "looks": one.looks,
        "looked_at": moment(one.looked_at),
        "until": moment(one.until),
        "says": one.says,
    }


def quarantined(one: Quarantined) -> QuarantineItem:
    """Return a version that is, or was, held."""
    return {
        "number": one.number,
        "update": one.update,
        "project": one.project,
        "ecosystem": one.package.ecosystem.value,
        "package": one.package.name,
        "version": one.version,
        "reason": one.reason,
        "run": one.run,
        "at": said(one.at),
        "released_at": moment(one.released_at),
        "released_by": one.released_by,
        "released_because": one.released_because,
    }
