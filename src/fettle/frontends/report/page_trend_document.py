"""`fettle.page_trend/1`: how a page was measured over time, as the JSON that programs read."""

from collections.abc import Sequence
from statistics import median
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report import as_json
from fettle.model.measurement import Profile
from fettle.model.page_history import MeasuredOnce


class KeptMeasureDocument(TypedDict):
    """A measurement that was kept."""

    at: str
    machine: str
    metrics: dict[str, float]
    """The median of each figure: milliseconds, or a score."""
    bytes: dict[str, float]
    """As they were sent, by kind, and in total."""
    deploys: list[str]
    """The versions that went live since the one before, the latest first."""


class PageTrendDocument(TypedDict):
    """How a page was measured over time, the latest first."""

    schema: Literal["fettle.page_trend/1"]
    url: str
    profile: Literal["phone", "desktop"]
    items: list[KeptMeasureDocument]


def of_trend(url: str, profile: Profile, kept: Sequence[MeasuredOnce]) -> PageTrendDocument:
    """Return it as a document."""
    return {
        "schema": "fettle.page_trend/1",
        "url": url,
        "profile": "phone" if profile is Profile.PHONE else "desktop",
        "items": [_measure(one) for one in kept],
    }


def _measure(one: MeasuredOnce) -> KeptMeasureDocument:
    return {
        "at": as_json.moment(one.at),
        "machine": one.machine,
        "metrics": {
            name: round(median(values), 4) for name, values in one.figures.items() if values
        },
        "bytes": dict(one.weights),
        "deploys": list(dict.fromkeys(deploy.version for deploy in one.deploys)),
    }
