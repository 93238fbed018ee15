"""Where the settings say that things stand in a payload of one's own.

`labels.host` and `checks[0].name` are paths from the alert; one that begins with `$.` goes from the
whole payload. `{name} on {labels.host}` is a template of paths. A name that has full stops in it is
found as well: the longest that is there counts.
"""

import re
from dataclasses import dataclass
from typing import Any

from fettle.intake.alerts import _json

_HOLE = re.compile(r"\{([^{}]+)\}")
_INDEX = re.compile(r"\[(\d{1,6})\]")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Place:
    """An alert in a payload, and the whole payload round it."""

    whole: Any
    alert: Any

    def value(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what stands at a path; None where nothing does."""
        start = self.alert
        if path == "$" or path.startswith(("$.", "$[")):
            start, path = self.whole, path[1:].lstrip(".")
        names = [name for name in _INDEX.sub(r".\1", path).split(".") if name]
        found = _follow(start, names)
        return None if found is _ABSENT else found

    def text(self, asked: str) -> str | None:
        """Return the text at a path, or a template filled in; None where a part of it is absent."""
        if "{" not in asked:
            return _json.scalar(self.value(asked))
        texts = {hole: _json.scalar(self.value(hole)) for hole in _HOLE.findall(asked)}
        if any(text is None for text in texts.values()):
            return None
        return _HOLE.sub(lambda hole: texts[hole[1]] or "", asked)


def _follow(start: Any, names: list[str]) -> Any:  # noqa: ANN401 - JSON
    """Follow names from a value; of an object's names the longest that fits is taken."""
    while names:
        step = _step(start, names)
        if step is None:
            return _ABSENT
        start, names = step
    return start


def _step(value: Any, names: list[str]) -> tuple[Any, list[str]] | None:  # noqa: ANN401 - JSON
    if isinstance(value, list) and names[0].isdecimal():
        index = int(names[0])
        return (value[index], names[1:]) if index < len(value) else None
    if isinstance(value, dict):
        for end in range(len(names), 0, -1):
            name = ".".join(names[:end])
            if name in value:
                return value[name], names[end:]
    return None
