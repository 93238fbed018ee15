"""Figures of a Prometheus, by its HTTP API; Thanos, Mimir and VictoriaMetrics speak it as well.

1. Questions are of a moment by its own clock: ours is not told to it. Where it has figures of a
   later moment, they come by a clock that is ahead, or its own was put back: what it has of now is
   old then, and is not told as fresh.
2. Only metrics that are there are asked for, with few labels, so that an answer is small however
   many series there are.
"""

import asyncio
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fettle.errors import CannotLook
from fettle.model.quantity import say_duration
from fettle.targets.metrics import histograms
from fettle.targets.metrics.figures import (
    WINDOW,
    Bucket,
    Histogram,
    How,
    Labels,
    Only,
    Sample,
    Whose,
)
from fettle.targets.prometheus_api import Api, Result

# Of how many values in WINDOW it is known what happened in it; else so much is looked at.
_ENOUGH, _SELDOM = 2, 3 * WINDOW
_HOUR, _HALF = timedelta(hours=1), timedelta(minutes=30)
# Clocks are apart by some seconds everywhere; an answer about a moment is of what was told until
# five minutes before it.
_AHEAD, _LOOKBACK = timedelta(minutes=1), timedelta(minutes=5)
_NAMED = 3


@dataclass(frozen=True)
class PrometheusFigures:
    """What a Prometheus knows of a service, or of all; implements targets.metrics.Figures.

    Figures are of now, but where they may have been told `lately` and not since.
    """

    api: Api
    lately: timedelta | None = None

    @property
    def whose(self) -> Whose:
        """See Figures."""
        return Whose(None if self.api.point.whole else self.api.point.subject)

    async def names(self) -> frozenset[str]:
        """See Figures."""
        start = (await self.now()) - max(self.lately or timedelta(), 2 * WINDOW)
        query = {"start": f"{start.timestamp():.0f}"}
        if self.api.point.selector:
            query["match[]"] = f"{{{self.api.point.selector}}}"
        told = await self.api.once("label/__name__/values", query)
        if not isinstance(told, list):
            raise self.api.strange("it told no names of metrics")
        names = frozenset(name for name in told if isinstance(name, str))
        await self._refuse_untimely(names)
        return names

    async def _refuse_untimely(self, names: frozenset[str]) -> None:
        """Refuse a service of which nothing is told of now; of a whole Prometheus say so."""
        point, up = self.api.point, "up" in names
        if point.whole or not point.selector:
            if up and (ahead := await self._ahead("up")):
                self.api.warnings[ahead] = None
            return
        name = "up" if up else min(names, default="")
        told = f"count({self._series('up' if up else '')})"
        if self.lately is not None:
            told = f"count(count_over_time({self._series(name)}[{_span(self.lately)}]))"
        if not names or not await self.api.vector(told):
            raise CannotLook(
                f"it has no figures of {point.subject} of the last "
                f"{say_duration(self.lately or WINDOW)}",
                remedy=f"is its selector right, {point.selector}, and do the clocks of who tells "
                "them and of the Prometheus agree?",
            )
        if ahead := await self._ahead(name):
            raise CannotLook(ahead, remedy="keep the clocks of all that write to it by NTP")

    async def _ahead(self, name: str) -> str | None:
        """Return whose figures are of a later moment, by one metric of theirs; None of nobody's."""
        now = await self.now()
        question = f"max by (job, instance) (timestamp({self._series(name)}))"
        told = await self.api.vector(question, now + _AHEAD + _LOOKBACK)
        late = [one for one in _read(told) if one.value > (now + _AHEAD).timestamp()]
        if not late:
            return None
        whose = {" ".join(filter(None, map(one.labels.get, ("job", "instance")))) for one in late}
        named = ", ".join(sorted(whose - {""})[:_NAMED]) or self.api.point.subject
        return (
            f"it has figures of {named} that are of a later moment than its clock shows: what it "
            "has of now is old"
        )

    async def now(self) -> datetime:
        """See Figures."""
        told = await self.api.once("query", {"query": "time()"})
        match told:
            case {"resultType": "scalar", "result": [_, str() as text]}:
                try:
                    return datetime.fromtimestamp(float(text), UTC)
                except (ValueError, OverflowError, OSError):
                    pass
        raise self.api.strange("it does not know the time")

    async def last(
        self, name: str, by: Labels = (), how: How = "sum", only: Only | None = None
    ) -> Sequence[Sample]:
        """See Figures."""
        return await self._of(name, f"{how} by ({_listed(by)}) ({self._series(name, only)})")

    async def lowest(
        self, name: str, by: Labels, over: timedelta, only: Only | None = None
    ) -> Sequence[Sample]:
        """See Figures."""
        of_span = f"min_over_time({self._series(name, only)}[{_span(over)}])"
        return await self._of(name, f"sum by ({_listed(by)}) ({of_span})")

    async def grown(
        self,
        name: str,
        by: Labels = (),
        *,
        over: timedelta | None = None,
        busiest: int | None = None,
        only: Only | None = None,
    ) -> Sequence[Sample]:
        """See Figures."""
        base, _, part = name.rpartition("_")
        known = await self.names()
        if name in known:
            added = self._added(self._series(name, only), over or await self.span())
        elif base in known and part in ("count", "sum"):
            series = f"{self._series(base, only)}[{_span(over or await self.span())}]"
            added = f"histogram_{part}(increase({series}))"
        else:
            return []
        question = f"sum by ({_listed(by)}) ({added})"
        return await self._samples(
            question if busiest is None else f"topk({busiest}, {question} > 0)"
        )

    async def histograms(
        self, name: str, by: Labels = (), *, only: Only | None = None
    ) -> Sequence[Histogram]:
        """See Figures."""
        known, span = await self.names(), await self.span()
        if name in known:
            series = self._series(name, only)
            added = f"sum by ({_listed(by)}) (increase({series}[{_span(span)}]))"
            told = map(_native, await self.api.vector(added))
            if native := [one for one in told if one is not None]:
                return native
        if f"{name}_bucket" not in known:
            return []
        series = self._series(f"{name}_bucket", only)
        bounds = _listed(("le", *by))
        grown, having = await asyncio.gather(
            self._samples(f"sum by ({bounds}) ({self._added(series, span)})"),
            # also those that have ended meanwhile: a release may bring other buckets
            self._samples(f"count by ({bounds}) (count_over_time({series}[{_span(span)}]))"),
        )
        return histograms.classic(grown, having, by)

    async def climbed(self, name: str, by: Labels, only: Only | None = None) -> Sequence[Sample]:
        """See Figures; what began anew within the hour has no growth yet."""
        series, half = self._series(name, only), _span(_HALF)
        rise = (
            f"2 * (min_over_time({series}[{half}]) - min_over_time({series}[{half}] offset {half}))"
        )
        young = f"(changes(process_start_time_seconds[{_span(_HOUR)}]) > 0)"
        whole = f"{rise} and {series} offset {_span(_HOUR)} unless on (job, instance) {young}"
        return await self._of(name, f"max by ({_listed(by)}) ({whole})")

    async def risen(
        self, name: str, by: Labels, over: timedelta, only: Only | None = None
    ) -> Sequence[Sample]:
        """See Figures."""
        series = self._series(name, only)
        return await self._of(
            name, f"sum by ({_listed(by)}) ({series} - {series} offset {_span(over)})"
        )

    async def changed(self, name: str, by: Labels, over: timedelta) -> Sequence[Sample]:
        """See Figures."""
        series = f"changes({self._series(name)}[{_span(over)}])"
        return await self._of(name, f"sum by ({_listed(by)}) ({series})")

    async def fallen(self, name: str, by: Labels, over: timedelta) -> Sequence[Sample]:
        """See Figures."""
        series = f"resets({self._series(name)}[{_span(over)}])"
        return await self._of(name, f"sum by ({_listed(by)}) ({series})")

    async def span(self) -> timedelta:
        """See Figures: longer than WINDOW where targets are asked so seldom that it has one value.

        What grew is known between two.
        """
        question = f"max(count_over_time({self._series('up')}[{_span(WINDOW)}]))"
        often = [sample.value for sample in await self._of("up", question)]
        return WINDOW if not often or often[0] >= _ENOUGH else _SELDOM

    async def reaches(self, name: str, past: timedelta) -> bool:
        """See Figures."""
        base, _, part = name.rpartition("_")
        series = self._series(name)
        if part == "count" and name not in (names := await self.names()) and base in names:
            series = self._series(base)
        return bool(await self.api.vector(f"count({series} offset {_span(past)})"))

    def doubts(self) -> Sequence[str]:
        """See Figures."""
        return list(self.api.warnings)

    def _series(self, name: str, only: Only | None = None) -> str:
        matchers = [self.api.point.selector] if self.api.point.selector else []
        if only is not None:
            matchers.append(f"{only.label}=~{json.dumps(only.pattern, ensure_ascii=False)}")
        return f"{name}{{{', '.join(matchers)}}}" if matchers else name

    def _added(self, series: str, over: timedelta) -> str:
        """Return what counters grew by; also those that were born in the span.

        `increase` knows of the first value of a series nothing: the first error of all would be
        none. A counter that was not there although its target told its figures began at zero; but
        one that goes on from what it was some time before has only been away.
        """
        span = _span(over)
        if over > _SELDOM:  # within hours a process begins anew, and its count
            return f"increase({series}[{span}])"
        was = f"last_over_time({series}[{_span(_SELDOM)}] offset {span})"
        young = f"({series} unless {series} offset {span} unless ({was} <= {series}))"
        born = f"{young} and on (job, instance) (up offset {span} == 1)"
        return f"({born}) or increase({series}[{span}])"

    async def _of(self, name: str, question: str) -> Sequence[Sample]:
        """Ask, where the metric is there at all."""
        return await self._samples(question) if name in await self.names() else []

    async def _samples(self, question: str) -> Sequence[Sample]:
        return _read(await self.api.vector(question))


