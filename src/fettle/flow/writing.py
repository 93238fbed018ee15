"""Known errors that people write: kept with every version, changed, retired and brought back.

Every function is part of the caller's transaction.
"""

from dataclasses import replace

from fettle.errors import Outdated, Refused, WrongUsage
from fettle.flow import recognise_again
from fettle.flow.knowing import Knowing
from fettle.flow.solving import Solver
from fettle.model.actor import who
from fettle.model.known_error import Act, KnownError, Origin, WrittenError
from fettle.resolution import catalogue
from fettle.resolution.catalogue import OwnErrorFile
from fettle.store import known_errors
from fettle.store.statements import Connection
from fettle.triage.moves import By

_MOST = 300  # on pages, that are matched: what recognises them is made anew with each change
_WORDS = frozenset({"new", "add", "change", "retire", "restore", "show", "trial"})  # of addresses


def of_page(given: str | None, written: OwnErrorFile) -> KnownError:
    """Return what was written as a known error; raises WrongUsage for what can be no id of one."""
    try:
        id_ = catalogue.id_of(given or catalogue.named_after(written.title))
    except ValueError as error:
        raise WrongUsage(f"id: {error}") from None
    return catalogue.known(id_, written, Origin.PAGE)


async def write(
    connection: Connection, solver: Solver, knowing: Knowing, known: KnownError, by: By
) -> None:
    """Keep a new known error; raises Refused for an id that something has already."""
    _refuse_taken(knowing, known.id)
    await _refuse_too_many(connection)
    if not await known_errors.insert(connection, known, by.actor, by.at):
        raise Refused(
            f"id: {known.id} was written already", remedy="change that, or write another id"
        )
    await recognise_again.begin(connection, solver)


def _refuse_taken(knowing: Knowing, id_: str) -> None:
    """Raise Refused for an id of Fettle's own, of a file, or of what addresses are made of."""
    if id_ in knowing.files:
        raise Refused(f"id: {id_} stands in a file", remedy="change that file, or write another id")
    if id_ in catalogue.shipped():
        raise Refused(
            f"id: {id_} is one of Fettle's own",
            remedy="write another id; a file of that id takes the place of ours",
        )
    if id_ in _WORDS:
        raise Refused(f"id: {id_} is a word of our own", remedy="write another id")


async def _refuse_too_many(connection: Connection) -> None:
    written = await known_errors.listed(connection)
    if sum(not one.retired for one in written.values()) >= _MOST:
        raise Refused(
            f"{_MOST} known errors on pages are the most",
            remedy="retire some; or write them as files, in the folder of [errors] known",
        )


async def seen_latest(connection: Connection, id_: str, seen: int) -> WrittenError:
    """Return the latest version, to change it; raises Outdated where it was not seen, NotFound."""
    found = await known_errors.to_change(connection, id_)
    if found.version != seen:
        raise Outdated(
            f"{who(found.changed_by)} has changed it meanwhile: it is version {found.version}, and "
            f"you have seen {seen}",
            remedy="look at what it says now, and keep yours over it or not",
        )
    return found


async def change(
    connection: Connection, solver: Solver, known: KnownError, seen: int, by: By
) -> None:
    """Keep another version; raises Outdated where `seen` is not the latest, NotFound."""
    found = await seen_latest(connection, known.id, seen)
    if known == found.known:
        return
    await _keep(connection, solver, replace(found, known=known), Act.CHANGED, by)


async def retire(connection: Connection, solver: Solver, id_: str, by: By) -> None:
    """Let it be matched no more; raises NotFound, Refused."""
    found = await known_errors.to_change(connection, id_)
    if found.retired:
        raise Refused(f"{who(found.changed_by)} has retired it already")
    await _keep(connection, solver, replace(found, retired=True), Act.RETIRED, by)


async def restore(connection: Connection, solver: Solver, id_: str, by: By) -> None:
    """Let it be matched again; raises NotFound, Refused."""
    found = await known_errors.to_change(connection, id_)
    if not found.retired:
        raise Refused("it is matched already")
    await _refuse_too_many(connection)
    await _keep(connection, solver, replace(found, retired=False), Act.RESTORED, by)


async def _keep(
    connection: Connection, solver: Solver, changed: WrittenError, act: Act, by: By
) -> None:
    version = replace(changed, version=changed.version + 1, changed_at=by.at, changed_by=by.actor)
    await known_errors.update(connection, version, act)
    await recognise_again.begin(connection, solver)
