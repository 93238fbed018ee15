"""The shape of deploys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.model.deploy import Deploy
from fettle.model.quantity import say_duration

_AT_ONCE = timedelta(minutes=1)  # the clocks of two machines are not closer


class _Deploy(TypedDict):
    id: int
    service: str
    version: str
    at: str
    """When it went live."""
    actor: str
    note: str
    url: str | None


class DeployItem(_Deploy):
    """A version of a service that went live."""


class DeployDocument(_Deploy):
    """A deploy as it was marked."""

    schema: Literal["fettle.deploy/1"]


class DeploysDocument(TypedDict):
    """A page of a list of deploys, those marked last first."""

    schema: Literal["fettle.deploys/1"]
    items: list[DeployItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class DeployOfIssueDocument(_Deploy):
    """A deploy beside an issue."""

    before_s: float
    """How long before the trouble began; below zero when it came after."""
    when: str
    """The same in words: `deployed 4 min before`."""


def of_deploy(deploy: Deploy) -> DeployDocument:
    """Return a deploy as it was marked."""
    return {"schema": "fettle.deploy/1", **_of(deploy)}


def of_deploys(found: Sequence[Deploy], last: str | None) -> DeploysDocument:
    """Return a page of deploys."""
    return {
        "schema": "fettle.deploys/1",
        "items": [{**_of(deploy)} for deploy in found],
        "next": last,
    }


def of_issue(deploy: Deploy, started: datetime) -> DeployOfIssueDocument:
    """Return a deploy beside an issue that began at a moment."""
    before = started - deploy.at
    return {**_of(deploy), "before_s": before.total_seconds(), "when": _when(before)}


def _when(before: timedelta) -> str:
    if abs(before) < _AT_ONCE:
        return "deployed as it began"
    if before >= timedelta():
        return f"deployed {say_duration(before)} before"
    return f"deployed {say_duration(-before)} after it began"


def _of(deploy: Deploy) -> _Deploy:
    return {
        "id": deploy.id,
        "service": deploy.service,
        "version": deploy.version,
        "at": said(deploy.at),
        "actor": deploy.actor,
        "note": deploy.note,
        "url": deploy.url,
    }
