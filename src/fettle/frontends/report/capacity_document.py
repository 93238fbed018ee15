"""`fettle.capacity/1`: how much a page's server can carry, as the JSON that programs read."""

from typing import Literal

from typing_extensions import TypedDict

import fettle
from fettle.frontends.report import as_json
from fettle.model.budget import Judged, Status
from fettle.model.capacity import Asked, Capacity, Ended, KeptCapacity, LoadStep
from fettle.model.finding import Unknown


class LoadStepDocument(TypedDict):
    """A rate that was tried; milliseconds count from when a request was to be sent."""

    rate: float
    """Requests a second."""
    seconds: float
    requests: int
    failed: int
    achieved: float
    """Answers a second that came in time."""
    p50: float
    p95: float
    p99: float
    wrong: Ended | None
    """Null where it was carried."""
    why: str | None


class LoadLimitsDocument(TypedDict):
    """Where it was to end at the latest."""

    rate: float
    within_s: float
    p95: float | None
    errors: float


class ResponseDocument(TypedDict):
    """How long an answer takes, in milliseconds: alone, and at the capacity."""

    alone: float
    p50: float | None
    p95: float | None


class ThroughputDocument(TypedDict):
    """Requests a second."""

    current: float | None
    """What is asked of it now; null where nobody knows."""
    by: str | None
    """Who tells that: what was given, looks at its service, or where its requests are counted."""
    unknown: str | None
    """Why nobody knows."""
    capacity: float | None
    """Null where not even the first rate was carried."""
    utilisation: float | None
    """The share that is used now; at most that, where it carries more."""
    target: float | None
    """Up to which share is good; null where the share is not known well enough to be judged."""
    status: Status | None


class CapacityDocument(TypedDict):
    """How much a page's server can carry."""

    schema: Literal["fettle.capacity/1"]
    fettle: str
    url: str
    started_at: str
    duration_s: float
    throughput: ThroughputDocument
    at_least: bool
    """Whether it carries more, by how much nobody knows."""
    response_time: ResponseDocument
    ended: Ended
    why: str
    limits: LoadLimitsDocument
    steps: list[LoadStepDocument]


def of_capacity(found: Capacity, stands: Judged | None = None) -> CapacityDocument:
    """Return it as a document; `stands` is how what is used stands to what is promised."""
    carried, limits = found.carried, found.limits
    return {
        "schema": "fettle.capacity/1",
        "fettle": fettle.__version__,
        "url": found.url,
        "started_at": as_json.moment(found.started_at),
        "duration_s": round(found.duration.total_seconds(), 3),
        "throughput": throughput(
            found, None if carried is None else round(carried.rate, 2), stands
        ),
        "at_least": found.at_least,
        "response_time": {
            "alone": round(found.alone_ms, 2),
            "p50": None if carried is None else round(carried.p50_ms, 2),
            "p95": None if carried is None else round(carried.p95_ms, 2),
        },
        "ended": found.ended,
        "why": found.why,
        "limits": {
            "rate": limits.most_rate,
            "within_s": limits.within.total_seconds(),
            "p95": limits.slow_ms,
            "errors": limits.errors,
        },
        "steps": [_step(one) for one in found.steps],
    }


def throughput(
    found: Capacity | KeptCapacity, capacity: float | None, stands: Judged | None
) -> ThroughputDocument:
    """Return what is asked of a server beside what it carries."""
    asked, used = found.asked, found.used
    return {
        "current": round(asked.rate, 4) if isinstance(asked, Asked) else None,
        "by": asked.by if isinstance(asked, Asked) else None,
        "unknown": asked.reason if isinstance(asked, Unknown) else None,
        "capacity": capacity,
        "utilisation": None if used is None else round(used, 4),
        "target": None if stands is None else stands.budget.target,
        "status": None if stands is None else stands.status,
    }


def _step(one: LoadStep) -> LoadStepDocument:
    return {
        "rate": round(one.rate, 2),
        "seconds": one.seconds,
        "requests": one.requests,
        "failed": one.failed,
        "achieved": round(one.achieved, 2),
        "p50": round(one.p50_ms, 2),
        "p95": round(one.p95_ms, 2),
        "p99": round(one.p99_ms, 2),
        "wrong": one.wrong,
        "why": one.why,
    }
