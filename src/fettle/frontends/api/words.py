"""Evidence about an issue is put into words by a language model, when somebody asks for it."""

from fastapi import APIRouter

from fettle.errors import Refused
from fettle.flow import evidence, wording
from fettle.flow.evidence import Evidence
from fettle.frontends.api.acting import Act, Acting, ApiRoute, needs
from fettle.frontends.api.given import Body
from fettle.frontends.api.paging import Number
from fettle.frontends.api.serving import ByServing, Serving
from fettle.frontends.report import words_document
from fettle.frontends.report.words_document import WordsDocument
from fettle.model.advice import Wording
from fettle.model.issue import Issue
from fettle.model.role import Role
from fettle.store import issues

router = APIRouter(prefix="/api/v1/issues", route_class=ApiRoute, tags=["issues"])


class Wish(Body):
    """What to put into words; what may be behind it, where anything may, when that is left out."""

    about: Wording | None = None


@router.get("/{number}/words", openapi_extra=needs(Role.VIEWER))
async def shown(act: Act, number: Number) -> WordsDocument:
    """Show what a language model made of the evidence about an issue, where it was asked."""
    issue = await issues.find(act.connection, number)
    found = await wording.of_issue(act.connection, issue.number)
    return words_document.of_words(issue.number, found.values())


@router.post("/{number}/words", status_code=202, openapi_extra=needs(Role.RESPONDER))
async def ask(
    act: Act, serving: ByServing, number: Number, what: Wish | None = None
) -> WordsDocument:
    """Let a language model put the evidence about an issue into words.

    It is given nothing else, and what it names beside it is left out. What comes of it stands in
    the timeline a moment later. Who asks while one is at work asks for the same.
    """
    if not serving.puts_into_words:
        raise Refused(
            "there is no language model to ask",
            remedy="set [ai] model in fettle.toml, and pip install 'fettle-ops[ai]'",
        )
    issue = await issues.find(act.connection, number)
    chosen, found = await _evidence(act, serving, issue, (what or Wish()).about)
    now = serving.clock.now()
    await wording.ask(act.connection, serving.engine, issue, chosen, found, act.actor, now)
    return await shown(act, number)


async def _evidence(
    act: Acting, serving: Serving, issue: Issue, about: Wording | None
) -> tuple[Wording, Evidence]:
    if about is not Wording.ENQUIRIES:
        found = await evidence.of_causes(act.connection, serving.desk, serving.targets, issue)
        if found or about is Wording.CAUSES:
            return Wording.CAUSES, found
    return Wording.ENQUIRIES, await evidence.of_enquiries(act.connection, serving.desk, issue)
