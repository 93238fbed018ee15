"""Open what metrics are read from, for as long as a look takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from fettle.model.watchpoint import Metrics, PrometheusApi, TracedFunctions
from fettle.targets import site_address
from fettle.targets.metrics.functions import OF_REQUESTS
from fettle.targets.metrics.source import MetricsSource, of_functions, of_services
from fettle.targets.outgoing import Outgoing
from fettle.targets.prometheus import PrometheusFigures
from fettle.targets.prometheus_api import Api
from fettle.targets.scrape import ScrapedFigures
from fettle.targets.sources import Means

# Of the time that a look may take, one question may take this part.
_PART = 3


@asynccontextmanager
async def prometheus(point: PrometheusApi, means: Means) -> AsyncIterator[MetricsSource]:
    """Open a Prometheus; the address that was set may be a private one: they mostly are."""
    async with _asked(point, means) as api:
        name, readers = _name(point), of_services(point.objective)
        yield MetricsSource(name, PrometheusFigures(api), readers)


@asynccontextmanager
async def functions(point: TracedFunctions, means: Means) -> AsyncIterator[MetricsSource]:
    """Open a Prometheus that has counts of functions' traces."""
    requests = replace(point, selector=f"{point.selector}, {OF_REQUESTS}")
    async with _asked(requests, means) as api:
        figures = PrometheusFigures(api, point.last)
        yield MetricsSource(_name(point), figures, of_functions(point.functions, point.last))


@asynccontextmanager
async def _asked(point: PrometheusApi, means: Means) -> AsyncIterator[Api]:
    within = means.timeout / _PART
    outgoing = _outgoing(point.url, means, within + timedelta(seconds=1))
    api = Api(point, outgoing, within)
    try:
        yield api
    finally:
        await api.close()


def _name(point: PrometheusApi) -> str:
    return f"the Prometheus {site_address.shown(point.url)}"


@asynccontextmanager
async def scraped(point: Metrics, means: Means) -> AsyncIterator[MetricsSource]:
    """Open an address of metrics."""
    outgoing = _outgoing(point.url, means, means.timeout / _PART)
    figures = ScrapedFigures(point, outgoing, means.earlier, means.clock.sleep, means.timeout)
    try:
        yield MetricsSource(site_address.shown(point.url), figures, of_services())
    finally:
        await figures.close()


def _outgoing(url: str, means: Means, whole: timedelta) -> Outgoing:
    """Return what calls it: whom a setting names is meant, and nobody is followed elsewhere."""
    host = urlsplit(url).hostname or ""
    return Outgoing((*means.allowed, host), whole_s=whole.total_seconds())
