"""Who counts the requests of a service over HTTP, and by which of the many names for them.

Applications and proxies count the same requests. Of each job, or of the service, the first family
of this table is believed that was asked anything; an application's own comes before a proxy's,
which sees what never reached the application, but not its routes.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.targets.metrics.figures import Figures, Labels, Only, Sample

# Labels that say which route, the most telling first, and how it was answered. `endpoint` and
# `service` come last: in Kubernetes they are of whoever is asked for figures.
ROUTE: Labels = (
    *("http_route", "route", "handler", "path_template", "path", "view", "uri", "http_target"),
    *("url", "action", "ingress", "entrypoint", "proxy", "endpoint", "service"),
)
STATUS: Labels = (
    *("http_response_status_code", "http_status_code", "status_code", "response_code"),
    *("status", "code", "envoy_response_code_class"),
)
# Of a trace STATUS_CODE_ERROR: OpenTelemetry sets it for a 5xx. Words are of who counts by hand.
FAILED = "5.*|STATUS_CODE_ERROR|(?i:error|errors|failed|failure)"
_FAILED = re.compile(FAILED)
# What says how a request was answered: a status, its class, or a word; `GET` or `v2` does not.
_TOLD = re.compile(
    r"[1-5](?:\d\d|xx)?|STATUS_CODE_\w+|errors?|fail(?:ed|ure)|ok|success(?:ful)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Family:
    """Metrics of one library or program: durations by a histogram or summary, and counts.

    `durations` stands before `_bucket`, `_count` and `_sum`; `unit_s` is its unit in seconds.
    `counts` are counters by status, for what times requests without it. Where each request is
    counted by several (Caddy: every handler that it passes), `once` is the label of these, and
    `at` its value that counts each request once; where there is no such value, the busiest.
    `finer` are durations of all routes together, by more bounds.
    """

    durations: str | None
    counts: tuple[str, ...] = ()
    unit_s: float = 1
    once: str | None = None
    at: str | None = None
    finer: str | None = None


KIND, SERVER = "span_kind", "SPAN_KIND_SERVER"
# Traces, counted by OpenTelemetry's Collector (spanmetrics) and by Tempo: calls of others and parts
# of a request are spans, too.
TRACED = tuple(
    Family(name, unit_s=unit_s, once=KIND, at=SERVER)
    for name, unit_s in (
        ("traces_span_metrics_duration_milliseconds", 0.001),
        ("traces_span_metrics_duration_seconds", 1),
        ("traces_spanmetrics_latency", 1),
    )
)

# prometheus-fastapi-instrumentator: its histogram by route ends at a second
_HIGHR = "http_request_duration_highr_seconds"
_FAMILIES = (
    # OpenTelemetry's conventions, of today and before 1.20
    Family("http_server_request_duration_seconds", ("http_server_requests_total",)),
    Family("http_server_duration_milliseconds", unit_s=0.001),
    Family("http_server_duration_seconds"),
    # Python: starlette_exporter, django_prometheus, prometheus_flask_exporter, FastAPI's
    Family("starlette_request_duration_seconds", ("starlette_requests_total",)),
    Family(
        "django_http_requests_latency_seconds_by_view_method",
        ("django_http_responses_total_by_status_total",),
    ),
    Family("flask_http_request_duration_seconds", ("flask_http_request_total",)),
    Family("fastapi_requests_duration_seconds", ("fastapi_responses_total",)),
    # Express (express-prom-bundle), Go, prometheus-fastapi-instrumentator, ASP.NET, and many more
    Family(
        "http_request_duration_seconds",
        ("http_requests_total", "http_requests_received_total"),
        finer=_HIGHR,
    ),
    Family(_HIGHR, ("http_requests_total",)),
    Family("http_request_duration_ms", ("http_requests_total",), 0.001),
    Family("http_request_duration_milliseconds", ("http_requests_total",), 0.001),
    Family("http_server_requests_seconds"),  # Micrometer: Spring, Quarkus
    Family("rails_request_duration_seconds", ("rails_requests_total",)),
    Family("ruby_http_request_duration_seconds", ("ruby_http_requests_total",)),
    Family("gin_request_duration_seconds", ("gin_requests_total",)),
    Family("echo_request_duration_seconds", ("echo_requests_total",)),
    Family("fettle_http_request_seconds", ("fettle_http_requests_total",)),
    *TRACED,
    # proxies
    Family("traefik_service_request_duration_seconds", ("traefik_service_requests_total",)),
    Family("traefik_entrypoint_request_duration_seconds", ("traefik_entrypoint_requests_total",)),
    Family(
        "nginx_ingress_controller_request_duration_seconds", ("nginx_ingress_controller_requests",)
    ),
    Family("caddy_http_request_duration_seconds", once="handler"),
    Family("istio_request_duration_milliseconds", ("istio_requests_total",), 0.001, "reporter"),
    Family("envoy_http_downstream_rq_time", ("envoy_http_downstream_rq_xx",), 0.001),
    Family(None, ("haproxy_frontend_http_responses_total",)),
    Family(None, ("http_requests_total",)),
    Family(None, ("nginx_http_requests_total",)),
    Family("prometheus_http_request_duration_seconds", ("prometheus_http_requests_total",)),
)


@dataclass(frozen=True)
class Counted:
    """What was asked of somebody, by the status of the answers, and the counter that knows."""

    family: Family
    counter: str
    samples: Sequence[Sample]
    only: Only | None

    @property
    def requests(self) -> float:
        """How many there were."""
        return sum(sample.value for sample in self.samples)

    @property
    def failed(self) -> float:
        """How many of them failed by the fault of who was asked."""
        return sum(one.value for one in self.samples if _FAILED.fullmatch(answer_of(one)))

    @property
    def status(self) -> str | None:
        """The label that tells how requests were answered; None where nothing does."""
        return next(
            (
                label
                for label in STATUS
                if any(_TOLD.fullmatch(one.labels.get(label, "")) for one in self.samples)
            ),
            None,
        )


def answer_of(sample: Sample) -> str:
    """Return how requests were answered, by the first label that says it."""
    told = (sample.labels.get(label, "") for label in STATUS)
    return next((one for one in told if _TOLD.fullmatch(one)), "")


async def timed(figures: Figures) -> Mapping[str, Counted]:
    """Return the requests of each, by the family that is believed about how long they took."""
    found: dict[str, Counted] = {}
    async for owner, counted in _counted(figures, timing=True):
        if owner not in found or (counted.requests and not found[owner].requests):
            found[owner] = counted
    return found


async def answered(figures: Figures) -> Mapping[str, Counted]:
    """Return the requests of each, by the counter that is believed about how they were answered."""
    found: dict[str, Counted] = {}
    async for owner, counted in _counted(figures, timing=False):
        before = found.get(owner)
        tells = counted.status is not None and (before is None or before.status is None)
        first = before is None or (counted.requests > 0 and not before.requests)
        if first or (tells and counted.requests > 0):
            found[owner] = counted
    return found


async def share_failed(
    figures: Figures, owner: str, counted: Counted, over: timedelta
) -> tuple[float, float]:
    """Return how many of somebody's requests failed in a span, and how many there were."""
    by = (*figures.whose.by, *STATUS)
    samples = await figures.grown(counted.counter, by, over=over, only=counted.only)
    own = [sample for sample in samples if figures.whose.named(sample.labels) == owner]
    whole = Counted(counted.family, counted.counter, own, counted.only)
    return whole.failed, whole.requests


