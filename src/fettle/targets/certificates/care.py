"""Certificates as the settings name them: looked at everywhere, renewed by certbot or lego."""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fettle.errors import ActFailed, CannotLook, WrongUsage
from fettle.model.certificates import Held, Host, Kept, Missed, Place, Say, Seen, Where, host_of
from fettle.model.ports import Clock
from fettle.settings.certificates import CertificateSettings
from fettle.settings.reach import label_of
from fettle.targets.certificates import handshake, store
from fettle.targets.certificates.store import Lineage
from fettle.targets.probing import address, certificates
from fettle.targets.probing.certificates import Shown
from fettle.targets.running import How, found, run

if TYPE_CHECKING:
    from fettle.settings import Settings

_AT_ONCE = 8
_RELOAD_WITHIN = timedelta(minutes=5)
# A server that was told to loads it within that: nginx lets its old workers finish meanwhile.
_TRIES = 20
_PAUSE_S = 0.5
# For a moment old and new workers answer by turns.
_IN_A_ROW = 3
_INSTALL = {"certbot": "apt-get install certbot", "lego": "apt-get install lego"}


@dataclass(frozen=True)
class _Asked:
    """A place, and the way to look there: a host, or a file."""

    place: Place
    host: Host | None = None
    at: str | None = None
    authority: Path | None = None
    file: Path | None = None


@dataclass(frozen=True)
class _Watched:
    """Who looks at a service's host by itself, and the label of those who reach it."""

    by: str | None
    on: str | None


@dataclass(frozen=True)
class Care:
    """What looks after the certificates of the settings; implements model.certificates."""

    settings: "Settings"
    clock: Clock
    environ: Mapping[str, str] = field(repr=False)
    is_reached: Callable[[str | None], bool] = lambda _: True

    @property
    def within(self) -> timedelta:
        """Those that run out earlier than that are renewed."""
        return self.settings.certificates.renew_within

    @property
    def kept(self) -> Sequence[Kept]:
        """The certificates of the settings."""
        return [
            Kept(one.name, one.renew, bool(one.reload))
            for one in self.settings.certificate
            if self.is_reached(one.on)
        ]

    def reached(self, by: Callable[[str | None], bool]) -> "Care":
        """Return what looks after those alone that are reached so, by their labels."""
        return replace(self, is_reached=by)

    async def look(self, of: str | None = None) -> Sequence[Seen]:
        """Look at every place, or at those of one certificate."""
        few = asyncio.Semaphore(_AT_ONCE)
        asked: list[_Asked | Missed] = [
            one
            for one in self._places()
            if self.is_reached(_place(one).on) and of in (None, _place(one).of)
        ]

        async def look(one: _Asked | Missed) -> Seen:
            if isinstance(one, Missed):
                return one
            async with few:
                return await self._look(one)

        return await asyncio.gather(*map(look, asked))

    async def shown(self, of: str, serial: str) -> Sequence[Seen]:
        """Look where a certificate is used, again for some seconds until that one is there."""
        in_a_row = 0
        for _ in range(_TRIES):
            seen = [one for one in await self.look(of) if one.place.where is not Where.STORE]
            same = all(isinstance(one, Held) and one.serial == serial for one in seen)
            in_a_row = in_a_row + 1 if same else 0
            if in_a_row == _IN_A_ROW:
                break
            await self.clock.sleep(_PAUSE_S)
        return seen

    async def renew(self, name: str, run_: str, say: Say) -> None:
        """Renew a certificate in its store; what was there before is kept for the run."""
        one = self._named(name)
        lineage = _lineage(one)
        if one.renew is None or lineage is None:
            raise CannotLook(f"nothing renews {name}", remedy="[[certificate]] renew names what")
        words = self._words(
            one, lineage, found(one.renew, self.environ, install=_INSTALL[one.renew])
        )
        await asyncio.to_thread(lineage.keep, run_)
        ended = await run(words, How(one.timeout, self.environ, one.environment), say)
        if ended.status != 0:
            lacking = [named for named in one.environment if named not in self.environ]
            raise ActFailed(
                f"{one.renew} did not renew {name}: {ended.last_words}",
                remedy=f"export {lacking[0]}=…" if lacking else None,
            )

    async def reload(self, name: str, say: Say) -> None:
        """Have a certificate loaded by what shows it."""
        words = self._named(name).reload
        if not words:
            raise CannotLook(f"nothing loads {name}", remedy="[[certificate]] reload names what")
        program = found(
            words[0], self.environ, install=f"[[certificate]] {name}: reload names what loads it"
        )
        ended = await run([program, *words[1:]], How(_RELOAD_WITHIN, self.environ), say)
        if ended.status != 0:
            raise ActFailed(f"{words[0]} ended with {ended.status}: {ended.last_words}")

    async def put_back(self, name: str, run_: str) -> bool:
        """Put back what the run has kept of a certificate's files."""
        lineage = _lineage(self._named(name))
        return lineage is not None and await asyncio.to_thread(lineage.put_back, run_)

    def _words(self, one: CertificateSettings, lineage: Lineage, program: str) -> list[str]:
        folder = str(lineage.store)
        if one.renew == "certbot":
            # it was looked at, and is due: certbot's own limit may be another one
            of = ["renew", "--cert-name", lineage.name, "--config-dir", folder]
            how = ["--non-interactive", "--no-random-sleep-on-renew", "--force-renewal"]
            return [program, *of, *how, *one.arguments]
        days = str(math.ceil(self.within / timedelta(days=1)))
        of = ["--path", folder, "--domains", lineage.name]
        return [program, *of, *one.arguments, "renew", "--days", days, "--no-random-sleep"]

    def _named(self, name: str) -> CertificateSettings:
        for one in self.settings.certificate:
            if one.name == name:
                return one
        raise CannotLook(f"there is no [[certificate]] {name} any more")

    def _places(self) -> Iterator["_Asked | Missed"]:
        """Yield every place once, those of the settings' certificates first."""
        watched = dict(self._watched())
        own = [asked for one in self.settings.certificate for asked in _own(one, watched)]
        told = {asked.place.name for asked in own}
        yield from own
        for name, service in watched.items():
            if name not in told:
                place = Place(name, Where.HANDSHAKE, watched_by=service.by, on=service.on)
                yield _Asked(place, host=host_of(name))
        yield from (one for one in self._stored() if _place(one).name not in told)

    def _stored(self) -> Iterator["_Asked | Missed"]:
        """Yield what lies in the folders of certbot and lego that are named."""
        on = self.settings.certificates.on
        for folder in self.settings.certificates.stores if self.is_reached(on) else ():
            try:
                yield from (_of_store(one, on=on) for one in store.lineages(folder))
            except CannotLook as error:
                yield Missed(Place(str(folder), Where.STORE, on=on), error.reason, error.remedy)

    def _watched(self) -> Iterator[tuple[str, _Watched]]:
        """Yield the hosts of services that are called with TLS, and who looks there by itself."""
        for service in self.settings.service:
            if service.url is None or not service.url.startswith("https:"):
                continue
            try:
                read = address.read(service.url)
            except WrongUsage:  # the look at the service says so
                continue
            every = service.every or self.settings.check.outside_every
            name = Host("https", read.host, read.port).name
            yield (
                name,
                _Watched(service.name if every else None, label_of(service.name, self.settings)),
            )

    async def _look(self, asked: _Asked) -> Seen:
        now = self.clock.now()
        try:
            if asked.host is not None:
                agreed = await handshake.shown(asked.host, asked.at, asked.authority)
                return _held(asked.place, agreed.shown, now)
            der = await asyncio.to_thread(store.der_of, asked.file or Path())
            return _held(asked.place, Shown("", "", der), now)
        except CannotLook as error:
            return Missed(asked.place, error.reason, error.remedy)


