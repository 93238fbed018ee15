"""One issue: what it is, why it was judged so, what happened, and what can be done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.frontends.api.issues import whole
from fettle.frontends.report.issue_document import IssueDocument
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.classification import Priority
from fettle.model.issue import Declined
from fettle.model.severity import Severity
from fettle.store import issues

_DECIDED = {
    "source": "The source",
    "rule": "A rule",
    "model": "This team's model",
    "llm": "A language model",
    "person": "A person",
}
_STAGES = ("investigating", "identified", "fixing", "monitoring")
Form = Mapping[str, str]


@dataclass(frozen=True)
class IssuePage:
    """What issue.html is given; `opened` is the form that was sent and refused."""

    issue: IssueDocument
    live: bool
    ended: bool
    next_stages: Sequence[str]
    severities: Sequence[str]
    priorities: Sequence[str]
    classes: Sequence[str]
    teams: Sequence[str]
    members: Sequence[str]
    reasons_to_decline: Sequence[str]
    needs_review: bool
    opened: str

    @property
    def decided(self) -> str:
        """Who or what judged it."""
        return _DECIDED[self.issue["by"]]

    def on(self, act: str) -> str:
        """Where a form about the issue is sent."""
        return f"/issues/{self.issue['number']}/{act}"


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.add("/issues/{number:int}", show)
    pages.act("/issues/{number:int}/{act}", act)


async def show(look: Look) -> Response:
    """Show an issue."""
    number = look.request.path_params["number"]
    desk = look.serving.desk
    issue = await issues.find(look.connection, number)
    stage = _STAGES.index(issue.status) if issue.status in _STAGES else -1
    team = desk.people.teams.get(issue.team or "")
    page = IssuePage(
        await whole(look.connection, desk, issue),
        issue.status.is_live,
        issue.status.is_end,
        _STAGES[stage + 1 :],
        [str(severity) for severity in reversed(Severity)],
        [str(priority) for priority in Priority],
        [one.name for one in desk.policy.classes],
        sorted(desk.people.teams),
        sorted(team.members) if team else (),
        [str(reason) for reason in Declined],
        issue.classification.priority in (Priority.P1, Priority.P2),
        "" if look.refused is None else str(look.request.path_params.get("act", "")),
    )
    title = f"#{issue.number} {issue.title}"
    return look.page("issue.html", page, title, live=[f"issue {issue.number}", "fix"])


async def act(deed: Deed) -> Response:
    """Do with an issue what a form asks for, and show it again."""
    number, name = deed.request.path_params["number"], deed.request.path_params["act"]
    if name not in _BODIES:
        raise NotFound(f"nothing is called {name} here", remedy="go back to the issue")
    version = deed.form.get("version", "")
    expects = {"if-match": f'"{version}"'} if version.isdecimal() else {}
    answer = await deed.call(f"/api/v1/issues/{number}/{name}", _BODIES[name](deed.form), expects)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"/issues/{number}" + ("/review" if name == "review" else ""))


def _texts(*names: str) -> Callable[[Form], dict[str, Any]]:
    """Return what takes fields as they were typed; those left empty are left out."""
    return lambda form: {name: form[name] for name in names if form.get(name)}


def _always(*names: str) -> Callable[[Form], dict[str, Any]]:
    """Return what takes fields as they were typed, empty ones too."""
    return lambda form: {name: form.get(name, "") for name in names}


def _assigned(form: Form) -> dict[str, Any]:
    return {name: form[name] or None for name in ("team", "assignee") if name in form}


def _classified(form: Form) -> dict[str, Any]:
    given: dict[str, Any] = _texts("severity", "priority", "category")(form)
    if form.get("class"):
        given["class"] = None if form["class"] == "none" else form["class"]
    if "services" in form:
        given["services"] = [one.strip() for one in form["services"].split(",") if one.strip()]
    return {**given, "reason": form.get("reason") or "set right on its page"}


def _merged(form: Form) -> dict[str, Any]:
    into = form.get("into", "").strip().removeprefix("#")
    return {"into": int(into) if into.isdecimal() else into, "text": form.get("text", "")}


_BODIES: Mapping[str, Callable[[Form], dict[str, Any]]] = {
    "acknowledge": _texts(),
    "assign": _assigned,
    "classify": _classified,
    "close": _texts("review"),
    "diagnose": _texts(),
    "decline": _always("why", "reason"),
    "hold": lambda form: {**_always("reason")(form), **_texts("until")(form)},
    "merge": _merged,
    "note": _always("text"),
    "reopen": _always("reason"),
    "resolve": _always("evidence"),
    "resume": _texts("text"),
    "review": _texts(),
    "stage": lambda form: {**_always("stage")(form), **_texts("text")(form)},
}
