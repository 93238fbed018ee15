"""`fettle check`: look at targets, and say what is wrong with them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import CannotLook, StoreError, WrongUsage
from fettle.frontends.cli import baseline, complete, exits, here, loop, options
from fettle.frontends.cli.baseline import Baseline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fettle.flow.look import Questions
    from fettle.flow.look_at import Asking
    from fettle.frontends.application import Application
    from fettle.model.diagnosis import Diagnosis
    from fettle.model.looking import Looking
    from fettle.model.target import Target

# With more at once it is this machine whose time would be taken for theirs.
_AT_ONCE = 32

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    targets: tuple[str, ...]
    symptoms: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    limits: tuple[str, ...]
    since: str | None
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
@click.option(
    "--since",
    metavar="1h",
    help="Judge an access log's lines from then on: 1h, 2 days, or a moment in ISO 8601.",
)
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
@options.output
@options.fail_on
@click.pass_obj
@options.looking
@options.verbosity
def command(application: "Application", /, settings: "Looking", **given: object) -> int:
    """Look at targets and say what is wrong with them, why, and what to do.

    TARGET is a postgresql:// or https:// address, the path of an access log (- for one that is
    piped in), or a name in fettle.toml. A service is looked at with all that it needs. None means
    everything in fettle.toml, else DATABASE_URL, else libpq's environment.
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
    from fettle.diagnosis.accept import accept
    from fettle.flow import asked
    from fettle.flow.look_at import look_at

    eyes, clock = application.eyes(settings), application.clock
    ask = _asking(request, settings)
    targets = _concerned(application.targets(request.targets, settings), ask)
    targets = here.with_since(targets, request.since, clock.now())
    if not request.quiet:
        here.say_machine(targets)
    ignores = asked.ignores(settings, clock.now().date())
    known = baseline.read(request.baseline) if request.baseline is not None else Baseline()

    async def look(target: "Target") -> "list[Diagnosis]":
        places = [(target, ask)]
        if request.all_databases and target.kind == "database":
            places = await _every_database(application, settings, target, ask)
        return [await look_at(one, eyes, its_questions, clock) for one, its_questions in places]

    looks = await _in_turns(look, targets)
    return [
        accept(diagnosis, ignores, known.keys(diagnosis.target))
        for diagnoses in looks
        for diagnosis in diagnoses
    ]


async def _in_turns(
    look: "Callable[[Target], Awaitable[list[Diagnosis]]]", targets: "list[Target]"
) -> "list[list[Diagnosis]]":
    """Look at all of them, at so many at once that it is their time that is measured."""
    import asyncio

    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(target: "Target") -> "list[Diagnosis]":
        async with turns:
            return await look(target)

    return await asyncio.gather(*map(one, targets))


def _asking(request: Request, settings: "Looking") -> "Asking":
    from fettle.flow import asked

    return lambda target: asked.questions(
        settings,
        target,
        only=request.only,
        skip=request.skip,
        limits=request.limits,
        symptoms=request.symptoms,
    )


def _concerned(targets: "list[Target]", ask: "Asking") -> "list[Target]":
    """Return the targets that anything is asked of; raises WrongUsage when there is none."""
    concerned = [
        target for target in targets if any(ask(one).checks for one in (target, *target.needs))
    ]
    if targets and not concerned:
        raise WrongUsage(
            f"none of these checks looks at a {targets[0].kind}",
            remedy="leave out --only, or name another target",
        )
    return concerned


async def _every_database(
    application: "Application", settings: "Looking", target: "Target", ask: "Asking"
) -> "list[tuple[Target, Asking]]":
    """Return the targets that the databases of a server are; one that is away stays one."""
    from fettle.flow.look import every_database

    try:
        found = await every_database(target, application.connect(settings), ask(target))
    except CannotLook:
        return [(target, ask)]
    return [
        (application.of_database(target, place.database), _always(place.asked)) for place in found
    ]


def _always(questions: "Questions") -> "Asking":
    return lambda _: questions


async def _remembered(
    application: "Application",
    request: Request,
    settings: "Looking",
    diagnoses: "list[Diagnosis]",
) -> "list[Diagnosis]":
    """Compare with what was saved last, then save, as was asked for."""
    from fettle.diagnosis.accept import changed
    from fettle.frontends.report.as_json import document
    from fettle.model.target import Kind

    compared = []
    kinds = {one.name: one.kind for one in application.targets(request.targets, settings)}
    async with application.store(settings) as store:
        for diagnosis in diagnoses:
            before = await store.tables.last_diagnosis(diagnosis.target)
            if request.since_last and before is not None:
                compared.append(replace(diagnosis, change=changed(diagnosis, before)))
            else:
                compared.append(diagnosis)
            if request.save and diagnosis.unreachable is None:
                kind = kinds.get(diagnosis.target, Kind.DATABASE)  # another one of its server
                await store.tables.save_diagnosis(document(diagnosis, verbose=False), kind)
    if request.since_last and not request.quiet:
        for diagnosis in compared:
            if diagnosis.change is None:
                click.echo(
                    f"{diagnosis.target}: nothing was saved yet to compare with; --save does so",
                    err=True,
                )
    return compared
