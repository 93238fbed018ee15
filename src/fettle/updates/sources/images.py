"""Newer container images than those that a project names.

What it looks at:  The images in Dockerfiles and files of compose, in each project's folder and in
    those below it.
Asks:            The registry of each image, as docker's own configuration lets us in: the digest
    behind its tag now, where it is held to one, the tags of the same flavour, and of the newest of
    them when they were made, and from which source.
Skipped when:    No project names an image.
Cannot see:      Which image is running, what a build sets, what is more than four folders down, and
    the order of tags that are no version (latest, stable): of those only another digest is told.
    When it was made, and where its source is, is what an image says of itself, of which some say
    nothing.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fettle.errors import CannotLook, UnreadableLock
from fettle.model.ports_updates import AboutImage, Outside, Project, Seen
from fettle.model.update import Ecosystem, Installed, Offers, Package, Passed, Release
from fettle.unit.source import source
from fettle.updates.coverage import looked, nothing_there
from fettle.updates.images import FILES, Image, images_in, names_version, same_flavour
from fettle.updates.versions import in_order, oci

ID = "images"
_MOST_DATED = 5  # of one image: each takes up to three questions


@source
async def look(outside: Outside) -> Seen:
    """Ask what is behind each tag now, and which tags there are."""
    now = outside.clock.now()
    named = [one for project in outside.projects for one in await _named(outside, project)]
    images = [one for one in named if isinstance(one, Image)]
    passed = [one for one in named if isinstance(one, Passed)]
    if not images and not passed:
        return Seen(nothing_there(ID, now, "no Dockerfile and no file of compose names an image"))
    asked = {(one.name, one.tag, one.digest is not None): one for one in images}
    told = await asyncio.gather(*(_offered(outside, one) for one in asked.values()))
    answers = dict(zip(asked, told, strict=True))
    installed, offers = [], dict[Package, Offers]()
    for one in images:
        answer = answers[one.name, one.tag, one.digest is not None]
        if isinstance(answer, Passed):
            passed.append(replace(answer, subject=f"{one.name}:{one.tag} in {one.where}"))
        else:
            installed.append(Installed(answer.package, one.version, one.where))
            offers[answer.package] = _joined(offers.get(answer.package), answer)
    result = looked(ID, now, len(installed), passed, told_by="registries", told_at=now)
    return Seen(result, tuple(installed), offers)


async def _named(outside: Outside, project: Project) -> Sequence[Image | Passed]:
    try:
        found = await outside.files.below(project, FILES)
    except CannotLook as error:
        return [Passed(project.name, error.reason, error.remedy)]
    named = (one for name in found.names for one in _in_file(outside, project, name))
    return [*found.passed, *named]


def _in_file(outside: Outside, project: Project, name: str) -> Iterator[Image | Passed]:
    where = str(project.folder / name)
    try:
        text = outside.files.text(project, name)
        if text is None:
            raise UnreadableLock(f"{where} is gone, or a link to outside of {project.folder}")
        yield from images_in(name, text, where)
    except CannotLook as error:
        yield Passed(where, error.reason, error.remedy)


async def _offered(outside: Outside, image: Image) -> Offers | Passed:
    """Return the tags of the same flavour; the image's own with the digest that it has now."""
    if image.digest is None and not names_version(image.tag):
        said = f"{image.tag} names no version, and it is held to no digest"
        return Passed(image.name, said, f"hold it to one: {image.name}:{image.tag}@sha256:…")
    try:
        tags = same_flavour(image.tag, await outside.images.tags(image.name))
        versions = [tag for tag in tags if tag != image.tag]
        if image.digest is not None:
            versions.append(f"{image.tag}@{await outside.images.digest(image.name, image.tag)}")
    except CannotLook as error:
        return Passed(image.name, error.reason, error.remedy)
    told = await _told(outside, image, versions)
    releases = tuple(
        Release(version, told[version].made_at if version in told else None) for version in versions
    )
    urls = (one.source_url for one in reversed(told.values()))
    source_url = next(filter(None, urls), None)
    return Offers(Package(Ecosystem.OCI, image.name), releases, source_url=source_url)


async def _told(outside: Outside, image: Image, versions: Sequence[str]) -> dict[str, AboutImage]:
    """Return what the newest of these say of themselves, the newest last."""

    async def told(version: str) -> AboutImage:
        try:
            return await outside.images.about(image.name, version.partition("@")[0])
        except CannotLook:
            return AboutImage()

    newer = [one for one in in_order(oci, versions) if oci.order(one, image.version) >= 0]
    newest = newer[-_MOST_DATED:]
    return dict(zip(newest, await asyncio.gather(*map(told, newest)), strict=True))


def _joined(one: Offers | None, other: Offers) -> Offers:
    if one is None:
        return other
    releases = tuple(dict.fromkeys(one.releases + other.releases))
    source_url = one.source_url or other.source_url
    return Offers(other.package, releases, source_url=source_url)
