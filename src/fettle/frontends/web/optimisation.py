"""One optimisation: what each step did and earned, what the pages were like, and taking it back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from fettle.flow import put_back
from fettle.frontends.api.optimisations import KEPT_LONG
from fettle.frontends.report import optimised_document
from fettle.frontends.report.optimised_document import OptimisationRecord
from fettle.frontends.web import earned, seen
from fettle.frontends.web.earned import Change
from fettle.frontends.web.optimisations import PATH
from fettle.frontends.web.seen import Seen
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.quantity import Bytes
from fettle.optimisation.document import (
    LeftAloneDocument,
    RecommendationDocument,
    StepDocument,
    said_beside,
)
from fettle.store import optimisations

_FILES = 20  # of a step; how many more there are is said
_LEFT = 50


@dataclass(frozen=True)
class StepLine:
    """A line of the ledger: a step, what it earned, and the files that it wrote or left alone."""

    step: StepDocument
    earned: Sequence[Change]
    size: str | None
    files: Sequence[str]
    more_files: int
    passed: Sequence[LeftAloneDocument]
    more_passed: int


@dataclass(frozen=True)
class OptimisationPage:
    """What optimisation.html is given: a run, and what its pages were like before and after.

    `sums` are what is said first: the largest paint and the bytes of each page; `notes` what the
    run has to say beside that; `reckoned` what is cured, and what that was to earn beside what
    came. `can_undo` is whether a worker lives on the root's machine.
    """

    run: OptimisationRecord
    sums: Sequence[Change]
    notes: Sequence[str]
    steps: Sequence[StepLine]
    reckoned: Sequence[tuple[str, str]]
    left: Sequence[RecommendationDocument]
    more_left: int
    pages: Sequence[Seen]
    can_undo: bool

    @property
    def has_patches(self) -> bool:
        """Whether anything of what is left to people can be written into files."""
        return any(one["patch"] is not None for one in self.run["recommendations"])

    @property
    def path(self) -> str:
        """Where it is, and its pictures are below."""
        return f"{PATH}/{self.run['run']}"


def install(pages: Pages) -> None:
    """Add the page, its pictures, and what its form does."""
    pages.add(f"{PATH}/{{run}}", show)
    pages.add(f"{PATH}/{{run}}/pictures/{{picture:number}}", picture)
    pages.act(f"{PATH}/{{run}}/undo", undo)


async def show(look: Look) -> Response:
    """Show a run."""
    kept = await optimisations.found(look.connection, look.request.path_params["run"])
    record = optimised_document.of_kept(kept, await optimisations.seen(look.connection, kept.id))
    recommended = record["recommendations"]
    left = [one for one in recommended if one["step"] or one["page"]]
    page = OptimisationPage(
        record,
        list(_sums(record)),
        [one["title"] for one in recommended if not (one["step"] or one["page"])],
        [_step(one) for one in record["optimisations"]],
        [(one["title"], said_beside(one)) for one in record["estimates"] if one["cured"]],
        left[:_LEFT],
        max(0, len(left) - _LEFT),
        seen.pages_of(record),
        kept.changed and await put_back.lives_there(look.connection, kept.machine),
    )
    return look.page("optimisation.html", page, f"{kept.root} made faster", live=["optimisation"])


def _sums(record: OptimisationRecord) -> Iterator[Change]:
    for one in record["improvement"]:
        if one["metric"] in ("lcp", "bytes"):
            yield earned.change(one)


def _step(step: StepDocument) -> StepLine:
    before, after = step["bytes_before"], step["bytes_after"]
    wrote = step["outcome"] in ("kept", "taken_back", "refused") and bool(step["files"])
    return StepLine(
        step,
        earned.changes(step["earned"]),
        f"{Bytes(before)} → {Bytes(after)}" if wrote and before else None,
        step["files"][:_FILES],
        max(0, len(step["files"]) - _FILES),
        step["passed"][:_FILES],
        max(0, len(step["passed"]) - _FILES),
    )


async def picture(look: Look) -> Response:
    """Give a picture of a page."""
    asked = look.request.path_params
    kept = await optimisations.found(look.connection, asked["run"])
    media, content = await optimisations.shot(look.connection, kept.id, asked["picture"])
    return Response(content, media_type=media, headers=KEPT_LONG)


async def undo(deed: Deed) -> Response:
    """Have a worker put back what the root was."""
    run = _run(deed.request)
    answer = await deed.call(f"/api/v1/optimisations/{run}/undo", {})
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"{PATH}/{answer.document['run']}")


def _run(request: Request) -> str:
    return quote(request.path_params["run"], safe="")
