"""Deploys are marked, and stand beside the issues of their services.

What changed shortly before trouble began is the first suspect, so an issue shows the deploys of its
services and of what these need; what is deployed while it goes on stands in its timeline.
"""

from dataclasses import replace
from datetime import timedelta

from fettle.errors import NotFound, WrongUsage
from fettle.flow import errors
from fettle.flow.tend import Desk
from fettle.model.deploy import Deploy
from fettle.model.issue import Entry, Issue
from fettle.store import deploys, issues
from fettle.store.statements import Connection

_BEFORE = timedelta(days=1)  # a deploy that took longer to hurt is found in the list of deploys
_AHEAD = timedelta(minutes=5)  # that clocks may differ
_ISSUES = 100


async def mark(connection: Connection, desk: Desk, deploy: Deploy) -> Deploy:
    """Keep a deploy, write it to the issues of its service that go on, and resolve what it fixes.

    Raises NotFound for a service that the settings do not name, where they name any. The caller is
    in a transaction.
    """
    now = desk.clock.now()
    if deploy.at > now + _AHEAD:
        raise WrongUsage(f"{deploy.at:%Y-%m-%d %H:%M} UTC has not come yet")
    kept = await deploys.mark(connection, replace(deploy, service=_known(desk, deploy)), now)
    numbers = await issues.live_of_service(connection, kept.service, _ISSUES)
    entry = Entry("deployed", kept.actor, now, _told(kept), _detail(kept))
    await issues.write_entries(connection, [(number, entry) for number in numbers])
    await errors.deployed(connection, desk, kept)
    return kept


async def about(connection: Connection, desk: Desk, issue: Issue) -> list[Deploy]:
    """Return the deploys of an issue's services and what they need: before it began, and since."""
    catalogue = desk.policy.catalogue
    named = dict.fromkeys(issue.classification.services)
    for service in issue.classification.services:
        named |= dict.fromkeys(catalogue.needs(service))
    if not named:
        return []
    started = issue.milestones.started
    until = issue.milestones.resolved or desk.clock.now() + _AHEAD
    return await deploys.around(connection, list(named), started - _BEFORE, until)


def _known(desk: Desk, deploy: Deploy) -> str:
    """Return the service as the settings call it."""
    services = desk.policy.catalogue.services
    for service in services:
        if deploy.service in (service.name, *service.also):
            return service.name
    if services:
        names = ", ".join(service.name for service in services)
        raise NotFound(f"there is no service {deploy.service}", remedy=f"one of {names}")
    return deploy.service


def _told(deploy: Deploy) -> str:
    note = f": {deploy.note}" if deploy.note else ""
    return f"{deploy.service} {deploy.version}{note}"


def _detail(deploy: Deploy) -> dict[str, str]:
    return {
        "deploy": str(deploy.id),
        "service": deploy.service,
        "version": deploy.version,
        "deployed_at": deploy.at.isoformat(),
    }