async def _counted(figures: Figures, *, timing: bool) -> AsyncIterator[tuple[str, Counted]]:
    """Yield who was asked how often, by each counter that is there, the most telling first."""
    names = await figures.names()
    by = (*figures.whose.by, *STATUS)
    there = [
        (family, name) for family in _FAMILIES for name in _counters(family, names, timing=timing)
    ]
    told = await asyncio.gather(*(_once(figures, *one) for one in there))
    sampled = await asyncio.gather(
        *(figures.grown(name, by, only=only) for (_, name), only in zip(there, told, strict=True))
    )
    for (family, name), only, samples in zip(there, told, sampled, strict=True):
        owned: dict[str, list[Sample]] = defaultdict(list)
        for sample in samples:
            owned[figures.whose.named(sample.labels)].append(sample)
        for owner, own in owned.items():
            yield owner, Counted(family, name, own, only)


def _counters(family: Family, names: frozenset[str], *, timing: bool) -> Sequence[str]:
    """Return the counters of a family that are there; a native histogram counts by itself."""
    durations = family.durations
    found = []
    if durations is not None and ({durations, f"{durations}_count"} & names):
        found.append(f"{durations}_count")
    if not timing:
        found += [name for name in family.counts if name in names]
    return found


async def _once(figures: Figures, family: Family, name: str) -> Only | None:
    """Return what counts each request once: of several, the one that has counted the most."""
    if family.once is None:
        return None
    if family.at is not None:
        return Only.any_of(family.once, [family.at])
    counts = await figures.grown(name, (family.once,))
    most = max(counts, key=lambda sample: sample.value, default=None)
    return None if most is None else Only.any_of(family.once, [most.labels.get(family.once, "")])
