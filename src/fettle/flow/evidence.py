"""What is known of an issue's trouble, line by line: all that a language model is given to word.

The causes are what moved and may be why, what looks at databases propose, and what went live
shortly before. The enquiries are where to look when nobody knows an error, and how it was told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fettle.flow import deploys, solution, why
from fettle.flow.catalogued import Known
from fettle.flow.tend import Desk
from fettle.model.deploy import Deploy
from fettle.model.incident import Suspect
from fettle.model.investigation import Investigation
from fettle.model.issue import Issue
from fettle.model.quantity import say_duration, say_share
from fettle.store import investigations
from fettle.store.statements import Connection

SUSPECT = timedelta(hours=2)  # what went live so shortly before is the first suspect
MOST_PROPOSED = 3
_MOST_GROUNDS = 5


@dataclass(frozen=True)
class Evidence:
    """Lines that say it, and what they rest on in a few words each; without that it is none."""

    lines: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rests_on)


async def of_causes(
    connection: Connection, desk: Desk, targets: Mapping[str, Known], issue: Issue
) -> Evidence:
    """Return what may be behind an issue's trouble."""
    about, when = issue.classification.services, issue.milestones
    until = when.resolved or desk.clock.now()
    found = await why.suspects(connection, targets, about, when.started, until)
    looks = await investigations.of_issue(connection, issue.number)
    went_live = await deploys.about(connection, desk, issue)
    told = [
        *(_suspect(one) for one in why.likely(found, targets)),
        *(_proposed(*one) for one in _causes(looks)),
        *(_deploy(one, issue) for one in went_live if _is_suspect(one, issue)),
    ]
    return _evidence(issue, told)


async def of_enquiries(connection: Connection, desk: Desk, issue: Issue) -> Evidence:
    """Return where to look for an issue's error; nothing where it is known."""
    found = await solution.known_of(connection, desk, issue)
    if found is not None and found.recognition.answered:
        return Evidence()
    text = (await solution.told(connection, issue)).text
    told = [
        (one.says, (f"{one.says}: {one.evidence}",))
        for one in await solution.analysed(connection, desk, issue, text)
    ]
    found_ = _evidence(issue, told)
    return Evidence((*found_.lines, f"The error was told as: {text}"), found_.rests_on)


# What it rests on, and the lines that say it.
_Told = tuple[str, Sequence[str]]


def _evidence(issue: Issue, told: Sequence[_Told]) -> Evidence:
    about = ", ".join(issue.classification.services)
    began = f"it began at {issue.milestones.started:%Y-%m-%dT%H:%M:%SZ}; moments are in UTC"
    head = (f"The trouble: {issue.title}", f"It is about {about}" if about else "", began)
    lines = (line for _, said in told for line in said)
    return Evidence((*filter(None, head), *lines), tuple(one for one, _ in told))


def _suspect(one: Suspect) -> _Told:
    sure = f"{say_share(one.confidence)} sure"
    first = f"{one.subject} may be behind it, by its {one.metric}, {sure}"
    return f"{one.subject}'s {one.metric}", (first, *one.evidence[:_MOST_GROUNDS])


def _causes(looks: Sequence[Investigation]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what looks at databases propose, with the database, the surest first."""
    found = [
        (look.target, cause)
        for look in looks
        if look.snapshot is not None
        for cause in look.snapshot.document["causes"]
    ]
    return sorted(found, key=lambda one: -one[1]["confidence"])[:MOST_PROPOSED]


def _proposed(database: str, cause: Mapping[str, Any]) -> _Told:
    named = f" ({cause['name']})" if cause["name"] else ""
    whose = f"{cause['subject']}{named} of {database}"
    first = f"{whose} may be behind it, {say_share(cause['confidence'])} sure"
    return f"{cause['subject']} of {database}", (first, *cause["evidence"][:_MOST_GROUNDS])


def _is_suspect(deploy: Deploy, issue: Issue) -> bool:
    return timedelta() <= issue.milestones.started - deploy.at <= SUSPECT


def _deploy(one: Deploy, issue: Issue) -> _Told:
    before = say_duration(issue.milestones.started - one.at)
    live = f"went live at {one.at:%Y-%m-%dT%H:%M:%SZ}, {before} before it began"
    return f"{one.service} {one.version}", (f"{one.service} {one.version} {live}",)
