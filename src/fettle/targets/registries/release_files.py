"""The files of releases, as registries have them: what their metadata and changelogs say.

Metadata stands beside a wheel (PEP 658): a few kilobytes, and not the wheel. A changelog is in the
source archive, or in npm's package, and is read only from small ones. Both must have the hash that
the registry tells; both are data, read in memory, and never unpacked to a disk.

Source: core metadata of Python's packages (PyPA), "Well-known Project URLs in Metadata".
"""

import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fettle.errors import CannotLook, NotFound
from fettle.model.ports_updates import Described
from fettle.model.update import Archive, Release
from fettle.targets.registries.asking import Asking, said
from fettle.targets.registries.kept import Kept

LARGEST_METADATA = 2 * 1024**2
LARGEST_ARCHIVE = 4 * 1024**2
_LARGEST_UNPACKED = 64 * 1024**2
_LARGEST_TEXT = 256 * 1024
_MOST_MEMBERS = 20_000
_CHANGELOG = re.compile(
    r"(?:\./)?[^/]+/(?:docs?/)?(?:changelog|changes|history|news|releases?|release[-_]notes)"
    r"(?:\.(?:md|markdown|rst|txt))?",
    re.IGNORECASE,
)
_LABELS = ("changelog", "changes", "whatsnew", "history", "releasenotes", "releases")


class FilesOfReleases:
    """Reads files of releases; implements model.ports_updates.ReleaseFiles.

    `lets_in` gives the header that a registry's own host wants.
    """

    def __init__(self, asking: Asking, kept: Kept, lets_in: Callable[[str], str | None]) -> None:
        self._asking = asking
        self._kept = kept
        self._lets_in = lets_in

    async def described(self, release: Release) -> Described:
        """See model.ports_updates.ReleaseFiles."""
        if release.metadata is None:
            raise NotFound("its registry has no metadata beside its files")
        return described_by(await self._text(release.metadata, _whole, LARGEST_METADATA))

    async def changelog(self, release: Release) -> str:
        """See model.ports_updates.ReleaseFiles."""
        if release.archive is None:
            raise NotFound("its registry has no archive of it that is read")
        return await self._text(release.archive, _changelog_in, LARGEST_ARCHIVE)

    async def _text(self, one: Archive, read: Callable[[bytes], str], largest: int) -> str:
        """Return what is in a file, from what was kept of it where it is the same."""
        key = f"{one.url} {one.hash}"
        if (kept := self._kept.text(key)) is not None:
            return kept
        if one.size is not None and one.size > largest:
            raise CannotLook(f"{_name(one)} has {one.size:,} bytes, and is not fetched for that")
        text = read(await self._fetched(one, largest))[:_LARGEST_TEXT]
        self._kept.keep_text(key, text)
        return text

    async def _fetched(self, one: Archive, largest: int) -> bytes:
        # as pip does: packed once more on the way, it would be unpacked there, and another file
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if (authorization := self._lets_in(one.url)) is not None:
            headers["Authorization"] = authorization
        reply = await self._asking.ask("GET", one.url, headers, largest=largest)
        if reply.status != 200:
            raise CannotLook(f"the registry answered {said(reply.status)}, asked for {_name(one)}")
        kind, _, digest = one.hash.partition(":")
        if digest and hashlib.new(kind, reply.body, usedforsecurity=False).hexdigest() != digest:
            raise CannotLook(f"{_name(one)} is not the file whose {kind} the registry tells")
        return reply.body


def described_by(text: str) -> Described:
    """Read core metadata; what is no requirement is left out."""
    try:
        told = BytesParser(policy=compat32).parsebytes(text.encode("utf-8", "replace"))
    except MessageError as error:
        raise CannotLook(f"that is no metadata of a package: {error}") from None
    body = told.get_payload()
    return Described(
        tuple(_asks(told)),
        _notes_url(told),
        body if isinstance(body, str) and body.strip() else str(told.get("Description") or ""),
    )


def _asks(told: Message) -> Iterator[tuple[str, str]]:
    """Yield what it asks for, first what it always does; of several only what holds here."""
    found: dict[str, str] = {}
    for extra in (False, True):
        for line in told.get_all("Requires-Dist") or ():
            try:
                one = Requirement(str(line))
                holds = one.marker is None or one.marker.evaluate({"extra": ""})
            except (InvalidRequirement, ValueError):
                continue
            if holds is not extra:
                found.setdefault(canonicalize_name(one.name), str(one.specifier))
    yield from found.items()


def _notes_url(told: Message) -> str | None:
    """Return where a project tells its changes: by the labels that are known for that."""
    named: dict[str, str] = {}
    for line in told.get_all("Project-URL") or ():
        label, _, url = str(line).partition(",")
        named.setdefault(re.sub(r"[\W_]+", "", label).lower(), url.strip())
    found = (named[label] for label in _LABELS if label in named)
    return next((url for url in found if url.startswith(("https://", "http://"))), None)


def _whole(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _changelog_in(body: bytes) -> str:
    """Return the changelog in a packed tar archive, empty where it has none; raises CannotLook."""
    try:
        unpacking = zlib.decompressobj(wbits=31)
        unpacked = unpacking.decompress(body, _LARGEST_UNPACKED)
        if unpacking.unconsumed_tail:
            raise CannotLook("its archive unpacks to more than 64 MB, and is not read for that")
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            return _first_of(archive)
    except (zlib.error, tarfile.TarError, EOFError, ValueError) as error:
        raise CannotLook(f"its archive cannot be read: {error}") from None


def _first_of(archive: tarfile.TarFile) -> str:
    """Return the changelog that lies highest."""
    found = []
    for number, member in enumerate(archive):
        if number >= _MOST_MEMBERS:
            break
        if member.isreg() and _CHANGELOG.fullmatch(member.name):
            found.append(member)
    for member in sorted(found, key=lambda one: (one.name.count("/"), -one.size)):
        opened = archive.extractfile(member)
        if opened is not None:
            return _whole(opened.read(_LARGEST_TEXT))
    return ""


def _name(one: Archive) -> str:
    return one.url.partition("?")[0].rpartition("/")[2][:120]
