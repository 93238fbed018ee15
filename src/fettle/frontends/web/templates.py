"""Pages from their templates; a template is given `page`, of a type that says all it may show.

One that stands in the shell is given `shell` as well (web.shell.Shell).
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fettle.frontends.web import assets, said


def render(name: str, page: object, shell: object = None) -> str:
    """Return a page; whatever stands in `page` is escaped."""
    return templates().get_template(name).render(page=page, shell=shell)


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
    return environment
