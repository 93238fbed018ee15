"""How many requests a second are asked of a service now, as what watches it tells.

Looks of a server have counted them lately; where none has, its sources are asked themselves: a
Prometheus, /metrics, an access log. Where several know, the one counts that saw the most: what is
before an application sees requests that never reach it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.errors import CannotLook
from fettle.flow.look_at import Sources
from fettle.model.capacity import LATELY, REQUESTS_PER_SECOND, Asked, KeptCapacity
from fettle.model.finding import Unknown
from fettle.model.ports import Source
from fettle.model.quantity import say_duration
from fettle.model.readings import Failures, Responses
from fettle.model.target import Target
from fettle.store import samples
from fettle.store.statements import Connection

_KINDS: Sequence[type[Failures] | type[Responses]] = (Failures, Responses)

NO_SERVICE = Unknown(
    "it is the page of no service",
    "name it by its url as a [[service]] that is watched by prometheus, metrics or access_log",
)


async def of_looks(connection: Connection, service: str, now: datetime) -> Asked | None:
    """Return what the latest look at a service has measured; None where none did lately."""
    found = await samples.lately(connection, service, REQUESTS_PER_SECOND, now - LATELY)
    if found is None:
        return None
    ago = say_duration(now - found.latest_at)
    return Asked(found.latest, f"a look at {service}, {ago} ago")


async def of_sources(target: Target, sources: Sources, patience: timedelta) -> Asked | Unknown:
    """Ask what watches a service; always returns."""
    try:
        async with asyncio.timeout(patience.total_seconds()), sources(target) as known:
            told = [await _told(source, kind, target.name) for source in known for kind in _KINDS]
    except TimeoutError:
        return Unknown(f"nothing that watches {target.name} answered in {say_duration(patience)}")
    except CannotLook as error:
        return Unknown(error.reason, error.remedy)
    return _most([one for answers in told for one in answers], target.name)


def _most(told: Sequence[Asked | Unknown], service: str) -> Asked | Unknown:
    rates = [one for one in told if isinstance(one, Asked)]
    if rates:
        return max(rates, key=lambda one: one.rate)
    nothing = Unknown(
        f"nothing counts the requests of {service}",
        "give it a prometheus, metrics or access_log in fettle.toml",
    )
    return next((one for one in told if isinstance(one, Unknown)), nothing)


async def _told(
    source: Source, kind: type[Failures] | type[Responses], service: str
) -> Sequence[Asked | Unknown]:
    if kind not in source.offers:
        return []
    try:
        rows = await source.read(kind)
    except CannotLook as error:
        return [Unknown(f"{source.name}: {error.reason}", error.remedy)]
    told: list[Asked | Unknown] = []
    for row in rows:
        if isinstance(row, Unknown):
            told.append(row)
        elif row.route is None and row.subject == service and row.per_s is not None:
            told.append(Asked(row.per_s, source.name))
    return told


def with_now(kept: KeptCapacity, now: Asked | Unknown) -> KeptCapacity:
    """Return what a server carries beside what is asked of it now, where anything tells that."""
    known = isinstance(now, Asked) or isinstance(kept.asked, Unknown)
    return replace(kept, asked=now) if known else kept
