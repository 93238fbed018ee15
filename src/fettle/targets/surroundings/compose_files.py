"""Files of compose: what one says of services, and how another is laid over it.

As Compose has it: lists and tables of both are put together, of anything else the later one holds.
`!override` stands in the place of all that was there, and `!reset` leaves nothing of it.
https://docs.docker.com/reference/compose-file/merge/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LARGEST = 1024**2
# What of a service anybody here asks about.
_READ = ("image", "build", "ports", "depends_on")

Service = Mapping[str, Any]
Named = Mapping[str, Service]


@dataclass(frozen=True)
class _Instead:
    """A value in the place of what it is laid over; None leaves nothing."""

    value: Any = None


Said = dict[str, Any] | _Instead | None


class _Loader(yaml.SafeLoader):
    """Reads Compose's own tags, too."""


def _override(loader: _Loader, node: yaml.Node) -> _Instead:
    match node:
        case yaml.MappingNode():
            return _Instead(loader.construct_mapping(node, deep=True))
        case yaml.SequenceNode():
            return _Instead(loader.construct_sequence(node, deep=True))
    return _Instead(node.value)


def _reset(_loader: _Loader, _node: yaml.Node) -> _Instead:
    return _Instead()


_Loader.add_constructor("!override", _override)
_Loader.add_constructor("!reset", _reset)


def read(path: Path) -> Said:
    """Return what a file says of services, None where it speaks of none.

    Raises ValueError for what is no file of compose.
    """
    try:
        large = path.stat().st_size > _LARGEST
        text = "" if large else path.read_text(encoding="utf-8")
        told = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with two tags more
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise ValueError(f"{path.name}: it cannot be read: {said}") from None
    match told:
        case {"services": dict() | _Instead(dict() | None) as found}:
            return found
        case dict() if "services" not in told:
            return None
    why = "is larger than a compose file" if large else "has no services"
    raise ValueError(f"{path.name}: it {why}")


def laid_over(named: Named, said: Said) -> Named:
    """Return services with what another file says of them."""
    if isinstance(said, _Instead):
        return laid_over({}, said.value)
    found = dict(named)
    for key, one in (said or {}).items():
        name = str(key)
        service = _service(named.get(name), one)
        if service is None:
            found.pop(name, None)
        else:
            found[name] = service
    return found


def _service(before: Service | None, said: object) -> Service | None:
    if isinstance(said, _Instead):
        before, said = None, said.value
    if not isinstance(said, dict):
        return before
    known = before or {}
    both = {key: _value(known.get(key), said[key]) for key in _READ if key in said}
    return {key: value for key, value in {**known, **both}.items() if value is not None}


def _value(before: object, said: object) -> object:
    match before, said:
        case _, _Instead(value):
            return value
        case list(), list():
            return [*before, *said]
        case (list(), dict()) | (dict(), list()):  # `depends_on` is either
            return _value(_table(before), _table(said))
        case dict() | None, dict():
            both = {**(before or {}), **said}
            return {key: one for key, one in both.items() if one != _Instead()}
    return before if said is None else said


def _table(names: object) -> object:
    return {str(name): {} for name in names} if isinstance(names, list) else names
