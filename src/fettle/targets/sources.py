"""What looks at targets that are no databases: a source for each place where one is watched."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never, cast

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.ports import Clock, ReadingT, Source
from fettle.model.readings import Failures
from fettle.model.target import Target
from fettle.model.watchpoint import (
    AccessLog,
    CloudflareZone,
    EdgeFunctions,
    KeptPages,
    Metrics,
    OtherHost,
    PrometheusApi,
    Site,
    StatusPage,
    ThisHost,
    TracedFunctions,
    Watchpoint,
)

if TYPE_CHECKING:
    from fettle.store.statements import Connection
    from fettle.targets.scrape import Earlier


@dataclass(frozen=True)
class Means:
    """What sources look with: whom they may call (hosts and networks), how long, and the time.

    `earlier` is what the last looks left at addresses of metrics, as long as this process lives.
    `store` connects to Fettle's own store, None where that does not run.
    """

    allowed: Sequence[str]
    timeout: timedelta
    clock: Clock
    earlier: "Earlier" = field(default_factory=dict)
    store: "Callable[[], AbstractAsyncContextManager[Connection]] | None" = None


# each takes a watchpoint of its own kind
Opened = Callable[[Any, Means], AbstractAsyncContextManager[Source]]


@asynccontextmanager
async def opened(target: Target, means: Means) -> AsyncIterator[Sequence[Source]]:
    """Open the sources of a target; what they hold is let go at the end.

    Raises CannotLook for what cannot be looked at from here at all.
    """
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(_opener(point)(point, means))
            for point in target.watchpoints
        ]


def _opener(point: Watchpoint) -> Opened:
    """Return what opens a source; each brings its libraries only when it is needed."""
    match point:
        case TracedFunctions() | PrometheusApi():
            from fettle.targets.metrics import opened as metrics

            return metrics.functions if isinstance(point, TracedFunctions) else metrics.prometheus
        case Metrics():
            from fettle.targets.metrics import opened as metrics

            return metrics.scraped
        case Site():
            from fettle.targets.probing import site

            return cast("Opened", site.opened)
        case StatusPage():
            from fettle.targets.probing import status_page

            return cast("Opened", status_page.opened)
        case AccessLog() | ThisHost() | OtherHost() | KeptPages():
            return _here
        case CloudflareZone() | EdgeFunctions():
            return _at_the_edge
        case _:
            assert_never(point)


def _elsewhere(point: OtherHost) -> CannotLook:
    what = f"{point.subject} is" if point.log is None else f"{point.log} is a file of"
    return CannotLook(
        f"{what} another machine: the workers labelled {point.on} look at it",
        remedy=f"run fettle check {point.subject} there, or fettle worker --label {point.on}",
    )


@dataclass(frozen=True)
class _Elsewhere:
    """A log that is not here; implements model.ports.Source."""

    point: OtherHost
    name: str
    offers: frozenset[type] = frozenset((Failures,))

    async def read(self, _: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        raise _elsewhere(self.point)


@asynccontextmanager
async def _unread(point: OtherHost) -> AsyncIterator[Source]:
    yield _Elsewhere(point, f"the access log of {point.subject}")


def _here(
    point: AccessLog | ThisHost | OtherHost | KeptPages, means: Means
) -> AbstractAsyncContextManager[Source]:
    """Open what is read on this machine; raises CannotLook for another one."""
    if isinstance(point, OtherHost):
        if point.log is None:
            raise _elsewhere(point)
        return _unread(point)
    if isinstance(point, KeptPages):
        from fettle.targets import pages

        return pages.opened(point, means.store, means.clock)
    if isinstance(point, AccessLog):
        from fettle.targets.access_logs.source import access_log

        return access_log(point, means.clock)
    from fettle.targets.host.source import this_host

    return this_host(point, means.clock)


def _at_the_edge(
    point: CloudflareZone | EdgeFunctions, means: Means
) -> AbstractAsyncContextManager[Source]:
    """Open what a provider tells by its API."""
    from fettle.targets.edge import source

    if isinstance(point, CloudflareZone):
        return source.zone(point, means.allowed, means.clock)
    return source.functions(point, means.allowed, means.clock)
