"""A look for updates, as the JSON that programs read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from typing_extensions import TypedDict

import fettle
from fettle.model.severity import SeverityName
from fettle.model.update import (
    Advisory,
    Open,
    Passed,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
    Withdrawn,
    is_whole,
    severity_of,
)

_SECURITY = "security"


class AdvisoryDocument(TypedDict):
    """A vulnerability that an update closes."""

    id: str
    aliases: list[str]
    summary: str
    severity: SeverityName | None
    """null where nobody has rated it; it counts as high."""
    url: str | None
    told_by: str
    contradictions: list[str]
    """Where those who told it disagree, and what is taken of that."""


class RaiseDocument(TypedDict):
    """What is to be raised so that the package comes in."""

    package: str
    current: str
    version: str


class UpdateDocument(TypedDict):
    """A newer version on offer for something that is in use."""

    id: str
    """What it is called by: the same as long as its place, package and version are."""
    ecosystem: str
    package: str
    where: str
    """The file in which it stands, or the machine or database that has it."""
    current: str
    version: str
    type: Literal["security", "regular"]
    level: Literal["major", "minor", "patch", "digest", "other"]
    severity: SeverityName | None
    """Of the worst that it closes."""
    released_at: str | None
    advisories: list[AdvisoryDocument]
    through: list[RaiseDocument]
    """Of a package that others ask for: the ancestors to raise."""
    group: str
    """What it is tried together with."""
    held: list[str]
    """Why it is not to be taken now; empty where it is worth taking."""
    confidence: float
    """From 0 to 1."""
    grounds: list[str]
    notes_url: str | None
    notes: str


class OpenDocument(TypedDict):
    """A weakness of something in use that nothing on offer closes."""

    ecosystem: str
    package: str
    current: str
    where: str
    advisory: AdvisoryDocument
    accepted: str | None
    """Why the settings accept it; null where they do not."""


class PassedDocument(TypedDict):
    """What there was no look at."""

    subject: str
    reason: str
    remedy: str | None


class WithdrawnDocument(TypedDict):
    """A version in use that was withdrawn, or that its registry does not have."""

    ecosystem: str
    package: str
    current: str
    where: str
    reason: str


class SourceDocument(TypedDict):
    """How a source's look went, and how much of what is in use it looked at."""

    source: str
    state: Literal["ok", "failed", "skipped", "stale"]
    at: str
    looked_at: int
    total: int
    passed: list[PassedDocument]
    reason: str | None
    remedy: str | None
    told_at: str | None
    """Of when that is what it went by."""
    told_by: str
    withdrawn: list[WithdrawnDocument]
    """What it found in use that was withdrawn, whether or not there is something newer."""


class _Headed(TypedDict):
    schema: Literal["fettle.update_check/1"]


class UpdateCheckDocument(_Headed):
    """What a look for updates came to; where it is not whole, more may be there than is told."""

    fettle: str
    at: str
    total: int
    security: int | None
    """How many close a vulnerability; null, never 0, where not all was looked at for such."""
    regular: int
    """How many are only newer."""
    whole: bool
    """Whether everything was looked at."""
    updates: list[UpdateDocument]
    open: list[OpenDocument]
    """Weaknesses that no update closes."""
    sources: list[SourceDocument]


class GroupDocument(TypedDict):
    """Updates that are tried together."""

    group: str
    updates: list[UpdateDocument]


class _PlanHeaded(TypedDict):
    schema: Literal["fettle.update_plan/1"]


class UpdatePlanDocument(_PlanHeaded):
    """What would be taken, in which groups, and why the rest is held."""

    fettle: str
    at: str
    whole: bool
    """Whether everything was looked at."""
    groups: list[GroupDocument]
    held: list[UpdateDocument]
    sources: list[SourceDocument]


def of_check(check: UpdateCheck) -> UpdateCheckDocument:
    """Return a look as a document."""
    return {
        "schema": "fettle.update_check/1",
        "fettle": fettle.__version__,
        "at": _moment(check.at) or "",
        "total": len(check.updates),
        "security": weaknesses(check.security, check.sources),
        "regular": check.regular,
        "whole": check.whole,
        "updates": [of_update(one) for one in check.updates],
        "open": [
            of_open(one, check.accepted.get((one.installed.package, one.advisory.id)))
            for one in check.open
        ],
        "sources": [of_source(one) for one in check.sources],
    }


