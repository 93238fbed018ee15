"""What is on offer for packages: each asked for once, at the registry that its client is set to."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fettle.errors import CannotLook, FettleError, NotFound
from fettle.model.ports import Clock
from fettle.model.ports_updates import Project
from fettle.model.update import Ecosystem, Offers, Package, Passed
from fettle.targets.registries import clients, npm, pypi
from fettle.targets.registries.asking import Asking, Reply, asking, said
from fettle.targets.registries.index import Index, index_of
from fettle.targets.registries.kept import Answered, Kept
from fettle.targets.registries.npm_settings import of_npm
from fettle.targets.registries.python_settings import Indexes, of_pip, of_uv

_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})")
_LONGEST_UNASKED = timedelta(hours=1)
_UNASKED = timedelta(minutes=10)  # where an answer cannot be asked for again by whether it holds
_NOWHERE = {
    Ecosystem.PYPI: "set index-url of pip, or UV_DEFAULT_INDEX",
    Ecosystem.NPM: "set registry in .npmrc, or install Node, whose npm knows its own",
}


@dataclass(frozen=True)
class _Question:
    """How a package is asked for at one registry, and how its answer is read."""

    index: Index
    url: str
    accept: str
    read: Callable[[Reply, Package], Offers]


@dataclass(frozen=True)
class _Ways:
    """Where packages of one project are asked for; `merged` are the answers of several indexes."""

    python: Indexes
    npm: Callable[[str], Index | None]


class PackageRegistries:
    """Asks registries of packages; implements model.ports_updates.Registries."""

    def __init__(
        self,
        asking: Asking,
        kept: Kept,
        clock: Clock,
        environ: Mapping[str, str],
        *,
        times: bool = True,
    ) -> None:
        self._asking = asking
        self._kept = kept
        self._clock = clock
        self._environ = environ
        self._times = times
        self._asked: dict[tuple[str, Package], asyncio.Task[Offers]] = {}
        self._defaults: dict[Ecosystem, asyncio.Task[str | None]] = {}
        self._lets_in: dict[tuple[str, str], str] = {}

    def authorization(self, url: str) -> str | None:
        """Return the header that a registry's own files want; None for any other address."""
        return self._lets_in.get(_origin(url))

    async def offers(
        self, packages: Collection[Package], project: Project, named: Sequence[str] = ()
    ) -> Mapping[Package, Offers | Passed]:
        """Return what is on offer for each package; see model.ports_updates.Registries."""
        each = list(packages)
        ways = await self._ways({one.ecosystem for one in each}, project, named)
        told = await asyncio.gather(*(self._told(one, ways) for one in each))
        return dict(zip(each, told, strict=True))

    async def _ways(
        self, ecosystems: Collection[Ecosystem], project: Project, named: Sequence[str]
    ) -> _Ways:
        """Read the settings of the project's clients; where there are none, ask the clients."""
        by_uv, by_pip = of_uv(project.folder, self._environ), of_pip(self._environ)
        for_uv = (project.folder / "uv.lock").is_file()
        order = (by_uv, by_pip) if for_uv else (by_pip, by_uv)
        python = next((one for one in order if _any_is_default(one)), Indexes())
        settings = of_npm(project.folder, self._environ, project.variables)
        default = None
        if Ecosystem.PYPI in ecosystems and not python.all:
            python = await self._python_default(named)
        if Ecosystem.NPM in ecosystems and settings.registry("") is None:
            default = await self._default(Ecosystem.NPM, clients.default_of_npm)
        return _Ways(python, lambda name: settings.registry(name, default))

    async def _python_default(self, named: Sequence[str]) -> Indexes:
        indexes = tuple(one for url in named if (one := index_of(url)) is not None)
        if not indexes:
            url = await self._default(Ecosystem.PYPI, clients.default_of_pip)
            index = index_of(url) if url is not None else None
            indexes = () if index is None else (index,)
        return Indexes(indexes)

    async def _default(
        self,
        ecosystem: Ecosystem,
        ask: Callable[[Mapping[str, str]], Coroutine[Any, Any, str | None]],
    ) -> str | None:
        if ecosystem not in self._defaults:
            self._defaults[ecosystem] = asyncio.ensure_future(ask(self._environ))
        return await self._defaults[ecosystem]

    async def _told(self, package: Package, ways: _Ways) -> Offers | Passed:
        try:
            return await self._looked_up(package, ways)
        except FettleError as error:
            return Passed(package.name, error.reason, error.remedy)

    async def _looked_up(self, package: Package, ways: _Ways) -> Offers:
        """Return what is on offer; of several indexes, of all or of the first that has it."""
        questions = self._questions(package, ways)
        if not questions:
            raise CannotLook(
                f"no registry of {package.ecosystem} is known here",
                remedy=_NOWHERE.get(package.ecosystem),
            )
        found: list[Offers] = []
        missing: NotFound | None = None
        for question in questions:
            try:
                found.append(await self._once(question, package))
            except NotFound as error:
                missing = missing or error
            if found and not ways.python.merged:
                break
        if not found and missing is not None:
            raise missing
        return _joined(found)

    def _questions(self, package: Package, ways: _Ways) -> list[_Question]:
        if package.ecosystem is Ecosystem.PYPI:
            return [
                _Question(index, pypi.address(index.url, package), pypi.ACCEPT, pypi.offers_of)
                for index in ways.python.of(package.name)
            ]
        index = ways.npm(package.name) if package.ecosystem is Ecosystem.NPM else None
        if index is None:
            return []
        accept = npm.FULL if self._times else npm.ABBREVIATED
        return [_Question(index, npm.address(index.url, package), accept, npm.offers_of)]

    async def _once(self, question: _Question, package: Package) -> Offers:
        """Ask once in a run, however many projects use a package."""
        if question.index.authorization is not None:
            self._lets_in[_origin(question.url)] = question.index.authorization
        key = (question.url, package)
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._answer(question, package))
        return await asyncio.shield(self._asked[key])

    async def _answer(self, question: _Question, package: Package) -> Offers:
        kept = self._kept.find(question.url, question.accept)
        if kept is not None and self._clock.now() < kept.holds_until:
            return kept.offers
        headers = {"Accept": question.accept}
        if question.index.authorization is not None:
            headers["Authorization"] = question.index.authorization
        if kept is not None and kept.etag is not None:
            headers["If-None-Match"] = kept.etag
        elif kept is not None and kept.modified is not None:
            headers["If-Modified-Since"] = kept.modified
        reply = await self._asking.ask("GET", question.url, headers)
        if reply.status == 304 and kept is not None:
            offers = kept.offers
        elif reply.status in (404, 410):
            raise NotFound(f"{question.index.host} has no {package.name}")
        elif reply.status != 200:
            raise CannotLook(
                f"{question.index.host} answered {said(reply.status)}", remedy=_remedy(reply.status)
            )
        else:
            offers = await asyncio.to_thread(question.read, reply, package)
        self._keep(question, offers, reply, kept)
        return offers

    def _keep(
        self, question: _Question, offers: Offers, reply: Reply, before: Answered | None
    ) -> None:
        now, told = self._clock.now(), reply.headers
        etag = told.get("etag") or (before.etag if before else None)
        modified = told.get("last-modified") or (before.modified if before else None)
        until = now + _unasked(told, asked_again=etag is not None or modified is not None)
        answered = Answered(question.url, offers, now, until, etag, modified)
        self._kept.keep(question.url, question.accept, answered)


