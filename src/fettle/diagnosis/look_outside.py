"""Ask checks of what is no database: each source is asked once for a kind of reading."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fettle.diagnosis.lingering import lingering
from fettle.diagnosis.look import bug, sorted_out
from fettle.errors import CannotLook
from fettle.model.diagnosis import Outcome
from fettle.model.finding import Unknown, Verdict
from fettle.model.ports import Source
from fettle.unit import AnyCheck


@dataclass(frozen=True)
class Told:
    """Readings of one kind, and what hinders to know more of them."""

    readings: Sequence[Any]
    gaps: Sequence[Unknown]


@dataclass
class Readings:
    """What the sources of a target tell, by kind; each kind is read once, whoever asks for it."""

    sources: Sequence[Source]
    _asked: dict[type, asyncio.Task[Told]] = field(default_factory=dict)

    def offered(self, kind: type) -> bool:
        """Whether any source may know something of a kind."""
        return any(kind in source.offers for source in self.sources)

    async def of(self, kind: type) -> Told:
        """Return what is told of a kind."""
        if kind not in self._asked:
            self._asked[kind] = asyncio.create_task(self._read(kind))
        return await asyncio.shield(self._asked[kind])

    async def close(self) -> None:
        """Give up what is still being read."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _read(self, kind: type) -> Told:
        offering = [source for source in self.sources if kind in source.offers]
        answers = await asyncio.gather(*(_of_source(source, kind) for source in offering))
        told = [one for answer in answers for one in answer]
        gaps = [one for one in told if isinstance(one, Unknown)]
        return Told([one for one in told if not isinstance(one, Unknown)], gaps)


async def _of_source(source: Source, kind: type) -> Sequence[Any]:
    try:
        return await source.read(kind)
    except CannotLook as error:
        return [Unknown(f"{source.name}: {error.reason}", error.remedy)]


async def look_outside(readings: Readings, check: AnyCheck, limits: object) -> Outcome | None:
    """Ask one check; None when nothing that it could judge is there.

    Whatever could not be looked at is Unknown, never clean.
    """
    verdicts: Sequence[Verdict]
    held: tuple[str, ...] = ()
    try:
        told = await readings.of(check.row)
        if not told.readings and not told.gaps:
            return None
        verdicts = [*check(told.readings, limits), *told.gaps]
        held = lingering(check, told.readings, limits, verdicts)
    except Exception as error:  # noqa: BLE001 - one unit's bug must not end all looking
        verdicts = [bug(check, error)]
    return replace(sorted_out(check, verdicts), lingering=held)
