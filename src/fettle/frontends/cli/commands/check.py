"""`fettle check`: look at targets, and say what is wrong with them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import CannotLook, StoreError
from fettle.frontends.cli import baseline, complete, exits, loop, options
from fettle.frontends.cli.baseline import Baseline

if TYPE_CHECKING:
    from fettle.flow.look import Questions
    from fettle.frontends.application import Application
    from fettle.model.diagnosis import Diagnosis
    from fettle.model.looking import Looking
    from fettle.model.target import Target

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    targets: tuple[str, ...]
    symptoms: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    limits: tuple[str, ...]
    timeout: str | None
    all_databases: bool
    baseline: Path | None
    since_last: bool
    form: str
    output: Path | None
    save: bool
    fail_on: str | None
    quiet: bool
    verbose: bool


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--symptom", "symptoms", multiple=True, metavar="TEXT", help="What people notice.")
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    help="Ask this check only; repeatable.",
    shell_complete=complete.checks,
)
@click.option(
    "--skip",
    multiple=True,
    metavar="ID",
    help="Leave this check out; repeatable.",
    shell_complete=complete.checks,
)
@click.option("--limit", "limits", multiple=True, metavar="ID.NAME=VALUE", help="Set a threshold.")
@click.option("--timeout", metavar="30s", help="The longest that one target may take.")
@click.option("--all-databases", is_flag=True, help="Look at every database of the server.")
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Findings of an earlier JSON report are accepted.",
)
@click.option("--since-last", is_flag=True, help="Say what changed since the last --save.")
@click.option("--save", is_flag=True, help="Keep the result in Fettle's store.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report there.",
)
@click.option("--fail-on", metavar="SEVERITY", help="Exit 0 while everything is below it.")
@click.pass_obj
@options.looking
@options.verbosity
def command(application: "Application", /, settings: "Looking", **given: object) -> int:
    """Look at databases and say what is wrong with them, why, and what to do.

    TARGET is a postgresql:// address or a name in fettle.toml. None means every database in
    fettle.toml, else DATABASE_URL, else libpq's environment.
    """
    request = Request(**given)  # type: ignore[arg-type] # click's options, by name
    settings = options.with_timeout(settings, request.timeout)
    return loop.run(_check(application, request, settings))


async def _check(application: "Application", request: Request, settings: "Looking") -> int:
    from fettle.frontends.report.write import report

    fail_on = exits.severity(request.fail_on)
    diagnoses = await _diagnose(application, request, settings)
    if request.since_last or request.save:
        try:
            diagnoses = await _remembered(application, request, settings, diagnoses)
        except StoreError:
            # what was found is told, whatever became of keeping it
            report(diagnoses, request.form, request.output, verbose=request.verbose)
            raise
    report(diagnoses, request.form, request.output, verbose=request.verbose)
    return exits.worst_of([exits.of_diagnosis(diagnosis, fail_on) for diagnosis in diagnoses])


async def _diagnose(
    application: "Application", request: Request, settings: "Looking"
) -> "list[Diagnosis]":
    """Look at every target at the same time, and at the databases of one server in turn.

    A server may have more databases than connections.
    """
    import asyncio

    from fettle.diagnosis.accept import accept
    from fettle.flow import asked
    from fettle.flow.look import diagnose

    connect = application.connect(settings)
    places = [
        (target, _questions(request, settings, target))
        for target in application.targets(request.targets, settings)
    ]
    ignores = asked.ignores(settings, application.clock.now().date())
    known = baseline.read(request.baseline) if request.baseline is not None else Baseline()

    async def look(target: "Target", questions: "Questions") -> "list[Diagnosis]":
        found = [(target, questions)]
        if request.all_databases:
            found = await _every_database(application, settings, target, questions)
        clock = application.clock
        return [await diagnose(one, connect, its_questions, clock) for one, its_questions in found]

    looks = await asyncio.gather(*(look(*place) for place in places))
    return [
        accept(diagnosis, ignores, known.keys(diagnosis.target))
        for diagnoses in looks
        for diagnosis in diagnoses
    ]


async def _every_database(
    application: "Application", settings: "Looking", target: "Target", questions: "Questions"
) -> "list[tuple[Target, Questions]]":
    """Return the targets that the databases of a server are; one that is away stays one."""
    from fettle.flow.look import every_database

    try:
        found = await every_database(target, application.connect(settings), questions)
    except CannotLook:
        return [(target, questions)]
    return [(application.of_database(target, place.database), place.asked) for place in found]


async def _remembered(
    application: "Application",
    request: Request,
    settings: "Looking",
    diagnoses: "list[Diagnosis]",
) -> "list[Diagnosis]":
    """Compare with what was saved last, then save, as was asked for."""
    from fettle.diagnosis.accept import changed
    from fettle.frontends.report.as_json import document

    compared = []
    async with application.store(settings) as store:
        for diagnosis in diagnoses:
            before = await store.tables.last_diagnosis(diagnosis.target)
            if request.since_last and before is not None:
                compared.append(replace(diagnosis, change=changed(diagnosis, before)))
            else:
                compared.append(diagnosis)
            if request.save and diagnosis.unreachable is None:
                await store.tables.save_diagnosis(document(diagnosis, verbose=False))
    if request.since_last and not request.quiet:
        for diagnosis in compared:
            if diagnosis.change is None:
                click.echo(
                    f"{diagnosis.target}: nothing was saved yet to compare with; --save does so",
                    err=True,
                )
    return compared


def _questions(request: Request, settings: "Looking", target: "Target") -> "Questions":
    from fettle.flow import asked

    return asked.questions(
        settings,
        target,
        only=request.only,
        skip=request.skip,
        limits=request.limits,
        symptoms=request.symptoms,
    )
