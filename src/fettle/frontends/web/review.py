"""The review of an issue: written in sections, handed in, signed, and taken along as Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import PlainTextResponse, Response

from fettle.errors import WrongUsage
from fettle.flow import persons, reviews
from fettle.flow.reviews import Whole
from fettle.frontends.report import review_document
from fettle.frontends.report.review_document import ActionItemDocument, ReviewDocument
from fettle.frontends.web import marked, numbers, promises
from fettle.frontends.web.promises import Form
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.review import SECTIONS
from fettle.review import export as exports
from fettle.review import steps
from fettle.review.draft import PROMPTS, answered, unasked

_PATH = "/issues/{number:number}/review"


@dataclass(frozen=True)
class Section:
    """A part of a review: what it says, and what it asks as long as nobody has answered.

    `drafted` is what the issue tells by itself, where that is something else; `opened` where it was
    written and refused: somebody else had written in it meanwhile.
    """

    name: str
    title: str
    text: str
    shown: Markup
    prompt: str | None
    drafted: str | None
    opened: bool


@dataclass(frozen=True)
class ReviewPage:
    """What review.html is given; `shown` is the version that was asked for, None for what it says.

    `missing` are titles of sections that have to be written before it is handed in, `by_another` is
    whether its author does not sign it, `owed_as` the priority for which it is needed, `opened` the
    form that was refused.
    """

    title: str
    issue_version: int
    priority: str
    owed_as: str | None
    live: bool
    ended: bool
    review: ReviewDocument
    sections: Sequence[Section]
    missing: Sequence[str]
    by_another: bool
    is_author: bool
    shown: int | None
    people: Sequence[str]
    opened: str

    @property
    def number(self) -> int:
        """The issue's number."""
        return self.review["issue"]

    @property
    def open(self) -> bool:
        """Whether it can be written."""
        return self.review["state"] in ("draft", "in-review") and self.shown is None

    @property
    def may_sign(self) -> bool:
        """Whether the viewer may sign it, as far as they are not its author."""
        return not (self.by_another and self.is_author)

    @property
    def promises(self) -> Sequence[ActionItemDocument]:
        """The action items: open ones by their day, then those that are over, the latest first."""
        items = self.review["actions"]
        waiting = [one for one in reversed(items) if one["state"] == "open"]
        over = [one for one in items if one["state"] != "open"]
        return [*sorted(waiting, key=lambda one: one["due"] or "9"), *over]

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"/issues/{self.number}/review"

    @property
    def command(self) -> str:
        """How it is read on a command line."""
        return f"fettle issue review {self.number} --show"


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.add(_PATH, show)
    pages.add(f"{_PATH}.md", export)
    pages.act(f"{_PATH}/write", write)
    pages.act(f"{_PATH}/actions", add)
    for act in _BODIES:
        pages.act(f"{_PATH}/{act}", move)
    promises.install(pages, _PATH, show)


async def show(look: Look) -> Response:
    """Show what the review says now, or said in a version that the query names."""
    number, shown = look.request.path_params["number"], look.number("version")
    desk, connection = look.serving.desk, look.connection
    whole = await reviews.read(connection, number, shown)
    issue, review = whole.issue, whole.review
    opened = promises.opened(look)
    is_author = review.author is not None and await persons.same(
        connection, desk, look.viewer.actor, review.author
    )
    page = ReviewPage(
        issue.title,
        issue.version,
        str(issue.classification.priority),
        issue.owes_review,
        issue.status.is_live,
        issue.status.is_end,
        review_document.of_review(whole, look.serving.clock.now()),
        list(_sections(whole, look.refused.typed.get("section", "") if look.refused else "")),
        [SECTIONS[name] for name in steps.ANSWERED if not answered(whole.sections.get(name, ""))],
        await reviews.by_another(connection, desk),
        is_author,
        shown,
        await promises.people(look),
        opened,
    )
    return look.page("review.html", page, f"Review of #{number}", live=[f"issue {number}"])


def _sections(whole: Whole, opened: str) -> Iterator[Section]:
    for name, title in SECTIONS.items():
        said = whole.sections.get(name, "")
        text = unasked(name, said)
        asks = text != said.strip() or not answered(said)
        prompt = PROMPTS.get(name) if asks else None
        drafted = unasked(name, whole.drafted.get(name, ""))
        told = drafted if drafted and drafted != text else None
        yield Section(name, title, text, marked.html(text), prompt, told, opened == name)


async def export(look: Look) -> Response:
    """Give the review as Markdown, with what it promises, without what nobody has answered."""
    number = look.request.path_params["number"]
    whole = await reviews.read(look.connection, number)
    text = exports.exported(whole.issue.title, whole.review, whole.sections, whole.actions)
    headers = {"Content-Disposition": f'attachment; filename="review-{number}.md"'}
    return PlainTextResponse(text, headers=headers, media_type="text/markdown")


async def write(deed: Deed) -> Response:
    """Keep what was typed into a section, over the version that was seen."""
    name, version = deed.form.get("section", ""), numbers.read(deed.form.get("version", ""))
    if name not in SECTIONS or version is None:
        raise WrongUsage("that is no section of a review", remedy="send it from its page")
    text = deed.form.get("text", "").replace("\r\n", "\n")
    body = {"version": version, "sections": {name: text}}
    answer = await deed.call(f"/api/v1{_base(deed)}", body, method="PUT")
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"{_base(deed)}#{name}")


async def move(deed: Deed) -> Response:
    """Hand the review in, sign it, or open it again."""
    act = deed.request.url.path.rpartition("/")[2]
    answer = await deed.call(f"/api/v1{_base(deed)}/{act}", _BODIES[act](deed.form))
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(_base(deed))


async def add(deed: Deed) -> Response:
    """Promise to change something."""
    number = deed.request.path_params["number"]
    body = {"issue": number, **promises.written(deed.form)}
    answer = await deed.call("/api/v1/action-items", body)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"{_base(deed)}#actions")


def _base(deed: Deed) -> str:
    return f"/issues/{deed.request.path_params['number']}/review"


def _signed(form: Form) -> dict[str, Any]:
    """Return what is signed: the version that the page showed."""
    return {"text": form.get("text", ""), "version": numbers.read(form.get("version", ""))}


_BODIES: Mapping[str, Callable[[Form], dict[str, Any]]] = {
    "submit": lambda _: {},
    "approve": _signed,
    "reopen": lambda form: {"reason": form.get("text", "")},
}
