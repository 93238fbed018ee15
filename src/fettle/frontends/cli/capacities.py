"""What servers of pages carry, as it was kept, and what is asked of them now."""

from typing import TYPE_CHECKING

from fettle.errors import CannotLook, StoreError
from fettle.frontends.cli import progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fettle.frontends.application import Application
    from fettle.model.capacity import Asked, KeptCapacity
    from fettle.model.finding import Unknown
    from fettle.settings import Settings


async def kept(
    application: "Application", settings: "Settings", pages: "Sequence[str]"
) -> "Mapping[str, KeptCapacity]":
    """Return how much the servers of pages carry, as far as that was kept, and what is asked.

    A store that does not run is started for it: budgets may be about that.
    """
    from fettle.flow.throughput import with_now
    from fettle.store import page_capacities

    if not application.store_exists(settings):
        return {}
    try:
        async with application.looking_into_store(settings) as connection:
            found = await page_capacities.of_pages(connection, pages)
    except (StoreError, CannotLook) as error:
        progress.say(f"nobody knows what their servers carry: {error.reason}")
        return {}
    return {
        page: with_now(one, await asked(application, settings, page)) for page, one in found.items()
    }


async def asked(application: "Application", settings: "Settings", page: str) -> "Asked | Unknown":
    """Return what is asked of a page's server now: by looks of a server, or by what watches it."""
    from fettle.flow import throughput
    from fettle.flow.page_looks import service_of

    service = service_of(page, settings)
    if service is None:
        return throughput.NO_SERVICE
    if (found := await _of_looks(application, settings, service)) is not None:
        return found
    (target,) = application.targets([service], settings)
    sources = application.eyes(settings).sources
    return await throughput.of_sources(target, sources, settings.check.timeout)


async def _of_looks(
    application: "Application", settings: "Settings", service: str
) -> "Asked | None":
    from fettle.flow import throughput

    if not application.store_runs(settings):
        return None
    try:
        async with application.looking_into_store(settings) as connection:
            return await throughput.of_looks(connection, service, application.clock.now())
    except (StoreError, CannotLook):
        return None  # what watches it can tell, too
