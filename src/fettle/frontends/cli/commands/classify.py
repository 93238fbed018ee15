"""`fettle classify`: say how bad trouble is, what kind it is, and what is promised."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import batch, exits, loop, options
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.classification import Classification
    from fettle.settings import Settings
    from fettle.triage.case import Case, History

Decide = Callable[["Case"], "Classification"]


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    text: str | None
    symptoms: tuple[str, ...]
    service: str | None
    batch: bool
    model: Path | None
    learnt: bool
    advice: bool
    form: str
    config: Path | None
    data: Path | None
    database_url: str | None


@click.command()
@click.argument("text", required=False)
@click.option("--symptom", "symptoms", multiple=True, metavar="S", help="What people notice.")
@click.option("--service", metavar="NAME", help="The service that it is about.")
@click.option("--batch", is_flag=True, help="Read JSON lines from standard input, answer in JSON.")
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="What was learnt from earlier decisions.",
)
@click.option("--learnt", is_flag=True, help="Use what the store has learnt from the team.")
@click.option("--advice", is_flag=True, help="Ask the language model of [ai] as well.")
@options.form
@options.config
@options.store
@click.pass_obj
def command(application: "Application", /, **given: object) -> int:
    """Say how bad the trouble in TEXT is, what kind it is, and what is promised about it.

    The services and the team's own classes stand in fettle.toml; neither a store nor a server is
    needed, but for --learnt. With --batch each line is like {"text": "…", "symptoms": ["…"],
    "service": null, "labels": {}}; a bad line is answered with {"error": "…"}, and the rest goes
    on.
    """
    request = Request(**given)  # type: ignore[arg-type] # click's options, by name
    if request.batch == (request.text is not None):
        raise WrongUsage(
            "either TEXT or --batch", remedy='fettle classify "the shop is down" is a beginning'
        )
    if request.batch and (request.symptoms or request.service):
        raise WrongUsage("with --batch symptoms and service stand in each line")
    if request.batch and request.advice:
        raise WrongUsage("--advice is for a single TEXT: a batch would ask once a line")
    if request.learnt and request.model:
        raise WrongUsage("either --learnt or --model")
    settings = application.settings(request.config)
    decide = _decide(application, settings, request)
    if not request.batch:
        return _one(request, decide)
    from fettle.triage.document import CaseLine, of_decision

    return batch.answer(
        sys.stdin.buffer, CaseLine, lambda asked: dict(of_decision(decide(asked.case)))
    )


def _decide(application: "Application", settings: "Settings", request: Request) -> Decide:
    from fettle.triage.classify import classify
    from fettle.triage.settled import policy_of

    policy = policy_of(settings)
    history = _history(application, settings, request)
    if not request.advice:
        return lambda case: classify(case, policy, history)
    advisor = application.advisor(settings)
    if advisor is None:
        raise WrongUsage("no language model is configured", remedy="[ai] model in fettle.toml")
    from fettle.triage.advise import advised

    def with_advice(case: "Case") -> "Classification":
        made = classify(case, policy, history)
        return loop.run(advised(case, made, policy, advisor, scrub=settings.ai.scrub))

    return with_advice


def _history(
    application: "Application", settings: "Settings", request: Request
) -> "History | None":
    """Return what was learnt, from a file or from the store; None unless it is asked for."""
    if request.model is not None:
        from fettle.triage.learnt import TeamModel

        return TeamModel.read(request.model.read_bytes())
    if not request.learnt:
        return None
    from fettle.flow.learnt import kept_in

    async def kept() -> "History":
        known = options.with_store(settings, request.data, request.database_url)
        async with application.store(known) as store:
            return await kept_in(store.connection)

    return loop.run(kept())


def _one(request: Request, decide: Decide) -> int:
    from fettle.triage.case import Case

    made = decide(Case(request.text or "", symptoms=request.symptoms, service=request.service))
    if request.form == "json":
        from fettle.frontends.report.as_json import dumped
        from fettle.triage.document import of_classification

        sys.stdout.write(dumped(of_classification(made)) + "\n")
        return exits.OK
    from fettle.frontends.report.visible import visible

    sys.stdout.write("".join(f"{visible(line)}\n" for line in _lines(made)))
    return exits.OK


def _lines(made: "Classification") -> Iterator[str]:
    yield " · ".join((made.severity.label, made.priority.value, made.class_ or "no fixed class"))
    sla = made.sla
    news = f"news every {sla.update}" if sla.update else "news when something changes"
    hours = "around the clock" if sla.hours == "24x7" else "of business hours"
    for name, value in (
        ("category", made.category),
        ("escalation", made.escalation.value),
        ("promised", f"answer in {sla.response}, resolved in {sla.resolution}, {news}; {hours}"),
        ("services", ", ".join(made.services) or "none known"),
        ("impact", made.impact),
        ("confidence", f"{say_share(made.confidence)}, by {made.by.value}"),
    ):
        yield f"  {name:12}{value}"
    yield "because"
    yield from (f"  - {sentence}" for sentence in made.evidence)
