"""What a command line recognises errors by, and what was solved before, as far as it is reached.

Fettle's own known errors and those of files need nobody; what people wrote on pages, and past
issues, are a server's that is named, or those of a store that is, or runs.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from fettle.errors import CannotLook, StoreError
from fettle.frontends.cli import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach
    from fettle.frontends.report.known_document import SolvedDocument
    from fettle.frontends.report.similar_document import SimilarItem
    from fettle.model.known_error import Catalogue, Recognised
    from fettle.resolution.recognise import Recogniser
    from fettle.store.statements import Connection

_LONGEST = 200_000  # characters that a server is sent
_NOT_ASKED = "Known errors that are written on pages are not asked"


async def recogniser(application: "Application", reach: "Reach") -> "Recogniser":
    """Return what recognises errors; that no store is within reach is not said."""
    async with _kept(application, reach, quiet=True) as kept:
        return await _recogniser(application, reach, kept)


async def solve(application: "Application", reach: "Reach", text: str) -> "SolvedDocument":
    """Return what is known of an error, and what was solved before where a store is reached."""
    from fettle.frontends.report.known_document import of_recognised

    async with _kept(application, reach, quiet=False) as kept:
        found = (await _recogniser(application, reach, kept)).recognise(text)
        return of_recognised(found, await kept.solved_before(text, found))


async def _recogniser(application: "Application", reach: "Reach", kept: "_Kept") -> "Recogniser":
    from fettle.resolution import catalogue
    from fettle.resolution.recognise import Recogniser

    files = catalogue.of_folder(reach.settings(application).errors.known)
    return Recogniser(catalogue.together(files, await kept.written()))


class _Kept(Protocol):
    """What is kept of errors somewhere."""

    async def written(self) -> "Catalogue":
        """Return what is written on pages, and in files of a server."""

    async def solved_before(self, text: str, found: "Recognised") -> "Sequence[SimilarItem] | None":
        """Return past issues that are like an error, with what helped; None where nobody knows."""


class _Nowhere:
    """Nobody is reached."""

    async def written(self) -> "Catalogue":
        return {}

    async def solved_before(self, _text: str, _found: "Recognised") -> None:
        return None


class _OnServer:
    """What a server keeps."""

    def __init__(self, api: "Api") -> None:
        self._api = api

    async def written(self) -> "Catalogue":
        from fettle.model.known_error import Origin
        from fettle.model.written_error import read

        document = await self._api.get("/api/v1/known-errors", {"documents": "true"})
        return {
            one["class"]: read(one["class"], one["document"], Origin(one["origin"]))
            for one in document["items"]
            if "document" in one and not one["retired"]
        }

    async def solved_before(self, text: str, _found: "Recognised") -> "Sequence[SimilarItem]":
        solved = await self._api.post("/api/v1/errors/known", {"text": text[:_LONGEST]})
        before: Sequence[SimilarItem] = solved["solved_before"]
        return before


class _InStore:
    """What a store keeps, as it is: it is not brought up to date for who only looks."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    async def written(self) -> "Catalogue":
        from fettle.store import known_errors

        written = await known_errors.as_it_is(self._connection)
        return {id_: one.known for id_, one in written.items() if not one.retired}

    async def solved_before(self, text: str, found: "Recognised") -> "Sequence[SimilarItem] | None":
        from psycopg.errors import UndefinedColumn, UndefinedTable

        from fettle.flow import solved
        from fettle.frontends.report import similar_document

        try:
            before = await solved.of_text(self._connection, text, found)
        except (UndefinedColumn, UndefinedTable):  # the store is older than this Fettle
            return None
        return similar_document.items(before.alike, before.timelines)


@asynccontextmanager
async def _kept(application: "Application", reach: "Reach", *, quiet: bool) -> AsyncIterator[_Kept]:
    async with AsyncExitStack() as stack:
        yield await _reached(stack, application, reach, quiet=quiet)


async def _reached(
    stack: AsyncExitStack, application: "Application", reach: "Reach", *, quiet: bool
) -> _Kept:
    from fettle.frontends.cli.api import reached

    if reach.server is not None:
        return _OnServer(await stack.enter_async_context(reached(application, reach)))
    settings = reach.settings(application)
    named = reach.data is not None or reach.database_url is not None
    if not named and not application.store_runs(settings):
        if not quiet:
            progress.say(f"{_NOT_ASKED}: no store is within reach (--server, --data).")
        return _Nowhere()
    try:
        looking = application.looking_into_store(settings)
        return _InStore(await stack.enter_async_context(looking))
    except (StoreError, CannotLook) as error:
        if named:
            raise
        progress.say(f"{_NOT_ASKED}: {error.reason}.")
        return _Nowhere()