def _origin(url: str) -> tuple[str, str]:
    parted = urlsplit(url)
    return parted.scheme, parted.netloc


def _any_is_default(indexes: Indexes) -> bool:
    return any(not one.explicit for one in indexes.all)


def _remedy(status: int) -> str | None:
    if status in (401, 403):
        return "set a password or a token for it, as its client takes it"
    return None


def _unasked(headers: Mapping[str, str], *, asked_again: bool) -> timedelta:
    """Return how long an answer holds before it is asked whether it does."""
    control = headers.get("cache-control", "")
    if "no-store" in control or "no-cache" in control:
        return timedelta(0)
    if found := _MAX_AGE.search(control):
        return min(timedelta(seconds=int(found[1])), _LONGEST_UNASKED)
    return timedelta(0) if asked_again else _UNASKED


def _joined(found: Sequence[Offers]) -> Offers:
    """Return what several indexes offer; of a version that several have, the first one's."""
    first, *others = found
    if not others:
        return first
    releases = {one.version: one for offers in reversed(found) for one in offers.releases}
    return replace(first, releases=tuple(releases.values()))


def authorities(environ: Mapping[str, str]) -> list[Path]:
    """Return the files of authorities that clients believe besides those of the web."""
    named = (of_pip(environ).authorities, of_npm(Path("/nonexistent"), environ).authorities)
    return [one for one in named if one is not None]


@asynccontextmanager
async def registries(
    clock: Clock, environ: Mapping[str, str], folder: Path | None, *, times: bool = True
) -> AsyncIterator[PackageRegistries]:
    """Open what asks registries; what they answer is kept in a folder of Fettle's data."""
    async with asking(clock, authorities(environ)) as pool:
        yield PackageRegistries(pool, Kept(folder), clock, environ, times=times)
