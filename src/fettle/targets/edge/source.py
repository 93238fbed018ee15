"""The sources of CDNs and of functions at the edge; each implements model.ports.Source."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.ports import Clock, ReadingT
from fettle.model.readings import Caching, Functions
from fettle.model.watchpoint import CloudflareZone, EdgeFunctions
from fettle.targets.edge import cloudflare, supabase
from fettle.targets.outgoing import Outgoing


@dataclass(frozen=True)
class _Means:
    """What these look with."""

    outgoing: Outgoing
    clock: Clock


@dataclass(frozen=True)
class ZoneSource:
    """A zone at Cloudflare."""

    point: CloudflareZone
    means: _Means

    @property
    def name(self) -> str:
        """See model.ports.Source.name."""
        return f"Cloudflare's analytics of {self.point.subject}"

    @property
    def offers(self) -> Collection[type]:
        """See model.ports.Source.offers."""
        return (Caching,)

    async def read(self, _: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """See model.ports.Source.read."""
        now = self.means.clock.now()
        told: Sequence[Any] = await _told(cloudflare.cache(self.point, self.means.outgoing, now))
        return told


@dataclass(frozen=True)
class FunctionsSource:
    """Functions at the edge, at one provider; what `functions` does not name is left out."""

    point: EdgeFunctions
    means: _Means

    @property
    def name(self) -> str:
        """See model.ports.Source.name."""
        return f"{self.point.provider.title()}'s figures of {self.point.subject}"

    @property
    def offers(self) -> Collection[type]:
        """See model.ports.Source.offers."""
        return (Functions,)

    async def read(self, _: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """See model.ports.Source.read."""
        if self.point.provider == "supabase":
            asked: Any = supabase.functions(self.point, self.means.outgoing)
        else:
            now = self.means.clock.now()
            asked = cloudflare.workers(self.point, self.means.outgoing, now)
        told: Sequence[Any] = await _told(asked)
        return [*(one for one in told if self._meant(one)), *self._untold(told)]

    def _meant(self, told: object) -> bool:
        names = self.point.functions
        if not names or not isinstance(told, Functions):
            return True
        return told.subject.rpartition("/")[2] in names

    def _untold(self, told: Sequence[Any]) -> Sequence[Any]:
        """Return what to say of those that were named and of which nothing is told."""
        said = [one.reason if isinstance(one, Unknown) else f"{one.subject}:" for one in told]
        names = [
            name
            for name in self.point.functions
            if not any(one.startswith(f"{self.point.subject}/{name}:") for one in said)
        ]
        if not names:
            return ()
        return (
            Unknown(
                f"{self.name} tell nothing of {', '.join(names)}",
                "are the names right? what was not called lately may be left out, too",
            ),
        )


async def _told(asking: Any) -> Any:  # noqa: ANN401 - what it returns
    try:
        return await asking
    except (KeyError, TypeError, AttributeError, IndexError):
        raise CannotLook("the answer is not as it is documented") from None


@asynccontextmanager
async def zone(
    point: CloudflareZone, allowed: Sequence[str], clock: Clock
) -> AsyncIterator[ZoneSource]:
    """Open the source of a zone's cache."""
    yield ZoneSource(point, _Means(Outgoing(allowed), clock))


@asynccontextmanager
async def functions(
    point: EdgeFunctions, allowed: Sequence[str], clock: Clock
) -> AsyncIterator[FunctionsSource]:
    """Open the source of functions at the edge."""
    yield FunctionsSource(point, _Means(Outgoing(allowed), clock))
