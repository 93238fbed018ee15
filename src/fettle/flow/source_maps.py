"""Let people read minified stacks: errors with the source maps that their project has.

What is kept of an error stays as it came. Its stack is made readable when it is joined to a group,
so that groups are made of what people wrote, and each time that it is shown, so that it is readable
also when its map was uploaded later. A process holds maps as long as there is room for them.
"""

import asyncio
import logging
import zlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fettle.intake.errors.source_map import SourceMap
from fettle.intake.errors.source_maps import Wanted, mapped, wanted
from fettle.model.error_event import ErrorEvent
from fettle.store import source_maps
from fettle.store.source_maps import ByName
from fettle.store.statements import Connection

_HELD = 64 * 1024**2  # bytes of maps
_MOST_MAPS = 20  # of one event, those nearest to where it was raised

_log = logging.getLogger(__name__)


class Readable:
    """What makes events readable, with the maps that it holds."""

    def __init__(self, held: int = _HELD) -> None:
        self._most = held
        self._held: OrderedDict[int, SourceMap] = OrderedDict()

    async def one(
        self, connection: Connection, project: UUID, event: ErrorEvent, now: datetime
    ) -> ErrorEvent:
        """Return an event with the stack that people wrote, as far as its maps are here."""
        (found,) = await self.all(connection, [(project, event)], now)
        return found

    async def all(
        self, connection: Connection, events: Sequence[tuple[UUID, ErrorEvent]], now: datetime
    ) -> list[ErrorEvent]:
        """Return events, each of its project, in this order."""
        needs = [dict([*wanted(event).items()][-_MOST_MAPS:]) for _, event in events]
        if not any(needs):
            return [event for _, event in events]
        finder = await self._finder(connection, [project for project, _ in events], needs, now)
        found = []
        for (project, event), need in zip(events, needs, strict=True):
            maps = {}
            for file, one in need.items():
                id_ = finder.id_of(project, one)
                if id_ is not None and (held := await self._map(connection, id_, now)) is not None:
                    maps[file] = held
            found.append(mapped(event, maps))
        return found

    async def _finder(
        self,
        connection: Connection,
        projects: Sequence[UUID],
        needs: Sequence[Mapping[str, Wanted]],
        now: datetime,
    ) -> "_Finder":
        every = [
            (project, one)
            for project, need in zip(projects, needs, strict=True)
            for one in need.values()
        ]
        by_id, by_name = await source_maps.find(
            connection,
            [(project, one.debug_id) for project, one in every if one.debug_id],
            [(project, one.release, one.file) for project, one in every if one.release],
        )
        used = self._held.keys() & {*by_id.values(), *(one.map for one in by_name)}
        if used:
            await source_maps.note_used(connection, [*used], now)
        return _Finder(by_id, by_name)

    async def _map(self, connection: Connection, id_: int, now: datetime) -> SourceMap | None:
        """Return a map, held or read; None where it is gone."""
        if id_ in self._held:
            self._held.move_to_end(id_)
            return self._held[id_]
        packed = await source_maps.load(connection, id_, now)
        if packed is None:
            return None
        try:
            found = await asyncio.to_thread(SourceMap.unpacked, packed)
        except (ValueError, LookupError, zlib.error):
            _log.exception("source map %s was kept, and cannot be read", id_)
            return None
        self._held[id_] = found
        while len(self._held) > 1 and sum(one.size for one in self._held.values()) > self._most:
            self._held.popitem(last=False)
        return found


class _Finder:
    """Which map is of what is wanted: by its debug id, else by release and file."""

    def __init__(self, by_id: Mapping[tuple[UUID, UUID], int], by_name: Sequence[ByName]) -> None:
        self._by_id = by_id
        self._by_name: dict[tuple[UUID, str, str], list[ByName]] = {}
        for one in by_name:
            self._by_name.setdefault((one.project, one.release, one.base), []).append(one)

    def id_of(self, project: UUID, one: Wanted) -> int | None:
        """Return the id of a map."""
        if one.debug_id and (found := self._by_id.get((project, one.debug_id))):
            return found
        if one.release is None:
            return None
        base = source_maps.base_of(one.file)
        named = [
            known
            for known in self._by_name.get((project, one.release, base), ())
            if known.dist in ("", one.dist)
        ]
        return _nearest(named, one)


def _nearest(named: Sequence[ByName], one: Wanted) -> int | None:
    """Return the map of the very file; else of the only one that is called so.

    Where files are served from is often not where they were uploaded from.
    """
    built = sorted(named, key=lambda known: known.dist != (one.dist or ""))
    exact = [known.map for known in built if known.file == one.file]
    if exact:
        return exact[0]
    files = {known.file for known in named}
    return built[0].map if len(files) == 1 else None
