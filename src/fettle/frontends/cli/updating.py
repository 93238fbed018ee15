"""What the commands share that try updates of this machine's projects, and apply them."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fettle.errors import FettleError, NotFound, Refused
from fettle.frontends.cli import exits, progress

if TYPE_CHECKING:
    from fettle.flow.updating import Updating
    from fettle.frontends.application import Application
    from fettle.model.rehearsal import Rehearsal, UpdateRun, Wanted
    from fettle.model.update import Update, UpdateCheck
    from fettle.settings import Settings

    Look = Callable[[], Awaitable[UpdateCheck]]

_ALL = 500
_Done = TypeVar("_Done")


@asynccontextmanager
async def opened(
    application: "Application", settings: "Settings", hurry: str | None = None
) -> "AsyncIterator[Updating]":
    """Give what it takes to work on updates; what was cut off before is cleaned up first.

    `hurry` is why packages of the machine are updated outside of their window, or with what is
    younger than it may be.
    """
    from fettle.flow import update_watch, updating
    from fettle.flow.update_age import by_registries
    from fettle.settings.updated import updated
    from fettle.updates.settled import policy_of

    async def say(line: str) -> None:
        progress.say(line)

    async def detail(line: str) -> None:
        if progress.verbose():
            progress.say(f"  {line}")

    async with application.store(settings) as store:
        work = updating.Updating(
            store.connection,
            application.rehearsing(settings, detail),
            updated(settings),
            update_watch.looking(application, settings),
            application.clock,
            application.actor,
            say,
            policy_of(settings),
            hurry,
            by_registries(lambda: application.outside(settings, None)),
        )
        await updating.sweep(work)
        yield work


async def wanted_by(
    work: "Updating", ids: Sequence[str], looked: "Look"
) -> "Mapping[str, list[Wanted]]":
    """Return what ids and references mean, by project; raises NotFound and WrongUsage.

    What was neither tried before nor seen by a server is known by looking for updates once more, as
    who named it did.
    """
    from fettle.model.rehearsal import SYSTEM
    from fettle.store import update_checks, updates
    from fettle.store.update_checks import WantedUpdates
    from fettle.updates.references import is_reference, referred

    places = {name: one.path for name, one in work.projects.items() if name != SYSTEM}
    rehearsed = await updates.rehearsals(work.connection, limit=_ALL)
    known = {one.id: (each.project, one) for each in reversed(rehearsed) for one in each.wanted}
    seen = await update_checks.updates(work.connection, WantedUpdates(ids))
    known |= _on_offer([one.update for one in seen], places)
    if any(id_ not in known and not is_reference(id_) for id_ in ids):
        known |= _on_offer((await looked()).updates, places)
    found: dict[str, list[Wanted]] = {}
    for id_ in dict.fromkeys(ids):
        if id_ in known:
            project, wanted = known[id_]
        elif is_reference(id_):
            named = referred(id_, places, Path.cwd())
            project, wanted = named.project, named.wanted
        else:
            raise NotFound(
                f"there is no update {id_}", remedy="fettle update check names what is on offer"
            )
        if project not in work.projects:
            raise Refused(f"{project} is no [[project]] of fettle.toml")
        found.setdefault(project, []).append(wanted)
    return found


def looking(application: "Application", settings: "Settings") -> "Look":
    """Return what looks for updates of everything that the settings name."""
    from fettle.frontends.cli.updates.check import looked

    return lambda: looked(application, settings, None, ())


def _on_offer(
    updates: "Iterable[Update]", places: "Mapping[str, Path]"
) -> "dict[str, tuple[str, Wanted]]":
    """Return what is on offer by ids, each with its project and its lock from there on."""
    from fettle.updates.references import on_offer

    found = ((one.id, on_offer(one, places)) for one in updates)
    return {id_: (one.project, one.wanted) for id_, one in found if one is not None}


async def one_by_one(
    doings: Iterable[Awaitable[_Done]],
) -> tuple[list[_Done], FettleError | None]:
    """Do one after another; return what was done, and what ended that.

    What was done before is to be told all the same.
    """
    done: list[_Done] = []
    try:
        for doing in doings:
            done += (await doing,)
    except FettleError as error:
        if not done:
            raise
        return done, error
    return done, None


def rehearsed_code(rehearsals: "Iterable[Rehearsal]") -> int:
    """Return the code of rehearsals: all passed, refused, some failed, or nothing can judge."""
    from fettle.model.rehearsal import Verdict

    codes = {
        Verdict.PASSED: exits.OK,
        Verdict.REFUSED: exits.REFUSED,
        Verdict.UNJUDGED: exits.UNVERIFIED,
    }
    judged = [one.judged.verdict if one.judged else Verdict.CUT_OFF for one in rehearsals]
    return exits.worst_act_of([codes.get(one, exits.FAILED) for one in judged])


def applied_code(runs: "Iterable[UpdateRun]") -> int:
    """Return the code of runs: done and verified, refused, failed, or done but not verified."""
    from fettle.model.rehearsal import RunState

    def code(run: "UpdateRun") -> int:
        if run.state is RunState.DONE:
            return exits.OK if run.verified else exits.UNVERIFIED
        return exits.REFUSED if run.state is RunState.REFUSED else exits.FAILED

    return exits.worst_act_of([code(run) for run in runs])
