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
    """What settings.html is given: the settings by their section; `words` were looked for."""

    sections: Mapping[str, Sequence[Described]]
    words: str


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Settings", "/settings", "g e", Role.RESPONDER)
    pages.add("/settings", show, Role.RESPONDER)


async def show(look: Look) -> Response:
    """Show every setting, or those in which words are that were looked for."""
    words = look.request.query_params.get("q", "")
    entries = [one for one in described(look.serving.settings) if _has(one, words)]
    sections = {name: list(found) for name, found in groupby(entries, key=_section)}
    return look.page("settings.html", SettingsPage(sections, words), "Settings")


def _has(entry: Described, words: str) -> bool:
    shown = f"{entry.name} {entry.value} {entry.help} {entry.origin}".casefold()
    return all(word in shown for word in words.casefold().split())


def _section(entry: Described) -> str:
    name = entry.name.partition(" ")[0]
    return name if name.startswith("[[") else f"[{name.partition('.')[0]}]"
