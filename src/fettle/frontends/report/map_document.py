"""The shape of source maps."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.store.source_maps import ShownMap, Sum


class MapItem(TypedDict):
    """A source map of an application."""

    id: int
    project: str
    name: str
    """Its address as it was uploaded; `~` stands for where the files are served from."""
    debug_id: str | None
    releases: list[str]
    """The releases of which it is known which file it is of."""
    size_bytes: int
    """How large it was as it came."""
    kept_bytes: int
    uploaded_at: str
    uploaded_by: str
    used_at: str
    """When an error needed it last, to the day."""


class MapsOfProjectDocument(TypedDict):
    """How many maps an application has, and how many bytes they take."""

    project: str
    maps: int
    kept_bytes: int


class MapsDocument(TypedDict):
    """A page of a list of source maps, those uploaded last first."""

    schema: Literal["fettle.maps/1"]
    items: list[MapItem]
    projects: list[MapsOfProjectDocument]
    """All applications that have any."""
    next: str | None
    """The cursor of the next page; null at the end."""


class MapsTakenDocument(TypedDict):
    """What came of an upload."""

    schema: Literal["fettle.maps_taken/1"]
    project: str
    maps: int
    """How many maps of it are kept."""
    new: int
    """How many of them were not here before."""


class MapsGoneDocument(TypedDict):
    """How many source maps were deleted."""

    schema: Literal["fettle.maps_gone/1"]
    project: str
    maps: int


def of_maps(found: Sequence[ShownMap], sums: Sequence[Sum], last: str | None) -> MapsDocument:
    """Return a page of maps."""
    return {
        "schema": "fettle.maps/1",
        "items": [_of(one) for one in found],
        "projects": [
            {"project": one.project, "maps": one.maps, "kept_bytes": one.bytes} for one in sums
        ],
        "next": last,
    }


def _of(one: ShownMap) -> MapItem:
    return {
        "id": one.id,
        "project": one.project,
        "name": one.name,
        "debug_id": None if one.debug_id is None else str(one.debug_id),
        "releases": one.releases,
        "size_bytes": one.size,
        "kept_bytes": one.packed,
        "uploaded_at": said(one.uploaded_at),
        "uploaded_by": one.uploaded_by,
        "used_at": said(one.used_at),
    }
