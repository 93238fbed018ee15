"""What may be done with an issue: each answers with the issue as it is then.

What it cannot be done with is refused with 409 and what to do instead. Two who act on the same
issue at once come one after the other: the second one decides about what the first one left. Who
says by If-Match which version they have seen is refused with 412 where there is a newer one.
"""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import ConfigDict, Field, model_validator

from fettle.errors import Outdated
from fettle.flow import regroup, reviews, settle, tend
from fettle.flow.inquire import Wish
from fettle.flow.tend import Desk
from fettle.frontends.api.acting import Act, Acting, ApiRoute, needs
from fettle.frontends.api.given import Body, Name, Text, by
from fettle.frontends.api.issues import whole
from fettle.frontends.api.paging import Id, Moment, Number
from fettle.frontends.api.serving import AtDesk, ByAsking, ByEngine
from fettle.frontends.report.issue_document import IssueDocument
from fettle.model.classification import Priority
from fettle.model.issue import Declined, Entry, Issue, Moved, Status
from fettle.model.review import Evidence
from fettle.model.role import Role
from fettle.model.severity import Severity, SeverityName
from fettle.store import issues
from fettle.triage import moves, recovery
from fettle.triage.correct import Correction
from fettle.triage.moves import By


async def _unchanged(
    act: Act,
    number: Number,
    if_match: Annotated[
        str | None,
        Header(description='the version that was seen, `"7"`', pattern=r'^"[0-9]{1,9}"$'),
    ] = None,
) -> None:
    """Refuse to act on an issue that is not as it was seen; raises Outdated."""
    if if_match is None:
        return
    issue = await issues.to_change(act.connection, number)
    if issue.version != int(if_match.strip('"')):
        raise Outdated(
            f"issue {number} has changed since you saw it",
            remedy="look at what changed, and ask again if it still holds",
        )


router = APIRouter(
    prefix="/api/v1/issues",
    route_class=ApiRoute,
    tags=["issues"],
    dependencies=[Depends(_unchanged)],
)
_RESPONDER = needs(Role.RESPONDER)

Decide = Callable[[Issue, By], Moved]


async def _moved(acting: Acting, desk: Desk, number: int, decide: Decide) -> IssueDocument:
    who = by(acting, desk)
    issue = await tend.move(acting.connection, desk, number, lambda issue: decide(issue, who))
    return await whole(acting.connection, desk, issue)


@router.post("/{number}/acknowledge", openapi_extra=_RESPONDER)
async def acknowledge(act: Act, desk: AtDesk, number: Number) -> IssueDocument:
    """Take an issue; it does nothing where somebody has."""
    return await _moved(act, desk, number, moves.acknowledge)


class Assign(Body):
    """A team, one of its people, or both; what is null nobody has, what is left out stays.

    An issue that is handed to another team is nobody's there until somebody is named.
    """

    team: Name | None = None
    assignee: Name | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> "Assign":
        if not self.model_fields_set:
            raise ValueError("name a team, or an assignee")
        return self


@router.post("/{number}/assign", openapi_extra=_RESPONDER)
async def assign(act: Act, desk: AtDesk, number: Number, what: Assign) -> IssueDocument:
    """Hand an issue to a team, or to one of its people."""

    def decide(issue: Issue, who: By) -> Moved:
        team = what.team if "team" in what.model_fields_set else issue.team
        stays = "assignee" not in what.model_fields_set and team == issue.team
        assignee = issue.assignee if stays else what.assignee
        desk.people.refuse_strangers(team, assignee)
        return moves.assign(issue, who, team, assignee)

    return await _moved(act, desk, number, decide)


class Stage(Body):
    """How far the work is."""

    stage: Literal["investigating", "identified", "fixing", "monitoring"]
    text: Text = ""


@router.post("/{number}/stage", openapi_extra=_RESPONDER)
async def stage(act: Act, desk: AtDesk, number: Number, what: Stage) -> IssueDocument:
    """Say how far the work is: investigated, identified, being fixed, or watched."""
    status = Status(what.stage)
    return await _moved(
        act, desk, number, lambda issue, who: moves.stage(issue, who, status, what.text)
    )


class Note(Body):
    """What there is to say."""

    text: Text


@router.post("/{number}/note", openapi_extra=_RESPONDER)
async def note(act: Act, desk: AtDesk, number: Number, what: Note) -> IssueDocument:
    """Say something about an issue; that is the news that was promised."""
    return await _moved(act, desk, number, lambda issue, who: moves.note(issue, who, what.text))


