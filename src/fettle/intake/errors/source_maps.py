"""Minified stacks made readable: each frame is where somebody wrote it.

A file's map is known by its debug id, else by release and name of the file. What a function was
called is told by what was written around the place; where a map has no sources, by what it says of
the name that the call before used. A name of one or two letters that nothing explains is left out:
the next build has another one for the same function. The frame as it came stays beside.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from fettle.intake.errors.source_map import Original, SourceMap
from fettle.model.error_event import ErrorEvent, Frame, Minified, Raised

_BEFORE_PATH = re.compile(r"^(?:~|[a-zA-Z][\w+.-]{0,30}://[^/]*)?/*")
_BEHIND_PATH = re.compile(r"[?#].*$", re.DOTALL)
_LONGEST = 2_000
_SCRIPT = re.compile(r"\.(?:[cm]?js|jsbundle|bundle)(?:$|[?#])", re.IGNORECASE)
_NOT_OURS = re.compile(r"(?:^|/)node_modules/|^webpack/(?:runtime|bootstrap)|^\(webpack\)")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_NOBODYS = frozenset({"?", "<anonymous>", "anonymous", ""})
_SHORTEST = 3  # letters of a name that a minifier would not give


@dataclass(frozen=True)
class Wanted:
    """What the map of a file is known by; `file` is its path without host and scheme."""

    file: str
    debug_id: UUID | None = None
    release: str | None = None
    dist: str | None = None


def wanted(event: ErrorEvent) -> dict[str, Wanted]:
    """Return the maps that an event's frames need, by their files as the frames name them."""
    found: dict[str, Wanted] = {}
    for one in event.raised:
        for frame in one.frames:
            file = _file(frame)
            if file is None or file in found:
                continue
            debug_id = event.images.get(file)
            if debug_id or (event.release and _SCRIPT.search(file)):
                found[file] = Wanted(plain_path(file), debug_id, event.release, event.dist)
    return found


def mapped(event: ErrorEvent, maps: Mapping[str, SourceMap]) -> ErrorEvent:
    """Return an event whose frames are where they were written, by the maps of its files."""
    if not maps:
        return event
    return replace(event, raised=tuple(_raised(one, maps) for one in event.raised))


def plain_path(url: str) -> str:
    """Return the path of a file, the same from each host, `~` for where it stands."""
    return f"~/{_BEFORE_PATH.sub('', _BEHIND_PATH.sub('', url[:_LONGEST]))}"


def _file(frame: Frame) -> str | None:
    """Return the file of a frame that a map could say more of."""
    if not frame.line or not frame.column or frame.minified is not None:
        return None
    return frame.path or frame.file


def _raised(one: Raised, maps: Mapping[str, SourceMap]) -> Raised:
    found = [_found(frame, maps) for frame in one.frames]
    if not any(found):
        return one
    callers = [None, *found]
    frames = [
        frame if original is None else _written(frame, original, caller)
        for frame, original, caller in zip(one.frames, found, callers, strict=False)
    ]
    return replace(one, frames=tuple(frames))


def _found(frame: Frame, maps: Mapping[str, SourceMap]) -> Original | None:
    source_map = maps.get(_file(frame) or "")
    if source_map is None or frame.line is None or frame.column is None:
        return None
    return source_map.find(frame.line, frame.column)


def _written(frame: Frame, original: Original, caller: Original | None) -> Frame:
    """Return a frame where it was written."""
    return replace(
        frame,
        function=original.function or _called(frame, caller),
        module=None,
        file=original.source,
        path=None,
        line=original.line,
        column=original.column,
        in_app=False if _NOT_OURS.search(original.source) else frame.in_app,
        context=original.context,
        before=original.before,
        after=original.after,
        minified=Minified(frame.function, frame.path or frame.file, frame.line, frame.column),
    )


def _called(frame: Frame, caller: Original | None) -> str | None:
    """Return what a function is called: as the one before called it, else as the stack has it."""
    if caller is not None and caller.name and _WORD.fullmatch(caller.name):
        return caller.name
    name = frame.function or ""
    if name in _NOBODYS or all(len(word) < _SHORTEST for word in _WORD.findall(name)):
        return None
    return name
