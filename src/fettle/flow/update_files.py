"""What the files of releases add to a look: whom ancestors ask for, and what has changed.

An index of Python's packages tells of no release what it asks for. So for what only others ask for,
and is to be raised for a weakness, the metadata of those others is read, version by version until
one lets it in. For what is only newer that of the versions in use is read, by who has time for it:
they may keep it out. Notes are read for what is to be shown of an update, and of a bounded number.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from fettle.errors import FettleError
from fettle.model.ports_updates import Machine, ReleaseFiles
from fettle.model.update import (
    Ecosystem,
    Installed,
    Offers,
    Package,
    Release,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.updates.ancestors import Tree
from fettle.updates.candidates import release_of
from fettle.updates.notes import machine_notes_between, notes_between

MOST_NOTES = 60
# Versions of a package at a time, the oldest that may do first; and the newest, since of more than
# can be asked about that one is the most likely to do.
_MOST_ASKED = 8
_MOST_ROUNDS = 12
_AT_ONCE = 64

LONGEST = timedelta(minutes=1)

Version = tuple[Package, str]


# Ancestors


async def with_asks(
    installed: Sequence[Installed],
    offers: Mapping[Package, Offers],
    updates: Sequence[Update],
    files: ReleaseFiles,
    longest: timedelta = LONGEST,
) -> Mapping[Package, Offers]:
    """Return offers that tell what ancestors ask for, of as many as can be had.

    The same mapping where there is nothing more to know.
    """
    closing = [one for one in updates if one.type is UpdateType.SECURITY]
    known = dict(offers)
    tried: set[Version] = set()
    with suppress(TimeoutError):
        async with asyncio.timeout(longest.total_seconds()):
            for _ in range(_MOST_ROUNDS):
                wanted = [one for one in _unasked(installed, known, closing) if one not in tried]
                if not wanted:
                    break
                tried |= set(wanted)
                for package, release in await _described(wanted, known, files):
                    known[package] = _with(known[package], release)
    return known if tried else offers


async def with_asks_in_use(
    installed: Sequence[Installed],
    offers: Mapping[Package, Offers],
    updates: Sequence[Update],
    files: ReleaseFiles,
    longest: timedelta = LONGEST,
) -> Mapping[Package, Offers]:
    """Return offers that tell what those in use ask for who ask for what is on offer.

    As many as can be had in time; the same mapping where there is nothing more to know.
    """
    tree, used = Tree(installed, offers), _not_direct(installed)
    found = (used.get((one.package, one.where, one.current)) for one in updates)
    parents = (tree.ranges(one) for one in found if one is not None)
    wanted = list(
        dict.fromkeys(
            (one.package, one.version) for each in parents for one, range_ in each if range_ is None
        )
    )
    known = dict(offers)
    with suppress(TimeoutError):
        async with asyncio.timeout(longest.total_seconds()):
            for begin in range(0, len(wanted), _AT_ONCE):
                part = wanted[begin : begin + _AT_ONCE]
                for package, release in await _described(part, offers, files):
                    known[package] = _with(known[package], release)
    return known if wanted else offers


def _not_direct(installed: Sequence[Installed]) -> Mapping[tuple[Package, str, str], Installed]:
    return {(one.package, one.where, one.version): one for one in installed if not one.direct}


def _unasked(
    installed: Sequence[Installed], offers: Mapping[Package, Offers], closing: Sequence[Update]
) -> Iterable[Version]:
    """Yield the versions of which it would have to be known what they ask for, a few of each."""
    tree, used = Tree(installed, offers), _not_direct(installed)
    few: dict[Package, dict[str, None]] = {}
    for update in closing:
        one = used.get((update.package, update.where, update.current))
        if one is not None:
            for package, version in tree.way(one, update.version).unasked:
                few.setdefault(package, {})[version] = None
    for package, versions in few.items():
        each = list(versions)
        for version in dict.fromkeys((*each[:_MOST_ASKED], each[-1])):
            yield package, version


async def _described(
    wanted: Sequence[Version], offers: Mapping[Package, Offers], files: ReleaseFiles
) -> list[tuple[Package, Release]]:
    """Return releases with what they ask for; what cannot be had asks for what nobody knows."""

    async def one(package: Package, version: str) -> tuple[Package, Release] | None:
        release = release_of(version, offers.get(package))
        if release is None:
            return None
        try:
            told = await files.described(release)
        except FettleError:
            return None
        return package, replace(release, asks=told.asks)

    found = await asyncio.gather(*(one(*each) for each in wanted))
    return [each for each in found if each is not None]


def _with(offers: Offers, release: Release) -> Offers:
    releases = tuple(release if one.version == release.version else one for one in offers.releases)
    return replace(offers, releases=releases)


# Notes


@dataclass(frozen=True)
class _Noted:
    """What is told of a release's changes."""

    url: str | None = None
    text: str = ""


async def with_notes(
    check: UpdateCheck, files: ReleaseFiles | None, machine: Machine | None = None
) -> UpdateCheck:
    """Return a look with the notes of its updates, those that would be taken first.

    What cannot be had leaves an update as it is: notes are no reason to fail.
    """
    if files is None:
        return check
    wanted = sorted(check.updates, key=lambda one: not one.worth_taking)[:MOST_NOTES]

    def asked(one: Update) -> Awaitable[_Noted]:
        if one.package.ecosystem is Ecosystem.DEB and machine is not None:
            return _noted_by(machine, one)
        return _noted(one, check.releases.get(one.id), files)

    told = await asyncio.gather(*(_in_time(asked(one)) for one in wanted))
    noted = {one.id: each for one, each in zip(wanted, told, strict=True)}
    updates = tuple(_with_notes(one, noted.get(one.id, _Noted())) for one in check.updates)
    return replace(check, updates=updates)


def _with_notes(update: Update, noted: _Noted) -> Update:
    return replace(
        update, notes=noted.text or update.notes, notes_url=noted.url or update.notes_url
    )


async def _in_time(noted: Awaitable[_Noted]) -> _Noted:
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            return await noted
    except TimeoutError:
        return _Noted()


async def _noted_by(machine: Machine, update: Update) -> _Noted:
    """Return the changes that an update of this machine's packages brings."""
    try:
        text = await machine.changelog(update.package.name, update.version)
    except FettleError:
        return _Noted()
    return _Noted(text=machine_notes_between(text, update.current, update.version))


async def _noted(update: Update, release: Release | None, files: ReleaseFiles) -> _Noted:
    """Return the changes that an update brings: by its changelog, or by its description."""
    if release is None:
        return _Noted()
    url, texts = None, []
    try:
        texts.append(await files.changelog(release))
    except FettleError:
        texts.append("")
    try:
        told = await files.described(release)
        url, texts = told.notes_url, [*texts, told.text]
    except FettleError:
        pass
    ecosystem = update.package.ecosystem
    notes = (notes_between(one, ecosystem, update.current, update.version) for one in texts)
    return _Noted(url, next(filter(None, notes), ""))
