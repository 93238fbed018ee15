"""The shapes in which the API tells what is kept of updates on offer; moments are UTC."""

from collections.abc import Iterable, Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.update_document import (
    OpenDocument,
    SourceDocument,
    UpdateDocument,
    of_open,
    of_source,
    of_update,
    weaknesses,
)
from fettle.model.run import RunRecord
from fettle.model.update_kept import CheckRecord, KeptOpen, KeptUpdate

LookState = Literal["queued", "running", "waiting", "done", "failed", "cancelled", "unsure"]


class CheckItem(TypedDict):
    """A look for updates of everything in the settings."""

    check: str
    number: int
    at: str
    actor: str
    total: int
    security: int | None
    """How many close a vulnerability; null, never 0, where not all was looked at for such."""
    regular: int
    """How many are only newer."""
    open: int | None
    """How many weaknesses nothing on offer closes; null as above."""
    new: int
    """How many updates were on offer for the first time."""
    whole: bool
    """Whether everything was looked at."""


class _Looked(TypedDict):
    schema: Literal["fettle.update_look/1"]


class LookDocument(_Looked):
    """A look for updates: how far it is, and how each source's went."""

    look: str
    state: LookState
    reason: str | None
    """Why nothing came of it."""
    check: CheckItem | None
    """Null until it has ended."""
    sources: list[SourceDocument]


class _Checks(TypedDict):
    schema: Literal["fettle.update_checks/1"]


class ChecksDocument(_Checks):
    """Looks for updates, the latest first."""

    items: list[CheckItem]
    next: str | None


class UpdateItem(UpdateDocument):
    """An update on offer, and since when that is known."""

    project: str | None
    """The [[project]] that has it; null for what no project has."""
    accepted: dict[str, str]
    """Why the settings accept what it closes, by the ids of advisories."""
    first_seen: str
    last_seen: str
    """Before the newest look where that could not look for it."""
    gone_at: str | None
    """Since when it is no more on offer; null while it is."""


class _Updates(TypedDict):
    schema: Literal["fettle.updates/1"]


class UpdatesDocument(_Updates):
    """Updates as people read them: security first, the worst first, then by name."""

    check: CheckItem | None
    """The newest look; null before the first."""
    items: list[UpdateItem]
    next: str | None


class WeaknessItem(OpenDocument):
    """A weakness that nothing on offer closes, and since when it is known."""

    first_seen: str
    last_seen: str


class _Weaknesses(TypedDict):
    schema: Literal["fettle.update_weaknesses/1"]


class WeaknessesDocument(_Weaknesses):
    """Weaknesses of what is in use that nothing on offer closes, the worst first."""

    check: CheckItem | None
    """The newest look; null before the first. Of what it did not look at nothing is known."""
    items: list[WeaknessItem]


def of_record(one: CheckRecord) -> CheckItem:
    """Return a look as a part of a document."""
    return {
        "check": str(one.id),
        "number": one.number,
        "at": said(one.at),
        "actor": one.actor,
        "total": one.security + one.regular,
        "security": weaknesses(one.security, one.sources),
        "regular": one.regular,
        "open": weaknesses(one.open, one.sources),
        "new": one.new,
        "whole": one.whole,
    }


def of_look(id_: str, run: RunRecord | None, check: CheckRecord | None) -> LookDocument:
    """Return a look, by the run that makes it and what it came to."""
    return {
        "schema": "fettle.update_look/1",
        "look": id_,
        "state": "done" if run is None else run.state.value,
        "reason": None if run is None else run.error,
        "check": None if check is None else of_record(check),
        "sources": [] if check is None else [of_source(one) for one in check.sources],
    }


def of_checks(found: Sequence[CheckRecord], limit: int) -> ChecksDocument:
    """Return a page of looks."""
    return {
        "schema": "fettle.update_checks/1",
        "items": [of_record(one) for one in found],
        "next": str(found[-1].number) if len(found) == limit else None,
    }


def of_kept(one: KeptUpdate) -> UpdateItem:
    """Return an update as a part of a document."""
    return {
        **of_update(one.update),
        "project": one.project,
        "accepted": dict(one.accepted),
        "first_seen": said(one.first_seen),
        "last_seen": said(one.last_seen),
        "gone_at": moment(one.gone_at),
    }


def of_updates(
    check: CheckRecord | None, found: Sequence[KeptUpdate], limit: int
) -> UpdatesDocument:
    """Return a page of updates."""
    return {
        "schema": "fettle.updates/1",
        "check": None if check is None else of_record(check),
        "items": [of_kept(one) for one in found],
        "next": found[-1].update.id if len(found) == limit else None,
    }


def of_weakness(one: KeptOpen) -> WeaknessItem:
    """Return a weakness as a part of a document."""
    return {
        **of_open(one.open, one.accepted),
        "first_seen": said(one.first_seen),
        "last_seen": said(one.last_seen),
    }


def of_weaknesses(check: CheckRecord | None, found: Iterable[KeptOpen]) -> WeaknessesDocument:
    """Return what nothing on offer closes, with the look that says how much was looked at."""
    return {
        "schema": "fettle.update_weaknesses/1",
        "check": None if check is None else of_record(check),
        "items": [of_weakness(one) for one in found],
    }
