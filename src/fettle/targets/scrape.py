"""What something tells of itself at /metrics, read directly: no Prometheus needs to be there.

One scrape has the last values. What happened in a span is the difference of two: on a server the
last look's is the first of them, else both are made within a look, some seconds apart.
"""

import asyncio
import io
import math
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from prometheus_client.openmetrics.parser import text_fd_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from fettle.errors import CannotLook, NotAllowed, NotSupported, Unreachable
from fettle.model.watchpoint import Metrics
from fettle.targets.credentials import authorization, without_user
from fettle.targets.metrics import histograms
from fettle.targets.metrics.figures import WINDOW, Histogram, How, Labels, Only, Sample, Whose
from fettle.targets.outgoing import Answer, Outgoing
from fettle.targets.site_address import shown_location

_LARGEST = 16 * 1024**2
_ACCEPTED = "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5, */*;q=0.1"
# Between two scrapes of one look; two of different looks are told apart only if they lie further
# from each other, and nothing of an hour ago is about now.
_APART = timedelta(seconds=5)
_OLDEST_S = 3600
_MOST_KEPT = 500

_HOW: Mapping[How, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "count": len,
}

Series = Mapping[tuple[tuple[str, str], ...], float]


@dataclass(frozen=True)
class Scrape:
    """An answer of /metrics, packed, and when it came, by a clock that only goes on."""

    packed: bytes
    kind: str
    at: float
    moment: datetime


# The last scrape of each address: who keeps it has the first of two at the next look.
Earlier = dict[str, Scrape]


