"""A bundle of source maps: a ZIP, as sentry-cli and the bundlers' plugins make it, or of a folder.

In theirs `manifest.json` says what each file is; in a folder's, the names do. Nothing is unpacked
to the disk, and of each file no more than is taken, whatever the ZIP says of itself. What a
minified file says is not needed: only which map is its own.
Source: https://github.com/getsentry/symbolic/blob/master/symbolic-debuginfo/src/sourcebundle/mod.rs
"""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from pydantic_core import from_json

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors.source_map import SourceMap, debug_id_of, read_map
from fettle.intake.errors.source_maps import plain_path
from fettle.model.quantity import Bytes

_MANIFEST = "manifest.json"
_MOST_FILES = 20_000
_LARGEST_MANIFEST = 16 * 1024**2
_LONGEST_NAME = 1_000
_PIECE = 1024**2
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    RuntimeError,  # it has a password, or wants what Python does not know
    OSError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class Bounds:
    """How much is taken: of one map, and of all maps of a bundle, unpacked."""

    map: int
    all: int


@dataclass(frozen=True)
class Uploaded:
    """A map of a bundle: its name, the file that it is of, its debug id, and how large it was."""

    name: str
    of: str
    debug_id: UUID | None
    size: int
    map: SourceMap


@dataclass(frozen=True)
class _Entry:
    """A file of a bundle: where it is in the ZIP, and what the manifest says of it."""

    member: str
    url: str
    kind: str
    headers: Mapping[str, str]


def read_bundle(file: IO[bytes], bounds: Bounds) -> Iterator[Uploaded]:
    """Yield the maps of a bundle; raises BadPayload and TooLarge, which name the file in it."""
    try:
        with zipfile.ZipFile(file) as bundle:
            yield from _maps(bundle, bounds)
    except BadPayload:
        raise
    except _BROKEN as error:
        raise BadPayload(f"the bundle is no ZIP that can be read: {error}"[:200]) from None


def _maps(bundle: zipfile.ZipFile, bounds: Bounds) -> Iterator[Uploaded]:
    members = bundle.infolist()
    if len(members) > _MOST_FILES:
        raise TooLarge(f"the bundle holds {len(members):,} files, and {_MOST_FILES:,} are taken")
    for one in members:
        _check(one)
    entries = _entries(bundle)
    owners = _owners(entries)
    left = bounds.all
    for entry in entries:
        if entry.kind != "source_map":
            continue
        body = _read(bundle, entry.member, bounds.map)
        left -= len(body)
        if left < 0:
            raise TooLarge(f"the bundle's maps are larger than {Bytes(bounds.all)} unpacked")
        yield _uploaded(entry, body, owners.get(entry.url))


def _uploaded(entry: _Entry, body: bytes, owner: _Entry | None) -> Uploaded:
    try:
        found = read_map(body)
    except BadPayload as error:
        raise BadPayload(f"{entry.url}: {error.reason}") from None
    said = debug_id_of(entry.headers.get("debug-id"))
    if said is None and owner is not None:
        said = debug_id_of(owner.headers.get("debug-id"))
    of = owner.url if owner is not None else entry.url.removesuffix(".map")
    return Uploaded(entry.url, plain_path(of), said or found.debug_id, len(body), found)


def _check(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if member.compress_type not in _WAYS:
        raise BadPayload(f"{name[:100]}: is packed in a way that is not taken: only deflated")
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith("/") or len(name) > _LONGEST_NAME or "\0" in name:
        raise BadPayload(f"the bundle holds a file whose name leads elsewhere: {name[:100]!r}")


def _read(bundle: zipfile.ZipFile, member: str, most: int) -> bytes:
    """Return a file, of no more than so many bytes."""
    found = bytearray()
    with bundle.open(member) as file:
        while piece := file.read(_PIECE):
            found += piece
            if len(found) > most:
                raise TooLarge(
                    f"{member}: is larger than {Bytes(most)} when it is unpacked",
                    remedy="[errors] largest_map in fettle.toml",
                )
    return bytes(found)


def _entries(bundle: zipfile.ZipFile) -> list[_Entry]:
    if _MANIFEST not in bundle.namelist():
        return [
            _Entry(name, f"~/{name}", "source_map", {})
            for name in bundle.namelist()
            if name.endswith(".map")
        ]
    manifest = from_json(_read(bundle, _MANIFEST, _LARGEST_MANIFEST))
    match manifest:
        case {"files": dict(files)}:
            for name in files.keys() - set(bundle.namelist()):
                raise BadPayload(f"{_MANIFEST}: {name[:100]!r} is not in the bundle")
            return [_entry(name, said) for name, said in files.items()]
        case _:
            raise BadPayload(f"{_MANIFEST}: has no files")


def _entry(member: str, said: Any) -> _Entry:  # noqa: ANN401 - JSON
    match said:
        case {"type": str() as kind, **more}:
            headers = more.get("headers")
            url = more.get("url")
        case _:
            raise BadPayload(f"{_MANIFEST}: {member[:100]!r} has no type")
    known = headers.items() if isinstance(headers, dict) else ()
    return _Entry(
        member,
        url[:_LONGEST_NAME] if isinstance(url, str) else member,
        kind,
        {name.lower(): value for name, value in known if isinstance(value, str)},
    )


def _owners(entries: list[_Entry]) -> dict[str, _Entry]:
    """Return the minified files by the addresses of their maps, as they refer to them."""
    return {
        _joined(entry.url, reference): entry
        for entry in entries
        if entry.kind == "minified_source"
        and (reference := entry.headers.get("sourcemap", entry.headers.get("x-sourcemap")))
    }


def _joined(url: str, reference: str) -> str:
    """Return the address that a file refers to."""
    if "://" in reference or reference.startswith("~"):
        return reference
    scheme, mark, path = url.partition("://")
    if not mark:
        scheme, path = "", url
    root, _, rest = path.partition("/")
    if reference.startswith("/"):
        return f"{scheme}{mark}{root}{reference}"
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(rest), reference))
    return f"{scheme}{mark}{root}/{joined}"
