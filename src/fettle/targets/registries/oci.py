"""Registries of images: OCI's distribution API, by plain HTTP.

A registry that wants a token says where it is to be had (the Docker registry's token protocol);
docker's own password goes there, and nowhere else.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from fettle.errors import CannotLook
from fettle.model.ports_updates import AboutImage
from fettle.targets.registries import image_config
from fettle.targets.registries.asking import Asking, Reply, said
from fettle.targets.registries.docker_settings import Docker
from fettle.targets.registries.index import Index

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_NEXT = re.compile(r"<([^>]*)>\s*;\s*rel=\"?next\"?")
_PAGE = 1000
_MOST_PAGES = 50


@dataclass(frozen=True)
class _Place:
    """An image at its registry."""

    index: Index
    name: str

    @property
    def url(self) -> str:
        return f"{self.index.url}/v2/{quote(self.name)}"


class Images:
    """Asks registries of images, each question once; implements model.ports_updates."""

    def __init__(self, asking: Asking, docker: Docker) -> None:
        self._asking = asking
        self._docker = docker
        self._tags: dict[str, asyncio.Task[Sequence[str]]] = {}
        self._tokens: dict[str, str] = {}

    async def digest(self, image: str, tag: str) -> str:
        """Return the digest behind a tag now."""
        place = _Place(*self._docker.place(image))
        url = f"{place.url}/manifests/{quote(tag)}"
        reply = await self._answer("HEAD", url, place, {"Accept": _MANIFESTS})
        found = _DIGEST.fullmatch(reply.headers.get("docker-content-digest", ""))
        if found is None:
            raise CannotLook(f"{place.index.host} tells no digest of {image}:{tag}")
        return found[0]

    async def about(self, image: str, tag: str) -> AboutImage:
        """Return what is behind a tag says of itself; no more is asked than for its date."""
        place = _Place(*self._docker.place(image))
        told = await self._document(place, f"manifests/{quote(tag)}")
        if parts := image_config.images_of(told):
            if (said_ := image_config.about(parts[0])).made_at is not None:
                return said_
            told = await self._document(place, f"manifests/{image_config.digest_of(parts[0])}")
        config = image_config.config_of(told)
        if (said_ := image_config.about(told)).made_at is not None or config is None:
            return said_
        return image_config.about(await self._document(place, f"blobs/{config}"))

    async def _document(self, place: _Place, path: str) -> dict[str, Any]:
        reply = await self._answer("GET", f"{place.url}/{path}", place, {"Accept": _MANIFESTS})
        return image_config.read(reply.body)

    async def tags(self, image: str) -> Sequence[str]:
        """Return the tags of an image."""
        if image not in self._tags:
            self._tags[image] = asyncio.ensure_future(self._listed(image))
        return await asyncio.shield(self._tags[image])

    async def _listed(self, image: str) -> Sequence[str]:
        place = _Place(*self._docker.place(image))
        url: str | None = f"{place.url}/tags/list?n={_PAGE}"
        tags: list[str] = []
        for _ in range(_MOST_PAGES):
            if url is None:
                return tags
            reply = await self._answer("GET", url, place, {"Accept": "application/json"})
            tags += _tags_of(reply, place)
            url = _next(reply, url, place)
        raise CannotLook(f"{place.index.host} has more tags of {image} than are read")

    async def _answer(
        self, method: str, url: str, place: _Place, headers: Mapping[str, str]
    ) -> Reply:
        """Ask; where a token is wanted, fetch one and ask again."""
        token = self._tokens.get(place.url)
        reply = await self._asking.ask(method, url, {**headers, **_authorized(token)})
        if reply.status == 401:
            token = await self._let_in(reply, place)
            self._tokens[place.url] = token
            reply = await self._asking.ask(method, url, {**headers, **_authorized(token)})
        if reply.status == 404:
            raise CannotLook(f"{place.index.host} has no {place.name}")
        if reply.status != 200:
            remedy = "docker login" if reply.status in (401, 403) else None
            raise CannotLook(f"{place.index.host} answered {said(reply.status)}", remedy=remedy)
        return reply

    async def _let_in(self, reply: Reply, place: _Place) -> str:
        """Return the header that lets us in, by what the registry wants."""
        wants = reply.headers.get("www-authenticate", "")
        kind, _, rest = wants.partition(" ")
        if kind.lower() == "basic" and place.index.authorization is not None:
            return place.index.authorization
        told = dict(_PARAMETER.findall(rest))
        realm = told.get("realm", "")
        if kind.lower() != "bearer" or not _is_safe(realm, place.index.url):
            raise CannotLook(f"{place.index.host} wants a password", remedy="docker login")
        return await self._token(realm, told, place)

    async def _token(self, realm: str, told: Mapping[str, str], place: _Place) -> str:
        scope = told.get("scope") or f"repository:{place.name}:pull"
        query = urlencode({"service": told.get("service", ""), "scope": scope})
        url = f"{realm}{'&' if '?' in realm else '?'}{query}"
        reply = await self._asking.ask("GET", url, _authorized(place.index.authorization))
        try:
            given = json.loads(reply.body) if reply.status == 200 else {}
            token = given.get("token") or given.get("access_token")
        except (ValueError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise CannotLook(f"{urlsplit(realm).netloc} gave no token", remedy="docker login")
        return f"Bearer {token}"


def _authorized(header: str | None) -> dict[str, str]:
    return {"Authorization": header} if header is not None else {}


def _is_safe(realm: str, registry: str) -> bool:
    """Whether a password may be sent there: openly only where the registry is asked openly."""
    scheme = urlsplit(realm).scheme
    return scheme == "https" or (scheme == "http" and registry.startswith("http://"))


def _tags_of(reply: Reply, place: _Place) -> list[str]:
    try:
        told = json.loads(reply.body)
        tags = told["tags"] or []
        right = told["name"] == place.name and all(isinstance(tag, str) for tag in tags)
    except (ValueError, KeyError, TypeError, RecursionError):
        right, tags = False, []
    if not right:
        raise CannotLook(f"{place.index.host} answered what is no list of {place.name}'s tags")
    return list(tags)


def _next(reply: Reply, url: str, place: _Place) -> str | None:
    """Return the next page, which is at the same registry."""
    found = _NEXT.search(reply.headers.get("link", ""))
    if found is None:
        return None
    following = str(urljoin(url, found[1]))
    if urlsplit(following).netloc != urlsplit(place.index.url).netloc:
        raise CannotLook(f"{place.index.host} lists the next tags elsewhere")
    return following
