"""Commits that may have brought a bug: those that touched the file in which it was raised."""

import re
from collections.abc import Iterator, Sequence

from fettle.intake.errors import places
from fettle.model.commit import Commit
from fettle.model.error_event import ErrorEvent

_MOST = 5
_BEFORE = re.compile(r"^[a-zA-Z][\w+.-]{0,30}://[^/]*")


def suspects(event: ErrorEvent, commits: Sequence[Commit]) -> list[Commit]:
    """Return commits that touched a file in which an event was raised, in their order.

    That is the innermost call of the application's own, of each exception of the chain.
    """
    files = [path for path in _files(event) if path]
    found = (
        one for one in commits if any(_same(file, path) for file in one.files for path in files)
    )
    return [one for one, _ in zip(found, range(_MOST), strict=False)]


def _files(event: ErrorEvent) -> Iterator[tuple[str, ...]]:
    for raised in reversed(event.raised):
        frame = places.innermost_own(raised.frames, event.platform)
        if frame is not None:
            yield _parts(frame.file or frame.path or "")


def _parts(path: str) -> tuple[str, ...]:
    """Return the parts of a path from its end on, without what leads upwards or nowhere."""
    parts = _BEFORE.sub("", path.replace("\\", "/")).split("?")[0].split("/")
    return tuple(part for part in reversed(parts) if part not in ("", ".", "..", "~"))


def _same(file: str, path: tuple[str, ...]) -> bool:
    """Whether one of two paths ends with the other: builds have other folders than repositories.

    A name alone says little where the other one has a folder.
    """
    parts = _parts(file)
    shorter = min(len(parts), len(path))
    enough = 2 if max(len(parts), len(path)) > 1 else 1
    return shorter >= enough and parts[:shorter] == path[:shorter]
