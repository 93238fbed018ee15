"""The settings: what each does, its value, and where that comes from. They are changed in files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.responses import Response

from fettle.frontends.web.shell import Look, Pages
from fettle.model.role import Role
from fettle.settings.described import Described, described


@dataclass(frozen=True)
class SettingsPage:
    """What settings.html is given: the settings by their section."""

    sections: Mapping[str, Sequence[Described]]


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Settings", "/settings", "g e", Role.RESPONDER)
    pages.add("/settings", show, Role.RESPONDER)


async def show(look: Look) -> Response:
    """Show every setting."""
    entries = described(look.serving.settings)
    sections = {name: list(found) for name, found in groupby(entries, key=_section)}
    return look.page("settings.html", SettingsPage(sections), "Settings")


def _section(entry: Described) -> str:
    name = entry.name.partition(" ")[0]
    return name if name.startswith("[[") else f"[{name.partition('.')[0]}]"