def of_plan(check: UpdateCheck) -> UpdatePlanDocument:
    """Return what would be taken of a look, as a document."""
    taken, held = groups_of(check.updates)
    return {
        "schema": "fettle.update_plan/1",
        "fettle": fettle.__version__,
        "at": _moment(check.at) or "",
        "whole": check.whole,
        "groups": [
            {"group": name, "updates": [of_update(one) for one in those]} for name, those in taken
        ],
        "held": [of_update(one) for one in held],
        "sources": [of_source(one) for one in check.sources],
    }


def with_security(check: UpdateCheck) -> Sequence[SourceResult]:
    """Return the sources of a look, with one for weaknesses also where nobody asked for them."""
    if any(one.source == _SECURITY for one in check.sources):
        return check.sources
    said, remedy = "nobody looked for weaknesses", "leave out --only, or name security too"
    unasked = SourceResult(_SECURITY, SourceState.SKIPPED, check.at, reason=said, remedy=remedy)
    return (*check.sources, unasked)


def weaknesses(found: int, sources: Sequence[SourceResult]) -> int | None:
    """Return how many weaknesses were found; None for 0 where not all was looked at for such."""
    looked = any(one.source == _SECURITY for one in sources)
    return found if found or (looked and is_whole(sources)) else None


def groups_of(
    updates: Sequence[Update],
) -> tuple[list[tuple[str, list[Update]]], list[Update]]:
    """Return what is worth taking by its groups, in their order, and what is held."""
    groups: dict[str, list[Update]] = {}
    for one in updates:
        if one.worth_taking:
            groups.setdefault(one.group or one.package.name, []).append(one)
    return list(groups.items()), [one for one in updates if not one.worth_taking]


def of_update(update: Update) -> UpdateDocument:
    """Return an update as a part of a document."""
    severity = severity_of(update)
    return {
        "id": update.id,
        "ecosystem": update.package.ecosystem.value,
        "package": update.package.name,
        "where": update.where,
        "current": update.current,
        "version": update.version,
        "type": "security" if update.type is UpdateType.SECURITY else "regular",
        "level": update.level.value,
        "severity": severity.label if severity is not None else None,
        "released_at": _moment(update.released_at),
        "advisories": [_advisory(one) for one in update.advisories],
        "through": [
            {"package": one.package.name, "current": one.current, "version": one.version}
            for one in update.through
        ],
        "group": update.group,
        "held": list(update.held),
        "confidence": round(update.confidence, 3),
        "grounds": list(update.grounds),
        "notes_url": update.notes_url,
        "notes": update.notes,
    }


def of_open(one: Open, accepted: str | None) -> OpenDocument:
    """Return a weakness that nothing closes as a part of a document."""
    package = one.installed.package
    return {
        "ecosystem": package.ecosystem.value,
        "package": package.name,
        "current": one.installed.version,
        "where": one.installed.where,
        "advisory": _advisory(one.advisory),
        "accepted": accepted,
    }


def _advisory(advisory: Advisory) -> AdvisoryDocument:
    return {
        "id": advisory.id,
        "aliases": sorted(advisory.aliases),
        "summary": advisory.summary,
        "severity": advisory.severity.label if advisory.severity is not None else None,
        "url": advisory.url,
        "told_by": advisory.told_by,
        "contradictions": list(advisory.contradictions),
    }


def of_source(result: SourceResult) -> SourceDocument:
    """Return how a source's look went as a part of a document."""
    return {
        "source": result.source,
        "state": result.state.value,
        "at": _moment(result.at) or "",
        "looked_at": result.looked_at,
        "total": result.total,
        "passed": [_passed(one) for one in result.passed],
        "reason": result.reason,
        "remedy": result.remedy,
        "told_at": _moment(result.told_at),
        "told_by": result.told_by,
        "withdrawn": [_withdrawn(one) for one in result.withdrawn],
    }


def _passed(passed: Passed) -> PassedDocument:
    return {"subject": passed.subject, "reason": passed.reason, "remedy": passed.remedy}


def _withdrawn(one: Withdrawn) -> WithdrawnDocument:
    return {
        "ecosystem": one.package.ecosystem.value,
        "package": one.package.name,
        "current": one.version,
        "where": one.where,
        "reason": one.reason,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