class Hold(Body):
    """What it waits for, and until when; without an end until it is resumed."""

    reason: Text
    until: Moment | None = None


@router.post("/{number}/hold", openapi_extra=_RESPONDER)
async def hold(act: Act, desk: AtDesk, number: Number, what: Hold) -> IssueDocument:
    """Let what is promised wait for something outside; the first response waits for nothing."""
    return await _moved(
        act, desk, number, lambda issue, who: moves.hold(issue, who, what.reason, what.until)
    )


class Resume(Body):
    """Why it goes on."""

    text: Text = ""


@router.post("/{number}/resume", openapi_extra=_RESPONDER)
async def resume(
    act: Act, desk: AtDesk, number: Number, what: Resume | None = None
) -> IssueDocument:
    """Let what is promised go on."""
    text = what.text if what else ""
    return await _moved(act, desk, number, lambda issue, who: moves.resume(issue, who, text))


class Resolve(Body):
    """What shows that the trouble is over; what Fettle has seen itself, when nothing is said."""

    evidence: Text = ""


@router.post("/{number}/resolve", openapi_extra=_RESPONDER)
async def resolve(
    act: Act, desk: AtDesk, number: Number, what: Resolve | None = None
) -> IssueDocument:
    """Say that the trouble is over, and what shows it.

    Without words it needs what Fettle has seen: a fix that worked, an alert that has ended, a look
    that finds nothing any more.
    """
    evidence, kind = what.evidence if what else "", Evidence.WORD
    if not evidence.strip():
        timeline = await issues.timeline(act.connection, number)
        evidence, kind = recovery.said(timeline), recovery.kind(timeline)
    return await _moved(
        act, desk, number, lambda issue, who: moves.resolve(issue, who, evidence, kind)
    )


class Decline(Body):
    """Why it is none, as a kind and in words."""

    why: Declined
    reason: Text


@router.post("/{number}/decline", openapi_extra=_RESPONDER)
async def decline(act: Act, desk: AtDesk, number: Number, what: Decline) -> IssueDocument:
    """Say that it is no trouble, trouble that is known already, or that nothing will be done."""
    return await _moved(
        act, desk, number, lambda issue, who: moves.decline(issue, who, what.why, what.reason)
    )


class Reopen(Body):
    """Why the trouble is not over."""

    reason: Text


@router.post("/{number}/reopen", openapi_extra=_RESPONDER)
async def reopen(act: Act, desk: AtDesk, number: Number, what: Reopen) -> IssueDocument:
    """Say that the trouble is not over."""
    return await _moved(act, desk, number, lambda issue, who: moves.reopen(issue, who, what.reason))


@router.post("/{number}/review", openapi_extra=_RESPONDER)
async def review(act: Act, desk: AtDesk, number: Number) -> IssueDocument:
    """Begin to look back at what happened."""
    issue = await reviews.begin(act.connection, desk, number, by(act, desk))
    return await whole(act.connection, desk, issue)


class Close(Body):
    """A short review in a few words, where none is written; a p1 and a p2 need one that is signed.

    It is signed by who closes the issue, who of a p1 and a p2 has not worked on it.
    """

    review: Text | None = None


@router.post("/{number}/close", openapi_extra=_RESPONDER)
async def close(
    act: Act, desk: AtDesk, engine: ByEngine, number: Number, what: Close | None = None
) -> IssueDocument:
    """End an issue; that it was classified rightly is learnt from."""
    reviewed = what.review if what else None
    issue = await settle.close(act.connection, desk, engine, number, by(act, desk), reviewed)
    return await whole(act.connection, desk, issue)