def _place(one: "_Asked | Missed") -> Place:
    return one.place


def _own(one: CertificateSettings, watched: Mapping[str, _Watched]) -> Iterator[_Asked]:
    for host in map(host_of, one.hosts):
        yield _of_host(one, host, watched)
    for file in one.files:
        yield _Asked(Place(str(file), Where.FILE, one.name, on=one.on), file=file)
    if (lineage := _lineage(one)) is not None:
        yield _of_store(lineage, one.name, one.on)


def _of_host(one: CertificateSettings, host: Host, watched: Mapping[str, _Watched]) -> _Asked:
    # behind `at` it is this machine's; what the service's name leads to is looked at besides
    name = host.name if one.at is None else f"{host.name} at {one.at}"
    by = watched[name].by if name in watched else None
    place = Place(name, Where.HANDSHAKE, one.name, by, one.on)
    return _Asked(place, host, one.at, one.authority)


def _of_store(lineage: Lineage, of: str | None = None, on: str | None = None) -> _Asked:
    file = lineage.certificate
    return _Asked(Place(str(file), Where.STORE, of, on=on), file=file)


def _lineage(one: CertificateSettings) -> Lineage | None:
    if one.renew is None or one.folder is None:
        return None
    return Lineage(one.renew, one.folder, one.called)


def _held(place: Place, shown: Shown, now: datetime) -> Seen:
    try:
        read = certificates.read(shown.der)
    except ValueError as error:
        return Missed(place, f"the certificate of {place.name} cannot be read: {error}")
    return Held(
        place,
        f"{read.serial:x}",
        read.not_before,
        read.not_after,
        read.issuer,
        read.names,
        tuple(map(str, certificates.distrust(shown, read, now))),
    )


def certificates_of(settings: "Settings", clock: Clock, environ: Mapping[str, str]) -> Care:
    """Return what looks after the certificates of the settings."""
    return Care(settings, clock, environ)
