"""Take source maps: in bundles, which come in parts or at once.

1. A part is kept until its bundle is whole, a day at most, and never more of all than four bundles.
2. A bundle is read as a whole before anything of it is kept: it is kept all, or nothing of it.
3. Errors that came before their maps are read again by a run (flow.read_again).
4. What cannot be read is said to whoever uploads; only one is read at a time by a process.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from fettle.engine.engine import Engine
from fettle.errors import BadPayload, NotFound, TooLarge, TooMuch
from fettle.flow import read_again
from fettle.intake.errors.bundle import Bounds, Uploaded, read_bundle
from fettle.model.quantity import Bytes
from fettle.settings.application_errors import ErrorsSettings
from fettle.store import access, source_maps
from fettle.store.pool import Pool
from fettle.store.source_maps import Build, NewMap
from fettle.store.statements import Connection
from fettle.triage.moves import By

_UNPACKED = 8  # times as large as the largest bundle
_ON_THE_WAY = 4  # bundles
_AGAIN_S = 600


@dataclass(frozen=True)
class Uploading:
    """What it takes; `reading` is held by who reads a bundle in this process."""

    settings: ErrorsSettings
    engine: Engine
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class Bundle:
    """A bundle in parts: the SHA-1 of the whole, and of each part in its order."""

    checksum: bytes
    chunks: tuple[bytes, ...]


@dataclass(frozen=True)
class Taken:
    """What came of a bundle: how many maps are kept of it, and how many of them are new."""

    maps: int
    new: int


async def builds_of(
    connection: Connection, names: Sequence[str], release: str | None, dist: str | None
) -> list[Build]:
    """Return a release of projects; raises NotFound for one that is not there."""
    found = []
    for name in dict.fromkeys(names):
        project = await source_maps.find_project(connection, name)
        if project is None:
            raise NotFound(
                f"no application called {name[:100]!r} sends errors here",
                remedy=f"fettle key create --kind errors --name {name[:100]}",
            )
        found.append(Build(project.id, release or None, dist or None))
    return found


async def keep_chunk(
    connection: Connection, uploading: Uploading, by: By, checksum: bytes, body: bytes
) -> None:
    """Keep a part; raises BadPayload where it is another, TooMuch where there is no room."""
    if hashlib.sha1(body, usedforsecurity=False).digest() != checksum:
        raise BadPayload(f"a chunk is not what its checksum {checksum.hex()} says")
    most = _ON_THE_WAY * uploading.settings.largest_bundle
    kept = await source_maps.keep_chunk(connection, checksum, body, by.at, most)
    if not kept:
        raise TooMuch(
            f"uploads that were not finished hold {Bytes(most)}; they go after a day",
            retry_after_s=_AGAIN_S,
            remedy="[errors] largest_bundle in fettle.toml",
        )


async def missing(
    connection: Connection, bundle: Bundle, builds: Sequence[Build]
) -> list[bytes] | None:
    """Return the parts that have to be sent; None where all maps of the bundle are here."""
    if await source_maps.known_bundle(connection, builds, bundle.checksum):
        return None
    known = await source_maps.known_chunks(connection, bundle.chunks)
    return [one for one in dict.fromkeys(bundle.chunks) if one not in known]


async def assemble(
    pool: Pool, uploading: Uploading, by: By, bundle: Bundle, builds: Sequence[Build]
) -> Taken:
    """Read a bundle whose parts are here, and keep its maps; raises BadPayload and TooLarge."""
    async with uploading.reading:
        async with pool.connection() as connection:
            body = await _whole(connection, uploading, bundle)
        maps = await asyncio.to_thread(_maps, body, uploading.settings, builds[0].release)
    async with pool.connection() as connection, connection.transaction():
        taken = await _keep(connection, uploading, by, maps, builds)
        for build in builds:
            await source_maps.keep_bundle(connection, build, bundle.checksum, by.at)
        await source_maps.forget_chunks(connection, bundle.chunks)
        subject = f"{len(maps)} of release {builds[0].release or 'none'}"
        await access.write_audit(connection, by.actor, "upload maps", subject, None, {})
    return taken


async def take(
    connection: Connection, uploading: Uploading, by: By, body: bytes, build: Build
) -> Taken:
    """Take a bundle that came at once; the caller is in a transaction."""
    async with uploading.reading:
        maps = await asyncio.to_thread(_maps, body, uploading.settings, build.release)
    return await _keep(connection, uploading, by, maps, [build])


async def _whole(connection: Connection, uploading: Uploading, bundle: Bundle) -> bytes:
    most = uploading.settings.largest_bundle
    known = await source_maps.known_chunks(connection, bundle.chunks)
    if sum(known.get(one, 0) for one in bundle.chunks) > most:
        raise TooLarge(
            f"the bundle is larger than {Bytes(most)}",
            remedy="[errors] largest_bundle in fettle.toml; or upload a part of the folder",
        )
    whole = bytearray()
    for one in bundle.chunks:
        body = await source_maps.read_chunk(connection, one)
        if body is None:
            raise BadPayload("a part of the bundle is gone meanwhile", remedy="upload it again")
        whole += body
    if hashlib.sha1(whole, usedforsecurity=False).digest() != bundle.checksum:
        raise BadPayload("the parts make another bundle than its checksum says")
    return bytes(whole)


def _maps(body: bytes, settings: ErrorsSettings, release: str | None) -> list[NewMap]:
    """Return the maps of a bundle, packed; raises BadPayload."""
    bounds = Bounds(settings.largest_map, _UNPACKED * settings.largest_bundle)
    found, useless, size = [], 0, 0
    for one in read_bundle(BytesIO(body), bounds):
        if not (one.debug_id or release):
            useless += 1
            continue
        found.append(_new(one))
        size += len(found[-1].packed)
        if size > settings.most_maps:
            raise TooLarge(
                f"the maps of the bundle take more than {Bytes(settings.most_maps)}",
                remedy="[errors] most_maps in fettle.toml",
            )
    if not found:
        raise _nothing_in_it(useless)
    return found


def _new(one: Uploaded) -> NewMap:
    return NewMap(one.name, one.of, one.debug_id, one.size, one.map.packed())


def _nothing_in_it(useless: int) -> BadPayload:
    if useless:
        return BadPayload(
            f"none of the {useless} source maps has a debug id, and no release is named",
            remedy="sentry-cli sourcemaps inject DIR before the upload, or --release",
        )
    return BadPayload("the bundle holds no source map", remedy="build with source maps")


async def _keep(
    connection: Connection,
    uploading: Uploading,
    by: By,
    maps: Sequence[NewMap],
    builds: Sequence[Build],
) -> Taken:
    new = 0
    for build in sorted(builds, key=lambda one: one.project):
        # in one order, whoever uploads: nobody waits for somebody who waits for them
        for one in sorted(maps, key=lambda one: one.packed):
            new += await source_maps.keep(connection, build, one, by.at, by.actor)
        await source_maps.trim(connection, build.project, uploading.settings.most_maps)
        await read_again.ask(connection, uploading.engine, build.project, by.at)
    return Taken(len(maps), new)