class Classify(Body):
    """What it is instead; what is left out stays, or follows from what is given.

    A class brings its severity, priority and category; a severity or other services bring the
    priority; what is promised follows from all of them. `class` null: no class fits.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    severity: SeverityName | None = None
    priority: Priority | None = None
    category: Name | None = None
    class_: Name | None = Field(None, alias="class")
    services: list[Name] | None = Field(None, max_length=100)
    reason: Text

    @property
    def correction(self) -> Correction:
        """Return it as triage takes it."""
        return Correction(
            self.reason,
            None if self.severity is None else Severity.named(self.severity),
            self.priority,
            self.category,
            None if self.services is None else tuple(self.services),
            self.class_,
            class_given="class_" in self.model_fields_set,
        )


@router.post("/{number}/classify", openapi_extra=_RESPONDER)
async def classify(
    act: Act, desk: AtDesk, engine: ByEngine, asking: ByAsking, number: Number, what: Classify
) -> IssueDocument:
    """Decide otherwise than triage; it is learnt from, and what it may be about is looked at."""
    issue = await settle.correct(
        act.connection, desk, engine, number, by(act, desk), what.correction
    )
    await asking.after(act.connection, issue, act.actor, desk.clock.now())
    return await whole(act.connection, desk, issue)


class Diagnose(Body):
    """A target of the settings, where it is not one that the issue is about by itself.

    Of one that it is about, only that one is looked at. `database` is the same, for a database.
    What people notice, as `symptoms`, ranks what is found.
    """

    target: Name | None = None
    database: Name | None = None
    symptoms: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field([], max_length=20)


@router.post("/{number}/diagnose", status_code=202, openapi_extra=_RESPONDER)
async def diagnose(
    act: Act, desk: AtDesk, asking: ByAsking, number: Number, what: Diagnose | None = None
) -> IssueDocument:
    """Let a worker look again at what an issue is about: databases, and all else that is watched.

    What it comes to, and the difference to the look before, hangs on the issue a moment later.
    """
    given = what or Diagnose()
    issue = await issues.find(act.connection, number)
    wish = Wish(act.actor, given.target or given.database, tuple(given.symptoms))
    asked = await asking.anew(act.connection, issue, wish, desk.clock.now())
    named = ", ".join(one.aim.target for one in asked)
    entry = Entry("diagnose", act.actor, desk.clock.now(), named)
    await issues.write_down(act.connection, issue, entry)
    return await whole(act.connection, desk, issue)


class Milestones(Body):
    """When it came to what, as far as it was noted wrongly; null takes one back."""

    started: Moment | None = None
    detected: Moment | None = None
    acknowledged: Moment | None = None
    mitigated: Moment | None = None
    resolved: Moment | None = None
    reason: Text

    @model_validator(mode="after")
    def _began(self) -> "Milestones":
        for name in ("started", "detected"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} is when it began, and cannot be taken back")
        return self


@router.post("/{number}/milestones", openapi_extra=_RESPONDER)
async def milestones(act: Act, desk: AtDesk, number: Number, what: Milestones) -> IssueDocument:
    """Set milestones right, as people remember better than machines saw."""
    given = {name: at for name, at in what if name in what.model_fields_set and name != "reason"}
    return await _moved(
        act,
        desk,
        number,
        lambda issue, who: moves.amend(
            issue, who, dataclasses.replace(issue.milestones, **given), what.reason
        ),
    )


class Merge(Body):
    """The issue that it is the same trouble as, and which goes on."""

    into: Id
    text: Text = ""


@router.post("/{number}/merge", openapi_extra=_RESPONDER)
async def merge(act: Act, desk: AtDesk, number: Number, what: Merge) -> IssueDocument:
    """Let an issue become a part of another one, with its alerts."""
    issue = await regroup.merge(act.connection, desk, number, what.into, by(act, desk), what.text)
    return await whole(act.connection, desk, issue)


class Split(Body):
    """The alerts that are trouble of their own, by their ids, and what it is called."""

    alerts: list[Id] = Field(min_length=1, max_length=1000)
    title: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    text: Text = ""


@router.post(
    "/{number}/split",
    status_code=201,
    openapi_extra=needs(Role.RESPONDER, place="/api/v1/issues/{number}"),
)
async def split(act: Act, desk: AtDesk, number: Number, what: Split) -> IssueDocument:
    """Let some alerts of an issue become an issue of their own; answers with the new one."""
    issue = await regroup.split(
        act.connection,
        desk,
        number,
        by(act, desk),
        regroup.Part(tuple(what.alerts), what.title, what.text),
    )
    return await whole(act.connection, desk, issue)


class Link(Body):
    """Another issue, and how this one belongs to it."""

    issue: Id
    kind: Literal["related", "caused_by", "split_from"] = "related"


@router.post("/{number}/link", openapi_extra=_RESPONDER)
async def link(act: Act, desk: AtDesk, number: Number, what: Link) -> IssueDocument:
    """Say how an issue belongs to another one, without being the same trouble."""
    issue = await regroup.link(act.connection, number, what.issue, what.kind, by(act, desk))
    return await whole(act.connection, desk, issue)
