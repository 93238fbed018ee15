"""Pages from their templates; a template is given `page`, of a type that says all it may show."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render(name: str, page: object) -> str:
    """Return a page; whatever stands in `page` is escaped."""
    return _templates().get_template(name).render(page=page)


@cache
def _templates() -> Environment:
    folder = Path(__file__).parent
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