@dataclass
class ScrapedFigures:
    """What an address tells of one service; implements targets.metrics.Figures.

    `earlier` is kept from look to look by whoever looks again.
    """

    point: Metrics
    outgoing: Outgoing
    earlier: Earlier
    sleep: Callable[[float], Any]
    patience: timedelta
    _before: Scrape | None = None
    _now: asyncio.Task["Read"] | None = None
    _two: asyncio.Task[tuple["Read", "Read"]] | None = None

    def __post_init__(self) -> None:
        """Take what the last look has left, before this one leaves its own."""
        self._before = self.earlier.get(self.point.url)

    @property
    def whose(self) -> Whose:
        """See Figures."""
        return Whose(self.point.subject)

    async def names(self) -> frozenset[str]:
        """See Figures."""
        return frozenset((await self._last()).series)

    async def now(self) -> datetime:
        """See Figures."""
        return (await self._last()).moment

    async def last(
        self, name: str, by: Labels = (), how: How = "sum", only: Only | None = None
    ) -> Sequence[Sample]:
        """See Figures."""
        told = (await self._last()).series.get(name, {})
        return _grouped(_chosen(told, only), by, _HOW[how])

    async def lowest(
        self, name: str, by: Labels, over: timedelta, only: Only | None = None
    ) -> Sequence[Sample]:
        """See Figures; of two scrapes, the lower value."""
        before, after = await self._both()
        was = before.series.get(name, {})
        lower = {key: min(value, was.get(key, value)) for key, value in _of(after, name)}
        return _grouped(_chosen(lower, only), by, sum)

    async def grown(
        self,
        name: str,
        by: Labels = (),
        *,
        over: timedelta | None = None,
        busiest: int | None = None,
        only: Only | None = None,
    ) -> Sequence[Sample]:
        """See Figures; a series that the first scrape did not have began at zero."""
        if over is not None and over > WINDOW:
            return []
        before, after = await self._both()
        grown = _grown(before.series.get(name, {}), after.series.get(name, {}))
        samples = _grouped(_chosen(grown, only), by, sum)
        if busiest is None:
            return samples
        added = [sample for sample in samples if sample.value > 0]
        return sorted(added, key=lambda sample: -sample.value)[:busiest]

    async def histograms(
        self, name: str, by: Labels = (), *, only: Only | None = None
    ) -> Sequence[Histogram]:
        """See Figures."""
        bounds, name = (*by, "le"), f"{name}_bucket"
        before, after = await self._both()
        now = after.series.get(name, {})
        added = _grown(_gone_on(before.series.get(name, {}), now), now)
        grown = _grouped(_chosen(added, only), bounds, sum)
        having = _grouped(((key, 1) for key, _ in _chosen(now, only)), bounds, sum)
        return histograms.classic(grown, having, by)

    async def climbed(self, name: str, by: Labels, only: Only | None = None) -> Sequence[Sample]:
        """See Figures; two scrapes do not know it."""
        return []

    async def risen(
        self, name: str, by: Labels, over: timedelta, only: Only | None = None
    ) -> Sequence[Sample]:
        """See Figures; two scrapes do not know it."""
        return []

    async def changed(self, name: str, by: Labels, over: timedelta) -> Sequence[Sample]:
        """See Figures; two scrapes do not know it."""
        return []

    async def fallen(self, name: str, by: Labels, over: timedelta) -> Sequence[Sample]:
        """See Figures; two scrapes do not know it."""
        return []

    async def span(self) -> timedelta:
        """See Figures: how far the two scrapes lie apart."""
        before, after = await self._both()
        return timedelta(seconds=after.at - before.at)

    async def reaches(self, name: str, past: timedelta) -> bool:
        """See Figures: two scrapes know of minutes, not of hours."""
        return False

    def doubts(self) -> Sequence[str]:
        """See Figures."""
        return []

    async def close(self) -> None:
        """Give up what is still being asked."""
        tasks = [task for task in (self._now, self._two) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _last(self) -> "Read":
        if self._now is None:
            self._now = asyncio.create_task(self._scraped())
        return await asyncio.shield(self._now)

    async def _both(self) -> tuple["Read", "Read"]:
        if self._two is None:
            self._two = asyncio.create_task(self._apart())
        return await asyncio.shield(self._two)

    async def _apart(self) -> tuple["Read", "Read"]:
        """Return an earlier scrape and a later one."""
        last, kept = await self._last(), self._before
        if kept is not None and _APART.total_seconds() <= last.at - kept.at <= _OLDEST_S:
            return await asyncio.to_thread(read, kept), last
        await self.sleep(min(_APART, self.patience / 4).total_seconds())
        return last, await self._scraped()

    async def _scraped(self) -> "Read":
        scrape = await self._ask()
        told = await asyncio.to_thread(read, scrape)
        while len(self.earlier) >= _MOST_KEPT and self.point.url not in self.earlier:
            del self.earlier[next(iter(self.earlier))]
        self.earlier[self.point.url] = scrape
        return told

    async def _ask(self) -> Scrape:
        headers = {"Accept": _ACCEPTED}
        if (permit := authorization(self.point.url, self.point.token)) is not None:
            headers["Authorization"] = permit
        try:
            answer = await self.outgoing.call(
                "GET", without_user(self.point.url), headers=headers, largest=_LARGEST
            )
        except NotAllowed as refused:
            raise CannotLook(refused.reason, remedy=refused.remedy) from None
        _refuse(answer)
        kind = answer.headers.get("content-type", "")
        return Scrape(zlib.compress(answer.body, 1), kind, time.monotonic(), _moment(answer))


def _refuse(answer: Answer) -> None:
    """Refuse an answer that tells no figures; raises CannotLook."""
    match answer.status:
        case 200:
            if len(answer.body) >= _LARGEST:
                raise CannotLook(
                    f"it tells more than {_LARGEST:,} bytes",
                    remedy="let a Prometheus scrape it, and look there",
                )
            return
        case 401 | 403:
            raise Unreachable(
                f"it does not let us read (status {answer.status})",
                remedy="give metrics_token, or user and password in the address: "
                "https://user:${PASSWORD}@host/metrics",
            )
        case 301 | 302 | 303 | 307 | 308:
            place = shown_location(answer.headers.get("location", ""))
            raise Unreachable(f"it sends on to {place}", remedy="write where it is now")
    raise Unreachable(f"it answered status {answer.status}", remedy="is it the whole address?")


def _moment(answer: Answer) -> datetime:
    """Return when it answered, by its own clock as far as it tells that."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return datetime.now(UTC)
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Read:
    """A scrape, by the names of metrics; and when it came."""

    series: Mapping[str, Series]
    at: float
    moment: datetime


def read(scrape: Scrape) -> Read:
    """Read a scrape; what is no number is left out. Raises NotSupported for what is none."""
    text = zlib.decompress(scrape.packed).decode("utf-8", "replace")
    series: dict[str, dict[tuple[tuple[str, str], ...], float]] = defaultdict(dict)
    try:
        if "openmetrics" in scrape.kind:
            families = list(open_metrics(io.StringIO(text)))  # type: ignore[no-untyped-call]
        else:
            families = list(text_format(text))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise NotSupported(
            f"it does not tell figures in Prometheus's text format: {str(error)[:200]}",
            remedy="is it the address of /metrics, and no log-in before it?",
        ) from None
    for family in families:
        for sample in family.samples:
            if math.isfinite(sample.value):
                key = tuple(sorted(sample.labels.items()))
                series[sample.name][key] = float(sample.value)
        # the parser gives a counter its _total, whatever it is called
        bare = family.name
        if family.type == "counter" and f"{bare}_total" in series:
            series.setdefault(bare, series[f"{bare}_total"])
    if not series:
        raise NotSupported("it tells no figures at all", remedy="is it the address of /metrics?")
    return Read(series, scrape.at, scrape.moment)


def _of(told: Read, name: str) -> Iterable[tuple[tuple[tuple[str, str], ...], float]]:
    return told.series.get(name, {}).items()


def _added(before: float, after: float) -> float:
    """Return what a counter grew by; below what it was, it has begun anew."""
    return after - before if after >= before else after


def _grown(was: Series, now: Series) -> Series:
    """Return what each counter grew by; one that was not there began at zero."""
    return {key: _added(was.get(key, 0), value) for key, value in now.items()}


def _gone_on(was: Series, now: Series) -> Series:
    """Return what was of histograms that have not begun anew.

    Of one that has, some bound fell. The others may have counted past what they were, and would
    look as if nothing had been counted but the rest.
    """
    anew = {_apart_from_bound(key) for key, value in now.items() if value < was.get(key, 0)}
    return {key: value for key, value in was.items() if _apart_from_bound(key) not in anew}


def _apart_from_bound(key: tuple[tuple[str, str], ...]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in key if pair[0] != "le")


Pairs = Iterable[tuple[tuple[tuple[str, str], ...], float]]


def _chosen(told: Series, only: Only | None) -> Iterator[tuple[tuple[tuple[str, str], ...], float]]:
    for key, value in told.items():
        if only is None or re.fullmatch(only.pattern, dict(key).get(only.label, "")):
            yield key, value


def _grouped(told: Pairs, by: Labels, how: Callable[[Sequence[float]], float]) -> Sequence[Sample]:
    groups: dict[tuple[tuple[str, str], ...], list[float]] = defaultdict(list)
    for key, value in told:
        labels = dict(key)
        groups[tuple((name, labels[name]) for name in by if labels.get(name))].append(value)
    return [Sample(dict(key), how(values)) for key, values in groups.items()]
