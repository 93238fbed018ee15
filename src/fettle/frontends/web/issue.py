"""One issue: what it is, why it was judged so, what happened, and what can be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.flow import solution, why, wording
from fettle.flow.evidence import MOST_PROPOSED, SUSPECT
from fettle.frontends.api.issues import whole
from fettle.frontends.api.paging import next_after
from fettle.frontends.api.work import past_like
from fettle.frontends.report import issue_document, words_document
from fettle.frontends.report.check_document import CauseDocument
from fettle.frontends.report.deploy_document import DeployOfIssueDocument
from fettle.frontends.report.issue_document import EntryDocument, IssueDocument, TimelineDocument
from fettle.frontends.report.moments import said
from fettle.frontends.report.similar_document import HelpedDocument, SimilarItem
from fettle.frontends.report.words_document import WordsItem
from fettle.frontends.report.work_document import StageDocument
from fettle.frontends.web import issue_acts
from fettle.frontends.web.issue_looks import Sought, sought
from fettle.frontends.web.recent import Recent
from fettle.frontends.web.shell import Deed, Look, Pages, Show
from fettle.frontends.web.targets import path_of
from fettle.model.advice import Wording
from fettle.model.classification import Priority
from fettle.model.incident import Suspect
from fettle.model.issue import Declined, Issue
from fettle.model.severity import Severity
from fettle.resolution.enquiry import Enquiry
from fettle.store import issues

_DECIDED = {
    "source": "The source",
    "rule": "A rule",
    "model": "This team's model",
    "llm": "A language model",
    "person": "A person",
}
_STAGES = ("investigating", "identified", "fixing", "monitoring")
_PARTS = ("investigation", "resolution", "closure")
_MEANS = {
    "gather": "What was seen, whom it hurts, and what has changed is known.",
    "analyse": "What was found has been read, and says where to look.",
    "reproduce": "The trouble can be shown at will: by a check, a request, or a test.",
    "root-cause": "Somebody has said what is behind it.",
    "plan": "It is known what will mend it, and what that could break.",
    "implement": "The change is made.",
    "test": "The change was tried, and does what it should.",
    "deploy": "The change is live.",
    "verify": "It was seen that the trouble is over.",
    "document": "What happened and what helped is written down.",
    "review": "Somebody has looked back at it.",
    "improve": "What keeps it from coming back is done, or promised with an owner and a day.",
}
_SELDOM = ("hold", "assign", "merge", "decline")
_MOST_LIKE = 5
_LATEST = 50
_ENTRIES = 200
_LASTS = timedelta(
    minutes=1
)  # of what hangs together with much it takes a part of a second to tell

Why = Recent[tuple[int, tuple[str, ...], datetime, datetime | None], Sequence[Suspect]]


@dataclass(frozen=True)
class Proposed:
    """A cause that a look at a target proposes."""

    target: str
    cause: CauseDocument

    @property
    def text(self) -> str:
        """What somebody states who thinks so too."""
        grounds = "; ".join(self.cause["evidence"][:2])
        return f"{self.cause['subject']}: {grounds}" if grounds else self.cause["subject"]


@dataclass(frozen=True)
class Moved:
    """A figure that left its level and may be why, and the page of what it is of."""

    path: str
    suspect: Suspect


@dataclass(frozen=True)
class Known:
    """What can be chosen from: who and what there is."""

    teams: Sequence[str]
    members: Sequence[str]
    people: Sequence[str]
    services: Sequence[str]
    classes: Sequence[str]
    runbooks: Sequence[str]
    severities: tuple[str, ...] = tuple(str(severity) for severity in reversed(Severity))
    priorities: Sequence[str] = tuple(map(str, Priority))
    reasons_to_decline: Sequence[str] = tuple(map(str, Declined))


@dataclass(frozen=True)
class IssuePage:
    """What issue.html is given; `opened` is the form that was sent and refused.

    `enquiries` are where to look when nobody knows an error; `words` what a language model said of
    either when it was asked, which it can be where it `puts_into_words`.

    `sought` is what it is looked at by, `like` are past issues that are like it, `acts` what can be
    done with it in its state, `moved` what of its services' figures, and of what they need, may be
    behind it.
    """

    issue: IssueDocument
    like: Sequence[SimilarItem]
    known: Known
    sought: Sought
    viewer: str
    now: str
    opened: str
    moved: Sequence[Moved]
    enquiries: Sequence[Enquiry]
    words: Mapping[str, WordsItem]
    puts_into_words: bool
    live: bool
    ended: bool

    @property
    def decided(self) -> str:
        """Who or what judged it."""
        return _DECIDED[self.issue["by"]]

    @property
    def needs_review(self) -> bool:
        """Whether it is closed with a review."""
        review = self.issue["review"]
        return review is not None and review["needed"]

    @property
    def neighbours(self) -> Sequence[str]:
        """The severities next to its own: what it rather is, where it was judged wrongly."""
        at = self.known.severities.index(self.issue["severity"])
        return self.known.severities[max(at - 1, 0) : at] + self.known.severities[at + 1 : at + 2]

    @property
    def next_stages(self) -> Sequence[str]:
        """How far it may be said to be from here: what comes next first, then what was before."""
        status = self.issue["status"]
        at = _STAGES.index(status) if status in _STAGES else -1
        return (*_STAGES[at + 1 :], *reversed(_STAGES[: max(at, 0)]))

    @property
    def acts(self) -> Sequence[str]:
        """What is mostly done with it in its state, but what is to be done next."""
        return [act for act in self._others() if act not in _SELDOM]

    @property
    def further(self) -> Sequence[str]:
        """What is done with it now and then."""
        return [act for act in self._others() if act in _SELDOM]

    def _others(self) -> Iterator[str]:
        step = self.issue["next_step"]
        return (act for act in self._acts() if step is None or act != step["act"])

    @property
    def offers_next(self) -> bool:
        """Whether what is to be done next is one of the acts."""
        step = self.issue["next_step"]
        return step is not None and step["act"] in self._acts()

    def _acts(self) -> Iterator[str]:
        if self.live:
            yield from ("acknowledge",) if self.issue["acknowledged_by"] is None else ()
            yield from ("resolve", "stage")
            yield from ("reopen",) if self.issue["status"] == "monitoring" else ()
            yield "resume" if self.issue["on_hold"] else "hold"
            yield from ("assign", "merge", "decline")
        else:
            yield "reopen"
            yield from () if self.ended else ("review",)
            yield from () if self.ended else ("close",)

    @property
    def latest(self) -> Sequence[EntryDocument]:
        """What happened at last, the latest first."""
        return self.issue["timeline"][: -_LATEST - 1 : -1]

    @property
    def has_more(self) -> bool:
        """Whether more has happened."""
        return len(self.issue["timeline"]) > _LATEST

    @property
    def parts(self) -> Sequence[tuple[str, Sequence[StageDocument]]]:
        """The stages of the work, part by part."""
        stages = self.issue["stages"]
        return [(part, [one for one in stages if one["part"] == part]) for part in _PARTS]

    @property
    def proposed(self) -> Sequence[Proposed]:
        """The causes that looks propose, the surest first."""
        diagnosis = self.issue["diagnosis"]
        looks = diagnosis["looks"] if diagnosis else []
        found = [
            Proposed(look["target"], cause)
            for look in looks
            if look["document"] is not None
            for cause in look["document"]["causes"]
        ]
        return sorted(found, key=lambda one: -one.cause["confidence"])[:MOST_PROPOSED]

    @property
    def step(self) -> int | None:
        """The number of the runbooks' first step that is not done, while the trouble goes on."""
        steps = [step for runbook in self.issue["runbooks"] for step in runbook["steps"]]
        left = (step["number"] for step in steps if self.live and not step["done"])
        return next(left, None)

    @property
    def ticked(self) -> int:
        """How many steps of the runbooks are done."""
        return sum(step["done"] for one in self.issue["runbooks"] for step in one["steps"])

    def means(self, stage: str) -> str:
        """What it means that a stage is done."""
        return _MEANS[stage]

    @property
    def suspects(self) -> Sequence[DeployOfIssueDocument]:
        """The deploys that came so shortly before that they may be what did it."""
        return [
            one
            for one in self.issue["deploys"]
            if timedelta() <= timedelta(seconds=one["before_s"]) <= SUSPECT
        ]

    def may_be_worded(self, about: str) -> bool:
        """Whether a language model can be asked: what may be behind it, or where to look."""
        asked = about in self.words and self.words[about]["asking"]
        if not self.puts_into_words or self.ended or asked:
            return False
        causes = self.moved or self.proposed or self.suspects
        return bool(causes if about == Wording.CAUSES else self.enquiries)

    @property
    def helped(self) -> HelpedDocument | None:
        """What helped with the issue that is the most like it."""
        return next(iter(self.like[0]["helped"]), None) if self.like else None

    def on(self, act: str) -> str:
        """Where a form about the issue is sent."""
        return f"/issues/{self.issue['number']}/{act}"


