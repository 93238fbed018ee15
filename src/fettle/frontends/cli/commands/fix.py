"""`fettle fix`: plan a cure, apply a plan, undo a run."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import CannotLook, FettleError, Refused, WrongUsage
from fettle.frontends.cli import complete, exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.fix import FixRun, Plan
    from fettle.resolution.document import PlansDocument, RunDocument
    from fettle.resolution.mend import Means
    from fettle.settings import Settings
    from fettle.store.store import Store


@click.group()
def command() -> None:
    """Plan a cure, apply a plan, undo what a run did."""


@command.command()
@click.argument("target")
@click.argument("fix", shell_complete=complete.fixes)
@click.option("--subject", metavar="S", help="Only for the finding about this subject.")
@click.option("--limit", "limits", multiple=True, metavar="ID.NAME=VALUE", help="Set a threshold.")
@options.form
@click.pass_obj
@options.settings
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
@click.pass_obj
@options.settings
def apply(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Do what PLAN says: an id, the beginning of one, or a file written by `plan`.

    The plan is made again first, and refused when it would no longer be the same. Of a file with
    the plans for a trouble each is applied, whatever became of the one before.
    """
    return loop.run(_apply(application, **given))


@command.command()
@click.argument("run")
@click.option("--target", metavar="URL", help="Act through this address.")
@options.form
@click.pass_obj
@options.settings
def undo(application: "Application", /, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Take back what RUN did."""
    return loop.run(_undo(application, **given))


@command.command("list")
@options.form
@click.pass_obj
@options.settings
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
    settings: "Settings",
) -> int:
    from fettle import unit
    from fettle.diagnosis.accept import accept
    from fettle.flow import asked
    from fettle.flow.look import Planning, plan_fixes
    from fettle.resolution.document import of_plans
    from fettle.resolution.plan import matching

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
    document = of_plans(fix, plans)
    async with application.store(settings) as store:
        for made in document["plans"]:
            if made["refused"] is None:
                await store.tables.save_plan(made, application.actor)
    if not plans and subject is not None:
        progress.say(f"Of {subject} nothing was found that {fix} would cure.")
    _print_plans(document, plans, form, several=len(fixes) > 1)
    return exits.OK if any(made.refused is None for made in plans) else exits.REFUSED


async def _apply(
    application: "Application", plan: str, target: str | None, form: str, settings: "Settings"
) -> int:
    async with application.store(settings) as store:
        kept = _from_file(plan) or await store.tables.find_plan(plan)
        applying = _Applying(application, settings, store, target)
        if isinstance(kept.get("plans"), list):
            return await _apply_all(applying, kept, form)
        try:
            run = await applying.one(kept)
        except Refused as refused:
            _print_refusal(applying.refused(kept, refused), form)
            raise
        return _print_run(run, form, undoable=await applying.undoable(run))


async def _apply_all(applying: "_Applying", plans: Mapping[str, Any], form: str) -> int:
    """Apply each of several plans; one that fails or is refused stops no other."""
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import of_mended, of_run, read_plan

    for kept in plans["plans"]:
        read_plan(kept)
    runs, codes, undoable = [], [exits.OK], set[str]()
    for kept in plans["plans"]:
        try:
            run = await applying.one(kept)
        except FettleError as error:
            codes.append(exits.of_error(error))
            runs.append(applying.refused(kept, error))
        else:
            codes.append(exits.of_run(run))
            runs.append(of_run(run))
            undoable |= {run.id} if await applying.undoable(run) else set()
    document = of_mended(str(plans.get("issue", "")), runs)
    if form == "json":
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(fixes_text.mended(document, undoable))
    return exits.worst_act_of(codes)


@dataclass(frozen=True)
class _Applying:
    """What it takes to apply the plans that one command was given."""

    application: "Application"
    settings: "Settings"
    store: "Store"
    address: str | None

    async def one(self, kept: Mapping[str, Any]) -> "FixRun":
        from fettle import unit
        from fettle.resolution.document import read_plan
        from fettle.resolution.mend import apply_plan

        known = read_plan(kept)
        where = self.application.target_to_mend(known["target"], self.address, self.settings)
        means = _means(self.application, self.settings, self.store)
        with _refused_unseen():
            return await apply_plan(known, where, unit.fixes(), means)

    async def undoable(self, run: "FixRun") -> bool:
        """Whether what a run did can be taken back."""
        _, undo = await self.store.tables.find_run(run.id)
        return undo is not None

    @staticmethod
    def refused(kept: Mapping[str, Any], error: FettleError) -> "RunDocument":
        from fettle.resolution.document import of_refusal

        fix, target, subject, plan = (
            str(kept.get(name, "")) for name in ("fix", "target", "subject", "plan")
        )
        return of_refusal(fix, target, subject, plan, error)


def _means(application: "Application", settings: "Settings", store: "Store") -> "Means":
    return replace(application.means(settings, store.tables), tell=progress.say)


@contextmanager
def _refused_unseen() -> Iterator[None]:
    """Refuse to act where it could not be looked: nothing was begun then."""
    try:
        yield
    except CannotLook as error:
        raise Refused(error.reason, remedy=error.remedy) from error


async def _undo(
    application: "Application", run: str, target: str | None, form: str, settings: "Settings"
) -> int:
    from fettle.resolution.document import of_refusal
    from fettle.resolution.mend import undo_run

    async with application.store(settings) as store:
        done, _ = await store.tables.find_run(run)
        where = application.target_to_mend(done.target, target, settings)
        try:
            with _refused_unseen():
                undone = await undo_run(done.id, where, _means(application, settings, store))
        except Refused as refused:
            named = done.fix, done.target, done.subject, done.plan
            _print_refusal(of_refusal(*named, refused), form)
            raise
    return _print_run(undone, form, undoable=False)


async def _list(application: "Application", form: str, settings: "Settings") -> int:
    from fettle import unit
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import FixesDocument, of_run
    from fettle.resolution.plan import troubles

    async with application.store(settings) as store:
        runs = await store.tables.runs()
        plans = [row["document"] for row in await store.tables.plans()]
    fixes = unit.fixes()
    if form == "json":
        listing: FixesDocument = {
            "schema": "fettle.fixes/1",
            "fixes": [
                {"fix": fix.id, "title": fix.page.title, "cures": list(fix.cures)}
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
        if not all(isinstance(one, dict) for one in document["plans"]):
            raise WrongUsage(f"{given} is no list of plans")
        return document
    if not isinstance(document, dict):
        raise WrongUsage(f"{given} is no plan")
    return document


def _print_plans(
    document: "PlansDocument", plans: "Sequence[Plan]", form: str, *, several: bool
) -> None:
    from fettle.frontends.cli import fixes_text

    if form == "json":
        single = len(plans) == 1 and not several
        whole = document["plans"][0] if single else document
        sys.stdout.write(json.dumps(whole, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(fixes_text.plans(plans))


def _print_refusal(document: "RunDocument", form: str) -> None:
    """Print the run that was not begun; the reason for people goes to standard error."""
    if form == "json":
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _print_run(run: "FixRun", form: str, *, undoable: bool) -> int:
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import of_run

    if form == "json":
        sys.stdout.write(json.dumps(of_run(run), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(fixes_text.run(run, undoable=undoable))
    return exits.of_run(run)
