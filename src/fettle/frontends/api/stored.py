"""The store's figures for Prometheus: read at most every few seconds, however many ask."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from fettle.model.clock import ClockName
from fettle.model.ports import Clock
from fettle.model.run import RunState
from fettle.model.severity import Severity
from fettle.store import figures
from fettle.store.figures import InStore
from fettle.store.pool import Pool

ALIVE_WITHIN = timedelta(seconds=10)
_FRESH_S = 5.0
_PAUSES = 20  # of its time, so that reading figures takes a twentieth of one connection at most
_PATIENCE_S = 3.0


@dataclass(frozen=True)
class Figure:
    """A figure: its name, what it is, and the names of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def family(self, values: Mapping[tuple[str, ...], float] | None = None) -> GaugeMetricFamily:
        """Return it as Prometheus's client has it, with values by label."""
        family = GaugeMetricFamily(self.name, self.help, labels=self.labels)
        for labels, value in (values or {}).items():
            family.add_metric(labels, value)
        return family


UP = Figure(
    "fettle_store_up",
    "Whether the store answered when it was last asked; the figures of what is in it are left out "
    "where it did not",
)
CONNECTIONS = Figure(
    "fettle_store_connections", "Connections of this process to the store", ("state",)
)
CONNECTIONS_MAX = Figure("fettle_store_connections_max", "Connections that this process may have")
REQUESTS = Figure(
    "fettle_store_requests_waiting", "Requests of this process that wait for a connection"
)
_OF_STORE = (
    Figure("fettle_deliveries_waiting", "Deliveries that were accepted and not yet taken"),
    Figure(
        "fettle_deliveries_oldest_waiting_seconds",
        "How long the oldest delivery that waits has waited",
    ),
    Figure("fettle_deliveries_dead", "Deliveries that could not be read, and can be replayed"),
    Figure("fettle_errors_dead", "Errors that could not be digested, and can be replayed"),
    Figure(
        "fettle_log_batches_dead", "Batches of lines that could not be learnt, and can be replayed"
    ),
    Figure("fettle_issues_open", "Issues that have not ended", ("severity", "status")),
    Figure(
        "fettle_clocks_breached",
        "Open issues whose promise was broken and is not yet kept",
        ("clock",),
    ),
    Figure("fettle_notifications_waiting", "Notifications that were not yet handed over"),
    Figure(
        "fettle_notifications_oldest_due_seconds",
        "How long the notification that waits and was due first has been due",
    ),
    Figure(
        "fettle_notifications_failed", "Notifications that were given up, as far as they are kept"
    ),
    Figure("fettle_runs", "Runs that have not ended; an unsure one waits for a person", ("state",)),
    Figure("fettle_runs_ended_last_day", "Runs that ended within the last day", ("state",)),
    Figure("fettle_timers_overdue", "Timers that should have rung five seconds ago, or before"),
    Figure("fettle_workers_alive", "Workers that have shown life within ten seconds"),
)
FIGURES = (UP, CONNECTIONS, CONNECTIONS_MAX, REQUESTS, *_OF_STORE)


class StoreFigures(Collector):
    """What the store and the connections to it come to; `look` before they are collected."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._found: tuple[InStore, datetime] | None = None
        self._fresh_until = float("-inf")
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Read what is in the store, unless that was done a moment ago."""
        async with self._looking:
            began = asyncio.get_running_loop().time()
            if began < self._fresh_until:
                return
            try:
                async with self._pool.connection(timeout=_PATIENCE_S) as connection:
                    moment = self._clock.now()
                    found = await figures.read(connection, moment, ALIVE_WITHIN)
                    self._found = found, moment
            except (psycopg.Error, PoolTimeout):
                self._found = None
            ended = asyncio.get_running_loop().time()
            self._fresh_until = ended + max(_FRESH_S, _PAUSES * (ended - began))

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures without values."""
        yield from (figure.family() for figure in FIGURES)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures; of a store that does not answer, none that would be a guess."""
        pool = self._pool.get_stats()
        size, idle = pool.get("pool_size", 0), pool.get("pool_available", 0)
        yield UP.family({(): float(self._found is not None)})
        yield CONNECTIONS.family({("used",): size - idle, ("idle",): idle})
        yield CONNECTIONS_MAX.family({(): pool.get("pool_max", 0)})
        yield REQUESTS.family({(): pool.get("requests_waiting", 0)})
        if self._found is not None:
            values = _values(*self._found)
            yield from (figure.family(values[figure.name]) for figure in _OF_STORE)


def _values(found: InStore, now: datetime) -> Mapping[str, Mapping[tuple[str, ...], float]]:
    live = [state for state in RunState if not state.ended]
    ended = [state for state in RunState if state.ended]
    return {
        "fettle_deliveries_waiting": {(): found.deliveries_waiting},
        "fettle_deliveries_oldest_waiting_seconds": {(): _age(found.delivery_waits_since, now)},
        "fettle_deliveries_dead": {(): found.deliveries_dead},
        "fettle_errors_dead": {(): found.errors_dead},
        "fettle_log_batches_dead": {(): found.log_batches_dead},
        "fettle_issues_open": {
            (str(Severity(severity)), status): number
            for severity, status, number in found.issues_open
        },
        "fettle_clocks_breached": {
            (str(clock),): found.clocks_breached.get(clock, 0) for clock in ClockName
        },
        "fettle_notifications_waiting": {(): found.outbox_waiting},
        "fettle_notifications_oldest_due_seconds": {(): _age(found.outbox_due_since, now)},
        "fettle_notifications_failed": {(): found.outbox_failed},
        "fettle_runs": {(str(state),): found.runs.get(state, 0) for state in live},
        "fettle_runs_ended_last_day": {
            (str(state),): found.runs_ended.get(state, 0) for state in ended
        },
        "fettle_timers_overdue": {(): found.timers_overdue},
        "fettle_workers_alive": {(): found.workers},
    }


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
