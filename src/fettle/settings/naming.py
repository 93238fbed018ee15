"""Names of targets as they stand where the targets do: `-` and `_` are equal wherever one is named.

Whoever reads the settings afterwards compares names as they are.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fettle.model.looking import DatabaseSettings

if TYPE_CHECKING:
    from fettle.settings import Settings
    from fettle.settings.section import Section

_TARGETS = ("database", "service", "dependency", "prometheus", "host", "cdn", "edge")
# What names a target, by the section that does.
_NAMED: Mapping[str, tuple[str, ...]] = {
    "service": ("depends_on", "host"),
    "cdn": ("service",),
    "database": ("host",),
    "edge": ("service",),
    "field": ("service",),
    "budget": ("service",),
    "schedule": ("databases", "targets"),
    "backup": ("database",),
}


def as_declared(settings: "Settings") -> "Settings":
    """Return settings that name each target as it is called; what is called so nowhere stays."""
    names = {
        _plain(one.name): one.name for section in _TARGETS for one in getattr(settings, section)
    }
    sections = {
        section: tuple(_renamed(one, fields, names) for one in getattr(settings, section))
        for section, fields in _NAMED.items()
    }
    return settings.changed(**sections)


def _renamed(
    entry: "Section | DatabaseSettings", fields: tuple[str, ...], names: Mapping[str, str]
) -> "Section | DatabaseSettings":
    meant = {field: _meant(getattr(entry, field), names) for field in fields}
    if isinstance(entry, DatabaseSettings):
        return replace(entry, **meant)
    return entry.model_copy(update=meant)


def _meant(given: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - a name, several, or none
    if isinstance(given, tuple):
        return tuple(names.get(_plain(one), one) for one in given)
    return None if given is None else names.get(_plain(given), given)


def _plain(name: str) -> str:
    return name.replace("-", "_")
