"""Ask checks of what is no database: each source is asked once for a kind of reading."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from fettle.diagnosis.lingering import lingering
from fettle.diagnosis.look import bug, sorted_out
from fettle.errors import CannotLook
from fettle.model.diagnosis import Heard, Outcome
from fettle.model.finding import Finding, Unknown, Untold, Verdict
from fettle.model.ports import Source
from fettle.model.quantity import say_duration
from fettle.unit import AnyCheck


@dataclass(frozen=True)
class Told:
    """Readings of one kind that a source tells, and what hinders to know more of them."""

    source: str
    readings: Sequence[Any] = ()
    gaps: Sequence[Unknown] = ()


@dataclass
class Readings:
    """What the sources of a target tell, by kind; each kind is read once, whoever asks for it.

    One that has not told a kind within `patience` is waited for no longer: that it knows more is
    unknown, and the others are judged.
    """

    sources: Sequence[Source]
    patience: timedelta | None = None
    _asked: dict[type, asyncio.Task[list[Told]]] = field(default_factory=dict)

    def offered(self, kind: type) -> bool:
        """Whether any source may know something of a kind."""
        return any(kind in source.offers for source in self.sources)

    async def of(self, kind: type) -> list[Told]:
        """Return what is told of a kind, by those who tell anything."""
        if kind not in self._asked:
            self._asked[kind] = asyncio.create_task(self._read(kind))
        return await asyncio.shield(self._asked[kind])

    async def close(self) -> None:
        """Give up what is still being read."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _read(self, kind: type) -> list[Told]:
        offering = [source for source in self.sources if kind in source.offers]
        told = await asyncio.gather(*(self._of_source(source, kind) for source in offering))
        return [one for one in _beside_each_other(told) if one.readings or one.gaps]

    async def _of_source(self, source: Source, kind: type) -> Told:
        patience = None if self.patience is None else self.patience.total_seconds()
        try:
            async with asyncio.timeout(patience):
                told: Sequence[object] = await source.read(kind)
        except CannotLook as error:
            gap = Unknown(f"{source.name}: {error.reason}", error.remedy)
            return Told(source.name, gaps=(gap,))
        except TimeoutError:
            return Told(source.name, gaps=(_late(source, self.patience),))
        readings = [one for one in told if not isinstance(one, Unknown)]
        return Told(source.name, readings, [one for one in told if isinstance(one, Unknown)])


def _beside_each_other(told: Sequence[Told]) -> Iterator[Told]:
    """Yield what each tells; what it does not by its kind is no gap where another does."""
    for one in told:
        others = [row for other in told if other is not one for row in other.readings]
        covered = any(map(_tells, others))
        yield replace(
            one, gaps=[gap for gap in one.gaps if not (covered and isinstance(gap, Untold))]
        )


def _tells(reading: object) -> bool:
    """Whether a reading is of something: who counted no request knows nothing of those."""
    return bool(getattr(reading, "requests", True))


def _late(source: Source, patience: timedelta | None) -> Unknown:
    within = f" within {say_duration(patience)}" if patience is not None else ""
    return Unknown(f"{source.name}: no answer{within}", "look again with a longer --timeout")


async def look_outside(readings: Readings, check: AnyCheck, limits: object) -> Outcome | None:
    """Ask one check; None when nothing that it could judge is there.

    Whatever could not be looked at is Unknown, never clean.
    """
    verdicts: Sequence[Verdict]
    held: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    try:
        told = await readings.of(check.row)
        if not told:
            return None
        rows = [row for one in told for row in one.readings]
        verdicts = [*check(rows, limits), *(gap for one in told for gap in one.gaps)]
        held = lingering(check, rows, limits, verdicts)
        heard = tuple(_heard(check, one, limits) for one in told)
    except Exception as error:  # noqa: BLE001 - one unit's bug must not end all looking
        verdicts = [bug(check, error)]
    return replace(sorted_out(check, verdicts), lingering=held, heard=heard)


def _heard(check: AnyCheck, told: Told, limits: object) -> Heard:
    """Return what the readings of one source show by themselves."""
    verdicts = check(told.readings, limits) if told.readings else []
    found = (f"{check.id}:{one.subject}" for one in verdicts if isinstance(one, Finding))
    held = lingering(check, told.readings, limits, verdicts)
    whole = not told.gaps and not any(isinstance(one, Unknown) for one in verdicts)
    return Heard(told.source, (*found, *held), whole)
