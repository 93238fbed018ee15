"""`fettle fix`: plan a cure, apply a plan, undo a run; here, or by the workers of a server."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import CannotLook, FettleError, Refused, WrongUsage
from fettle.frontends.cli import complete, exits, fixes, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.resolution.document import RunDocument
    from fettle.resolution.mend import Means
    from fettle.settings import Settings
    from fettle.store.store import Store

_THROUGH = click.option("--target", metavar="URL", help="Act through this address.")


@click.group()
def command() -> None:
    """Plan a cure, apply a plan, undo what a run did.

    With --server its workers do it, on a [[database]] of its fettle.toml; what is told meanwhile
    goes to standard error.
    """


@command.command()
@click.argument("target")
@click.argument("fix", shell_complete=complete.fixes)
@click.option("--subject", metavar="S", help="Only for the finding about this subject.")
@click.option("--limit", "limits", multiple=True, metavar="ID.NAME=VALUE", help="Set a threshold.")
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="Hang them on this issue.")
@options.form
@click.pass_obj
@options.reach
def plan(
    application: "Application",
    /,
    reach: "Reach",
    limits: tuple[str, ...],
    form: str,
    **wish: Any,  # noqa: ANN401 - click's options
) -> int:
    """Say what FIX would do about what is found on TARGET; nothing is changed.

    FIX is a fix, or a trouble that several fixes belong to: high-connection-usage, slow-queries,
    blocking-queries, unused-indexes. The plans are kept in the store, to be applied by their id.
    """
    if reach.server is not None:
        _refuse(limits, "--limit", "thresholds stand in the server's fettle.toml")
        return loop.run(fixes.plan(application, reach, wish, form))
    settings = reach.settings(application)
    return loop.run(_plan(application, settings, _Wish(**wish, limits=limits), form))


@command.command()
@click.argument("plan")
@_THROUGH
@options.form
@click.pass_obj
@options.reach
def apply(
    application: "Application", /, reach: "Reach", plan: str, target: str | None, form: str
) -> int:
    """Do what PLAN says: an id, the beginning of one, or a file written by `plan`.

    The plan is made again first, and refused when it would no longer be the same. Of a file with
    the plans for a trouble each is applied, whatever became of the one before.
    """
    kept = _from_file(plan)
    if reach.server is None:
        return loop.run(_apply(application, reach.settings(application), plan, kept, target, form))
    _refuse(target, "--target", "the server acts through the fix_url of its fettle.toml")
    if kept is not None and isinstance(kept.get("plans"), list):
        return loop.run(fixes.apply_all(application, reach, kept, form))
    given = plan if kept is None else str(kept.get("plan", ""))
    return loop.run(fixes.apply(application, reach, given, form))


@command.command()
@click.argument("run")
@_THROUGH
@options.form
@click.pass_obj
@options.reach
def undo(
    application: "Application", /, reach: "Reach", run: str, target: str | None, form: str
) -> int:
    """Take back what RUN did."""
    if reach.server is None:
        return loop.run(_undo(application, reach.settings(application), run, target, form))
    _refuse(target, "--target", "the server acts through the fix_url of its fettle.toml")
    return loop.run(fixes.undo(application, reach, run, form))


@command.command("list")
@options.form
@click.pass_obj
@options.reach
def list_(application: "Application", /, reach: "Reach", form: str) -> int:
    """List the latest plans and runs, and the fixes there are."""
    if reach.server is not None:
        return loop.run(fixes.list_(application, reach, form))
    return loop.run(_list(application, reach.settings(application), form))


@command.command()
@click.argument("plan")
@options.form
@click.pass_obj
@options.reach
def approve(application: "Application", /, reach: "Reach", plan: str, form: str) -> int:
    """Let PLAN be applied by whoever works on issues; `fix.approve` says what needs that."""
    return loop.run(fixes.decide(application, reach, plan, "approve", None, form))


@command.command()
@click.argument("plan")
@click.option("--reason", required=True, help="Why it is not to be applied.")
@options.form
@click.pass_obj
@options.reach
def decline(
    application: "Application", /, reach: "Reach", plan: str, reason: str, form: str
) -> int:
    """Say that PLAN is not to be applied."""
    return loop.run(fixes.decide(application, reach, plan, "decline", {"reason": reason}, form))


def _refuse(given: object, option: str, why: str) -> None:
    """Raise WrongUsage for an option that a server does not take."""
    if given:
        raise WrongUsage(f"{option} is for this machine: {why}")


@dataclass(frozen=True)
class _Wish:
    """What is to be planned here."""

    target: str
    fix: str
    subject: str | None
    limits: tuple[str, ...]
    issue: int | None


async def _plan(application: "Application", settings: "Settings", wish: _Wish, form: str) -> int:
    from fettle import unit
    from fettle.diagnosis.accept import accept
    from fettle.flow import asked
    from fettle.flow.look import Planning, plan_fixes
    from fettle.resolution.document import of_plan
    from fettle.resolution.plan import matching

    wanted = matching(unit.fixes(), wish.fix)
    if not wanted:
        raise WrongUsage(f"nothing is called {wish.fix}", remedy="fettle fix list shows the fixes")
    (where,) = application.targets([wish.target], settings)
    if where.kind != "database":
        raise WrongUsage(
            f"{where.name} is a {where.kind}: fixes are planned for databases",
            remedy="name a [[database]] of fettle.toml, or a postgresql:// address",
        )
    ignores = asked.ignores(settings, application.clock.now().date())
    ways = Planning(
        application.connect(settings),
        application.standbys(settings),
        lambda diagnosis: accept(diagnosis, ignores, ()),
        application.clock,
    )
    questions = asked.questions(settings, where, limits=wish.limits)
    found = await plan_fixes(where, wanted, wish.subject, questions, ways)
    plans = [of_plan(made) for made in found]
    async with application.store(settings) as store:
        kept = [made for made in plans if made["refused"] is None]
        await store.tables.keep_plans(kept, application.actor, wish.issue, application.clock.now())
    if not plans and wish.subject is not None:
        progress.say(f"Of {wish.subject} nothing was found that {wish.fix} would cure.")
    return fixes.print_plans(wish.fix, plans, form)


async def _apply(
    application: "Application",
    settings: "Settings",
    plan: str,
    file: Mapping[str, Any] | None,
    target: str | None,
    form: str,
) -> int:
    async with application.store(settings) as store:
        kept = file or await store.tables.find_plan(plan)
        applying = _Applying(application, settings, store, target)
        if isinstance(kept.get("plans"), list):
            return await _apply_all(applying, kept, form)
        try:
            run = await applying.one(kept)
        except Refused as refused:
            _print_refusal(fixes.refused_run(kept, refused), form)
            raise
    return fixes.print_run(run, form)


async def _apply_all(applying: "_Applying", plans: Mapping[str, Any], form: str) -> int:
    """Apply each of several plans; one that fails or is refused stops no other."""
    from fettle.resolution.document import read_plan

    for kept in plans["plans"]:
        read_plan(kept)
    ended: list[fixes.Ended] = []
    codes = [exits.OK]
    for kept in plans["plans"]:
        try:
            ended.append(await applying.one(kept))
            codes.append(exits.of_run(ended[-1].run))
        except FettleError as error:
            ended.append(fixes.Ended(fixes.refused_run(kept, error)))
            codes.append(exits.of_error(error))
    return fixes.print_mended(str(plans.get("issue", "")), ended, codes, form)


@dataclass(frozen=True)
class _Applying:
    """What it takes to apply the plans that one command was given."""

    application: "Application"
    settings: "Settings"
    store: "Store"
    address: str | None

    async def one(self, kept: Mapping[str, Any]) -> fixes.Ended:
        """Apply one plan; what it came to, and whether it can be taken back."""
        from fettle import unit
        from fettle.resolution.document import of_run, read_plan
        from fettle.resolution.mend import apply_plan

        known = read_plan(kept)
        where = self.application.target_to_mend(known["target"], self.address, self.settings)
        means = _means(self.application, self.settings, self.store)
        with _refused_unseen():
            run = await apply_plan(known, where, unit.fixes(), means)
        await self.store.tables.note_act(run)
        _, undo = await self.store.tables.find_run(run.id)
        return fixes.Ended(of_run(run), undoable=undo is not None)


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
    application: "Application", settings: "Settings", run: str, target: str | None, form: str
) -> int:
    from fettle.resolution.document import of_refusal, of_run
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
        await store.tables.note_act(undone)
    return fixes.print_run(fixes.Ended(of_run(undone)), form)


async def _list(application: "Application", settings: "Settings", form: str) -> int:
    from fettle import unit
    from fettle.frontends.report.fix_document import of_fixes

    async with application.store(settings) as store:
        runs, plans = await store.tables.runs(), await store.tables.plans()
    return fixes.print_listing(of_fixes(unit.fixes(), plans, runs), form)


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


def _print_refusal(document: "RunDocument", form: str) -> None:
    """Print the run that was not begun; the reason for people goes to standard error."""
    if form == "json":
        from fettle.frontends.report import write

        write.document(document)
