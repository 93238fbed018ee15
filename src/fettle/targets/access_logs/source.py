"""The source of what an access log tells; implements model.ports.Source."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fettle.errors import BadSettings, CannotLook
from fettle.model.finding import Scalar, Unknown, Untold
from fettle.model.ports import Clock, ReadingT
from fettle.model.readings import Abandoned, Failures, LogLines, Responses
from fettle.model.watchpoint import AccessLog
from fettle.targets.access_logs.files import STANDARD_INPUT
from fettle.targets.access_logs.read import Reading, Summed
from fettle.targets.access_logs.tally import GAVE_UP, Route
from fettle.targets.access_logs.written import written

# Routes of one log: whoever reads a report wants those that matter, the busiest, and beside them
# those that fail the most, and the slowest of which so many answers say that it is no chance.
_MOST_SHOWN, _WORST_SHOWN = 25, 10
_TELLING = 100
_WORST = 5
_UNTIMED = (
    "let it write them: $request_time at the end of nginx's log_format, %{us}T in Apache's "
    "LogFormat (and set access_log_format to that)"
)


@dataclass
class AccessLogSource:
    """A log, read once for all kinds of readings that it tells."""

    point: AccessLog
    clock: Clock

    def __post_init__(self) -> None:
        self._reading: asyncio.Task[Summed] | None = None
        self._read = Reading(self.point.path, self._since(), self.point.format)

    @property
    def name(self) -> str:
        """See model.ports.Source.name."""
        path = self.point.path
        return "the access log on standard input" if path == STANDARD_INPUT else path

    @property
    def offers(self) -> frozenset[type]:
        """See model.ports.Source.offers."""
        return frozenset(_TOLD)

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """See model.ports.Source.read."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._summed())
        summed = await asyncio.shield(self._reading)
        told: Sequence[Any] = _TOLD[kind](self, summed)
        return told

    async def close(self) -> None:
        """End reading, wherever it is."""
        self._read.stop.set()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    def over(self, summed: Summed) -> timedelta:
        """Return the span that figures are about: what was asked for, or what the file covers."""
        if self.point.last is not None:
            return self.point.last
        first, last = summed.tally.first, summed.tally.last
        if first is None or last is None:
            return timedelta(0)
        return timedelta(seconds=max(1.0, last - first))

    def _since(self) -> float | None:
        if self.point.since is not None:
            return self.point.since.timestamp()
        if self.point.last is not None:
            return (self.clock.now() - self.point.last).timestamp()
        return None

    async def _summed(self) -> Summed:
        summed = await asyncio.to_thread(self._read.summed)
        if self.point.since is not None and summed.tally.first is None:
            raise CannotLook(
                f"it has no line from {self.point.since:%Y-%m-%d %H:%M} on",
                remedy="look further back with --since",
            )
        if self.point.last is None and not summed.tally.lines:
            raise CannotLook("it is empty", remedy="name the file that the web server writes now")
        return summed


@asynccontextmanager
async def access_log(point: AccessLog, clock: Clock) -> AsyncIterator[AccessLogSource]:
    """Open the source of a log; raises BadSettings for a format that cannot be meant."""
    if point.format is not None:
        try:
            written(point.format)
        except BadSettings as error:
            where = f"[[service]] {point.subject}: access_log_format"
            raise BadSettings(f"{where}: {error.reason}", remedy=error.remedy) from None
    source = AccessLogSource(point, clock)
    try:
        yield source
    finally:
        await source.close()


def _responses(source: AccessLogSource, summed: Summed) -> Sequence[Responses | Unknown]:
    """Return how long requests took, of all and of the routes with the most; never zero for none.

    A log without times tells nothing of that, which is not the same as that they were short.
    """
    routes, over = summed.tally.routes(), source.over(summed)
    whole = _all(routes)
    if whole.requests and not whole.took.count:
        return [Untold(f"{source.name}: it does not say how long requests took", _UNTIMED)]
    shown = _shown(routes, _slowness)
    named: list[tuple[str | None, Route]] = [(None, whole), *shown.items()]
    return [
        Responses(
            source.point.subject,
            name,
            route.took.count,
            over,
            route.took.quantile(0.50),
            route.took.quantile(0.95),
            route.took.quantile(0.99),
            route.took.mean_s,
        )
        for name, route in named
    ]


def _failures(source: AccessLogSource, summed: Summed) -> Sequence[Failures]:
    routes, over = summed.tally.routes(), source.over(summed)
    whole = _all(routes)
    worst: list[dict[str, Scalar]] = [
        {"route": name, "status": status, "requests": count}
        for name, route in routes.items()
        for status, count in route.statuses.items()
        if status >= 500
    ]
    worst.sort(key=_requests)
    subject = source.point.subject
    return [
        Failures(subject, None, whole.requests, whole.failed, over, worst[:_WORST]),
        *(
            Failures(subject, name, route.requests, route.failed, over)
            for name, route in _shown(routes, lambda route: route.failed).items()
        ),
    ]


def _shown(routes: Mapping[str, Route], bad: Callable[[Route], float]) -> Mapping[str, Route]:
    """Return the routes with the most requests, which come first, and the worst of the others."""
    busiest, others = list(routes.items())[:_MOST_SHOWN], list(routes.items())[_MOST_SHOWN:]
    worst = sorted(others, key=lambda pair: -bad(pair[1]))[:_WORST_SHOWN]
    return dict([*busiest, *(pair for pair in worst if bad(pair[1]))])


def _slowness(route: Route) -> float:
    p95 = route.took.quantile(0.95) if route.took.count >= _TELLING else None
    return 0.0 if p95 is None else p95.least


def _abandoned(source: AccessLogSource, summed: Summed) -> Sequence[Abandoned]:
    routes = summed.tally.routes()
    whole = _all(routes)
    worst: list[dict[str, Scalar]] = [
        {"route": name, "requests": route.statuses[GAVE_UP]}
        for name, route in routes.items()
        if route.statuses[GAVE_UP]
    ]
    worst.sort(key=_requests)
    left = whole.statuses[GAVE_UP]
    over = source.over(summed)
    return [Abandoned(source.point.subject, whole.requests, left, over, worst[:_WORST])]


def _lines(source: AccessLogSource, summed: Summed) -> Sequence[LogLines]:
    tally = summed.tally
    tally.routes()
    return [
        LogLines(
            source.point.subject,
            source.name,
            summed.formats,
            tally.lines,
            tally.unread,
            tally.undated,
            tally.went_back,
            tally.dropped,
            tally.example.decode("utf-8", "backslashreplace"),
            summed.truncated,
            tally.left_out,
        )
    ]


_TOLD: Mapping[type, Callable[[AccessLogSource, Summed], Sequence[Any]]] = {
    Responses: _responses,
    Failures: _failures,
    Abandoned: _abandoned,
    LogLines: _lines,
}


def _all(routes: Mapping[str, Route]) -> Route:
    """Return all routes together."""
    whole = Route()
    for route in routes.values():
        whole.join(route)
    return whole


def _requests(row: Mapping[str, Scalar]) -> float:
    count = row["requests"]
    return -count if isinstance(count, int | float) else 0.0
