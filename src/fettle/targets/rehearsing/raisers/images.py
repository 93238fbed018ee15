"""Images that Dockerfiles and files of compose name: pulled, run, and named anew in their place."""

import re
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.containers import engine_of, name_in
from fettle.targets.rehearsing.place import Place
from fettle.targets.rehearsing.raisers.raiser import text_of

_FILES = (
    "Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile", "Containerfile.*",
    "compose.yaml", "compose.yml", "compose.*.yaml", "compose.*.yml",
    "docker-compose*.yaml", "docker-compose*.yml",
)  # fmt: skip
# Where an image is named: in the first line of a stage, in a copy from one, in a service.
_NAMING = re.compile(r"^\s*(FROM\s|COPY\s.*--from=|image\s*:)", re.IGNORECASE)


class Images:
    """Container images, and the files that name them; see raiser.Raiser.

    Nothing is installed for the tests: what an image does is tried as it is raised.
    """

    environment = ""
    python = False

    def reads(self, where: str) -> bool:
        """See Raiser: a place is a file, with a line or a service behind it."""
        name = PurePosixPath(_file(where)).name
        return any(fnmatch(name, pattern) for pattern in _FILES)

    def found(self, _: Path) -> bool:
        """See Raiser."""
        return False

    def files(self, _: Place, where: str) -> Sequence[str]:
        """See Raiser."""
        return (_file(where),)

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """See Raiser: each is pulled, run, and asked how it is, unless nothing is to be tried."""
        file = _file(where)
        text = text_of(place, file)
        for number, one in enumerate(wanted):
            digest = await self._tried(place, one, number) if place.trying else ""
            text = renamed(text, file, one, digest)
        place.outside(Path(file)).write_text(text, encoding="utf-8", newline="")

    async def _tried(self, place: Place, one: Wanted, number: int) -> str:
        settings = place.settings.rehearsal
        engine = await engine_of(place.environ)
        tag, _, digest = one.version.partition("@")
        name = one.package.name
        image = f"{name}@{digest}" if digest else f"{name}:{tag}"
        pulled = await engine.pull(image, settings.fetch_within)
        container = name_in(place.base.parent, f"{place.base.name}-{number}")
        says = await engine.refuse_unwell(image, container, settings)
        await place.say(f"{image}: {says}")
        return digest or pulled

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""


def renamed(text: str, file: str, wanted: Wanted, digest: str) -> str:
    """Return a file that names an image's new version where it named the old one.

    What was held to a digest is held to the new one. Raises ActFailed where nothing is named so.
    """
    tag, _, asked = wanted.version.partition("@")
    old = re.escape(wanted.current.partition("@")[0]) if wanted.current else r"[\w][\w.-]*"
    named = re.compile(
        rf"(?<![\w./:@-]){re.escape(wanted.package.name)}:{old}(?P<held>@sha256:[0-9a-f]{{64}})?"
        r"(?![\w.:@-])"
    )
    without = False

    def new(found: re.Match[str]) -> str:
        nonlocal without
        if not found["held"]:
            return f"{wanted.package.name}:{tag}"
        without = without or not (asked or digest)
        return f"{wanted.package.name}:{tag}@{asked or digest}"

    lines = text.splitlines(keepends=True)
    changed = "".join(named.sub(new, one) if _NAMING.match(one) else one for one in lines)
    if without:
        raise ActFailed(
            f"{file} holds {wanted.package.name} to a digest, and none is known of {tag}",
            remedy=f"name it: {wanted.package.name}=={tag}@sha256:…",
        )
    if changed == text:
        raise ActFailed(
            f"{file} does not name {wanted.package.name} by another tag or digest of its own: "
            "what has moved behind the same tag comes with the next pull",
        )
    return changed


def _file(where: str) -> str:
    return where.partition(":")[0]
