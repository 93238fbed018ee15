"""How much a page's server can carry: what may be asked so, and what is printed of it."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from fettle.errors import NotAllowed
from fettle.frontends.cli import capacities, exits, options, pages, progress

F = TypeVar("F", bound=Callable[..., Any])

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.browser import PageAsked
    from fettle.model.capacity import Asked, LoadLimits
    from fettle.model.finding import Unknown
    from fettle.settings import Settings


@dataclass(frozen=True)
class Wish:
    """What is to be found out: of which page, within which limits.

    `ours` says that it is told to be ours, `now` how much is asked of it already; `save` that what
    is found is kept.
    """

    page: "PageAsked"
    limits: "LoadLimits"
    ours: bool
    now: float | None
    save: bool = False

    @classmethod
    def of(
        cls, application: "Application", settings: "Settings", given: Mapping[str, Any]
    ) -> "Wish":
        """Read the options; raises WrongUsage."""
        from fettle.model.capacity import LoadLimits

        slow = options.duration("--slow", given["slow"])
        limits = LoadLimits(
            most_rate=given["max_rate"],
            within=options.duration("--within", given["within"]) or timedelta(minutes=2),
            slow_ms=None if slow is None else slow.total_seconds() * 1000,
        )
        page = pages.page_of(
            given["url"], {**pages.AS_IT_IS, **given}, settings, application.environ
        )
        return cls(page, limits, given["ours"], given["now"], given["save"])


def limits(function: F) -> F:
    """Add what says where it ends at the latest, and what lets in."""
    for add in reversed(
        (
            click.option(
                "--max-rate",
                type=click.FloatRange(1, 5000),
                default=100,
                show_default=True,
                metavar="N",
                help="Send no more requests a second than these.",
            ),
            click.option(
                "--within",
                default="2m",
                show_default=True,
                metavar="2m",
                help="The longest that it may take altogether.",
            ),
            click.option(
                "--slow",
                metavar="200ms",
                help="From where p95 is too slow; 200 ms or three times what it takes alone, "
                "whatever is more.",
            ),
            click.option(
                "--now",
                type=click.FloatRange(0),
                metavar="N",
                help="So many requests a second it is asked now, in place of what watches its "
                "service; says what share that is.",
            ),
            click.option(
                "--ours", is_flag=True, help="Say that you may, though fettle.toml names it not."
            ),
            click.option(
                "--save",
                is_flag=True,
                help="Keep it in Fettle's store: analyse says of the page what its server carries.",
            ),
            pages.log_in,
        )
    ):
        function = add(function)
    return function


async def capacity(application: "Application", settings: "Settings", wish: Wish, form: str) -> int:
    """Find what a page's server can carry, and print it; raises NotAllowed for a stranger's."""
    from fettle.flow.page_looks import own_budgets
    from fettle.frontends.report import capacity_document, capacity_story, layout, write
    from fettle.optimisation import budgets
    from fettle.optimisation.capacity import ramp

    if not (wish.ours or _is_ours(wish.page.url, settings)):
        raise NotAllowed(
            f"{urlsplit(wish.page.url).hostname} is neither this machine nor named in fettle.toml, "
            "and so many requests may harm whose it is",
            remedy="name it by its url as a [[service]], or say that you may: --ours",
        )
    # what the ramp itself sends is no part of it
    now = await _asked(application, settings, wish)
    async with application.load(wish.page) as load:
        found = await ramp(load, wish.page.url, wish.limits, application.clock, progress.say)
    found = replace(found, asked=now)
    own = own_budgets(settings, found.url, wish.page.profile)
    stands = budgets.used_of(found, budgets.budgets(wish.page.profile, own))
    document = capacity_document.of_capacity(found, stands)
    if wish.save:
        from fettle.store import page_capacities

        async with application.store(settings) as store:
            await page_capacities.keep(
                store.connection, found.url, found.started_at, application.actor, document
            )
    if form == "json":
        write.document(document)
    else:
        story = capacity_story.capacity_story(found, stands)
        write.draw(lambda width: layout.lines(story, width))
    return exits.OK


async def _asked(application: "Application", settings: "Settings", wish: Wish) -> "Asked | Unknown":
    from fettle.model.capacity import Asked

    if wish.now is not None:
        return Asked(wish.now, "--now")
    return await capacities.asked(application, settings, wish.page.url)


def _is_ours(url: str, settings: "Settings") -> bool:
    """Whether a page is this machine's, or of a site that the settings name as one's own."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or _is_loopback(host):
        return True
    named = [one.url for one in settings.service if one.url is not None]
    named += [origin for one in settings.field for origin in one.origins]
    return host in {urlsplit(one).hostname for one in named}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
