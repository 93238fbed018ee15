"""Indexes of Python packages: the simple API, as JSON (PEP 691, 700) and as HTML (PEP 503)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion

from fettle.errors import CannotLook
from fettle.model.update import Archive, Offers, Package, Release
from fettle.targets.registries.asking import Reply

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1"
)
_NO_REASON = "no reason is told"


@dataclass(frozen=True)
class _File:
    """A file of a version."""

    version: str
    yanked: str | None = None
    needs: str = ""
    uploaded_at: datetime | None = None
    size: int | None = None
    archive: Archive | None = None
    metadata: Archive | None = None


class _JsonFile(msgspec.Struct, rename="kebab"):
    filename: str
    url: str = ""
    hashes: Any = None
    core_metadata: Any = None
    dist_info_metadata: Any = None
    data_dist_info_metadata: Any = None
    yanked: bool | str | None = None
    requires_python: str | None = None
    upload_time: str | None = None
    size: int | None = None


class _Project(msgspec.Struct):
    name: str
    files: list[_JsonFile]


def address(index: str, package: Package) -> str:
    """Return where an index tells of a package."""
    return f"{index}/{package.name}/"


def offers_of(reply: Reply, package: Package) -> Offers:
    """Read what an index answered; raises CannotLook for what is not about that package."""
    if "json" in reply.headers.get("content-type", ""):
        files = list(_of_json(reply, package))
    else:
        files = list(_of_html(reply, package))
    return Offers(package, tuple(_releases(files)))


def _of_json(reply: Reply, package: Package) -> Iterator[_File]:
    try:
        told = msgspec.json.decode(reply.body, type=_Project)
    except msgspec.DecodeError as error:
        raise CannotLook(f"{_host(reply)} answered what is not the simple API: {error}") from None
    if canonicalize_name(told.name) != package.name:
        raise CannotLook(f"{_host(reply)} answered with another package, {told.name[:80]!r}")
    for one in told.files:
        version = _version(one.filename, package)
        if version is not None:
            yield _File(
                version,
                _withdrawn(one.yanked),
                one.requires_python or "",
                _moment(one.upload_time),
                one.size,
                _archive(one, reply),
                _metadata(one, reply),
            )


def _of_html(reply: Reply, package: Package) -> Iterator[_File]:
    page = _Page()
    page.feed(reply.body.decode("utf-8", "replace"))
    if not page.links and b"<a" not in reply.body and b"<html" not in reply.body.lower():
        raise CannotLook(f"{_host(reply)} answered what is not the simple API")
    for name, told in page.links:
        version = _version(name, package)
        if version is not None:
            yanked = told.get("data-yanked", False)
            needs = told.get("data-requires-python") or ""
            one = _of_link(name, told)
            kept = _archive(one, reply), _metadata(one, reply)
            yield _File(version, _withdrawn(yanked), needs, None, None, *kept)


def _of_link(name: str, told: Mapping[str, str]) -> _JsonFile:
    """Return a link of a page as the file that it would be in JSON."""
    url, _, fragment = told["href"].strip().partition("#")
    kind, _, digest = fragment.partition("=")
    beside = told.get("data-core-metadata", told.get("data-dist-info-metadata"))
    if beside is None:
        return _JsonFile(name, url, {kind: digest})
    of_beside, _, digest_beside = beside.partition("=")
    return _JsonFile(name, url, {kind: digest}, {of_beside: digest_beside})


def _archive(one: _JsonFile, reply: Reply) -> Archive | None:
    """Return where the source archive is, None for any other file."""
    if not one.filename.endswith(".tar.gz"):
        return None
    return _file_at(reply, one.url, one.hashes, one.size)


def _metadata(one: _JsonFile, reply: Reply) -> Archive | None:
    """Return where the metadata beside a wheel is (PEP 658, 714), None where there is none."""
    beside = one.core_metadata or one.dist_info_metadata or one.data_dist_info_metadata
    if not beside or not one.filename.endswith(".whl"):
        return None
    return _file_at(reply, f"{one.url}.metadata", beside, None)


def _file_at(reply: Reply, url: str, hashes: object, size: int | None) -> Archive | None:
    try:
        whole = urljoin(reply.url, url)
    except ValueError:
        return None
    told = hashes if isinstance(hashes, dict) else {}
    digest = told.get("sha256")
    hash_ = f"sha256:{digest.lower()}" if isinstance(digest, str) and digest else ""
    return Archive(whole, hash_, size) if whole.startswith(("https://", "http://")) else None


class _Page(HTMLParser):
    """A page of the simple API: its links, by the names of the files that they lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            path = urlsplit(told["href"].strip()).path if "[" not in told["href"] else ""
            self.links.append((unquote(path.rpartition("/")[2]), told))


def _host(reply: Reply) -> str:
    return urlsplit(reply.url).netloc or "the index"


def _withdrawn(yanked: object) -> str | None:
    if yanked is False or yanked is None:
        return None
    return str(yanked).strip() if isinstance(yanked, str) and yanked.strip() else _NO_REASON


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _version(filename: str, package: Package) -> str | None:
    """Return the version that a file's name tells, None where it tells none of this package."""
    try:
        if filename.endswith(".whl"):
            name, version, *_ = parse_wheel_filename(filename)
            return str(version) if name == package.name else None
        if filename.endswith((".tar.gz", ".zip")):
            name, version = parse_sdist_filename(filename)
            return str(version) if name == package.name else None
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return _of_old_name(filename, package)
    return None


def _of_old_name(filename: str, package: Package) -> str | None:
    """Return the version in the name of an old file, whose version is none by today's rules."""
    words = r"[-_.]+".join(map(re.escape, package.name.split("-")))
    found = re.fullmatch(rf"{words}-(?P<version>\d[^-]*)\.(?:tar\.gz|zip)", filename, re.IGNORECASE)
    return found["version"] if found is not None else None


def _releases(files: Iterable[_File]) -> Iterator[Release]:
    """Yield the versions of files: withdrawn is one all of whose files are."""
    versions: dict[str, list[_File]] = {}
    for one in files:
        versions.setdefault(one.version, []).append(one)
    for version, those in versions.items():
        uploaded = [one.uploaded_at for one in those if one.uploaded_at is not None]
        sizes = [one.size for one in those if one.size is not None]
        left = [one.yanked for one in those]
        yield Release(
            version,
            min(uploaded, default=None),
            left[0] if all(one is not None for one in left) else None,
            next((one.needs for one in those if one.needs), ""),
            max(sizes, default=None),
            archive=next((one.archive for one in those if one.archive), None),
            metadata=next((one.metadata for one in those if one.metadata), None),
        )
