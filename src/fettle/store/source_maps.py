"""Source maps: the parts of what is uploaded, the maps, and the files that they are of."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.access import Project
from fettle.store.statements import Connection, storable


@dataclass(frozen=True)
class NewMap:
    """A map to be kept: of which file, as it is packed, and how large it was as it came."""

    name: str
    file: str
    debug_id: UUID | None
    size: int
    packed: bytes


@dataclass(frozen=True)
class Build:
    """What was built: a release of a project, and which build of it; both may be unsaid."""

    project: UUID
    release: str | None = None
    dist: str | None = None


@dataclass(frozen=True)
class ByName:
    """A map by the file of a release that it is of."""

    project: UUID
    release: str
    dist: str
    file: str
    base: str
    map: int


@dataclass(frozen=True)
class ShownMap:
    """A map in a list; `packed` is how many bytes it takes."""

    id: int
    project: str
    name: str
    debug_id: UUID | None
    size: int
    packed: int
    uploaded_at: datetime
    uploaded_by: str
    used_at: datetime
    releases: list[str]


@dataclass(frozen=True)
class Sum:
    """How many maps a project has, and how many bytes they take."""

    project: str
    maps: int
    bytes: int


async def find_project(connection: Connection, name: str) -> Project | None:
    """Return the project of a name, or of the name as a tool writes it."""
    rows = await statements.run(connection, "maps/find_project", name=storable(name))
    return Project(**rows[0]) if rows else None


async def keep_chunk(
    connection: Connection, checksum: bytes, body: bytes, at: datetime, most: int
) -> bool:
    """Keep a part of a bundle; return whether there was room among all, of `most` bytes."""
    rows = await statements.run(
        connection, "maps/keep_chunk", checksum=checksum, body=body, at=at, most=most
    )
    return bool(rows)


async def known_chunks(connection: Connection, checksums: Sequence[bytes]) -> dict[bytes, int]:
    """Return the sizes of those of some parts that are here."""
    rows = await statements.run(connection, "maps/known_chunks", checksums=list(checksums))
    return {bytes(row["checksum"]): row["size"] for row in rows}


async def read_chunk(connection: Connection, checksum: bytes) -> bytes | None:
    """Return a part; None where it is gone."""
    rows = await statements.run(connection, "maps/read_chunk", checksum=checksum)
    return bytes(rows[0]["body"]) if rows else None


async def forget_chunks(connection: Connection, checksums: Sequence[bytes]) -> None:
    """Let go of parts whose bundle was taken up."""
    await statements.run(connection, "maps/forget_chunks", checksums=list(checksums))


async def known_bundle(connection: Connection, builds: Sequence[Build], checksum: bytes) -> bool:
    """Return whether all maps of a bundle are here, for each of the builds of one release."""
    (row,) = await statements.run(
        connection,
        "maps/known_bundle",
        projects=[one.project for one in builds],
        checksum=checksum,
        release=_said(builds[0].release),
        dist=_said(builds[0].dist),
    )
    return bool(row["known"])


async def keep_bundle(connection: Connection, build: Build, checksum: bytes, at: datetime) -> None:
    """Remember that all maps of a bundle are here."""
    await statements.run(
        connection,
        "maps/keep_bundle",
        project=build.project,
        checksum=checksum,
        release=_said(build.release),
        dist=_said(build.dist),
        at=at,
    )


async def keep(connection: Connection, build: Build, one: NewMap, at: datetime, by: str) -> bool:
    """Keep a map, and which file of the release it is of; return whether it is new."""
    known = one.debug_id.bytes if one.debug_id else b""
    (row,) = await statements.run(
        connection,
        "maps/keep_map",
        project=build.project,
        digest=hashlib.sha256(known + one.packed).digest(),
        debug_id=one.debug_id,
        name=storable(one.name),
        size=one.size,
        packed=one.packed,
        at=at,
        by=by,
    )
    if build.release:
        await statements.run(
            connection,
            "maps/keep_file",
            project=build.project,
            release=_said(build.release),
            dist=_said(build.dist),
            file=storable(one.file),
            base=base_of(one.file),
            map=row["id"],
        )
    return bool(row["new"])


async def trim(connection: Connection, project: UUID, most: int) -> int:
    """Let go of the maps of a project that were used longest ago; return how many."""
    (row,) = await statements.run(connection, "maps/trim", project=project, most=most)
    return int(row["number"])


async def find(
    connection: Connection,
    debug_ids: Iterable[tuple[UUID, UUID]],
    files: Iterable[tuple[UUID, str, str]],
) -> tuple[dict[tuple[UUID, UUID], int], list[ByName]]:
    """Return maps by project and debug id, and those of files by project, release and path."""
    by_id, by_file = sorted(set(debug_ids)), sorted(set(files))
    rows = await statements.run(
        connection,
        "maps/find_maps",
        project=[project for project, _ in by_id],
        debug_id=[debug_id for _, debug_id in by_id],
        of=[project for project, _, _ in by_file],
        release=[storable(release) for _, release, _ in by_file],
        base=[base_of(file) for _, _, file in by_file],
    )
    found: dict[tuple[UUID, UUID], int] = {}
    named = []
    for row in rows:
        debug_id = row.pop("debug_id")
        if debug_id is None:
            named.append(ByName(**row))
        else:
            found.setdefault((row["project"], debug_id), row["map"])
    return found, named


async def load(connection: Connection, id_: int, at: datetime) -> bytes | None:
    """Return a map as it was packed; None where it is gone."""
    rows = await statements.run(connection, "maps/load_map", id=id_, at=at)
    return bytes(rows[0]["packed"]) if rows else None


async def note_used(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """Note that maps are used: those that are stay for longer."""
    await statements.run(connection, "maps/note_used", ids=sorted(ids), at=at)


async def listed(
    connection: Connection,
    project: str | None,
    release: str | None,
    before: int | None,
    limit: int,
) -> list[ShownMap]:
    """Return maps, the latest first."""
    rows = await statements.run_planned(
        connection,
        "maps/list_maps",
        project=project and storable(project),
        release=release and storable(release),
        before=before,
        limit=limit,
    )
    return [ShownMap(**row) for row in rows]


async def sums(connection: Connection) -> list[Sum]:
    """Return what each project has."""
    return [Sum(**row) for row in await statements.run(connection, "maps/sums")]


async def delete(
    connection: Connection, project: UUID, *, release: str | None = None, id_: int | None = None
) -> int:
    """Delete maps of a project: one, those of a release alone, or all; return how many."""
    (row,) = await statements.run(
        connection,
        "maps/delete_maps",
        project=project,
        release=release and storable(release),
        id=id_,
    )
    return int(row["number"])


def base_of(file: str) -> str:
    """Return the last part of a path."""
    return storable(file.rpartition("/")[2])


def _said(text: str | None) -> str:
    return storable(text or "")
