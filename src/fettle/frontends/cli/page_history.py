"""Measurements of pages are kept, and compared with those that were."""

from datetime import timedelta
from typing import TYPE_CHECKING

from fettle.frontends.cli import exits

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.browser import PageAsked
    from fettle.model.measurement import PageMeasurement
    from fettle.settings import Settings

MOST = 200


async def kept(
    application: "Application", settings: "Settings", measured: "PageMeasurement"
) -> "PageMeasurement":
    """Keep a measurement; return it with how it stands to the last one that was kept here.

    Raises StoreError.
    """
    from fettle.flow.page_looks import keep
    from fettle.frontends.report import measure_document

    document = measure_document.of_measurement(measured, verbose=False)
    async with application.store(settings) as store:
        return await keep(store.connection, settings, measured, application.actor, document)


async def trend(
    application: "Application", settings: "Settings", page: "PageAsked", since: timedelta, form: str
) -> int:
    """Print how a page was measured over time; raises StoreError."""
    from fettle.frontends.report import layout, page_trend_document, page_trend_story, write
    from fettle.model.web_address import without_user
    from fettle.store import page_measures

    url, profile = without_user(page.url), page.profile
    begins = application.clock.now() - since
    async with application.looking_into_store(settings) as connection:
        kept = await page_measures.history(connection, url, profile, begins, MOST)
    if form == "json":
        write.document(page_trend_document.of_trend(url, profile, kept))
    else:
        story = page_trend_story.trend_story(url, profile, kept)
        write.draw(lambda width: layout.lines(story, width))
    return exits.OK
