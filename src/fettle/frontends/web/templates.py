"""Pages from their templates; a template is given `page`, of a type that says all it may show.

One that stands in the shell is given `shell` as well (web.shell.Shell).
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fettle.frontends.web import assets, passing, said


class Around(Protocol):
    """What is around a page: it knows when it is made."""

    @property
    def now(self) -> datetime:
        """When the page is made."""


def render(
    name: str, page: object, shell: Around | None = None, now: datetime | None = None
) -> str:
    """Return a page; whatever stands in `page` is escaped.

    One that says how long ago something was is given `now`, unless the shell knows it.
    """
    made = now if shell is None else shell.now
    return templates().get_template(name).render(page=page, shell=shell, now=made)


def compile_all() -> None:
    """Compile every template: it takes a second, and whoever asks first would wait for it."""
    known = templates()
    for name in known.list_templates(extensions=["html"]):
        known.get_template(name)


@cache
def templates() -> Environment:
    """Return the templates with all that they can call."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets.address
    environment.filters |= said.FILTERS
    environment.filters |= {"moment": passing.moment, "calendar": passing.calendar}
    return environment
