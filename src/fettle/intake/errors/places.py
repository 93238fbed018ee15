"""Where an error was raised: its stack without what differs between builds, machines, browsers.

A place is a function in a module or file. Lines and columns are no part of it; the line of source
is one only where there is no name of a function.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fettle.intake.errors import functions, owners
from fettle.intake.errors.functions import Family
from fettle.model.error_event import Frame

# A stack of ten thousand calls repeats itself: its ends tell what there is to tell.
_INNERMOST, _OUTERMOST = 300, 100
# Engines differ in what they show of how a page's code was called, not in where it stopped.
SHOWN_BY_BROWSERS = 2
_LONGEST_NAME = 400
_LONGEST_LINE = 120
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Place:
    """A function in a module or file; `line` is the source's text where it has no name."""

    where: str
    function: str = ""
    line: str = ""

    def __str__(self) -> str:
        named = self.function or (f"`{self.line}`" if self.line else "")
        return ":".join(filter(None, (self.where, named))) or "?"


@dataclass(frozen=True)
class Stack:
    """The places that tell an error, the outermost first; `own` is whether they are the app's."""

    places: tuple[Place, ...]
    own: bool


def stack_of(frames: Sequence[Frame], platform: str, of_browsers: int = SHOWN_BY_BROWSERS) -> Stack:
    """Return the places that tell an error: the application's own, or all where it has none.

    Of a page's code it is so many innermost ones.
    """
    family = functions.family_of(platform)
    seen = [frame for frame in _ends(frames) if not owners.is_glue(frame, family)]
    own = [frame for frame in seen if owners.is_own(frame, family)]
    places = [_place(frame, family) for frame in own or seen]
    if family is Family.BROWSER:
        return Stack(tuple(_as_browsers_agree(places, of_browsers)), bool(own))
    return Stack(tuple(_without_repeats(places)), bool(own))


def innermost_own(frames: Sequence[Frame], platform: str) -> Frame | None:
    """Return the innermost frame of the application's own, or the innermost of all."""
    family = functions.family_of(platform)
    last = frames[-_INNERMOST:]
    own = (frame for frame in reversed(last) if owners.is_own(frame, family))
    return next(own, last[-1] if last else None)


def place_of(frame: Frame, platform: str) -> Place:
    """Return where a frame is."""
    return _place(frame, functions.family_of(platform))


def _ends(frames: Sequence[Frame]) -> Sequence[Frame]:
    if len(frames) <= _OUTERMOST + _INNERMOST:
        return frames
    return [*frames[:_OUTERMOST], *frames[-_INNERMOST:]]


def _place(frame: Frame, family: Family) -> Place:
    where = _where(_cut(frame.module), _cut(frame.file or frame.path), family)
    function = functions.plain(_cut(frame.function) or "", family)
    if function or not frame.context or len(frame.context) > _LONGEST_LINE:
        return Place(where, function)
    return Place(where, "", _SPACE.sub(" ", frame.context).strip())


def _cut(name: str | None) -> str | None:
    return name[-_LONGEST_NAME:] if name else name


def _without_repeats(places: Sequence[Place]) -> Iterator[Place]:
    """Yield each place once, however deep a recursion went, and where it stopped at the end."""
    yield from (last := tuple(dict.fromkeys(places)))
    if places and places[-1] != last[-1]:
        yield places[-1]


def _as_browsers_agree(places: Sequence[Place], most: int) -> Iterator[Place]:
    """Yield the innermost places that have a name, and the file where it stopped."""
    if not places:
        return
    inner = places[-1]
    shown = tuple(dict.fromkeys(place for place in places if place.function))[-most:]
    yield from shown
    if not shown:
        yield inner
    elif inner.where not in {place.where for place in shown}:
        yield Place(inner.where)


_SCHEMES = re.compile(
    r"^(?:webpack-internal|webpack|app|file|https?|capacitor|ng|turbopack|parcel)://[^/]*/?"
)
_GROUPED = re.compile(r"\(.*\)|\[.*\]|\.{1,2}|")
# Folders that say how something was built or put there, not what it is.
_DEPLOYED = re.compile(
    r"(?:srv|apps?|src|dist|build|www|html|home|usr|opt|var|code|workspace|releases?|current|"
    r"public|static|assets|js|chunks|out|output|target|classes|task|private|tmp|root|node|deploy|"
    r"builds|httpdocs|public_html|_next|\.next|C:|D:|"
    r"v?[\d._\-]+|[0-9a-f]{7,40}|.*\d{6,}.*|\*|.*:)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"\.(?:[cm]?[jt]sx?|vue|svelte|bundle)$")
# What builds put into a file's name: app.3f2a9c.js, index-BkXz81Qa.js, 2.8f3a21bc.chunk.js
_BUILD = re.compile(
    r"[.\-_~](?:(?=[0-9a-f]{0,63}\d)[0-9a-f]{4,64}|(?=[\w\-]{0,7}\d)[A-Za-z0-9_\-]{8}"
    r"|(?=[a-zA-Z_]{0,4}[a-z][A-Z][a-zA-Z_]{0,4}[a-z][A-Z])[A-Za-z_]{8}|[A-Z0-9]{8}"
    r"|(?=[A-Za-z0-9]{0,63}\d)[A-Za-z0-9]{12,64})(?=\.|$)"
)
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d+(?![A-Za-z\d])|\d{4,}")


@lru_cache(maxsize=4096)
def _where(module: str | None, file: str | None, family: Family) -> str:
    """Return the module, where a language has them, or the end of the file's path."""
    if module and family not in functions.BY_FILE and module != "__main__":
        return functions.plain_module(module, family)
    return _end(file, family) if file else ""


def _end(path: str, family: Family) -> str:
    """Return a file's name with the folder that it is in, unless that is about the deployment."""
    path = _SCHEMES.sub("", path.replace("\\", "/")).split("?")[0].split("#")[0]
    *folders, name = path.rstrip("/").split("/")
    if family in functions.SCRIPTS:
        stem = _SCRIPT.sub("", name)
        stem = (
            _BUILD.sub("", stem.removesuffix(".chunk")).removesuffix(".chunk").removesuffix(".min")
        )
        name = f"{stem}.js" if _SCRIPT.search(name) else stem
    name = _NUMBER.sub("*", name)
    for folder in reversed(folders):
        if _GROUPED.fullmatch(folder):
            continue
        return name if _DEPLOYED.fullmatch(folder) else f"{folder}/{name}"
    return name