@dataclass(frozen=True)
class TimelinePage:
    """What issue_timeline.html is given: a part of what happened to an issue."""

    timeline: TimelineDocument
    title: str


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    recent: Why = Recent(pages.serving.clock, _LASTS)

    async def shown(look: Look) -> Response:
        return await _show(look, recent)

    async def acted(deed: Deed) -> Response:
        return await _act(deed, shown)

    pages.add("/issues/{number:number}", shown)
    pages.add("/issues/{number:number}/timeline", show_before)
    pages.act("/issues/{number:number}/{act}", acted)


async def _show(look: Look, recent: Why) -> Response:
    """Show an issue."""
    number = look.request.path_params["number"]
    issue = await issues.find(look.connection, number)
    document = await whole(look.connection, look.serving.desk, issue)
    typed = look.refused.typed if look.refused else {}
    name = str(look.request.path_params.get("act", ""))
    page = IssuePage(
        document,
        (await past_like(look.connection, issue, _MOST_LIKE))["items"],
        _known(look, issue, document),
        await sought(look, issue, document),
        look.viewer.user,
        said(look.serving.clock.now()),
        issue_acts.opened(name, typed) if look.refused else "",
        await _moved(look, issue, recent),
        await _enquiries(look, issue, document),
        await _words(look, number),
        look.serving.puts_into_words,
        issue.status.is_live,
        issue.status.is_end,
    )
    title = f"#{issue.number} {issue.title}"
    return look.page("issue.html", page, title, live=[f"issue {issue.number}", "fix"])


