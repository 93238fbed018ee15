"""The registry of npm: a package's document (packument), in full, or abbreviated without times."""

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from fettle.errors import CannotLook
from fettle.model.update import Archive, Offers, Package, Release
from fettle.targets.registries.asking import Reply

FULL = "application/json"
ABBREVIATED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
_WEB = re.compile(r"^(?:git\+)?(https?://[^\s#]+?)(?:\.git)?(?:#.*)?$")


class _Version(msgspec.Struct):
    deprecated: Any = None
    engines: Any = None
    dist: Any = None
    dependencies: Any = None
    optional: Any = msgspec.field(name="optionalDependencies", default=None)
    peers: Any = msgspec.field(name="peerDependencies", default=None)


class _Packument(msgspec.Struct):
    name: str
    versions: dict[str, _Version]
    dist_tags: Any = msgspec.field(name="dist-tags", default=None)
    time: Any = None
    repository: Any = None
    homepage: Any = None


def address(registry: str, package: Package) -> str:
    """Return where a registry tells of a package; the slash of a scope is no part of a path."""
    return f"{registry}/{quote(package.name, safe='@')}"


def offers_of(reply: Reply, package: Package) -> Offers:
    """Read what a registry answered; raises CannotLook for what is not about that package."""
    host = urlsplit(reply.url).netloc or "the registry"
    try:
        told = msgspec.json.decode(reply.body, type=_Packument)
    except msgspec.DecodeError as error:
        raise CannotLook(f"{host} answered what is no document of a package: {error}") from None
    if told.name != package.name:
        raise CannotLook(f"{host} answered with another package, {told.name[:80]!r}")
    newest = told.dist_tags.get("latest") if isinstance(told.dist_tags, dict) else None
    repository = told.repository
    if isinstance(repository, dict):
        repository = repository.get("url")
    return Offers(
        package,
        tuple(_releases(told)),
        newest if isinstance(newest, str) else None,
        _web(told.homepage),
        _web(repository),
    )


def _releases(told: _Packument) -> Iterator[Release]:
    times = told.time if isinstance(told.time, dict) else {}
    for version, one in told.versions.items():
        engines = one.engines.get("node") if isinstance(one.engines, dict) else None
        size = one.dist.get("unpackedSize") if isinstance(one.dist, dict) else None
        yield Release(
            version,
            _moment(times.get(version)),
            _withdrawn(one.deprecated),
            engines if isinstance(engines, str) else "",
            size if isinstance(size, int) else None,
            _asks(one),
            _archive(one.dist),
        )


def _archive(dist: object) -> Archive | None:
    """Return where a version's package is, with the hash that npm checks it by."""
    told = dist if isinstance(dist, dict) else {}
    url = told.get("tarball")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return None
    return Archive(url, _hash(told.get("integrity"), told.get("shasum")))


def _hash(integrity: object, shasum: object) -> str:
    """Return the hash of a subresource integrity, or the older one: in hexadecimal digits."""
    for word in integrity.split() if isinstance(integrity, str) else ():
        kind, _, digest = word.partition("-")
        if kind in ("sha512", "sha384", "sha256"):
            try:
                return f"{kind}:{base64.b64decode(digest.partition('?')[0], validate=True).hex()}"
            except ValueError:
                continue
    return f"sha1:{shasum.lower()}" if isinstance(shasum, str) and shasum else ""


def _asks(one: _Version) -> tuple[tuple[str, str], ...]:
    """Return what a version asks for, as a lock has it: peers, and what is optional, too."""
    told: dict[str, object] = {}
    for table in (one.peers, one.optional, one.dependencies):
        told |= table if isinstance(table, dict) else {}
    return tuple((name, range_) for name, range_ in told.items() if isinstance(range_, str))


def _withdrawn(deprecated: object) -> str | None:
    if isinstance(deprecated, str) and deprecated.strip():
        return " ".join(deprecated.split())[:300]
    return "it is deprecated" if deprecated is True else None


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _web(url: object) -> str | None:
    """Return an address that a browser can follow, None for any other."""
    found = _WEB.match(url) if isinstance(url, str) else None
    return found[1] if found is not None else None
