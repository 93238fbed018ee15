"""A source of readings over metrics: each kind of reading by what knows the metrics for it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from fettle.model import probed, readings
from fettle.model.finding import Unknown
from fettle.targets.metrics import (
    exporters,
    failures,
    functions,
    machines,
    pools,
    processes,
    quotas,
    responses,
)
from fettle.targets.metrics.figures import Figures

ReadingT = TypeVar("ReadingT")
Reader = Callable[[Figures], Awaitable[Sequence[Any]]]

_OF_SERVICES: Mapping[type, Reader] = {
    readings.Responses: responses.responses,
    readings.Failures: failures.failures,
    readings.Memory: processes.memory,
    readings.Growth: processes.growth,
    readings.Processor: processes.processors,
    readings.Descriptors: processes.descriptors,
    readings.Restarts: processes.restarts,
    readings.Room: machines.rooms,
    readings.DiskWork: machines.disk_work,
    readings.ClockSync: machines.clocks,
    readings.Saturation: pools.pools,
    readings.Queue: pools.queues,
    readings.Allowance: quotas.allowances,
    readings.Alive: exporters.alive,
    probed.Answer: exporters.answers,
    probed.Certificate: exporters.certificates,
}


def of_services(objective: float | None = None) -> Mapping[type, Reader]:
    """Return what is read of services and of what they run on.

    `objective` is the share of requests that are to be answered well; without it nothing burns.
    """
    if objective is None:
        return _OF_SERVICES
    return {**_OF_SERVICES, readings.Burn: partial(failures.burns, objective=objective)}


def of_functions(named: Sequence[str], over: timedelta) -> Mapping[type, Reader]:
    """Return what is read of functions at the edge, of those that are named: all when none are."""
    return {readings.Functions: partial(functions.functions, named=named, over=over)}


class MetricsSource:
    """Readings from metrics, whoever keeps them; implements model.ports.Source."""

    def __init__(self, name: str, figures: Figures, readers: Mapping[type, Reader]) -> None:
        self._name = name
        self._figures = figures
        self._readers = readers

    @property
    def name(self) -> str:
        """See model.ports.Source."""
        return self._name

    @property
    def offers(self) -> Collection[type]:
        """See model.ports.Source."""
        return self._readers.keys()

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """See model.ports.Source.

        Of an answer that may be a part of the whole, what was left out is unknown.
        """
        found = await self._readers[kind](self._figures)
        doubts = self._figures.doubts() if found else ()
        partial_ = [
            Unknown(f"{self._name}: what it tells may be a part: {doubt}") for doubt in doubts
        ]
        return [*found, *partial_]
