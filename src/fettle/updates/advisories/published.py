"""What is known of what is installed, by a server, by records on this machine, or by several.

What could not be judged is said, and is never taken as safe: what a server does not answer, records
that are broken, ecosystems that nobody tells anything of.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fettle.errors import BadPayload, CannotLook
from fettle.model.ports import Clock
from fettle.model.ports_updates import (
    Advisories,
    AdvisoryFiles,
    AdvisoryServer,
    RawRecord,
    Told,
    VersionAsked,
)
from fettle.model.quantity import say_count
from fettle.model.update import Advisory, Affected, Ecosystem, Installed, Package, Passed
from fettle.updates.advisories.joined import joined
from fettle.updates.advisories.record import ecosystem_name, glance, read
from fettle.updates.versions import versions_of


class FromServer:
    """Asks a server; implements model.ports_updates.Advisories."""

    def __init__(self, server: AdvisoryServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def about(self, installed: Sequence[Installed]) -> Told:
        """See model.ports_updates.Advisories."""
        at = self._clock.now()
        known, passed = _judgeable(installed)
        asked = {one: _asked(one) for one in known}
        told = await self._server.ids(list(asked.values()))
        ids: dict[str, list[Installed]] = {}
        for one, question in asked.items():
            answer = told[question]
            if isinstance(answer, Passed):
                passed.append(Passed(_named(one), answer.reason, answer.remedy))
            else:
                for id_ in answer:
                    ids.setdefault(id_, []).append(one)
        found = await asyncio.gather(*(self._record(id_, ids[id_]) for id_ in ids))
        advisories = joined(one for one, _ in found)
        passed += [one for _, unread in found for one in unread]
        return Told(advisories, tuple(passed), self._server.name, at, at)

    async def _record(
        self, id_: str, about: Sequence[Installed]
    ) -> tuple[Advisory, Sequence[Passed]]:
        """Return a record; one that cannot be had is about the versions that it was named for."""
        try:
            return _of_id(id_, read(await self._server.record(id_), self._server.name)), ()
        except (CannotLook, BadPayload) as error:
            reason = f"{id_} is about it, and could not be read: {error.reason}"
            affected = tuple(
                Affected(one.package, versions=frozenset({one.version}), told_by=id_)
                for one in about
            )
            bare = Advisory(id_, summary=reason, affected=affected, told_by=self._server.name)
            return bare, [Passed(_named(one), reason, error.remedy) for one in about]


def _of_id(id_: str, told: Advisory) -> Advisory:
    """Return a record that was asked for by an id; raises BadPayload for another one."""
    if id_ not in (told.id, *told.aliases):
        raise BadPayload(f"what was answered is another record, {told.id[:80]}")
    return told


@dataclass
class _Seen:
    """What was read so far of records on this machine."""

    advisories: list[Advisory] = field(default_factory=list)
    ecosystems: set[Ecosystem] = field(default_factory=set)
    read: int = 0
    broken: int = 0
    first_broken: str = ""
    newest: datetime | None = None


class FromFiles:
    """Reads records on this machine; implements model.ports_updates.Advisories."""

    def __init__(self, files: AdvisoryFiles) -> None:
        self._files = files

    async def about(self, installed: Sequence[Installed]) -> Told:
        """See model.ports_updates.Advisories."""
        known, passed = _judgeable(installed)
        seen = await asyncio.to_thread(self._read, {one.package for one in known})
        if not seen.read:
            broken = f": {seen.first_broken}" if seen.broken else ""
            raise CannotLook(f"there are no records of advisories in {self._files.name}{broken}")
        for one in known:
            if one.package.ecosystem not in seen.ecosystems:
                nothing = f"{self._files.name} tells nothing of {one.package.ecosystem.value}"
                passed.append(Passed(_named(one), nothing))
        if seen.broken:
            many = say_count(seen.broken, "record")
            reason = f"{many} of {seen.read + seen.broken:,} could not be read: {seen.first_broken}"
            passed.append(Passed(self._files.name, reason, "bring the advisories there anew"))
        told = joined(seen.advisories)
        return Told(told, tuple(passed), self._files.name, seen.newest, seen.newest)

    def _read(self, packages: set[Package]) -> _Seen:
        seen = _Seen()
        for record in self._files.records():
            try:
                self._take(record, packages, seen)
            except BadPayload as error:
                seen.broken += 1
                seen.first_broken = seen.first_broken or f"{record.where}: {error.reason}"
        return seen

    def _take(self, record: RawRecord, packages: set[Package], seen: _Seen) -> None:
        if record.wrong is not None:
            raise BadPayload(record.wrong)
        short = glance(record.text)
        if short.packages & packages:
            seen.advisories.append(read(record.text, self._files.name))
        seen.read += 1
        seen.ecosystems |= {package.ecosystem for package in short.packages}
        if short.modified_at is not None:
            seen.newest = max(seen.newest or short.modified_at, short.modified_at)


class Several:
    """Asks several at once, and joins what they tell; implements model.ports_updates.Advisories."""

    def __init__(self, each: Mapping[str, Advisories]) -> None:
        self._each = each

    async def about(self, installed: Sequence[Installed]) -> Told:
        """See model.ports_updates.Advisories; raises CannotLook where none of them can tell."""
        asked = (one.about(installed) for one in self._each.values())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        told, failed = [], []
        for name, answer in zip(self._each, answers, strict=True):
            if isinstance(answer, Told):
                told.append(answer)
            elif isinstance(answer, CannotLook):
                failed.append((name, answer))
            else:
                raise answer
        if not told and failed:
            raise failed[0][1]
        passed = [Passed(name, error.reason, error.remedy) for name, error in failed]
        return Told(
            joined(one for each in told for one in each.advisories),
            (*_by_none(told), *passed),
            ", ".join(each.told_by for each in told),
            min((each.told_at for each in told if each.told_at is not None), default=None),
            max((each.newest_at for each in told if each.newest_at is not None), default=None),
        )


def _by_none(told: Sequence[Told]) -> Iterable[Passed]:
    """Yield what none of them could judge, once, as the first one has it."""
    subjects = [{one.subject for one in each.passed} for each in told]
    everywhere = set.intersection(*subjects) if subjects else set()
    own = {each.told_by for each in told}
    yielded = set()
    for one in (one for each in told for one in each.passed):
        if (one.subject in everywhere or one.subject in own) and one.subject not in yielded:
            yielded.add(one.subject)
            yield one


def _judgeable(installed: Sequence[Installed]) -> tuple[list[Installed], list[Passed]]:
    """Return what can be judged by advisories, and why the rest cannot."""
    known, passed = [], []
    for one in installed:
        if ecosystem_name(one.package.ecosystem) is None:
            reason = f"no advisories of {one.package.ecosystem.value} are read"
        elif one.origin != "registry":
            reason = f"it comes from elsewhere than a registry ({one.origin})"
        elif not versions_of(one.package.ecosystem).is_readable(one.version):
            reason = f"{one.version!r} is no version that can be compared"
        else:
            known.append(one)
            continue
        passed.append(Passed(_named(one), reason))
    return known, passed


def _asked(one: Installed) -> VersionAsked:
    name = ecosystem_name(one.package.ecosystem) or ""
    return VersionAsked(name, one.package.name, one.version)


def _named(one: Installed) -> str:
    return f"{one.package.name} in {one.where}"
