"""What looks for known weaknesses as the settings name them; implements model.security.Security."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from fettle.errors import CannotLook
from fettle.model.ports import Database
from fettle.model.security import Advised, Audited, Named, Packages, Say, Site, Skipped
from fettle.model.severity import Severity
from fettle.settings.reach import label_of
from fettle.targets import named
from fettle.targets.postgres import Patience, looking_at
from fettle.targets.security import apt, auditors, sites

if TYPE_CHECKING:
    from fettle.settings import Settings
    from fettle.settings.security import ProjectSettings

_TASK = "weekly_security_scan"
_AT_ONCE = 4
_PATIENCE = Patience()


@dataclass(frozen=True)
class Scan:
    """What looks, from this machine; `advised` is asked where no auditor could look at a lock."""

    settings: "Settings"
    environ: Mapping[str, str] = field(repr=False)
    connect: Callable[[str, Patience], AbstractAsyncContextManager[Database]] = looking_at
    advised: Advised | None = None

    @property
    def fail_from(self) -> Severity:
        """A weakness as bad as that fails the scan."""
        return self.settings.security.fail_from

    def accepted(self, subject: str, today: date) -> str | None:
        """Return why something is accepted: by an [[ignore]] that names the task."""
        for one in self.settings.ignore:
            if one.of_scan and one.covers(_TASK, subject, today):
                return one.reason
        return None

    @property
    def stale_after(self) -> timedelta:
        """Lists of packages that are older say nothing."""
        return self.settings.security.stale_after

    @property
    def projects(self) -> Sequence[Named]:
        """The projects whose dependencies are audited."""
        return [Named(one.name, one.on) for one in self.settings.project]

    async def audit(self, project: str, say: Say) -> Sequence[Audited | Skipped]:
        """Have a project's dependencies audited."""
        (one,) = (one for one in self.settings.project if one.name == project)
        asked = auditors.audit(one, self.settings.security, self.environ, say)
        return [await self._or_advised(one, told) async for told in asked]

    async def _or_advised(
        self, project: "ProjectSettings", told: Audited | Skipped
    ) -> Audited | Skipped:
        """Return what an auditor said, or what advisories say of a lock that none looked at."""
        if isinstance(told, Audited):
            file = "" if told.packages else told.source
        else:
            file = told.subject.partition(": ")[2]
        if self.advised is None or not file:
            return told
        other = await self.advised.audit(project.name, project.path, file)
        return told if isinstance(other, Skipped) else other

    async def packages(self) -> Packages | Skipped:
        """Look which packages of this machine have updates."""
        return await apt.packages(self.environ)

    @property
    def databases(self) -> Sequence[Named]:
        """The databases whose settings and privileges are looked at."""
        return [self._named(one.name) for one in self.settings.database]

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[Database]:
        """Connect to look; raises CannotLook."""
        targets = [one for one in named.databases(self.settings) if one.name == name]
        if not targets:
            raise CannotLook(f"there is no [[database]] {name} any more")
        async with self.connect(targets[0].url, _PATIENCE) as database:
            yield database

    @property
    def services(self) -> Sequence[Named]:
        """The services whose sites are looked at."""
        return [self._named(one.name) for one in self.settings.service if one.url]

    def _named(self, target: str) -> Named:
        return Named(target, label_of(target, self.settings))

    async def sites(self, names: Sequence[str]) -> Sequence[Site | Skipped]:
        """Look how the sites of these services answer."""
        few = asyncio.Semaphore(_AT_ONCE)
        asked = [
            (one.name, one.url) for one in self.settings.service if one.url and one.name in names
        ]

        async def look(subject: str, url: str) -> Site | Skipped:
            async with few:
                return await sites.site(subject, url, self.settings.outgoing.allow)

        return await asyncio.gather(*(look(subject, url) for subject, url in asked))


def security_of(
    settings: "Settings", environ: Mapping[str, str], advised: Advised | None = None
) -> Scan:
    """Return what looks for weaknesses in what the settings name."""
    return Scan(settings, environ, advised=advised)
