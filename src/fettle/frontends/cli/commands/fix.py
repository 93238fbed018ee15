"""`fettle fix`: plan a cure, apply a plan, undo a run."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import Refused, WrongUsage
from fettle.frontends.cli import asked, exits, loop, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.fix import FixRun, Plan


@click.group()
def command() -> None:
    """Plan a cure, apply a plan, undo what a run did."""


@command.command()
@click.argument("target")
@click.argument("fix")
@click.option("--subject", metavar="S", help="Only for the finding about this subject.")
@click.option("--limit", "limits", multiple=True, metavar="ID.NAME=VALUE", help="Set a threshold.")
@options.form
@options.config
@click.pass_obj
def plan(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Say what FIX would do about what is found on TARGET; nothing is changed.

    FIX is a fix, or a trouble that several fixes belong to: high-connection-usage, slow-queries,
    blocking-queries, unused-indexes. The plans are kept in the store, to be applied by their id.
    """
    return loop.run(_plan(application, **given))


@command.command()
@click.argument("plan")
@click.option("--target", metavar="URL", help="Act through this address.")
@options.form
@options.config
@click.pass_obj
def apply(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Do what PLAN says: an id, the beginning of one, or a file written by `plan`.

    The plan is made again first, and refused when it would no longer be the same.
    """
    return loop.run(_apply(application, **given))


@command.command()
@click.argument("run")
@click.option("--target", metavar="URL", help="Act through this address.")
@options.form
@options.config
@click.pass_obj
def undo(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Take back what RUN did."""
    return loop.run(_undo(application, **given))


@command.command("list")
@options.form
@options.config
@click.pass_obj
def list_(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """List the latest plans and runs, and the fixes there are."""
    return loop.run(_list(application, **given))


async def _plan(
    application: "Application",
    target: str,
    fix: str,
    subject: str | None,
    limits: tuple[str, ...],
    form: str,
    config: Path | None,
) -> int:
    from fettle import unit
    from fettle.diagnosis.accept import accept
    from fettle.flow import Planning, plan_fixes
    from fettle.resolution.document import of_plan
    from fettle.resolution.plan import matching

    settings = application.settings(config)
    fixes = matching(unit.fixes(), fix)
    if not fixes:
        raise WrongUsage(f"nothing is called {fix}", remedy="fettle fix list shows the fixes")
    (where,) = application.targets([target], settings)
    ignores = asked.ignores(settings, application.clock.now().date())
    ways = Planning(
        application.connect(settings),
        application.standbys(settings),
        lambda diagnosis: accept(diagnosis, ignores, ()),
        application.clock,
    )
    questions = asked.questions(settings, where, limits=limits)
    plans = await plan_fixes(where, fixes, subject, questions, ways)
    documents = [of_plan(made) for made in plans]
    async with application.store(settings) as store:
        for document in documents:
            if document["refused"] is None:
                await store.tables.save_plan(document, application.actor)
    _print_plans(documents, plans, form, several=len(fixes) > 1)
    return exits.OK if any(made.refused is None for made in plans) else exits.REFUSED


async def _apply(
    application: "Application", plan: str, target: str | None, form: str, config: Path | None
) -> int:
    from fettle import unit
    from fettle.resolution.document import read_plan
    from fettle.resolution.mend import apply_plan

    settings = application.settings(config)
    async with application.store(settings) as store:
        document = _from_file(plan) or await store.tables.find_plan(plan)
        known = read_plan(document)
        where = application.target_to_mend(known["target"], target, settings)
        means = application.means(settings, store.tables)
        try:
            run = await apply_plan(document, where, unit.fixes(), means)
        except Refused as refused:
            named = known["fix"], known["target"], str(known.get("subject")), known["plan"]
            _print_refusal(named, refused, form)
            raise
    return _print_run(run, form)


async def _undo(
    application: "Application", run: str, target: str | None, form: str, config: Path | None
) -> int:
    from fettle.resolution.mend import undo_run

    settings = application.settings(config)
    async with application.store(settings) as store:
        done, _ = await store.tables.find_run(run)
        where = application.target_to_mend(done.target, target, settings)
        try:
            undone = await undo_run(done.id, where, application.means(settings, store.tables))
        except Refused as refused:
            _print_refusal((done.fix, done.target, done.subject, done.plan), refused, form)
            raise
    return _print_run(undone, form)


async def _list(application: "Application", form: str, config: Path | None) -> int:
    from fettle import unit
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import of_run
    from fettle.resolution.plan import troubles

    settings = application.settings(config)
    async with application.store(settings) as store:
        runs = await store.tables.runs()
        plans = [row["document"] for row in await store.tables.plans()]
    fixes = unit.fixes()
    if form == "json":
        listing = {
            "schema": "fettle.fixes/1",
            "fixes": [
                {"fix": fix.id, "title": fix.page.title, "cures": fix.cures}
                for fix in fixes.values()
            ],
            "troubles": troubles(fixes),
            "plans": plans,
            "runs": [of_run(run) for run in runs],
        }
        sys.stdout.write(json.dumps(listing, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(fixes_text.listing(fixes, troubles(fixes), plans, runs))
    return exits.OK


def _from_file(given: str) -> Mapping[str, Any] | None:
    """Return the plan in a file of that name; None when there is no such file."""
    path = Path(given)
    if given.startswith("sha256:") or not path.is_file():
        return None
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WrongUsage(f"{given} is no plan: {error}") from None
    if isinstance(document, dict) and isinstance(document.get("plans"), list):
        if len(document["plans"]) != 1:
            raise WrongUsage(f"{given} holds {len(document['plans'])} plans: apply them by id")
        (document,) = document["plans"]
    if not isinstance(document, dict):
        raise WrongUsage(f"{given} is no plan")
    return document


def _print_plans(
    documents: Sequence[Mapping[str, Any]], plans: "Sequence[Plan]", form: str, *, several: bool
) -> None:
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import PLANS

    if form == "json":
        single = len(documents) == 1 and not several
        whole = documents[0] if single else {"schema": PLANS, "plans": list(documents)}
        sys.stdout.write(json.dumps(whole, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(fixes_text.plans(plans))


def _print_refusal(named: tuple[str, str, str, str], refused: Refused, form: str) -> None:
    """Print the run that was not begun; the reason for people goes to standard error."""
    from fettle.resolution.document import of_refusal

    if form == "json":
        document = of_refusal(*named, refused)
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _print_run(run: "FixRun", form: str) -> int:
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import of_run

    if form == "json":
        sys.stdout.write(json.dumps(of_run(run), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(fixes_text.run(run))
    return exits.of_run(run)
