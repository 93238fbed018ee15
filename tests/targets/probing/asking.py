"""Ask a site, a dependency or a status page as a look does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fettle.model.finding import Unknown
from fettle.model.probed import Answer, Certificate, NameLookup, Reached
from fettle.model.target import Target
from fettle.model.watchpoint import Site, Watchpoint
from fettle.targets import sources
from fettle.testing import SteppedClock


async def told(
    point: Watchpoint,
    *kinds: type,
    allow: Sequence[str] = (),
    timeout_s: float = 30,
    at: datetime | None = None,
) -> list[Any]:
    """Return what a source tells of each kind, in one look."""
    clock = SteppedClock(at or datetime.now(UTC))
    means = sources.Means(allow, timedelta(seconds=timeout_s), clock)
    async with sources.opened(Target("t", "", watchpoints=(point,)), means) as (source,):
        assert source.name
        return [one for kind in kinds for one in await source.read(kind)]


async def answer(url: str, *, timeout_s: float = 30, allow: Sequence[str] = ()) -> Answer:
    """Return what came of asking a site."""
    (one,) = await told(Site("shop", url), Answer, timeout_s=timeout_s, allow=allow)
    assert isinstance(one, Answer), one
    return one


async def gap(url: str, *, allow: Sequence[str] = ()) -> Unknown:
    """Return why it is not known what came of asking a site."""
    (one,) = await told(Site("shop", url), Answer, allow=allow)
    assert isinstance(one, Unknown), one
    return one


async def reached(
    url: str, *, provider: str | None = None, expect: tuple[int, ...] = ()
) -> Reached:
    """Return what came of asking a dependency."""
    point = Site("bank", url, dependency=True, provider=provider, expect=expect)
    (one,) = await told(point, Reached)
    assert isinstance(one, Reached)
    return one


async def certificate(url: str, at: datetime | None = None) -> Certificate:
    """Return the certificate that a site showed."""
    (one,) = await told(Site("shop", url), Certificate, at=at)
    assert isinstance(one, Certificate)
    return one


async def names(url: str) -> list[NameLookup]:
    """Return what came of looking names up."""
    return await told(Site("shop", url), NameLookup)
