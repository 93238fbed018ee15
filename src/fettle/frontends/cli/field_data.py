"""How pages that are measured are for the people who visit, as the store has it."""

from typing import TYPE_CHECKING

from fettle.errors import CannotLook, StoreError
from fettle.frontends.cli import progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.field import Field
    from fettle.model.measurement import PageMeasurement
    from fettle.settings import Settings


async def of_page(
    application: "Application", settings: "Settings", measured: "PageMeasurement"
) -> "Field | None":
    """Return how a page is for the people who visit; None where it is none of a [[field]].

    A store that does not run is not started for it, and one that gives no answer ends nothing.
    """
    site = next((one for one in settings.field if one.holds(measured.typical.url)), None)
    if site is None:
        return None
    if not application.store_runs(settings):
        progress.say(f"{site.name}: no field data, since the store does not run here ([store] url)")
        return None
    from fettle.model.route import page_of
    from fettle.optimisation import field
    from fettle.store import field as kept

    today = application.clock.now().date()
    page = page_of(measured.typical.url, site.pages)
    try:
        async with application.looking_into_store(settings) as connection:
            days = await kept.days(
                connection, site.name, page, measured.profile, field.first_day(today)
            )
    except (StoreError, CannotLook) as error:
        progress.say(f"{site.name}: no field data: {error.reason}")
        return None
    return field.field_of(site.name, page, measured.profile, days, today)