def _read(told: Result) -> Sequence[Sample]:
    """Return the samples of an answer; a value that is no number is none."""
    samples = []
    for entry in told:
        match entry:
            case {"metric": dict() as labels, "value": [_, str() as text]}:
                if math.isfinite(value := _number(text)):
                    samples.append(Sample(_texts(labels), value))
    return samples


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels)


def _span(span: timedelta) -> str:
    return f"{span.total_seconds():.0f}s"


def _texts(labels: Mapping[object, object]) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in labels.items()}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _native(entry: Mapping[str, Any]) -> Histogram | None:
    """Return a native histogram; None of any other sample.

    A bucket is `[rule, left, right, count]`; the one around zero has two bounds as well.
    """
    match entry:
        case {"metric": dict() as labels, "histogram": [_, {"buckets": list() as told}]}:
            buckets = sorted(_buckets(told), key=lambda bucket: bucket.most)
            return Histogram(_texts(labels), buckets)
    return None


def _buckets(told: Sequence[object]) -> Iterator[Bucket]:
    for one in told:
        match one:
            case [_, str() as left, str() as right, str() as count]:
                bucket = Bucket(_number(left), _number(right), _number(count))
                if not any(map(math.isnan, (bucket.least, bucket.most, bucket.count))):
                    yield bucket
