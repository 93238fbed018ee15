"""A source of readings over metrics: each kind of reading by what knows the metrics for it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from fettle.model import probed, readings
from fettle.model.finding import Unknown
from fettle.targets.metrics import (
    exporters,
    failures,
    machines,
    pools,
    processes,
    quotas,
    responses,
)
from fettle.targets.metrics.figures import Figures

ReadingT = TypeVar("ReadingT")
_Reader = Callable[[Figures], Awaitable[Sequence[Any]]]

_READERS: Mapping[type, _Reader] = {
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


class MetricsSource:
    """Readings from metrics, whoever keeps them; implements model.ports.Source.

    `objective` is the share of requests that are to be answered well; without it nothing burns.
    """

    def __init__(self, name: str, figures: Figures, objective: float | None) -> None:
        self._name = name
        self._figures = figures
        self._readers = dict(_READERS)
        if objective is not None:
            self._readers[readings.Burn] = partial(failures.burns, objective=objective)

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