async def _moved(look: Look, issue: Issue, recent: Why) -> Sequence[Moved]:
    """Return what may have caused it, the likeliest first, as long as somebody works on it."""
    about = issue.classification.services
    if not about or issue.status.is_end:
        return []
    began, until = issue.milestones.started, issue.milestones.resolved
    connection, serving = look.connection, look.serving

    async def told() -> Sequence[Suspect]:
        upto = until or serving.clock.now()
        return await why.suspects(connection, serving.targets, about, began, upto)

    made = await recent.get((issue.number, about, began, until), told)
    return [
        Moved(path_of(one.subject, serving.targets[one.subject].kind), one)
        for one in why.likely(made.answer, serving.targets)
    ]


async def _enquiries(look: Look, issue: Issue, document: IssueDocument) -> Sequence[Enquiry]:
    """Return where to look for an error that nobody knows, as long as somebody works on it."""
    known = document["known"]
    if known is None or known["answered"] or issue.status.is_end:
        return ()
    return await solution.printed_enquiries(look.connection, look.serving.desk, issue)


async def _words(look: Look, number: int) -> Mapping[str, WordsItem]:
    if not look.serving.puts_into_words:
        return {}  # what was said when there was one stands in the timeline
    found = await wording.of_issue(look.connection, number)
    return {str(about): words_document.of_item(one) for about, one in found.items()}


async def show_before(look: Look) -> Response:
    """Show what happened to an issue, page by page, the latest first."""
    number, before = look.request.path_params["number"], look.number("cursor")
    issue = await issues.find(look.connection, number)
    found = await issues.history(look.connection, number, before, _ENTRIES)
    last = next_after(found[-1].id if len(found) == _ENTRIES else None)
    page = TimelinePage(issue_document.of_timeline(number, found, last), issue.title)
    return look.page("issue_timeline.html", page, f"#{number} {issue.title}")


def _known(look: Look, issue: Issue, document: IssueDocument) -> Known:
    desk = look.serving.desk
    team = desk.people.teams.get(issue.team or "")
    members = {name for one in desk.people.teams.values() for name in one.members}
    there = {runbook["name"] for runbook in document["runbooks"]}
    return Known(
        sorted(desk.people.teams),
        sorted(team.members) if team else (),
        sorted(members | {look.viewer.user}),
        list(dict.fromkeys((*issue.classification.services, *sorted(desk.people.services)))),
        [one.name for one in desk.policy.classes],
        [name for name in desk.shelf.names() if name not in there],
    )


async def _act(deed: Deed, show: Show) -> Response:
    """Do with an issue what a form asks for, and show it again."""
    number, name = deed.request.path_params["number"], deed.request.path_params["act"]
    asked = issue_acts.asked(name, deed.form)
    if asked is None:
        raise NotFound(f"nothing is called {name} here", remedy="go back to the issue")
    version = deed.form.get("version", "")
    expects = {"if-match": f'"{version}"'} if version.isdecimal() else {}
    answer = await deed.call(asked.path_of(number), asked.body, expects)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    where = "/review" if name == "review" else f"{'#' if asked.shows else ''}{asked.shows}"
    return deed.back(f"/issues/{number}{where}")
