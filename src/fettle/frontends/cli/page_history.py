"""Measurements of pages are kept, and compared with those that were."""

import platform
from dataclasses import replace
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
    from fettle.frontends.report import measure_document
    from fettle.optimisation import regress
    from fettle.store import deploys, page_measures
    from fettle.store.page_measures import Keeping

    how = Keeping(application.actor, platform.node(), _service_of(measured, settings))
    async with application.store(settings) as store:
        connection, now = store.connection, measured.started_at
        place = measured.url, measured.profile, how.machine
        earlier = await page_measures.before(connection, *place, now)
        if earlier is not None and how.service is not None:
            live = await deploys.around(connection, [how.service], earlier.at, now)
            earlier = replace(earlier, deploys=tuple(live))
        document = measure_document.of_measurement(measured, verbose=False)
        await page_measures.keep(connection, measured, how, document)
    return regress.since(measured, earlier)


def _service_of(measured: "PageMeasurement", settings: "Settings") -> str | None:
    """Return the service whose page it is, the nearest of several."""
    from fettle.model.web_address import below

    named = [
        (len(one.url), one.name)
        for one in settings.service
        if one.url is not None and below(measured.url, one.url)
    ]
    return max(named)[1] if named else None


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
